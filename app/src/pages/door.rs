//! The page of a room for a person without a seat: enough to decide, and the way in.

use chat::event::{Down, Up};
use chat::room::Outside;
use chat::{Error, RoomCard, RoomId};
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::components::face::{face, person_name};
use crate::live::Connection;
use crate::page::Flash;
use crate::state::site::site;
use crate::{browser, call};

#[component]
pub fn DoorPage(
    card: RoomCard,
    has_pass: bool,
    /// Whether there is no seat, not even that of somebody who is away.
    is_full: bool,
    why: Option<Outside>,
    is_password_new: bool,
    flash: Option<Flash>,
) -> impl IntoView {
    let site = site();
    let (lang, words) = (site.lang, site.lang.form());
    let room = card.id;
    let locked = card.locked;
    let seats = RwSignal::new((card.people, card.capacity.get()));
    let full = RwSignal::new(is_full);
    // Whether the page has seen the room full, so that a free seat is news.
    let was_full = RwSignal::new(is_full);
    let field = NodeRef::<Input>::new();
    let error = RwSignal::new(flash.map(|flash| flash.error));
    let entering = RwSignal::new(false);
    // The password is also asked for if the owner has locked the room, or changed its password, since this page was made.
    let asks = RwSignal::new(locked && !has_pass);
    // Only who waits for a seat needs to know at once.
    Effect::new(move |_| {
        if was_full.get() {
            watch(room, move |card| {
                seats.set((card.people, card.capacity.get()));
                full.set(card.is_full());
            });
        }
    });
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        if entering.get_untracked() {
            return;
        }
        entering.set(true);
        let password = field.get_untracked().map(|field| field.value()).unwrap_or_default();
        spawn_local(async move {
            match call::enter_room(room, password).send().await {
                // The same address now shows the room from the inside.
                Ok(()) => browser::reload(),
                Err(refused) => {
                    entering.set(false);
                    if let Some(field) = field.get_untracked() {
                        field.select();
                    }
                    if refused == Error::WrongPassword {
                        asks.set(true);
                    }
                    if refused == Error::Full {
                        full.set(true);
                        if !was_full.get_untracked() {
                            was_full.set(true);
                        }
                    }
                    error.set(Some(refused));
                }
            }
        });
    };
    // That the room was full is no error any more when somebody has left.
    let shown = move || error.get().filter(|error| full.get() || *error != Error::Full);
    let message = move || shown().map(|error| view! { <DoorError error/> });
    let wrong = move || if matches!(error.get(), Some(Error::WrongPassword)) { "true" } else { "false" };
    let news = move || match (full.get(), was_full.get()) {
        // The error says the same.
        (true, _) if shown() == Some(Error::Full) => "",
        (true, _) => words.door_full,
        (false, true) => words.door_free,
        (false, false) => "",
    };
    let label = move || match (entering.get(), full.get()) {
        (true, _) => words.entering,
        (false, true) => lang.common().retry,
        (false, false) => lang.common().enter,
    };
    let reason = match why {
        Some(Outside::Away) => words.outside_away,
        Some(Outside::Replaced) => words.outside_replaced,
        None => "",
    };
    let way_back = match (has_pass, locked && is_password_new) {
        (true, _) if !reason.is_empty() => words.way_back_open,
        (false, true) => words.password_is_new,
        _ => "",
    };
    let kind = if locked { lang.common().locked_kind } else { lang.common().open_kind };
    view! {
        <main class="panel door">
            <p class="door-sign" aria-hidden="true">{if locked { "🔒" } else { "🚪" }}</p>
            <h1 dir="auto">{card.title.shown()}</h1>
            <p class="soft dots">
                <span>{kind}</span>
                <span class="number">{move || { let (people, capacity) = seats.get(); lang.seats(people, capacity) }}</span>
                <span>{lang.common().owner} " " {person_name(&card.owner)}</span>
            </p>
            <div class="faces" aria-hidden="true">
                {card.faces.iter().map(face).collect_view()}
            </div>
            <p class="door-why" hidden=reason.is_empty() && way_back.is_empty()>{reason} " " {way_back}</p>
            <form
                class="form"
                method="post"
                action=format!("/api/enter_room?back=/room/{room}")
                on:submit=submit
            >
                <input type="hidden" name="room" value=room.to_string()/>
                {move || {
                    asks.get().then(|| {
                        view! {
                            <div class="input">
                                <input
                                    node_ref=field
                                    type="password"
                                    name="password"
                                    aria-label=words.password
                                    placeholder=words.password
                                    autocomplete="current-password"
                                    required
                                    autofocus
                                    aria-invalid=wrong
                                    aria-describedby="door-error"
                                />
                            </div>
                        }
                    })
                }}
                <div id="door-error" aria-live="assertive">{message}</div>
                <p class="door-news" role="status">{news}</p>
                <button class="button" class:accent=move || !full.get() disabled=move || entering.get()>{label}</button>
                <a class="quiet-link" href="/">{lang.common().to_lobby}</a>
            </form>
        </main>
    }
}

/// Follows the card of a room as the lobby tells it.
fn watch(room: RoomId, take: impl Fn(RoomCard) + 'static) {
    let connection = Connection::new();
    let heard = move |down| {
        let cards = match down {
            Down::Lobby(page) => page.cards,
            Down::LobbyChange(change) => change.changed,
            _ => Vec::new(),
        };
        cards.into_iter().filter(|card| card.id == room).for_each(&take);
        true
    };
    connection.open(|| Up::WatchLobby, heard);
    Effect::new(move |_| {
        if connection.joined.get() > 0 {
            connection.send(&Up::ShowCards { rooms: vec![room] });
        }
    });
}

/// The error, and what to do next.
#[component]
fn DoorError(error: Error) -> impl IntoView {
    let lang = site().lang;
    let hint = match error {
        Error::WrongPassword => lang.form().wrong_password_hint,
        Error::Full => lang.form().door_full,
        Error::NotFound => lang.in_room().gone_hint,
        _ => "",
    };
    view! { <p class="error" role="alert">{lang.error(&error)} " " {hint}</p> }
}
