//! The menu of actions on a message or a person. There is one, which is filled anew each time it opens.

use chat::entry::{Emoji, Reaction};
use chat::{Entry, Person, VisitorId};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use crate::action::{Action, Sign};
use crate::browser;
use crate::html::{self, isolated};
use crate::markup::{Child, Markup, button, element, sentence};
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

/// (Not inlined, so that a page can load it later: decision 57.)
#[inline(never)]
pub fn menu(state: RoomState) -> Markup {
    let content = move || match state.open.menu.get() {
        Some(Subject::Message(seq)) => state.shown.entry(seq).map(|entry| about_message(state, &entry)),
        Some(Subject::Person(id)) => state.shown.person(id).map(|person| about_person(state, &person)),
        None => None,
    };
    let press = move |event: web_sys::Event| {
        let Some((_, action)) = html::pressed(&event) else { return };
        let Some(subject) = state.open.menu.get_untracked() else { return };
        if let Some(menu) = document().get_element_by_id(ID) {
            let _ = browser::call(&menu, "hidePopover", &JsValue::UNDEFINED);
        }
        act(state, subject, action);
    };
    element("div")
        .set("id", ID)
        .class("menu")
        .set("popover", "auto")
        .set("role", "group")
        .live("aria-label", move || {
            let words = state.site.lang.in_room();
            let is_person = matches!(state.open.menu.get(), Some(Subject::Person(_)));
            Some(if is_person { words.person_menu() } else { words.message_menu() }.to_owned())
        })
        .live_children(move || content().unwrap_or_default())
        .on("click", press)
        .on("toggle", move |_| state.open.restore_focus())
}

/// (Not inlined, so that a page can load it later: decision 57.)
#[inline(never)]
fn about_message(state: RoomState, entry: &Entry) -> Vec<Child> {
    let (lang, words) = (state.site.lang, state.site.lang.in_room());
    let is_mine = state.site.is_me(entry.person.id);
    let emoji = |emoji: Emoji| {
        let is_mine = |reaction: &Reaction| reaction.people.iter().any(|person| state.site.is_me(*person));
        let mine = entry.reactions.iter().any(|reaction| reaction.emoji == emoji && is_mine(reaction));
        let react = Action::React(entry.seq, Sign::Emoji(emoji));
        button(react, "").set("aria-pressed", mine.to_string()).child(emoji.symbol())
    };
    let by_gif = button(Action::ReactByGif, "by-gif")
        .set("aria-label", words.react_by_gif())
        .set("title", words.react_by_gif())
        .child("GIF");
    let emoji = element("div").class("menu-emoji").children(Emoji::ALL.into_iter().map(emoji)).child(by_gif);
    let may_whisper = !is_mine && state.shown.person(entry.person.id).is_some();
    let may_remove = (is_mine || state.shown.is_owner()) && entry.what.is_there();
    let may_show = may_remove && entry.what.gif().is_some();
    let may_keep = entry.what.is_there() && entry.what.gif().is_some();
    let acts = [
        Some(button(Action::Reply, "").child(words.reply())),
        may_whisper.then(|| button(Action::Whisper, "").child(words.whisper())),
        may_keep.then(|| button(Action::Keep, "").child(words.keep())),
        may_show.then(|| button(Action::Showing, "").child(words.change_showing())),
        may_remove.then(|| button(Action::Remove, "danger").child(words.remove())),
    ];
    let small = || element("p").class("soft small");
    let who = |sign: &'static str, people: &[VisitorId]| {
        let names = people.iter().filter_map(|id| state.shown.person(*id));
        let names: Vec<_> = names.map(|person| isolated(&lang.name(&person.name))).collect();
        (!names.is_empty()).then(|| small().child(sign).child(" ").children(sentence(&names.join(", "))))
    };
    let exact = state.site.calendar.get_untracked().exact(lang, entry.at);
    let time = small().child(element("time").set("datetime", iso(entry.at)).child(exact));
    let felt = entry.reactions.iter().filter_map(|Reaction { emoji, people }| who(emoji.symbol(), people));
    let felt = felt.chain(entry.gif_reactions.iter().filter_map(|reaction| who("GIF", &reaction.people)));
    let about = acts.into_iter().flatten().chain(felt);
    std::iter::once(emoji).chain(about).chain([time]).map(Child::from).collect()
}

/// (Not inlined, so that a page can load it later: decision 57.)
#[inline(never)]
fn about_person(state: RoomState, person: &Person) -> Vec<Child> {
    let words = state.site.lang.in_room();
    let name = element("bdi").child(state.site.lang.name(&person.name));
    let head = element("p").class("menu-head").child(person.name.face()).child(" ").child(name);
    let act = |action, words: &'static str| button(action, "").child(words);
    let acts = if state.site.is_me(person.id) {
        vec![act(Action::Rename, words.rename())]
    } else {
        let is_muted = state.reading.unread.is_muted(person.id);
        let mut acts = vec![
            act(Action::Whisper, words.whisper()),
            act(Action::Mute, if is_muted { words.unhide() } else { words.hide() }),
        ];
        if state.shown.is_owner() {
            acts.push(act(Action::HandOver, words.hand_over()));
            acts.push(button(Action::ThrowOut, "danger").child(words.throw_out()));
        }
        acts
    };
    std::iter::once(head).chain(acts).map(Child::from).collect()
}

fn act(state: RoomState, subject: Subject, action: Action) {
    let whose = match subject {
        Subject::Person(id) => Some(id),
        Subject::Message(seq) => state.shown.entry(seq).map(|entry| entry.person.id),
    };
    let ask = |question: fn(Person) -> Question| {
        if let Some(person) = whose.and_then(|id| state.shown.person(id)) {
            state.open.question.set(Some(question(person)));
        }
    };
    match (action, subject) {
        (Action::Reply, Subject::Message(seq)) => {
            state.writing.reply_to(seq);
            focus::composer();
        }
        (Action::Whisper, _) => {
            if let Some(person) = whose.and_then(|id| state.shown.person(id)) {
                state.writing.whisper_to(person);
                focus::composer();
            }
        }
        (Action::ReactByGif, Subject::Message(seq)) => state.panel.react(seq),
        (Action::Keep, Subject::Message(seq)) => state.acts.keep(seq),
        (Action::Showing, Subject::Message(seq)) => state.open.question.set(Some(Question::Showing(seq))),
        (Action::Remove, Subject::Message(seq)) => state.open.question.set(Some(Question::Remove(seq))),
        (Action::Mute, Subject::Person(id)) => state.reading.unread.toggle_mute(id),
        (Action::Rename, _) => state.open.question.set(Some(Question::Rename)),
        (Action::HandOver, _) => ask(Question::HandOver),
        (Action::ThrowOut, _) => ask(Question::ThrowOut),
        (Action::React(seq, sign), _) => state.acts.react(seq, sign),
        // The other actions have no button in the menu.
        _ => {}
    }
}
