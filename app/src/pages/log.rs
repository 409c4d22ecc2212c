//! The log alone: the frame that shows a room without JavaScript. It reloads itself, and reading it keeps the seat.

use chat::view::RoomView;
use leptos::either::Either;
use leptos::prelude::*;

use crate::components::message::Line;
use crate::state::log::{Reader, Row, rows};
use crate::state::site::site;

#[component]
pub fn LogPage(
    view: RoomView,
    /// This is the end of the log, not an older stretch of it.
    newest: bool,
) -> impl IntoView {
    let lang = site().lang;
    let words = lang.in_room();
    let room = view.id;
    let line = move |row| match row {
        Row::Entry { entry, joined, quote } => Some(view! { <Line room entry joined quote/> }),
        // What a browser keeps, and buttons that do nothing without scripts. Facts do not fold here.
        _ => None,
    };
    let log = format!("/room/{room}/log");
    let older = view.more.then(|| format!("{log}?before={}", view.first));
    view! {
        // A reversed column: it begins at its end.
        <main class="scroller" role="log" aria-label=words.log tabindex="0">
            <div class="log">
                <p class="log-top soft small">
                    {match older {
                        Some(older) => Either::Left(view! { <a href=older>{words.older}</a> }),
                        None => Either::Right(words.start),
                    }}
                </p>
                <ol class="rows">{rows(&view.entries, Reader::default()).into_iter().filter_map(line).collect_view()}</ol>
                <p class="log-top soft small">
                    {newest.then_some(words.no_script)} " "
                    <a href=log>{if newest { words.refresh_now } else { words.newest }}</a>
                </p>
            </div>
        </main>
    }
}
