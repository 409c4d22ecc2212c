//! A room in the lobby.

use std::sync::LazyLock;

use chat::{RoomCard, RoomId};
use leptos::prelude::*;

use super::face::{face, person_name};
use super::shared::Shared;
use super::time::ago;
use crate::icon;
use crate::markup::{Markup, element};
use crate::site::{Site, site};
use crate::state::lobby::Row;
use crate::strings::Lang;
use crate::when::Day;

/// A room is marked as new for this long.
const NEW_FOR_MILLIS: u64 = 60_000;

/// Everything besides its content that decides how a card looks: the room, the language, whether the reader is in a full room,
/// and what day it is.
type Looks = (RoomId, Lang, bool, Day);

static CARDS: LazyLock<Shared<Looks, RoomCard>> = LazyLock::new(Shared::new);

/// The card of a row.
pub fn card(row: Row) -> Markup {
    let site = site();
    let card = row.card.get_untracked();
    let inside = card.is_full() && is_inside(site, &card);
    let today = site.calendar.get_untracked().today();
    CARDS.view((row.id, site.lang, inside, today), card, |_| markup(row))
}

fn markup(row: Row) -> Markup {
    let site = site();
    let (lang, id) = (site.lang, row.id);
    let card = RwSignal::from(row.card);
    let is_new = Memo::new(move |_| {
        site.ready.get()
            && !card.with(RoomCard::is_full)
            && site.now.get().millis_since(card.with(|card| card.created_at)) < NEW_FOR_MILLIS
    });
    let full = Memo::new(move |_| card.with(RoomCard::is_full));
    let owner = Memo::new(move |_| card.with(|card| card.owner.clone()));
    let faces = Memo::new(move |_| card.with(|card| card.faces.clone()));
    let spoken = Signal::derive(move || card.with(|card| card.spoken_at.unwrap_or(card.created_at)));
    // These need no signals: a room whose settings change gets a new card.
    let (title, locked, capacity) = card.with_untracked(|card| (card.title.shown(), card.locked, card.capacity.get()));
    let heading = element("h2")
        .set("id", title_id(id))
        .children(locked.then(|| element("span").class("lock").child(icon::LOCK)))
        .child(element("a").set("href", format!("/room/{id}")).set("dir", "auto").child(title))
        .child(element("span").class("badge").hidden_while(move || !is_new.get()).child(lang.lobby().new_room()));
    let about =
        element("p")
            .class("card-meta")
            .child(element("span").child(if locked { lang.common().locked_kind() } else { lang.common().open_kind() }))
            .child(element("span").live_children(move || {
                vec![lang.common().owner().into(), " ".into(), person_name(&owner.get()).into()]
            }))
            .child(ago(spoken));
    let people = element("p")
        .class("card-people")
        .live("title", move || Some(card.with(|card| lang.people_of(card.people, capacity))))
        .child(element("b").live_text(move || card.with(|card| card.people).to_string()))
        .child(format!("/{capacity}"));
    element("li")
        .class("card")
        .class_while("new", move || is_new.get())
        .class_while("full", move || full.get())
        .child(element("div").class("card-what").child(heading).child(about))
        .child(
            element("div")
                .class("faces")
                .set("aria-hidden", "true")
                .live_children(move || faces.with(|faces| faces.iter().map(|person| face(person).into()).collect())),
        )
        .child(people)
        .child(element("div").class("card-way").live_children(move || {
            vec![enter_button(lang, id, locked, full.get() && !is_inside(site, &card.get())).into()]
        }))
}

fn title_id(room: RoomId) -> String {
    format!("room-{room}")
}

/// Whether this person is in the room, as far as the card tells.
fn is_inside(site: Site, card: &RoomCard) -> bool {
    site.is_me(card.owner.id) || card.faces.iter().any(|person| site.is_me(person.id))
}

/// The way into the room: a button that enters an open room at once, or a link to the door of a locked one.
fn enter_button(lang: Lang, room: RoomId, locked: bool, full: bool) -> Markup {
    let button = |tag| element(tag).class("button").set("aria-describedby", title_id(room));
    let enter = lang.common().enter();
    if full {
        return button("button").set("type", "button").set("disabled", "").child(lang.lobby().full());
    }
    if locked {
        return button("a").set("href", format!("/room/{room}")).child(enter);
    }
    element("form")
        .set("method", "post")
        .set("action", format!("/api/enter_room?back=/room/{room}"))
        .child(element("input").set("type", "hidden").set("name", "room").set("value", room.to_string()))
        .child(button("button").child(enter))
}
