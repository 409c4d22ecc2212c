//! The draft of a message in the panel: GIFs, how they are to be shown, and a text that follows them.

use chat::GifHash;
use chat::entry::{Description, Text};
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use web_sys::{File, HtmlInputElement, Url};

use super::port::{Order, Port};
use super::tiles::Tile;
use super::{focus_later, is_touch};
use crate::icon;
use crate::markup::{Child, Markup, Place, element};

/// A GIF that is about to be sent.
#[derive(Debug, Clone)]
pub enum Thing {
    /// `note` tells its size and what was given up for it, if it was made here.
    File { file: SendWrapper<File>, url: String, note: Option<String> },
    /// `still` is the address of its still picture.
    Tile { tile: Box<Tile>, still: String },
}

#[derive(Debug, Clone, Copy)]
pub struct Draft {
    port: Port,
    pub things: RwSignal<Vec<Thing>>,
    description: RwSignal<String>,
    veiled: RwSignal<bool>,
    caption: RwSignal<String>,
    shows_details: RwSignal<bool>,
    /// What is wrong, a line for each fault.
    pub wrong: RwSignal<Vec<String>>,
}

/// Why a file cannot be sent, in words; `None` if it can.
fn complaint(port: Port, file: &File) -> Option<String> {
    let (name, bytes) = (file.name(), file.size() as u64);
    if file.type_() != "image/gif" && !name.to_ascii_lowercase().ends_with(".gif") {
        Some(port.lang.is_no_gif(&name))
    } else if bytes == 0 {
        Some(port.lang.is_empty_file(&name))
    } else {
        (bytes > port.most).then(|| port.lang.too_large_before_sending(&name, bytes, port.most))
    }
}

impl Draft {
    pub fn new(port: Port) -> Self {
        let draft = Self {
            port,
            things: RwSignal::new(Vec::new()),
            description: RwSignal::new(String::new()),
            veiled: RwSignal::new(false),
            caption: RwSignal::new(String::new()),
            shows_details: RwSignal::new(false),
            wrong: RwSignal::new(Vec::new()),
        };
        // (This sets no signal: the view is going.)
        on_cleanup(move || _ = draft.things.try_with_untracked(|things| things.iter().for_each(Thing::release)));
        draft
    }

    pub fn is_empty(self) -> bool {
        self.things.with(Vec::is_empty)
    }

    /// Adds the files that can be sent, and tells why the others cannot.
    pub fn add_files(self, files: Vec<File>) {
        let mut wrong = Vec::new();
        for file in files {
            match complaint(self.port, &file) {
                Some(complaint) => wrong.push(complaint),
                None => self.push(file, None),
            }
        }
        self.wrong.set(wrong);
        self.take_focus();
    }

    /// Adds a GIF that was made here, and what to say of it.
    pub fn add_made(self, file: File, note: String) {
        self.push(file, Some(note));
        self.take_focus();
    }

    fn push(self, file: File, note: Option<String>) {
        // Without an address the file can still be sent, but has no picture here.
        let url = Url::create_object_url_with_blob(&file).unwrap_or_default();
        self.things.update(|things| things.push(Thing::File { file: SendWrapper::new(file), url, note }));
    }

    fn take_focus(self) {
        if !untrack(|| self.is_empty()) {
            focus_later(if is_touch() { ".panel-draft .accent" } else { ".panel-draft input" });
        }
    }

    pub fn leave_out(self, place: usize) {
        let left = self.things.try_update(|things| (place < things.len()).then(|| things.remove(place))).flatten();
        left.iter().for_each(Thing::release);
    }

    /// Puts a GIF of the shelf or the room in place of whatever was here.
    pub fn choose(self, tile: Tile, still: String) {
        let known = tile.item.description.as_ref().map_or("", |description| description.as_str()).to_owned();
        self.description.set(known);
        self.wrong.set(Vec::new());
        self.things.set(vec![Thing::Tile { tile: Box::new(tile), still }]);
    }

    /// Replaces the chosen tile by its changed version.
    pub fn renew(self, changed: Option<Tile>) {
        let _ = self.things.try_update(|things| match (things.first_mut(), changed) {
            (Some(Thing::Tile { tile, .. }), Some(changed)) if tile.sha() == changed.sha() => **tile = changed,
            _ => {}
        });
    }

    pub fn chosen(self) -> Option<Tile> {
        self.things.with(|things| match things.first() {
            Some(Thing::Tile { tile, .. }) => Some((**tile).clone()),
            _ => None,
        })
    }

    pub fn is_about(self, sha: GifHash) -> bool {
        self.chosen().is_some_and(|tile| tile.sha() == sha)
    }

    pub fn clear(self) {
        self.things.update(|things| things.drain(..).for_each(|thing| thing.release()));
    }

