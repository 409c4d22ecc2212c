//! The panel of GIFs as a room sees it. It is an entry of its own (`crate::panel`), which the page loads when somebody reaches for it.
//! The room gives it an element, and sends what was chosen there.

use chat::entry::{Description, Showing};
use chat::text::shown;
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

/// How far the panel has been loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loading {
    NotYet,
    UnderWay,
    Failed,
    Done,
}

#[derive(Debug, Clone, Copy)]
pub struct Panel {
    writing: Writing,
    sending: Sending,
    acts: Acts,
    pub loading: RwSignal<Loading>,
    /// The sheet, and in it the element that the panel fills.
    pub sheet: Place,
    pub host: Place,
    /// The element above the composer for what `/gif` finds, and whether it is searching.
    pub strip: Place,
    pub searches: RwSignal<bool>,
    is_open: StoredValue<bool>,
    query: StoredValue<String>,
    /// The message to which a GIF is chosen as a reaction.
    reacts_to: StoredValue<Option<u64>>,
    /// The files that wait for the panel to be there.
    files: StoredValue<Vec<File>, LocalStorage>,
    module: StoredValue<Option<JsValue>, LocalStorage>,
    /// What the panel is given.
    room: StoredValue<Option<JsValue>, LocalStorage>,
    tries: StoredValue<u32>,
}

impl Panel {
    pub fn new(writing: Writing, sending: Sending, acts: Acts) -> Self {
        Self {
            writing,
            sending,
            acts,
            reacts_to: StoredValue::new(None),
            loading: RwSignal::new(Loading::NotYet),
            sheet: Place::new(),
            host: Place::new(),
            strip: Place::new(),
            searches: RwSignal::new(false),
            is_open: StoredValue::new(false),
            query: StoredValue::new(String::new()),
            files: StoredValue::new_local(Vec::new()),
            module: StoredValue::new_local(None),
            room: StoredValue::new_local(None),
            tries: StoredValue::new(0),
        }
    }

    /// Loads the panel, so that it is there when it is opened.
    pub fn load(self) {
        if matches!(self.loading.get_untracked(), Loading::UnderWay | Loading::Done) {
            return;
        }
        self.loading.set(Loading::UnderWay);
        let module = browser::call(&window(), "panel", &self.tries.get_value().into()).unwrap_or_default();
        self.tries.update_value(|tries| *tries += 1);
        spawn_local(async move {
            let module = JsFuture::from(js_sys::Promise::resolve(&module)).await.ok().filter(JsValue::is_object);
            self.loading.set(if module.is_some() { Loading::Done } else { Loading::Failed });
            self.module.set_value(module);
            self.fill();
            self.look_up();
        });
    }

    pub fn is_there(self) -> bool {
        self.loading.get_untracked() == Loading::Done
    }

    /// The sheet was opened or closed.
    pub fn toggled(self, event: &JsValue) {
        let is_open = property(event, "newState") == "open";
        self.is_open.set_value(is_open);
        if is_open {
            self.load();
            self.fill();
        } else {
            self.tell("close", &[]);
            self.files.set_value(Vec::new());
            self.reacts_to.set_value(None);
        }
    }

    fn fill(self) {
        if self.is_there()
            && self.is_open.get_value()
            && let Some(host) = self.host.get::<web_sys::Element>()
        {
            let files = self.files.try_update_value(std::mem::take).unwrap_or_default();
            self.tell("open", &[host.into(), self.room(), files.iter().collect::<js_sys::Array>().into()]);
        }
    }

    /// Shows files in the panel, so that the person sees what they are about to send.
    pub fn offer(self, files: Vec<File>) {
        if files.is_empty() {
            return;
        }
        if self.is_there() && self.is_open.get_value() {
            self.tell("offer", &[files.iter().collect::<js_sys::Array>().into()]);
            return;
        }
        self.files.update_value(|waiting| waiting.extend(files));
        self.show();
    }

    /// Lets the person choose a GIF as a reaction to a message.
    pub fn react(self, seq: u64) {
        self.reacts_to.set_value(Some(seq));
        self.show();
    }

    fn show(self) {
        if let Some(sheet) = self.sheet.get::<web_sys::Element>() {
            let _ = browser::call(&sheet, "showPopover", &JsValue::UNDEFINED);
        }
    }

    pub fn close(self) {
        if let Some(sheet) = self.sheet.get::<web_sys::Element>() {
            let _ = browser::call(&sheet, "hidePopover", &JsValue::UNDEFINED);
        }
    }

