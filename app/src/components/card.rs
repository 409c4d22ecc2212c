//! A room in the lobby.

use std::sync::LazyLock;

use chat::{RoomCard, RoomId};
use leptos::either::Either;
use leptos::prelude::*;

use super::face::{Face, PersonName};
use super::icon::{self, Picture};
use super::shared::Shared;
use super::time::Ago;
use crate::state::lobby::Row;
use crate::state::site::{Site, site};
use crate::strings::Lang;
use crate::when::Day;

/// A room is marked as new for this long.
const NEW_FOR_MILLIS: u64 = 60_000;

/// Everything besides its content that decides how a card looks: the room, the language, whether the reader is in a full room,
/// and what day it is.
type Looks = (RoomId, Lang, bool, Day);

static CARDS: LazyLock<Shared<Looks, RoomCard>> = LazyLock::new(Shared::new);

/// The card of a row.
pub fn card(row: Row) -> impl IntoView {
    let site = site();
    let card = row.card.get_untracked();
    let inside = card.is_full() && is_inside(site, &card);
    let today = site.calendar.get_untracked().today();
    CARDS.view((row.id, site.lang, inside, today), card, |_| view! { <Card row/> })
}

#[component]
fn Card(row: Row) -> impl IntoView {
    let site = site();
    let words = site.lang.lobby();
    let id = row.id;
    let card = row.card;
    let part = move |card: &ArcRwSignal<RoomCard>| RwSignal::from(card.clone());
    let card = part(&card);
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
    let kind = if locked { site.lang.common().locked_kind } else { site.lang.common().open_kind };
    view! {
        <li class="card" class:new=is_new class:full=full>
            <div class="card-what">
                <h2 id=title_id(id)>
                    {locked.then(|| view! { <span class="lock"><Picture icon=icon::LOCK/></span> })}
                    <a href=format!("/room/{id}") dir="auto">{title}</a>
                    <span class="badge" hidden=move || !is_new.get()>{words.new_room}</span>
                </h2>
                <p class="card-meta">
                    <span>{kind}</span>
                    <span>{site.lang.common().owner} " " {move || view! { <PersonName person=owner.get()/> }}</span>
                    <Ago at=spoken/>
                </p>
            </div>
            <div class="faces" aria-hidden="true">
                {move || faces.get().into_iter().map(|person| view! { <Face person/> }).collect_view()}
            </div>
            <p class="card-people" title=move || card.with(|card| site.lang.people_of(card.people, capacity))>
                <b>{move || card.with(|card| card.people)}</b>
                "/"
                {capacity}
            </p>
            <div class="card-way">{move || enter_button(site, id, locked, full.get() && !is_inside(site, &card.get()))}</div>
        </li>
    }
}

fn title_id(room: RoomId) -> String {
    format!("room-{room}")
}

/// Whether this person is in the room, as far as the card tells.
fn is_inside(site: Site, card: &RoomCard) -> bool {
    site.is_me(card.owner.id) || card.faces.iter().any(|person| site.is_me(person.id))
}

/// The way into the room: a button that enters an open room at once, or a link to the door of a locked one.
fn enter_button(site: Site, room: RoomId, locked: bool, full: bool) -> impl IntoView {
    let described = title_id(room);
    if full {
        let full = site.lang.lobby().full;
        return Either::Left(
            view! { <button type="button" class="button" disabled aria-describedby=described>{full}</button> },
        );
    }
    let enter = site.lang.common().enter;
    Either::Right(if locked {
        Either::Left(view! { <a class="button" href=format!("/room/{room}") aria-describedby=described>{enter}</a> })
    } else {
        Either::Right(view! {
            <form method="post" action=format!("/api/enter_room?back=/room/{room}")>
                <input type="hidden" name="room" value=room.to_string()/>
                <button class="button" aria-describedby=described>{enter}</button>
            </form>
        })
    })
}