    /// Sends the draft, unless something is wrong with its description or caption.
    pub fn send(self) {
        let (description, caption) = (self.description.get_untracked(), self.caption.get_untracked());
        let wrong = Description::new(&description).err().or_else(|| match caption.trim() {
            "" => None,
            caption => Text::new(caption).err(),
        });
        if let Some(error) = wrong {
            return self.wrong.set(vec![self.port.lang.error(&error)]);
        }
        let order = Order { description, caption, veiled: self.veiled.get_untracked(), ..Order::default() };
        self.things.with_untracked(|things| {
            for thing in things {
                match thing {
                    Thing::File { file, .. } => order.add_file(file),
                    Thing::Tile { tile, still } => order.add_tile(tile, still),
                }
            }
        });
        if order.gifs.length() > 0 {
            self.port.close();
            self.port.send(order);
        }
    }

    /// The fields, and the button that sends. `more` stands beside the button that unfolds the rest.
    pub fn view(self, more: impl Fn() -> Vec<Child> + Send + 'static) -> Markup {
        let words = self.port.lang.panel();
        let caption = field(self.caption).set("aria-label", words.caption()).set("placeholder", words.caption());
        let send = element("button")
            .class("button accent")
            .live_text(move || self.port.lang.send_gifs(self.things.with(Vec::len)));
        let submit = move |event: web_sys::Event| {
            event.prevent_default();
            self.send();
        };
        let unfold = element("button")
            .set("type", "button")
            .class("link-button")
            .live("aria-expanded", move || Some(self.shows_details.get().to_string()))
            .on("click", move |_| self.shows_details.update(|shows| *shows = !*shows))
            .child(words.details());
        let tick = Place::new();
        let ticked = move |_| _ = tick.get().map(|field: HtmlInputElement| self.veiled.set(field.checked()));
        let tick = element("input").remember(tick).set("type", "checkbox").on("change", ticked);
        let described = field(self.description).set("id", "gifs-description");
        let details = element("div")
            .class("panel-details")
            .hidden_while(move || !self.shows_details.get())
            .child(element("label").class("small soft").set("for", "gifs-description").child(words.describe()))
            .child(described)
            .child(element("label").class("check").child(tick).child(" ").child(words.veil()));
        element("form")
            .class("panel-draft")
            .hidden_while(move || self.is_empty())
            .on("submit", submit)
            .child(element("div").class("panel-thumbs").live_children(move || self.thumbs()))
            .child(element("div").class("small soft").set("role", "status").live_children(move || self.notes()))
            .child(element("div").class("panel-send").child(caption).child(send))
            .child(
                element("div")
                    .class("panel-more")
                    .child(unfold)
                    .child(element("span").class("panel-acts").live_children(more)),
            )
            .child(details)
    }

    fn thumbs(self) -> Vec<Child> {
        let lang = self.port.lang;
        let thumb = |(place, thing): (usize, &Thing)| match thing {
            Thing::File { file, url, .. } => {
                let name = file.name();
                let leave_out = element("button")
                    .set("type", "button")
                    .class("thumb-out")
                    .set("aria-label", lang.leave_out(&name))
                    .set("title", lang.leave_out(&name))
                    .on("click", move |_| self.leave_out(place))
                    .child(icon::CLOSE);
                let image = element("img").set("src", url.clone()).set("alt", name);
                element("div").class("thumb").child(image).child(leave_out).into()
            }
            Thing::Tile { tile, still } => {
                let name = tile.name().unwrap_or(lang.panel().unnamed()).to_owned();
                let image = element("img").set("src", still.clone()).set("alt", name.clone());
                let about = element("bdi").class("thumb-name").child(name);
                element("div").class("thumb").child(image).child(about).into()
            }
        };
        self.things.with(|things| things.iter().enumerate().map(thumb).collect())
    }

    /// The notes of the GIFs that were made here.
    fn notes(self) -> Vec<Child> {
        let note = |thing: &Thing| match thing {
            Thing::File { note: Some(note), .. } => Some(element("p").child(note.clone()).into()),
            _ => None,
        };
        self.things.with(|things| things.iter().filter_map(note).collect())
    }

    /// What is wrong, as an alert.
    pub fn complaints(self) -> Markup {
        let lines =
            move || self.wrong.with(|wrong| wrong.iter().map(|line| element("p").child(line.clone()).into()).collect());
        element("div")
            .class("alert panel-wrong")
            .set("role", "alert")
            .hidden_while(move || self.wrong.with(Vec::is_empty))
            .live_children(lines)
    }
}

impl Thing {
    fn release(&self) {
        if let Self::File { url, .. } = self {
            let _ = Url::revoke_object_url(url);
        }
    }
}

/// A field for one line of text. The field and the signal follow each other.
pub fn field(text: RwSignal<String>) -> Markup {
    let place = Place::new();
    let there = move || place.get::<HtmlInputElement>();
    Effect::new(move |_| {
        let text = text.get();
        if let Some(field) = there().filter(|field| field.value() != text) {
            field.set_value(&text);
        }
    });
    element("input")
        .remember(place)
        .set("autocomplete", "off")
        .set("dir", "auto")
        .on("input", move |_| _ = there().map(|field| text.set(field.value())))
}
