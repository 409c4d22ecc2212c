//! The page of a room for a person without a seat: what they need to know to decide, and the form to enter.

use chat::event::{Down, Up};
use chat::room::Outside;
use chat::{Error, RoomCard, RoomId};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlInputElement;

use crate::components::connection_notice::connection_notice;
use crate::components::face::{face, person_name};
use crate::live::Connection;
use crate::markup::{Child, Markup, Place, element};
use crate::page::Flash;
use crate::site::site;
use crate::{browser, call};

/// How often the page of a full room asks whether it can get the seat of a person who is away. No event reports that.
const ASK_MILLIS: u32 = 5_000;

async fn ask(room: RoomId, full: RwSignal<bool>) {
    if let Ok(has_place) = call::has_place(room).send().await {
        // (The page may be gone.)
        let _ = full.try_set(!has_place);
    }
}

fn ask_again(room: RoomId, full: RwSignal<bool>) {
    browser::after_millis(ASK_MILLIS, move || {
        spawn_local(async move {
            if browser::is_visible() && full.try_get_untracked() == Some(true) {
                ask(room, full).await;
            }
            ask_again(room, full);
        });
    });
}

#[component]
pub fn DoorPage(
    card: RoomCard,
    has_pass: bool,
    /// Whether there is no seat, not even that of a person who is away.
    is_full: bool,
    why: Option<Outside>,
    is_password_new: bool,
    flash: Option<Flash>,
) -> Vec<Markup> {
    let site = site();
    let (lang, words) = (site.lang, site.lang.form());
    let room = card.id;
    let locked = card.locked;
    let seats = RwSignal::new((card.people, card.capacity.get()));
    let full = RwSignal::new(is_full);
    // Whether the room has been full on this page, so that a free seat is worth telling.
    let was_full = RwSignal::new(is_full);
    let field = Place::new();
    let error = RwSignal::new(flash.map(|flash| flash.error));
    let entering = RwSignal::new(false);
    // The password is also asked for if the owner has locked the room, or changed its password, since the page was loaded.
    let asks = RwSignal::new(locked && !has_pass);
    let is_asked = Memo::new(move |_| asks.get());
    let connection = Connection::new();
    // Only a person who waits for a seat needs live changes.
    Effect::new(move |_| {
        if was_full.get() {
            watch(connection, room, move |card| {
                seats.set((card.people, card.capacity.get()));
                match card.is_full() {
                    // A newcomer may still get the seat of a person who is away.
                    true => spawn_local(ask(room, full)),
                    false => full.set(false),
                }
            });
            ask_again(room, full);
        }
    });
    let submit = move |event: web_sys::Event| {
        event.prevent_default();
        if entering.get_untracked() {
            return;
        }
        entering.set(true);
        let password = field.get().map(|field: HtmlInputElement| field.value()).unwrap_or_default();
        spawn_local(async move {
            match call::enter_room(room, password).send().await {
                // The same address now shows the room from the inside.
                Ok(()) => browser::reload(),
                Err(refused) => {
                    entering.set(false);
                    if let Some(field) = field.get::<HtmlInputElement>() {
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
    // The error that the room is full disappears once there is a seat.
    let shown = move || error.get().filter(|error| full.get() || *error != Error::Full);
    let message = move || -> Vec<Child> { shown().map(|error| door_error(&error).into()).into_iter().collect() };
    let wrong = move || Some(matches!(error.get(), Some(Error::WrongPassword)).to_string());
    let news = move || match (full.get(), was_full.get()) {
        // The error already says so.
        (true, _) if shown() == Some(Error::Full) => "",
        (true, _) => words.door_full(),
        (false, true) => words.door_free(),
        (false, false) => "",
    };
    let label = move || match (entering.get(), full.get()) {
        (true, _) => words.entering(),
        (false, true) => lang.common().retry(),
        (false, false) => lang.common().enter(),
    };
    let reason = match why {
        Some(Outside::Away) => words.outside_away(),
        Some(Outside::Replaced) => words.outside_replaced(),
        None => "",
    };
    let way_back = match (has_pass, locked && is_password_new) {
        (true, _) if !reason.is_empty() => words.way_back_open(),
        (false, true) => words.password_is_new(),
        _ => "",
    };
    let password = move || {
        let input = element("input")
            .remember(field)
            .set("type", "password")
            .set("name", "password")
            .set("aria-label", words.password())
            .set("placeholder", words.password())
            .set("autocomplete", "current-password")
            .set("required", "")
            .set("autofocus", "")
            .live("aria-invalid", wrong)
            .set("aria-describedby", "door-error");
        element("div").class("input").child(input)
    };
    let about = element("p")
        .class("soft dots")
        .child(element("span").child(if locked { lang.common().locked_kind() } else { lang.common().open_kind() }))
        .child(element("span").class("number").live_text(move || {
            let (people, capacity) = seats.get();
            lang.seats(people, capacity)
        }))
        .child(element("span").child(lang.common().owner()).child(" ").child(person_name(&card.owner)));
    let why = element("p").class("door-why").child([reason, " ", way_back].concat());
    let way_in = element("button")
        .class("button")
        .class_while("accent", move || !full.get())
        .live("disabled", move || entering.get().then(String::new))
        .live_text(move || label().to_owned());
    let form = element("form")
        .class("form")
        .set("method", "post")
        .set("action", format!("/api/enter_room?back=/room/{room}"))
        .on("submit", submit)
        .child(element("input").set("type", "hidden").set("name", "room").set("value", room.to_string()))
        .child(
            element("div")
                .class("contents")
                .live_children(move || is_asked.get().then(|| password().into()).into_iter().collect()),
        )
        .child(element("div").set("id", "door-error").set("aria-live", "assertive").live_children(message))
        .child(element("p").class("door-news").set("role", "status").live_text(move || news().to_owned()))
        .child(way_in)
        .child(element("a").class("quiet-link").set("href", "/").child(lang.common().to_lobby()));
    let page = element("main")
        .class("panel door")
        .child(element("p").class("door-sign").set("aria-hidden", "true").child(if locked { "🔒" } else { "🚪" }))
        .child(element("h1").set("dir", "auto").child(card.title.shown()))
        .child(about)
        .child(element("div").class("faces").set("aria-hidden", "true").children(card.faces.iter().map(face)))
        .children((!reason.is_empty() || !way_back.is_empty()).then_some(why))
        .child(form);
    vec![connection_notice(connection, false), page]
}

/// Follows a room's card through the events of the lobby.
fn watch(connection: Connection, room: RoomId, take: impl Fn(RoomCard) + 'static) {
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

/// The error, with a hint what to do next.
fn door_error(error: &Error) -> Markup {
    let lang = site().lang;
    let hint = match error {
        Error::WrongPassword => lang.form().wrong_password_hint(),
        Error::Full => lang.form().door_full(),
        Error::NotFound => lang.in_room().gone_hint(),
        _ => "",
    };
    element("p").class("error").set("role", "alert").child([&*lang.error(error), " ", hint].concat())
}
