//! The GIFs that match a search from the composer (`/gif`), in a strip above it. The focus stays in the composer, which passes on
//! its keys.

use chat::GifHash;
use leptos::prelude::*;

use super::port::{Order, Port};
use super::stock::{Fetched, Stock};
use super::tiles::{Section, Tile};
use crate::browser;
use crate::markup::{Child, Markup, Place, element};

/// The most GIFs that the strip shows.
const MOST: usize = 30;

#[derive(Debug, Clone, Copy)]
pub struct Strip {
    port: Port,
    stock: Stock,
    query: RwSignal<String>,
    list: Memo<Vec<GifHash>>,
    at: RwSignal<usize>,
    row: Place,
}

/// The place to which an arrow key leads from `at`, among `count`. `None` for any other key.
fn moved(at: usize, count: usize, key: &str) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match key {
        "ArrowRight" | "ArrowDown" => Some(if at >= last { 0 } else { at + 1 }),
        "ArrowLeft" | "ArrowUp" => Some(at.checked_sub(1).unwrap_or(last)),
        _ => None,
    }
}

impl Strip {
    pub fn new(port: Port) -> Self {
        let (stock, query) = (Stock::new(port), RwSignal::new(String::new()));
        let list = Memo::new(move |_| {
            let mut found = stock.tiles.with(|tiles| {
                query.with(|query| match tiles.found(&Section::Recent, query) {
                    // A person without GIFs of their own may want one of the room.
                    found if found.is_empty() && query.is_empty() => tiles.found(&Section::Room, ""),
                    found => found,
                })
            });
            found.truncate(MOST);
            found
        });
        Self { port, stock, query, list, at: RwSignal::new(0), row: Place::new() }
    }

    pub fn search(self, query: &str) {
        self.stock.refresh();
        if self.query.with_untracked(|before| before != query) {
            self.query.set(query.to_owned());
            self.at.set(0);
        }
    }

    pub fn press(self, key: &str) -> bool {
        let count = self.list.with_untracked(Vec::len);
        if key == "Enter" {
            let marked = self.list.with_untracked(|list| list.get(self.at.get_untracked()).copied());
            return marked.and_then(|sha| self.stock.tile(sha)).map(|tile| self.send(&tile)).is_some();
        }
        let Some(to) = moved(self.at.get_untracked(), count, key) else { return false };
        self.at.set(to);
        let row = self.row.get::<web_sys::Element>();
        if let Some(square) = row.and_then(|row| row.children().get_with_index(to as u32)) {
            let options = js_sys::Object::new();
            browser::set_property(&options, "block", "nearest");
            browser::set_property(&options, "inline", "nearest");
            let _ = browser::call(&square, "scrollIntoView", &options);
        }
        true
    }

    fn send(self, tile: &Tile) {
        let description = tile.item.description.as_ref().map_or("", |description| description.as_str()).to_owned();
        let order = Order { description, ..Order::default() };
        order.add_tile(tile, &self.stock.address(tile, false));
        self.port.send(order);
    }

    pub fn view(self) -> Markup {
        let words = self.port.lang.panel();
        let square = move |(place, sha): (usize, GifHash)| -> Child {
            let tile = self.stock.tile(sha);
            let name = tile.as_ref().and_then(Tile::name).unwrap_or(words.unnamed()).to_owned();
            let is_marked = move || self.at.get() == place;
            let source = tile.map(|tile| (self.stock.address(&tile, true), self.stock.address(&tile, false)));
            let is_calm = browser::matches("(prefers-reduced-motion: reduce)");
            let flashes = self.stock.tiles.with(|tiles| tiles.facts(sha).flashes == Some(true));
            let address = move || {
                let (moving, still) = source.clone()?;
                Some(if is_marked() && !is_calm && !flashes { moving } else { still })
            };
            let send = move |_| _ = self.stock.tile(sha).map(|tile| self.send(&tile));
            element("button")
                .set("type", "button")
                .class("square")
                .class_while("at", is_marked)
                // The focus stays where the person types.
                .set("tabindex", "-1")
                .set("aria-label", name.clone())
                .set("title", name)
                .on("pointerdown", |event| event.prevent_default())
                .on("click", send)
                .child(element("img").set("alt", "").set("loading", "lazy").live("src", address))
                .into()
        };
        let squares = move || self.list.get().into_iter().enumerate().map(square).collect();
        let told = move || {
            let count = self.list.with(Vec::len);
            match self.stock.fetched.get() {
                Fetched::NotYet => words.loading().to_owned(),
                Fetched::Failed(_) => words.not_loaded().to_owned(),
                Fetched::Done if count == 0 && self.query.with(String::is_empty) => words.nothing_yet().to_owned(),
                Fetched::Done if count == 0 => words.nothing_fits().to_owned(),
                Fetched::Done => [&self.port.lang.found_gifs(count), " · ", words.strip_hint()].concat(),
            }
        };
        element("div")
            .class("strip")
            .child(element("div").remember(self.row).class("strip-row").live_children(squares))
            .child(element("p").class("small soft").set("role", "status").live_text(told))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_go_around() {
        for (at, count, key, to) in [
            (0, 3, "ArrowRight", Some(1)),
            (2, 3, "ArrowDown", Some(0)),
            (0, 3, "ArrowLeft", Some(2)),
            (9, 3, "ArrowRight", Some(0)),
            (0, 0, "ArrowRight", None),
            (0, 3, "a", None),
        ] {
            assert_eq!(moved(at, count, key), to);
        }
    }
}
