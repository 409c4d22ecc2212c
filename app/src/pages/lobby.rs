//! The lobby: the list of rooms, and the way into each.

use chat::event::Up;
use chat::room::SEARCH_MAX_CHARS;
use chat::view::LobbyView;
use leptos::either::Either;
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;

use crate::address;
use crate::browser;
use crate::components::card::card;
use crate::components::connection_notice::ConnectionNotice;
use crate::components::header::Header;
use crate::components::icon::{self, Picture};
use crate::live::Connection;
use crate::page::Flash;
use crate::state::enter::is_hangul;
use crate::state::lobby::{Fetching, LobbyState, Row};
use crate::state::site::site;

/// How long typing must pause before a search begins.
const SEARCH_AFTER_MILLIS: u32 = 200;

/// While rooms come and go, the shown cards change often. The server hears of it at most this often.
const ASK_AFTER_MILLIS: u32 = 1000;

#[component]
pub fn LobbyPage(view: LobbyView, flash: Option<Flash>) -> impl IntoView {
    let site = site();
    let lang = site.lang;
    let words = lang.lobby();
    let here = address::search(&view.query);
    let state = LobbyState::new(view);
    let connection = Connection::new();
    Effect::new(move |_| {
        connection.open(
            || Up::WatchLobby,
            move |down| {
                state.take(down);
                true
            },
        );
    });
    ask_for_cards(state, connection);
    let totals = move || {
        let totals = state.totals.get();
        lang.totals(totals.people, totals.rooms)
    };
    view! {
        <ConnectionNotice connection/>
        <div class="wide">
            <Header here/>
            <main class="lobby">
                {flash.map(|flash| view! { <p class="alert" role="alert">{lang.error(&flash.error)}</p> })}
                <div class="lobby-head">
                    <div>
                        <h1>{lang.common().lobby_title}</h1>
                        <p class="soft">{lang.common().app_description}</p>
                    </div>
                    <a class="button accent" href="/room"><Picture icon=icon::PLUS/>{lang.common().make_room}</a>
                </div>
                <div class="lobby-tools">
                    <Search state/>
                    <p class="totals number"><span class="dot" class:off=move || connection.is_down() aria-hidden="true"></span>{totals}</p>
                </div>
                <Failed state connection/>
                <ul
                    class="cards"
                    aria-label=words.rooms
                    aria-busy=move || if state.fetching.get() == Fetching::Search { "true" } else { "false" }
                >
                    <For each=move || state.rows.get() key=Row::key children=card/>
                </ul>
                <Below state/>
            </main>
        </div>
    }
}

/// Tells the server of which cards it should send changes: after each connection, and when the cards change.
fn ask_for_cards(state: LobbyState, connection: Connection) {
    let (is_planned, has_asked) = (StoredValue::new(false), StoredValue::new(false));
    Effect::new(move |_| {
        state.extra_cards.track();
        if connection.joined.get() == 0 || is_planned.get_value() {
            return;
        }
        is_planned.set_value(true);
        browser::after_millis(ASK_AFTER_MILLIS, move || {
            is_planned.set_value(false);
            let rooms = state.extra_cards.get_untracked();
            // (There are none until somebody looks further down.)
            if !rooms.is_empty() || has_asked.get_value() {
                has_asked.set_value(true);
                connection.send(&Up::ShowCards { rooms });
            }
        });
    });
}