    /// Where the panel cannot be loaded: sends the files that wait for it, or lets the person choose some.
    pub fn do_without(self) {
        let files = self.files.try_update_value(std::mem::take).unwrap_or_default();
        if files.is_empty()
            && let Ok(Some(field)) = document().query_selector(".gif-button input")
        {
            let _ = browser::call(&field, "click", &JsValue::UNDEFINED);
        }
        self.close();
        self.upload(files);
    }

    /// Sends files as they are.
    pub fn upload(self, files: Vec<File>) {
        self.writing.notice.set(None);
        for file in files {
            self.sending.upload(file, &Showing::default(), || self.writing.take_target());
        }
    }

    /// Shows what `/gif` finds, or nothing without a query. True if the person is searching.
    pub fn search(self, query: Option<&str>) {
        if self.searches.get_untracked() != query.is_some() {
            self.searches.set(query.is_some());
        }
        if let Some(query) = query {
            self.query.set_value(query.to_owned());
            self.load();
            self.look_up();
        }
    }

    fn look_up(self) {
        if self.searches.get_untracked()
            && self.is_there()
            && let Some(strip) = self.strip.get::<web_sys::Element>()
        {
            self.tell("search", &[strip.into(), self.room(), self.query.get_value().into()]);
        }
    }

    /// A key that the field has got while the person searches. True if it is no key for the field.
    pub fn press(self, key: &str) -> bool {
        if !self.searches.get_untracked() {
            return false;
        }
        if key == "Escape" {
            self.searches.set(false);
            return true;
        }
        self.tell("press", &[key.into()]).is_some_and(|taken| taken.is_truthy())
    }

    fn tell(self, name: &str, what: &[JsValue]) -> Option<JsValue> {
        let module = self.module.get_value()?;
        let function = property(&module, name).dyn_into::<js_sys::Function>().ok()?;
        function.apply(&module, &what.iter().collect()).ok()
    }

    /// What the panel is given.
    fn room(self) -> JsValue {
        let room = self.room.get_value().unwrap_or_else(|| self.make_room());
        set_property(&room, "reacts", self.reacts_to.get_value().is_some());
        room
    }

    fn make_room(self) -> JsValue {
        let room = js_sys::Object::new();
        let site = self.sending.shown.site;
        set_property(&room, "id", self.sending.shown.id.to_string());
        set_property(&room, "lang", site.lang.code());
        set_property(&room, "most", site.gif_max_bytes as f64);
        let send: Box<dyn Fn(JsValue)> = Box::new(move |order| self.take(&order));
        let close: Box<dyn Fn(JsValue)> = Box::new(move |_| self.close());
        // (They are given away, and are needed as long as the page lives.)
        set_property(&room, "send", Closure::wrap(send).into_js_value());
        set_property(&room, "close", Closure::wrap(close).into_js_value());
        self.room.set_value(Some(room.clone().into()));
        room.into()
    }

    /// Sends what was chosen: files, and GIFs that the server has as `hash address`.
    fn take(self, order: &JsValue) {
        let text = |name: &str| property(order, name).as_string().unwrap_or_default();
        let gifs = js_sys::Array::from(&property(order, "gifs"));
        if let Some(seq) = self.reacts_to.try_update_value(Option::take).flatten() {
            let chosen = gifs.get(0).as_string();
            if let Some(Ok(sha)) = chosen.and_then(|gif| Some(gif.split(' ').next()?.parse())) {
                self.acts.react_by_gif(seq, sha);
            }
            return focus::composer();
        }
        // (The panel has told the person of what is wrong with their words.)
        let description = Description::new(&text("description")).ok().flatten();
        let showing = Showing { description, veiled: property(order, "veiled").is_truthy() };
        let mut of = Vec::new();
        self.writing.notice.set(None);
        for thing in gifs.iter() {
            let target = || self.writing.take_target();
            of.extend(match thing.dyn_into::<File>() {
                Ok(file) => self.sending.upload(file, &showing, target),
                Err(known) => known.as_string().and_then(|known| {
                    let (gif, url) = known.split_once(' ')?;
                    Some(self.sending.add_known(gif.parse().ok()?, url.to_owned(), showing.clone(), target()))
                }),
            });
        }
        let caption = text("caption");
        if !of.is_empty() && !shown(&caption).trim().is_empty() {
            self.sending.add_caption(caption, of, self.writing.take_target());
        }
        self.searches.set(false);
        focus::composer();
    }
}
