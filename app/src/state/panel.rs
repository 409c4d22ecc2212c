//! The panel of GIFs from the side of the room. The panel itself is a separate entry (`crate::panel`), which the page loads
//! when it is needed. The room gives it an element, and sends the GIFs that were chosen in it.

use chat::entry::{Description, Showing};
use js_sys::Array;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

use super::acts::Acts;
use super::focus;
use super::sending::Sending;
use super::writing::Writing;
use crate::browser::{self, property, set_property};
use crate::markup::Place;

#[derive(Debug, Clone, Copy)]
pub struct PanelHost {
    writing: Writing,
    sending: Sending,
    acts: Acts,
    /// The panel has been loaded.
    pub is_there: RwSignal<bool>,
    /// The last attempt to load the panel has failed.
    pub has_failed: RwSignal<bool>,
    /// The popover that holds the panel.
    pub sheet: Place,
    /// The element in the sheet that the panel fills.
    pub host: Place,
    /// The element above the composer that shows the results of `/gif`.
    pub strip: Place,
    /// The person is searching with `/gif`.
    pub searches: RwSignal<bool>,
    held: StoredValue<Held, LocalStorage>,
}

/// What the room stores about the panel.
#[derive(Debug, Default)]
struct Held {
    /// The panel is being loaded or has been loaded.
    is_loading: bool,
    /// The sheet is open.
    is_open: bool,
    /// The message to which a GIF is chosen as a reaction.
    reacts_to: Option<u64>,
    /// The panel's functions.
    module: JsValue,
    /// The object that the panel is given ([`PanelHost::room`]).
    room: JsValue,
    /// The files that wait until the panel is open. (This is an `Option` because a server cannot create an array.)
    files: Option<Array>,
    /// The query of the search with `/gif`.
    query: JsValue,
}

impl PanelHost {
    pub fn new(writing: Writing, sending: Sending, acts: Acts) -> Self {
        Self {
            writing,
            sending,
            acts,
            is_there: RwSignal::new(false),
            has_failed: RwSignal::new(false),
            sheet: Place::new(),
            host: Place::new(),
            strip: Place::new(),
            searches: RwSignal::new(false),
            held: StoredValue::new_local(Held::default()),
        }
    }

    fn held<T>(self, look: impl FnOnce(&mut Held) -> T) -> Option<T> {
        self.held.try_update_value(look)
    }

    /// Loads the panel ahead, so that it can be opened without delay. Does nothing if it is loaded or being loaded.
    pub fn load(self) {
        let was_loading = self.held(|held| std::mem::replace(&mut held.is_loading, true));
        if was_loading != Some(false) {
            return;
        }
        // (Each retry has a new number, because browsers remember a module that failed to load: see boot.js.)
        let tries = if self.has_failed.get_untracked() { browser::uptime() } else { 0 };
        self.has_failed.set(false);
        let module = browser::call(&window(), "panel", &(tries as f64).into()).unwrap_or_default();
        spawn_local(async move {
            let module = JsFuture::from(js_sys::Promise::resolve(&module)).await.unwrap_or_default();
            let is_there = module.is_object();
            self.held(|held| {
                held.is_loading = is_there;
                held.module = module;
            });
            self.is_there.set(is_there);
            self.has_failed.set(!is_there);
            self.fill();
            self.look_up();
        });
    }

    /// The sheet was opened or closed.
    pub fn toggled(self, event: &JsValue) {
        let is_open = property(event, "newState") == "open";
        self.held(|held| held.is_open = is_open);
        if is_open {
            self.load();
            self.fill();
        } else {
            self.held(|held| (held.files, held.reacts_to) = (None, None));
            self.tell("close", &Array::new());
        }
    }

    fn fill(self) {
        if self.is_there.get_untracked() && self.held(|held| held.is_open) == Some(true) {
            let files = self.held(|held| held.files.take().unwrap_or_default());
            self.give("open", self.host, files.unwrap_or_default().into());
        }
    }

    /// Shows files in the panel, so that the person sees what they are about to send.
    pub fn offer(self, files: Vec<File>) {
        if files.is_empty() {
            return;
        }
        let (is_open, reacted) = self
            .held(|held| {
                let waiting = held.files.get_or_insert_default();
                files.iter().for_each(|file| _ = waiting.push(file));
                (held.is_open, held.reacts_to.take().is_some())
            })
            .unwrap_or_default();
        if is_open && reacted {
            // A file cannot be a reaction, so the panel is opened again to send the files as messages.
            self.fill();
        } else if is_open && self.is_there.get_untracked() {
            let files = self.held(|held| held.files.take().unwrap_or_default());
            self.tell("offer", &Array::of1(&files.unwrap_or_default()));
        } else {
            self.show(true);
        }
    }

    /// Opens the sheet for files that were offered before it was there.
    pub fn catch_up(self) {
        if self.held(|held| held.files.is_some()) == Some(true) {
            // (The element is not in the page yet.)
            browser::after_millis(0, move || self.show(true));
        }
    }

