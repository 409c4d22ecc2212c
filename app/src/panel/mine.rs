//! The tab with the person's own GIFs and those of the room.

mod label;

use chat::shelf::Item;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{HtmlInputElement, KeyboardEvent};

use super::draft::{Draft, field};
use super::load::Load;
use super::port::{Order, Port};
use super::squares::{Squares, id_of};
use super::stock::{Fetched, Stock};
use super::tiles::{Section, Tile};
use crate::browser;
use crate::icon;
use crate::markup::{Child, Markup, element};

#[derive(Debug, Clone, Copy)]
pub struct Mine {
    pub port: Port,
    pub stock: Stock,
    query: RwSignal<String>,
    section: RwSignal<Section>,
    squares: Squares,
    pub(super) draft: Draft,
    /// The GIF whose label is being changed.
    pub editing: RwSignal<Option<Tile>>,
    /// The item that was taken off the shelf, while the server does not know of it and the person can undo it.
    pub(super) taken_off: RwSignal<Option<Item>>,
    pub(super) wrong: RwSignal<Option<String>>,
    load: Load,
}

impl Mine {
    pub fn new(port: Port) -> Self {
        let stock = Stock::new(port);
        let (query, section) = (RwSignal::new(String::new()), RwSignal::new(Section::default()));
        let list = Memo::new(move |_| {
            stock.tiles.with(|tiles| query.with(|query| section.with(|section| tiles.found(section, query))))
        });
        Self {
            port,
            stock,
            query,
            section,
            squares: Squares::new(port.lang, stock, list),
            draft: Draft::new(port),
            editing: RwSignal::new(None),
            taken_off: RwSignal::new(None),
            wrong: RwSignal::new(None),
            load: Load::new(port, stock),
        }
    }

    pub fn view(self) -> Markup {
        let squares = self.squares;
        // A search marks its best match, so that Enter sends it.
        Effect::new(move |before: Option<(String, Section)>| {
            let now = (self.query.get(), self.section.get());
            if before.is_some_and(|before| before != now) {
                squares.begin((!now.0.trim().is_empty()).then_some(0));
            }
            now
        });
        let choose = move |tile: Tile, is_sent: bool| self.choose(tile, is_sent);
        let grid = squares.view(self.port.lang.panel().gifs(), choose);
        let grid = element("div")
            .class("panel-grid")
            .on("keydown", move |event| self.press(event.unchecked_ref(), false))
            .child(element("div").class("contents").live_children(move || self.nothing().into_iter().collect()))
            .child(grid);
        let editing = move || self.editing.get().map(|tile| label::form(self, tile).into());
        element("div")
            .class("panel-mine")
            .child(self.search())
            .child(self.sections())
            .child(grid)
            .child(self.notices())
            .child(self.draft.complaints())
            .child(element("div").class("contents").live_children(move || editing().into_iter().collect()))
            .child(
                element("div")
                    .class("contents")
                    .hidden_while(move || self.editing.with(Option::is_some))
                    .child(self.draft.view(move || self.acts())),
            )
            .child(self.load.view())
            .child(self.ends())
    }

    fn search(self) -> Markup {
        let words = self.port.lang.panel();
        let search = field(self.query)
            .set("type", "search")
            .set("aria-label", words.search())
            .set("placeholder", words.search())
            .set("enterkeyhint", "send")
            .set("role", "combobox")
            .set("aria-expanded", "true")
            .set("aria-controls", "gifs-list")
            .set("aria-autocomplete", "list")
            .live("aria-activedescendant", move || self.squares.marked().map(id_of))
            .on("keydown", move |event| self.press(event.unchecked_ref(), true));
        let found = move || match self.query.with(|query| query.trim().is_empty()) {
            true => String::new(),
            false => self.port.lang.found_gifs(self.squares.list.with(Vec::len)),
        };
        element("div")
            .class("panel-search")
            .child(icon::SEARCH)
            .child(search)
            .child(element("span").class("small soft number").set("role", "status").live_text(found))
    }

    fn press(self, event: &KeyboardEvent, is_in_field: bool) {
        if event.is_composing() || event.alt_key() || event.ctrl_key() || event.meta_key() {
            return;
        }
        let key = event.key();
        // These keys edit the text of the search field; the arrows do so only if there is a text.
        let is_of_field = is_in_field
            && (matches!(key.as_str(), "Home" | "End" | " ")
                || (matches!(key.as_str(), "ArrowLeft" | "ArrowRight")
                    && self.query.with_untracked(|query| !query.is_empty())));
        let marked = || untrack(|| self.squares.marked()).and_then(|sha| self.stock.tile(sha));
        let is_taken = match key.as_str() {
            _ if is_of_field => false,
            "Enter" => marked().map(|tile| self.choose(tile, true)).is_some(),
            " " => marked().map(|tile| self.choose(tile, false)).is_some(),
            key => self.squares.press(key),
        };
        if is_taken {
            event.prevent_default();
        }
    }

