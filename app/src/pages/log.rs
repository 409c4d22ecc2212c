//! The log alone, for the frame that shows a room without JavaScript. It reloads itself, and each load keeps the person's seat.

use chat::view::RoomView;
use leptos::prelude::*;

use crate::components::message::entry_view;
use crate::markup::{Markup, element};
use crate::site::site;
use crate::state::log::{Reader, Row, rows};

/// `newest`: the entries are the end of the log, not an older part of it.
pub fn log_page(view: &RoomView, newest: bool) -> Markup {
    let (lang, calendar) = (site().lang, site().calendar.get_untracked());
    let words = lang.in_room();
    let (room, of_room) = (view.id, RwSignal::new(view.clone()));
    let row_view = move |row| match row {
        Row::Entry { entry, joined, quote } => Some(entry_view(room, entry, joined, quote, false, of_room)),
        Row::Day { day, .. } => {
            let time = element("time").set("datetime", day.iso()).child(calendar.day(lang, day));
            Some(element("li").class("day").child(element("div").child(time)))
        }
        // The other rows need data that only the browser stores, or buttons that need scripts.
        _ => None,
    };
    let log = format!("/room/{room}/log");
    let older = view.more.then(|| format!("{log}?before={}", view.first));
    let link = |href: String, words: &'static str| element("a").set("href", href).child(words);
    let top = element("p").class("log-top soft small");
    let top = match older {
        Some(older) => top.child(link(older, words.older())),
        None => top.child(words.start()),
    };
    // Every run is unfolded, because unfolding needs a script.
    let all: Vec<u64> = view.entries.iter().map(|entry| entry.seq).collect();
    let rows = rows(&view.entries, Reader { calendar, opened: &all, ..Reader::default() });
    let rows = element("ol").class("rows").children(rows.into_iter().filter_map(row_view));
    let end = element("p")
        .class("log-top soft small")
        .children(newest.then_some(words.no_script()))
        .child(" ")
        .child(link(log, if newest { words.refresh_now() } else { words.newest() }));
    // The style sheet reverses the column, so the page opens scrolled to its end.
    element("main")
        .class("scroller")
        .set("role", "log")
        .set("aria-label", words.log())
        .set("tabindex", "0")
        .child(element("div").class("log").child(top).child(rows).child(end))
}
