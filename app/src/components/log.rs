//! The log of a room: history, new entries, and messages that are being sent.

use leptos::prelude::*;

use super::menu::open_menu;
use super::message::{entry_view, reactions};
use super::pending::pending;
use super::selection::{copy_code, copy_messages};
use super::visibility::watch_visibility;
use crate::action::Action;
use crate::icon;
use crate::markup::{Markup, button, element};
use crate::site::site;
use crate::state::focus;
use crate::state::log::Row;
use crate::state::open::Subject;
use crate::state::reading::{Older, Reading};
use crate::state::room::RoomState;
use crate::{browser, html};

pub fn log(state: RoomState) -> [Markup; 3] {
    let (shown, reading) = (state.shown, state.reading);
    let lang = state.site.lang;
    let words = lang.in_room();
    let scroll = reading.scroll;
    copy_messages(shown);
    // The reader of a short log may be near its top already.
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
            entry_view(state.id, entry, joined, quote, fresh, shown.view)
        }
        Row::Reactions { seq, reactions: all, gifs } => {
            let own = shown.entry(seq).is_some_and(|entry| state.site.is_me(entry.person.id));
            reactions(shown.view, seq, &all, &gifs, own)
        }
        other => mark(reading, &other),
    };
    // How often code was copied while screen readers are told of it; 0 when that is over.
    let copied = RwSignal::new(0);
    // One listener serves all buttons in the log, because rows are many and are rebuilt when they change.
    let press = move |event: web_sys::Event| {
        let Some((button, action)) = html::pressed(&event) else { return };
        match action {
            Action::Fold(first) => {
                reading.toggle_run(first);
                // The row may have been rebuilt by this.
                browser::after_millis(0, move || focus::restore(action));
            }
            Action::Find(seq) => reading.to_entry(seq),
            Action::MessageMenu(seq) => open_menu(state, Subject::Message(seq), &button),
            Action::React(seq, sign) => state.acts.react(seq, sign),
            Action::Copy => copy_code(lang, state.writing.notice, &button, copied),
            // The other actions have no button in the log.
            _ => {}
        }
    };
    let more = Memo::new(move |_| shown.view.with(|view| view.more));
    let rows = view! { <For each=move || reading.rows() key=|row| row.key() children=row_view/> };
    let log = element("div")
        .class("log")
        .on("click", press)
        .child(top(reading, more))
        .child(element("ol").class("rows").fill(rows))
        .child(pending(state.sending));
    let hold = move |event: web_sys::Event| {
        if browser::property(&event, "button") == 0 && html::hits_button(&event) {
            scroll.hold();
        }
    };
    let scroller = element("div")
        .class("scroller js")
        .remember(scroll.place)
        .set("role", "log")
        .set("aria-label", words.log())
        .live("aria-live", move || Some(if reading.aloud.get() { "polite" } else { "off" }.to_owned()))
        .set("tabindex", "0")
        .on("scroll", on_scroll)
        .on("pointerdown", hold)
        .on("pointerup", move |_| scroll.release())
        .on("pointercancel", move |_| scroll.release())
        .on("pointerleave", move |_| scroll.release())
        .child(log);
    // Screen readers announce the next copy only if the text differs, so every second one ends with a space.
    let told = move || match copied.get() {
        0 => String::new(),
        count if count.is_multiple_of(2) => format!("{} ", lang.common().copied()),
        _ => lang.common().copied().to_owned(),
    };
    [scroller, element("span").class("sr").set("role", "status").live_text(told), jump(reading)]
}

/// A button that leads to unread messages: up to the unread line, or down to the newest. Nobody can reach it while CSS
/// hides it.
fn jump(reading: Reading) -> Markup {
    let words = site().lang.in_room();
    let (scroll, label, up) = (reading.scroll, reading.unread.label, reading.unread.leads_up);
    let go = move |_| if up.get_untracked() { reading.to_line() } else { scroll.to_bottom() };
    let button = element("button")
        .set("type", "button")
        .class("to-bottom")
        .class_while("shown", move || up.get() || !scroll.at_bottom.get())
        .class_while("news", move || label.with(Option::is_some))
        .class_while("up", move || up.get())
        .on("click", go)
        .child(element("span").live_text(move || label.get().unwrap_or_else(|| words.to_bottom().to_owned())))
        .child(icon::DOWN);
    element("div").class("to-bottom-place js").child(button)
}

/// A row that is not an entry: the unread line, the beginning of a day, or a stand-in for folded entries.
fn mark(reading: Reading, mark: &Row) -> Markup {
    let site = site();
    let lang = site.lang;
    let row = |class| element("li").class(class);
    let inside = || element("div").set("tabindex", "-1");
    let fold = |first: u64, open: bool, text: String| {
        let fold = button(Action::Fold(first), "link-button").set("aria-expanded", open.to_string());
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
            row("unread-line").child(line.child(lang.in_room().unread()))
        }
    }
}

/// The row above the oldest entry: a button for older ones, or a note that this is the beginning.
fn top(reading: Reading, more: Memo<bool>) -> Markup {
    let lang = site().lang;
    let words = lang.in_room();
    let text = move || match reading.older.get() {
        _ if !more.get() => words.start(),
        Older::Idle => "",
        Older::Loading => words.loading_older(),
        Older::Failed => words.older_failed(),
    };
    let label = move || if reading.older.get() == Older::Failed { lang.common().retry() } else { words.older() };
    let button = element("button")
        .set("type", "button")
        .class("link-button")
        .hidden_while(move || !(more.get() && reading.older.get() != Older::Loading))
        .on("click", move |_| reading.load_older())
        .live_text(move || label().to_owned());
    element("p")
        .class("log-top")
        .child(element("span").class("soft small").live_text(move || text().to_owned()))
        .child(button)
}