    /// Takes a GIF into the draft, where the person can add words to it, or sends it at once.
    fn choose(self, tile: Tile, is_sent: bool) {
        let is_sent = is_sent || self.port.reacts;
        let still = self.stock.address(&tile, false);
        if untrack(|| self.draft.is_about(tile.sha())) && is_sent {
            return self.draft.send();
        }
        if !is_sent {
            self.editing.set(None);
            return self.draft.choose(tile, still);
        }
        let description = tile.item.description.as_ref().map_or("", |description| description.as_str()).to_owned();
        let order = Order { description, ..Order::default() };
        order.add_tile(&tile, &still);
        self.port.close();
        self.port.send(order);
    }

    fn sections(self) -> Markup {
        let words = self.port.lang.panel();
        let chip = move |label: String, section: Section| {
            let this = section.clone();
            let is_chosen = move || {
                self.section.with(|section| *section == this) && self.query.with(|query| query.trim().is_empty())
            };
            let choose = move |_| {
                self.query.set(String::new());
                self.section.set(section.clone());
            };
            element("button")
                .set("type", "button")
                .class("chip")
                .live("aria-pressed", move || Some(is_chosen().to_string()))
                .on("click", choose)
                .child(label)
        };
        let folders = Memo::new(move |_| self.stock.tiles.with(|tiles| tiles.folders()));
        let chips = move || -> Vec<Child> {
            let fixed = [
                (words.recent(), Section::Recent),
                (words.favourites(), Section::Kept),
                (words.this_room(), Section::Room),
            ];
            let fixed = fixed.into_iter().map(|(label, section)| chip(label.to_owned(), section));
            let folders = folders.get().into_iter();
            let folders = folders.map(|folder| chip(chat::text::shown(&folder), Section::Folder(folder)));
            fixed.chain(folders).map(Child::from).collect()
        };
        element("div").class("chips").set("role", "group").set("aria-label", words.sections()).live_children(chips)
    }

    /// What is shown in place of GIFs while there are none.
    fn nothing(self) -> Option<Child> {
        let words = self.port.lang.panel();
        let is_empty = self.squares.list.with(Vec::is_empty);
        let told = |text: &'static str| element("p").set("role", "status").child(text);
        let inside = match self.stock.fetched.get() {
            Fetched::NotYet => vec![told(words.loading())],
            Fetched::Failed(_) => {
                let again = element("button").set("type", "button").class("button");
                let again = again.on("click", move |_| self.stock.fetch()).child(self.port.lang.common().retry());
                vec![told(words.not_loaded()), again]
            }
            Fetched::Done if !is_empty => return None,
            Fetched::Done if self.query.with(|query| !query.trim().is_empty()) => vec![told(words.nothing_fits())],
            Fetched::Done => vec![told(match self.section.get() {
                Section::Recent => words.nothing_yet(),
                Section::Room => words.none_in_room(),
                _ if self.stock.tiles.with(|tiles| tiles.is_shelf_empty()) => words.nothing_yet(),
                _ => words.no_favourites(),
            })],
        };
        Some(element("div").class("panel-wait soft").children(inside).into())
    }

    /// The links that save the shelf to a file and load one from a file.
    fn ends(self) -> Markup {
        let words = self.port.lang.panel();
        let chosen = move |event: web_sys::Event| {
            let Some(field) = event.target().and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) else {
                return;
            };
            browser::files(field.files()).into_iter().take(1).for_each(|file| self.load.start(file));
            field.set_value("");
        };
        let field = element("input")
            .set("type", "file")
            .set("accept", ".gifs,.txt,.json")
            .set("aria-label", words.load_shelf())
            .on("change", chosen);
        let save = element("a")
            .class("link-button")
            .set("href", "/shelf.gifs")
            .set("download", "")
            .hidden_while(move || self.stock.tiles.with(|tiles| tiles.is_shelf_empty()))
            .child(words.save_shelf());
        let load = element("label")
            .class("panel-chooser")
            .child(element("span").class("link-button").child(words.load_shelf()))
            .child(field);
        element("div")
            .class("panel-ends")
            .hidden_while(move || !self.draft.is_empty() || self.editing.with(Option::is_some))
            .child(save)
            .child(load)
    }
}
