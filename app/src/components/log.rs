//! The log of a room: history, what arrives, what is on its way.

use leptos::prelude::*;

use super::icon::{self, Picture};
use super::message::Line;
use super::pending::Pending;
use crate::state::log::rows;
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
    let line = move |row: crate::state::log::Row| {
        let fresh = row.entry.seq > state.came_with;
        view! { <Line room=state.id row fresh/> }
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
                <ol class="rows">
                    <For each=move || state.view.with(|view| rows(&view.entries)) key=|row| row.key() children=line/>
                </ol>
                <Pending state/>
            </div>
        </div>
        <div class="to-bottom-place js">
        <button
            type="button"
            class="to-bottom"
            class:shown=move || !scroll.at_bottom.get()
            class:news=move || scroll.unread.get() != 0
            aria-hidden=move || if scroll.at_bottom.get() { "true" } else { "false" }
            tabindex=move || if scroll.at_bottom.get() { "-1" } else { "0" }
            on:click=move |_| scroll.to_bottom()
        >
            {move || match scroll.unread.get() {
                0 => words.to_bottom.to_owned(),
                count => lang.new_messages(count),
            }}
            <Picture icon=icon::DOWN/>
        </button>
        </div>
    }
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