    fn show(self, is_open: bool) {
        if let Some(sheet) = self.sheet.get::<JsValue>() {
            browser::call(&sheet, if is_open { "showPopover" } else { "hidePopover" }, &JsValue::UNDEFINED);
        }
    }

    /// Does without a panel that could not be loaded: sends the files that wait for it, or lets the person choose some.
    pub fn do_without(self) {
        let files = self.held(|held| {
            held.reacts_to = None;
            held.files.take().unwrap_or_default()
        });
        let files = files.unwrap_or_default();
        self.show(false);
        if files.length() > 0 {
            self.upload(files);
        } else if let Ok(Some(field)) = document().query_selector(".gif-button input") {
            browser::call(&field, "click", &JsValue::UNDEFINED);
        }
    }

    /// Sends files as they are.
    pub fn upload(self, files: Array) {
        let order = js_sys::Object::new();
        set_property(&order, "gifs", files);
        self.take(&order);
    }

    /// Shows the results of `/gif` for a query, or ends the search without one.
    pub fn search(self, query: Option<&str>) {
        if self.searches.get_untracked() != query.is_some() {
            self.searches.set(query.is_some());
        }
        if let Some(query) = query {
            self.held(|held| held.query = query.into());
            self.load();
            self.look_up();
        }
    }

    fn look_up(self) {
        if self.searches.get_untracked() && self.is_there.get_untracked() {
            let query = self.held(|held| held.query.clone());
            self.give("search", self.strip, query.unwrap_or_default());
        }
    }

    /// A key was pressed in the composer's field. Returns true if the search has used it, so that the field must not.
    pub fn press(self, key: &str) -> bool {
        if !self.searches.get_untracked() {
            return false;
        }
        if key == "Escape" {
            self.searches.set(false);
            return true;
        }
        self.tell("press", &Array::of1(&key.into())).is_some_and(|taken| taken.is_truthy())
    }

    /// Calls a function of the panel with an element, the room's object, and one further argument.
    fn give(self, name: &str, place: Place, what: JsValue) {
        if let Some(element) = place.get::<JsValue>() {
            self.tell(name, &Array::of3(&element, &self.room(), &what));
        }
    }

    fn tell(self, name: &str, what: &Array) -> Option<JsValue> {
        let module = self.held(|held| held.module.clone())?;
        property(&module, name).dyn_into::<js_sys::Function>().ok()?.apply(&module, what).ok()
    }

    /// Lets the person choose a GIF as a reaction to a message.
    pub fn react(self, seq: u64) {
        self.held(|held| held.reacts_to = Some(seq));
        self.show(true);
    }

    /// The object that the panel is given: the data that it needs, and the function `send`, which lives as long as the page.
    fn room(self) -> JsValue {
        let (room, reacts) = self.held(|held| (held.room.clone(), held.reacts_to.is_some())).unwrap_or_default();
        if room.is_object() {
            set_property(&room, "reacts", reacts);
            return room;
        }
        let (room, site) = (js_sys::Object::new(), self.sending.shown.site);
        set_property(&room, "id", self.sending.shown.id.to_string());
        set_property(&room, "lang", site.lang.code());
        set_property(&room, "reacts", reacts);
        set_property(&room, "most", site.gif_max_bytes as f64);
        // (A value that is not an order closes the sheet.)
        let send = Closure::<dyn Fn(JsValue)>::new(move |order: JsValue| match order.is_object() {
            true => self.take(&order),
            false => self.show(false),
        });
        set_property(&room, "send", send.into_js_value());
        self.held(|held| held.room = room.clone().into());
        room.into()
    }

    /// Sends the GIFs of an order. Each is a file, or the text `hash address` for a GIF that the server has. If the panel was
    /// opened for a reaction, the first GIF is the reaction.
    fn take(self, order: &JsValue) {
        let text = |name: &str| property(order, name).as_string().unwrap_or_default();
        let gifs = Array::from(&property(order, "gifs"));
        if let Some(seq) = self.held(|held| held.reacts_to.take()).flatten() {
            if let Some(Ok(sha)) = gifs.get(0).as_string().and_then(|gif| Some(gif.split(' ').next()?.parse())) {
                self.acts.react_by_gif(seq, sha);
            }
            return focus::composer();
        }
        // (The panel has already told the person what is wrong with the description.)
        let description = Description::new(&text("description")).ok().flatten();
        let showing = Showing { description, veiled: property(order, "veiled").is_truthy() };
        self.writing.notice.set(None);
        let mut of = Vec::new();
        for thing in gifs {
            of.extend(self.sending.add_gif(thing, &showing, || self.writing.take_target()));
        }
        let caption = text("caption");
        if !of.is_empty() && !caption.is_empty() {
            self.sending.add_caption(caption, of, self.writing.take_target());
        }
        self.searches.set(false);
        focus::composer();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_has_no_javascript_can_hold_it() {
        let held = Held::default();
        assert!(held.files.is_none() && !held.is_open);
    }
}
