//! The log of a room: history, what arrives, what is on its way.

use leptos::either::Either;
use leptos::prelude::*;

use super::icon::{self, Picture};
use super::message::Line;
use super::pending::Pending;
use super::place::watch_place;
use crate::browser;
use crate::state::log::Row;
use crate::state::room::{Older, RoomState};

#[component]
pub fn Log(state: RoomState) -> impl IntoView {
    let lang = state.site.lang;
    let words = lang.in_room();
    let scroll = state.scroll;
    // A page that came with little history may be near its top already.
    Effect::new(move |_| {
        if state.site.ready.get() {
            state.load_older_when_near();
        }
    });
    let on_scroll = move |_| {
        scroll.moved();
        state.load_older_when_near();
    };
    let line = move |row: Row| match row {
        Row::Entry { entry, joined } => {
            let fresh = entry.seq > state.came_with;
            Either::Left(view! { <Line room=state.id entry joined fresh/> })
        }
        mark => Either::Right(view! { <Mark state mark/> }),
    };
    // The rows of hidden messages open. One listener for all: a press goes to the row made in the place of the old one.
    let press = move |event: web_sys::MouseEvent| {
        let pressed = event.target().map(|target| browser::property(&target, "value"));
        if let Some(first) = pressed.and_then(|value| value.as_string()).and_then(|value| value.parse().ok()) {
            state.unread.toggle_run(first);
            browser::after_millis(0, move || scroll.focus(&format!("button[value='{first}']")));
        }
    };
    let more = Memo::new(move |_| state.view.with(|view| view.more));
    view! {
        <div
            class="scroller js"
            node_ref=scroll.node
            role="log"
            aria-label=words.log
            aria-live=move || if state.aloud.get() { "polite" } else { "off" }
            tabindex="0"
            on:scroll=on_scroll
        >
            <div class="log">
                <Top state more/>
                <ol class="rows" on:click=press>
                    <For each=move || state.rows() key=|row| row.key() children=line/>
                </ol>
                <Pending state/>
            </div>
        </div>
        <Jump state/>
    }
}

/// The way to what has not been read: up to the line, or down to the newest. Out of everybody's reach where CSS hides it.
#[component]
fn Jump(state: RoomState) -> impl IntoView {
    let words = state.site.lang.in_room();
    let (scroll, label, up) = (state.scroll, state.unread.label, state.unread.leads_up);
    let go = move |_| if up.get_untracked() { state.to_line() } else { scroll.to_bottom() };
    view! {
        <div class="to-bottom-place js">
            <button
                type="button"
                class="to-bottom"
                class:shown=move || up.get() || !scroll.at_bottom.get()
                class:news=move || label.with(Option::is_some)
                class:up=move || up.get()
                on:click=go
            >
                {move || label.get().unwrap_or_else(|| words.to_bottom.to_owned())}
                <Picture icon=icon::DOWN/>
            </button>
        </div>
    }
}

/// A row that is no entry: where the unread begins, or what stands for messages that this reader hides.
#[component]
fn Mark(state: RoomState, mark: Row) -> impl IntoView {
    let lang = state.site.lang;
    let node = NodeRef::new();
    // Our own words and numbers: nothing in here was written by people.
    let (class, html) = match mark {
        Row::Hidden { first, count, open } => {
            let text = lang.hidden_messages(count);
            let button = format!(
                r#"<button type="button" class="link-button" value="{first}" aria-expanded="{open}" aria-live="off">{text}</button>"#
            );
            ("system", button)
        }
        _ => {
            let (near, above) = (state.unread.line_near, state.unread.line_above);
            near.set(false);
            above.set(false);
            watch_place(node, near, Some(above));
            ("unread-line", lang.in_room().unread.to_owned())
        }
    };
    view! { <li class=class><div node_ref=node tabindex="-1" inner_html=html></div></li> }
}

/// Above the oldest line: more, or the beginning.
#[component]
fn Top(state: RoomState, more: Memo<bool>) -> impl IntoView {
    let words = state.site.lang.in_room();
    let text = move || match state.older.get() {
        _ if !more.get() => words.start,
        Older::Idle => "",
        Older::Loading => words.loading_older,
        Older::Failed => words.older_failed,
    };
    view! {
        <p class="log-top">
            <span class="soft small">{text}</span>
            <button
                type="button"
                class="link-button"
                hidden=move || !(more.get() && state.older.get() != Older::Loading)
                on:click=move |_| state.load_older()
            >
                {move || if state.older.get() == Older::Failed { state.site.lang.common().retry } else { words.older }}
            </button>
        </p>
    }
}