#[component]
fn Search(state: LobbyState) -> impl IntoView {
    let words = site().lang.lobby();
    let field = NodeRef::<Input>::new();
    let typed = StoredValue::new(0_u32);
    let search = move || {
        let Some(query) = field.get_untracked().map(|field| field.value().trim().to_owned()) else { return };
        if query != state.query.get_untracked() || state.fetching.get_untracked() == Fetching::Failed {
            keep_address(&query);
            state.search(query);
        }
    };
    let typed_on = move || {
        let latest = typed.get_value() + 1;
        typed.set_value(latest);
        browser::after_millis(SEARCH_AFTER_MILLIS, move || {
            if typed.get_value() == latest {
                search();
            }
        });
    };
    // In Korean each syllable is what people mean; the letters of other input methods become words only at their end.
    let on_input = move |event: web_sys::Event| {
        let composed = browser::property(&event, "data").as_string().unwrap_or_default();
        if browser::property(&event, "isComposing").is_falsy() || composed.chars().any(is_hangul) {
            typed_on();
        } else {
            // What was typed before it is searched for together with it.
            typed.update_value(|typed| *typed += 1);
        }
    };
    // Text that was typed before hydration is searched for, too.
    Effect::new(move |_| {
        if field.get().is_some() {
            search();
        }
    });
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        search();
    };
    let query = state.query.get_untracked();
    view! {
        <form class="search" role="search" method="get" action="/" on:submit=on_submit>
            <Picture icon=icon::SEARCH/>
            <input
                node_ref=field
                type="search"
                name="q"
                value=query
                placeholder=words.search
                aria-label=words.search
                autocomplete="off"
                enterkeyhint="search"
                // (Browsers count UTF-16 here, so this is only a loose cap.)
                maxlength=(8 * SEARCH_MAX_CHARS).to_string()
                on:input=on_input
                on:compositionend=move |_| typed_on()
            />
            <button class="button nojs">{words.search_button}</button>
        </form>
    }
}

/// Puts the query into the address, so that a reload and a shared link show the same.
fn keep_address(query: &str) {
    browser::replace_address(&address::search(query));
}

/// Says that the rooms could not be fetched, and why the list below is still the one of before.
#[component]
fn Failed(state: LobbyState, connection: Connection) -> impl IntoView {
    let lang = site().lang;
    let words = lang.lobby();
    let has_failed = move || state.fetching.get() == Fetching::Failed;
    let text = move || match has_failed() {
        true if connection.is_down() => words.offline,
        true => words.failed,
        false => "",
    };
    view! {
        <p class="alert" role="alert" hidden=move || !has_failed()>
            {text} " "
            <button type="button" class="link-button" on:click=move |_| state.search(state.query.get_untracked())>
                {lang.common().retry}
            </button>
        </p>
    }
}

/// The part below the cards: a button for more of them, or a note that there are none.
#[component]
fn Below(state: LobbyState) -> impl IntoView {
    let words = site().lang.lobby();
    let is_empty = Memo::new(move |_| state.rows.with(Vec::is_empty));
    let next = move || {
        let last = state.rows.with(|rows| rows.last().map(|row| row.id.to_string())).unwrap_or_default();
        format!("/?q={}&before={last}", state.query.with(|query| address::in_query(query)))
    };
    let load_more = move |event: leptos::ev::MouseEvent| {
        event.prevent_default();
        if state.fetching.get_untracked() != Fetching::More {
            state.load_more();
        }
    };
    let more_text = move || if state.fetching.get() == Fetching::More { words.loading } else { words.more };
    view! {
        <p class="more-rooms" hidden=move || !state.more.get()>
            <a class="button" href=next on:click=load_more>{more_text}</a>
        </p>
        {move || {
            (is_empty.get() && state.fetching.get() != Fetching::Failed)
                .then(|| {
                    let query = state.query.get();
                    if query.is_empty() { Either::Left(view! { <NoRooms/> }) } else { Either::Right(view! { <NothingFound query/> }) }
                })
        }}
    }
}

#[component]
fn NoRooms() -> impl IntoView {
    let lang = site().lang;
    view! {
        <div class="empty">
            <p class="empty-art" aria-hidden="true"><span>"🦦"</span><span>"💬"</span><span>"🐸"</span></p>
            <h2>{lang.lobby().empty_title}</h2>
            <p class="soft">{lang.lobby().empty_hint}</p>
            <a class="button accent" href="/room"><Picture icon=icon::PLUS/>{lang.common().make_room}</a>
        </div>
    }
}

#[component]
fn NothingFound(query: String) -> impl IntoView {
    let lang = site().lang;
    view! {
        <div class="empty" role="status">
            <h2>{lang.nothing_found(&query)}</h2>
            <p class="soft">{lang.lobby().search_hint}</p>
            <div class="actions">
                <a class="button accent" href="/room"><Picture icon=icon::PLUS/>{lang.common().make_room}</a>
                <a class="button" href="/">{lang.lobby().all_rooms}</a>
            </div>
        </div>
    }
}
