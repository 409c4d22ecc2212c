//! The menu of actions on a message or a person. There is one, which is filled anew each time it opens.

use chat::entry::{Emoji, Reaction};
use chat::{Entry, Person};
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::browser;
use crate::html::{self, button, escaped, isolated, sentence};
use crate::state::focus;
use crate::state::open::{Question, Subject};
use crate::state::room::RoomState;
use crate::when::iso;

const ID: &str = "menu";

/// Opens the menu beside the button that was pressed.
pub fn open_menu(state: RoomState, subject: Subject, beside: &web_sys::Element) {
    let (place, beside) = (beside.get_bounding_client_rect(), beside.clone());
    state.open.menu.set(Some(subject));
    // The menu opens after it was filled and the press has ended.
    browser::after_millis(0, move || {
        let Some(menu) = document().get_element_by_id(ID) else { return };
        // If `source` is inside another popover, the menu belongs to that popover and keeps it open.
        let options = js_sys::Object::new();
        browser::set_property(&options, "source", &beside);
        let _ = browser::call(&menu, "showPopover", &options);
        let number = |name: &str| browser::property(&window(), name).as_f64().unwrap_or_default();
        let (width, height) = (f64::from(menu.client_width()), f64::from(menu.client_height()));
        // (`clamp` is avoided: its panic brings the code that formats floats, 8 KiB.)
        let left = (place.right() - width).min(number("innerWidth") - width - 8.0).max(8.0);
        let below = place.bottom() + 4.0;
        let fits = below + height + 8.0 <= number("innerHeight");
        let top = if fits { below } else { (place.top() - height - 4.0).max(8.0) };
        browser::set_root_property("--menu-left", Some(left));
        browser::set_root_property("--menu-top", Some(top));
        if let Ok(Some(first)) = menu.query_selector("button") {
            let _ = browser::call(&first, "focus", &JsValue::UNDEFINED);
        }
    });
}

#[component]
pub fn Menu(state: RoomState) -> impl IntoView {
    let node = NodeRef::<Div>::new();
    let content = move || match state.open.menu.get() {
        Some(Subject::Message(seq)) => state.shown.entry(seq).map(|entry| about_message(state, &entry)),
        Some(Subject::Person(id)) => state.shown.person(id).map(|person| about_person(state, &person)),
        None => None,
    };
    let press = move |event: web_sys::MouseEvent| {
        let Some((_, value)) = html::pressed(&event) else { return };
        let Some(subject) = state.open.menu.get_untracked() else { return };
        if let Some(menu) = node.get_untracked() {
            let _ = browser::call(&menu, "hidePopover", &JsValue::UNDEFINED);
        }
        act(state, subject, &value);
    };
    view! {
        <div
            node_ref=node
            id=ID
            class="menu"
            popover="auto"
            role="group"
            aria-label=move || match state.open.menu.get() {
                Some(Subject::Person(_)) => state.site.lang.in_room().person_menu,
                _ => state.site.lang.in_room().message_menu,
            }
            inner_html=move || content().unwrap_or_default()
            on:click=press
            on:toggle=move |_| state.open.restore_focus()
        ></div>
    }
}

fn about_message(state: RoomState, entry: &Entry) -> String {
    let (lang, words) = (state.site.lang, state.site.lang.in_room());
    let is_mine = state.site.is_me(entry.person.id);
    let mut html = String::from(r#"<div class="menu-emoji">"#);
    for emoji in Emoji::ALL {
        let mine = entry
            .reactions
            .iter()
            .any(|reaction| reaction.emoji == emoji && reaction.people.iter().any(|person| state.site.is_me(*person)));
        let (seq, place, symbol) = (entry.seq, emoji as u8, emoji.symbol());
        html += &format!(r#"<button type="button" value="e{seq}.{place}" aria-pressed="{mine}">{symbol}</button>"#);
    }
    html += "</div>";
    html += &button("reply", "", words.reply);
    if !is_mine && state.shown.person(entry.person.id).is_some() {
        html += &button("whisper", "", words.whisper);
    }
    if (is_mine || state.shown.is_owner()) && entry.what.is_there() {
        html += &button("remove", "danger", words.remove);
    }
    for Reaction { emoji, people } in &entry.reactions {
        let names: Vec<String> =
            people.iter().filter_map(|id| state.shown.person(*id)).map(|person| isolated(&lang.name(&person.name))).collect();
        if !names.is_empty() {
            html += &format!(r#"<p class="soft small">{} {}</p>"#, emoji.symbol(), sentence(&names.join(", ")));
        }
    }
    let (datetime, exact) = (iso(entry.at), escaped(&state.site.calendar.get_untracked().exact(lang, entry.at)));
    html + &format!(r#"<p class="soft small"><time datetime="{datetime}">{exact}</time></p>"#)
}

fn about_person(state: RoomState, person: &Person) -> String {
    let words = state.site.lang.in_room();
    let name = escaped(&state.site.lang.name(&person.name));
    let mut html = format!(r#"<p class="menu-head">{} <bdi>{name}</bdi></p>"#, person.name.face());
    if state.site.is_me(person.id) {
        return html + &button("rename", "", words.rename);
    }
    html += &button("whisper", "", words.whisper);
    html += &button("mute", "", if state.reading.unread.is_muted(person.id) { words.unhide } else { words.hide });
    if state.shown.is_owner() {
        html += &button("hand-over", "", words.hand_over);
        html += &button("throw-out", "danger", words.throw_out);
    }
    html
}

fn act(state: RoomState, subject: Subject, value: &str) {
    let whose = match subject {
        Subject::Person(id) => Some(id),
        Subject::Message(seq) => state.shown.entry(seq).map(|entry| entry.person.id),
    };
    let ask = |question: fn(Person) -> Question| {
        if let Some(person) = whose.and_then(|id| state.shown.person(id)) {
            state.open.question.set(Some(question(person)));
        }
    };
    match (value, subject) {
        ("reply", Subject::Message(seq)) => {
            state.writing.reply_to(seq);
            focus::composer();
        }
        ("whisper", _) => {
            if let Some(person) = whose.and_then(|id| state.shown.person(id)) {
                state.writing.whisper_to(person);
                focus::composer();
            }
        }
        ("remove", Subject::Message(seq)) => state.open.question.set(Some(Question::Remove(seq))),
        ("mute", Subject::Person(id)) => state.reading.unread.toggle_mute(id),
        ("rename", _) => state.open.question.set(Some(Question::Rename)),
        ("hand-over", _) => ask(Question::HandOver),
        ("throw-out", _) => ask(Question::ThrowOut),
        _ => state.acts.react_by_button(value),
    }
}
