//! What a person can do with a GIF besides sending it: making it a favourite, naming it, and taking it off the shelf.

use chat::GifHash;
use chat::shelf::Item;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::focus_later;
use super::mine::Mine;
use super::tiles::Tile;
use crate::icon::{self, Icon};
use crate::markup::{Child, Markup, element};
use crate::{browser, call};

/// How long a GIF that was taken off can be put back, in milliseconds.
const UNDO_MILLIS: u32 = 6000;

impl Mine {
    /// Completes a removal that could still be undone, as the panel is being closed. (It sets no signal: the view is going.)
    pub fn end(self) {
        if let Some(item) = self.taken_off.try_get_untracked().flatten() {
            self.stock.forget();
            spawn_local(async move {
                // If this fails, the GIF is on the shelf the next time the panel is opened.
                let _ = call::drop_gif(item.gif.sha).send().await;
            });
        }
    }

    /// The buttons for the GIF that was chosen.
    pub(super) fn acts(self) -> Vec<Child> {
        let words = self.port.lang.panel();
        // It may have changed since it was chosen.
        let Some(tile) = self.draft.chosen() else { return Vec::new() };
        let Some(tile) = self.stock.tiles.with(|tiles| tiles.get(tile.sha()).cloned()) else { return Vec::new() };
        let act = |label: &'static str, icon: Icon, press: Box<dyn Fn()>| {
            element("button")
                .set("type", "button")
                .class("quiet-button")
                .set("aria-label", label)
                .set("title", label)
                .on("click", move |_| press())
                .child(icon)
        };
        let (kept, edited, dropped) = (tile.clone(), tile.clone(), tile.clone());
        let star = act(words.star(), icon::STAR, Box::new(move || self.toggle(kept.clone())));
        let star = star.class_while("on", {
            let is_kept = tile.item.kept;
            move || is_kept
        });
        let star = star.set("aria-pressed", tile.item.kept.to_string());
        let edit = act(words.edit(), icon::PEN, Box::new(move || self.editing.set(Some(edited.clone()))));
        let drop = tile.on_shelf.then(|| act(words.take_off(), icon::BIN, Box::new(move || self.take_off(&dropped))));
        [Some(star), Some(edit), drop].into_iter().flatten().map(Child::from).collect()
    }

    fn toggle(self, tile: Tile) {
        if tile.item.kept {
            return self.take_off(&tile);
        }
        if self.want_again(tile.sha()) {
            return;
        }
        spawn_local(async move {
            if let Err(error) = self.stock.keep(&tile).await {
                let _ = self.wrong.try_set(Some(self.port.lang.error(&error)));
            }
        });
    }

    /// Undoes the removal of this GIF if it was taken off a moment ago. False if it was not.
    pub(super) fn want_again(self, sha: GifHash) -> bool {
        let is_it = |item: &mut Item| item.gif.sha == sha;
        let item = self.taken_off.try_update(|item| item.take_if(is_it)).flatten();
        let is_wanted = item.is_some();
        item.into_iter().for_each(|item| self.stock.put(item));
        is_wanted
    }

    /// Takes a GIF off the shelf. The server is told after [`UNDO_MILLIS`], until which the person can undo it.
    fn take_off(self, tile: &Tile) {
        self.finish_taking_off();
        let sha = tile.sha();
        self.draft.clear();
        self.stock.tiles.update(|tiles| tiles.take_off(sha));
        self.taken_off.set(Some(tile.item.clone()));
        browser::after_millis(UNDO_MILLIS, move || {
            let is_still = |item: &Option<Item>| item.as_ref().is_some_and(|item| item.gif.sha == sha);
            if self.taken_off.try_with_untracked(is_still) == Some(true) {
                self.finish_taking_off();
            }
        });
    }

    fn finish_taking_off(self) {
        let Some(item) = self.taken_off.try_update(Option::take).flatten() else { return };
        self.stock.forget();
        spawn_local(async move {
            if let Err(error) = call::drop_gif(item.gif.sha).send().await {
                self.stock.put(item);
                let _ = self.wrong.try_set(Some(self.port.lang.error(&error)));
            }
        });
    }

    pub(super) fn notices(self) -> Markup {
        let words = self.port.lang.panel();
        let undo = move |_| {
            if let Some(item) = self.taken_off.try_update(Option::take).flatten() {
                self.stock.put(item);
                focus_later(".panel-search input");
            }
        };
        let undone = element("div")
            .class("panel-notice")
            .hidden_while(move || self.taken_off.with(Option::is_none))
            .child(element("span").set("role", "status").live_text(move || {
                if self.taken_off.with(Option::is_some) { words.taken_off().to_owned() } else { String::new() }
            }))
            .child(element("button").set("type", "button").class("link-button").on("click", undo).child(words.undo()));
        let wrong = element("p")
            .class("alert panel-wrong")
            .set("role", "alert")
            .hidden_while(move || self.wrong.with(Option::is_none))
            .live_text(move || self.wrong.get().unwrap_or_default());
        element("div").class("contents").child(undone).child(wrong)
    }
}
