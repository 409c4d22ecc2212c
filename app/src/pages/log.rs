//! The log alone, for the frame that shows a room without JavaScript. It reloads itself, and each load keeps the person's seat.

use chat::view::RoomView;
use leptos::either::Either;
use leptos::prelude::*;

use crate::components::message::entry_view;
use crate::markup::element;
use crate::state::log::{Reader, Row, rows};
use crate::state::site::site;

#[component]
pub fn LogPage(
    view: RoomView,
    /// The entries are the end of the log, not an older part of it.
    newest: bool,
) -> impl IntoView {
    let (lang, calendar) = (site().lang, site().calendar.get_untracked());
    let words = lang.in_room();
    let room = view.id;
    let row_view = move |row| match row {
        Row::Entry { entry, joined, quote } => Some(entry_view(room, entry, joined, quote, false)),
        Row::Day { day, .. } => {
            let time = element("time").set("datetime", day.iso()).child(calendar.day(lang, day));
            Some(element("li").class("day").child(element("div").child(time)))
        }
        // The other rows need what only the browser stores, or buttons that need scripts. Facts do not fold here.
        _ => None,
    };
    let log = format!("/room/{room}/log");
    let older = view.more.then(|| format!("{log}?before={}", view.first));
    view! {
        // The column is reversed, so the page begins at its end.
        <main class="scroller" role="log" aria-label=words.log tabindex="0">
            <div class="log">
                <p class="log-top soft small">
                    {match older {
                        Some(older) => Either::Left(view! { <a href=older>{words.older}</a> }),
                        None => Either::Right(words.start),
                    }}
                </p>
                <ol class="rows">{rows(&view.entries, Reader { calendar, ..Reader::default() }).into_iter().filter_map(row_view).collect_view()}</ol>
                <p class="log-top soft small">
                    {newest.then_some(words.no_script)} " "
                    <a href=log>{if newest { words.refresh_now } else { words.newest }}</a>
                </p>
            </div>
        </main>
    }
}
