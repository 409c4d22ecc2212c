//! The people in the room: a column beside the log, or a popover on narrow screens.

use std::sync::LazyLock;

use chat::{Person, VisitorId};
use leptos::prelude::*;

use super::copy::copy_button;
use super::face::{face, person_name};
use super::gif_settings::gif_settings;
use super::menu::open_menu;
use super::shared::Shared;
use super::switch::{MUTE, switch};
use crate::action::Action;
use crate::html;
use crate::icon;
use crate::markup::{Markup, button, element};
use crate::state::open::Subject;
use crate::state::room::RoomState;
use crate::strings::Lang;

pub fn people(state: RoomState) -> Markup {
    let words = state.site.lang.in_room();
    let count = move || state.shown.people.with(Vec::len).to_string();
    let press = move |event: web_sys::Event| {
        if let Some((button, Action::PersonMenu(id))) = html::pressed(&event) {
            open_menu(state, Subject::Person(id), &button);
        }
    };
    let close = element("button")
        .set("type", "button")
        .class("round narrow-only")
        .set("popovertarget", "people")
        .set("popovertargetaction", "hide")
        .set("aria-label", state.site.lang.common().close())
        .child(icon::CLOSE);
    let count = element("span").class("number").live_text(count);
    let head = element("div")
        .class("people-head")
        .child(element("h2").child(words.people()).child(" ").child(count))
        .children(copy_button("round narrow-only", words.copy_link(), icon::LINK, room_link))
        .child(close);
    let rows = view! {
        <For
            each=move || state.shown.people.get()
            key=|person| (person.id, person.name.clone())
            children=move |person| person_row(state, person)
        />
    };
    element("aside")
        .class("people")
        .set("id", "people")
        .set("popover", "auto")
        .set("aria-label", words.people())
        .child(head)
        .child(element("ul").on("click", press).fill(rows))
        .child(gif_settings(&format!("/room/{}", state.id)))
}

/// Everything besides its person's name that decides how a row looks: the person, the language, and whether the person is the reader,
/// the owner, and away.
type Looks = (VisitorId, Lang, [bool; 3]);

static ROWS: LazyLock<Shared<Looks, Person>> = LazyLock::new(Shared::new);

fn person_row(state: RoomState, person: Person) -> Markup {
    let (id, lang) = (person.id, state.site.lang);
    let is_away = state.shown.view.with_untracked(|view| view.is_away(id));
    let differs = [state.site.is_me(id), state.shown.owner.get_untracked() == id, is_away];
    ROWS.view((id, lang, differs), person, move |person| markup(state, &person))
}

fn markup(state: RoomState, person: &Person) -> Markup {
    let (id, lang, shown) = (person.id, state.site.lang, state.shown);
    let words = lang.in_room();
    let name = lang.name(&person.name);
    let crown = element("span").class("crown").set("role", "img").set("aria-label", words.owner_mark());
    let crown = crown.set("title", words.owner_mark()).child(icon::CROWN);
    let about = element("span")
        .class("people-name")
        .child(person_name(person))
        .child(element("span").hidden_while(move || shown.owner.get() != id).child(" ").child(crown))
        .child(element("span").class("away-mark soft small").child(" ").child(words.away()))
        .children(state.site.is_me(id).then(|| element("span").class("soft").child(" ").child(words.me())));
    let menu = button(Action::PersonMenu(id), "quiet-button js")
        .set("aria-haspopup", "true")
        .set("title", words.person_menu());
    element("li")
        .class_while("away", move || shown.view.with(|view| view.is_away(id)))
        .child(face(person))
        .child(about)
        .child(switch(state, &MUTE, id, lang.hide_messages_of(&name), words.hide_hint()))
        .child(menu.set("aria-label", lang.menu_of(&name)).child("⋯"))
}

/// The address of the room, which people send to friends.
pub fn room_link() -> String {
    let location = window().location();
    format!("{}{}", location.origin().unwrap_or_default(), location.pathname().unwrap_or_default())
}
