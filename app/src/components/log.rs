//! The log of a room: history, new entries, and messages that are being sent.

use leptos::prelude::*;

use super::icon::{self, Picture};
use super::menu::open_menu;
use super::message::{entry_view, reactions};
use super::pending::Pending;
use super::selection::{copy_code, copy_messages};
use super::visibility::watch_visibility;
use crate::body::COPY;
use crate::markup::{Markup, button, element};
use crate::state::focus;
use crate::state::log::Row;
use crate::state::open::Subject;
use crate::state::reading::{Older, Reading};
use crate::state::room::RoomState;
use crate::state::site::site;
use crate::{browser, html};

#[component]
pub fn Log(state: RoomState) -> impl IntoView {
    let (shown, reading) = (state.shown, state.reading);
    let lang = state.site.lang;
    let words = lang.in_room();
    let scroll = reading.scroll;
    copy_messages(shown);
    // A page with little history may be near its top already.
    Effect::new(move |_| {
        if state.site.ready.get() {
            reading.load_older_when_near();
        }
    });
    let on_scroll = move |_| {
        scroll.moved();
        reading.load_older_when_near();
    };
    let row_view = move |row: Row| match row {
        Row::Entry { entry, joined, quote } => {
            let fresh = entry.seq > shown.initial_seq;
            entry_view(state.id, entry, joined, quote, fresh)
        }
        Row::Reactions { seq, reactions: all } => {
            let own = shown.entry(seq).is_some_and(|entry| state.site.is_me(entry.person.id));
            reactions(seq, &all, own)
        }
        other => mark(reading, &other),
    };
    // How often code was copied of late.
    let copied = RwSignal::new(0);
    // One listener serves all buttons in the log, because rows are many and are rebuilt when they change.
    let press = move |event: web_sys::MouseEvent| {
        let Some((button, value)) = html::pressed(&event) else { return };
        match value.split_at_checked(1) {
            // This unfolds a run of entries, or folds it.
            Some(("f", first)) => {
                if let Ok(first) = first.parse() {
                    reading.toggle_run(first);
                    // The row may have been rebuilt by this.
                    browser::after_millis(0, move || focus::restore(&value));
                }
            }
            Some(("j", seq)) => _ = seq.parse().map(|seq| reading.to_entry(seq)),
            Some(("m", seq)) => _ = seq.parse().map(|seq| open_menu(state, Subject::Message(seq), &button)),
            Some(("e", _)) => state.acts.react_by_button(&value),
            Some((COPY, _)) => copy_code(lang, state.writing.notice, &button, copied),
            _ => {}
        }
    };
    let more = Memo::new(move |_| shown.view.with(|view| view.more));
    view! {
        <div
            class="scroller js"
            node_ref=scroll.node
            role="log"
            aria-label=words.log
            aria-live=move || if reading.aloud.get() { "polite" } else { "off" }
            tabindex="0"
            on:scroll=on_scroll
            on:pointerdown=move |event| {
                if event.button() == 0 && html::pressed(&event).is_some() {
                    scroll.hold();
                }
            }
            on:pointerup=move |_| scroll.release()
            on:pointercancel=move |_| scroll.release()
            on:pointerleave=move |_| scroll.release()
        >
            <div class="log" on:click=press>
                <Top reading more/>
                <ol class="rows">
                    <For each=move || reading.rows() key=|row| row.key() children=row_view/>
                </ol>
                <Pending sending=state.sending/>
            </div>
        </div>
        // Screen readers say it again if it is another text.
        <span class="sr" role="status">
            {move || if copied.get() > 0 { lang.common().copied } else { "" }} {move || if !copied.get().is_multiple_of(2) { "" } else { " " }}
        </span>
        <Jump reading/>
    }
}

/// A button that leads to unread messages: up to the unread line, or down to the newest. Nobody can reach it while CSS
/// hides it.
#[component]
fn Jump(reading: Reading) -> impl IntoView {
    let words = site().lang.in_room();
    let (scroll, label, up) = (reading.scroll, reading.unread.label, reading.unread.leads_up);
    let go = move |_| if up.get_untracked() { reading.to_line() } else { scroll.to_bottom() };
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

/// A row that is not an entry: the unread line, the beginning of a day, or a stand-in for folded entries.
fn mark(reading: Reading, mark: &Row) -> Markup {
    let site = site();
    let lang = site.lang;
    let row = |class| element("li").class(class);
    let inside = || element("div").set("tabindex", "-1");
    let fold = |first: u64, open: bool, text: String| {
        let fold = button(format!("f{first}"), "link-button").set("aria-expanded", open.to_string());
        row("system").child(inside().child(fold.set("aria-live", "off").child(text)))
    };
    match *mark {
        Row::Hidden { first, count, open } => fold(first, open, lang.hidden_messages(count)),
        Row::Facts { first, count, open } => fold(first, open, lang.facts(count)),
        Row::Day { day, .. } => {
            let text = site.calendar.get_untracked().day(lang, day);
            row("day").child(inside().child(element("time").set("datetime", day.iso()).child(text)))
        }
        _ => {
            let (near, above) = (reading.unread.line_near, reading.unread.line_above);
            near.set(false);
            above.set(false);
            let line = inside().once_there(move |line| watch_visibility(line, near, Some(above)));
            row("unread-line").child(line.child(lang.in_room().unread))
        }
    }
}

/// The row above the oldest entry: a button for older ones, or a note that this is the beginning.
#[component]
fn Top(reading: Reading, more: Memo<bool>) -> impl IntoView {
    let lang = site().lang;
    let words = lang.in_room();
    let text = move || match reading.older.get() {
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
                hidden=move || !(more.get() && reading.older.get() != Older::Loading)
                on:click=move |_| reading.load_older()
            >
                {move || if reading.older.get() == Older::Failed { lang.common().retry } else { words.older }}
            </button>
        </p>
    }
}
