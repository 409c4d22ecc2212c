//! The lobby: the list of rooms, with a link to each.

use chat::event::Up;
use chat::room::SEARCH_MAX_CHARS;
use chat::view::LobbyView;
use leptos::prelude::*;
use web_sys::HtmlInputElement;

use crate::address;
use crate::browser;
use crate::components::card::card;
use crate::components::connection_notice::connection_notice;
use crate::components::header::header;
use crate::icon;
use crate::live::Connection;
use crate::markup::{Child, Markup, Place, element};
use crate::page::Flash;
use crate::site::site;
use crate::state::enter::is_hangul;
use crate::state::lobby::{Fetching, LobbyState, Row};

/// How long typing must pause before a search begins.
const SEARCH_AFTER_MILLIS: u32 = 200;

/// How long a change of the shown cards waits until it is sent to the server, because they change often while rooms come and go.
const ASK_AFTER_MILLIS: u32 = 1000;

#[component]
pub fn LobbyPage(view: LobbyView, flash: Option<Flash>) -> Vec<Markup> {
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
    let rows = view! { <For each=move || state.rows.get() key=Row::key children=card/> };
    let cards = element("ul")
        .class("cards")
        .set("aria-label", words.rooms())
        .live("aria-busy", move || Some((state.fetching.get() == Fetching::Search).to_string()))
        .fill(rows);
    let dot = element("span").class("dot").class_while("off", move || connection.is_down()).set("aria-hidden", "true");
    let tools = element("div")
        .class("lobby-tools")
        .child(search(state))
        .child(element("p").class("totals number").child(dot).child(element("span").live_text(totals)));
    let title = element("div")
        .child(element("h1").child(lang.common().lobby_title()))
        .child(element("p").class("soft").child(lang.common().app_description()));
    let head = element("div").class("lobby-head").child(title).child(make_room());
    let refused = |flash: Flash| element("p").class("alert").set("role", "alert").child(lang.error(&flash.error));
    let main = element("main")
        .class("lobby")
        .children(flash.map(refused))
        .child(head)
        .child(tools)
        .child(failed(state, connection))
        .child(cards)
        .children(below(state));
    vec![connection_notice(connection, false), element("div").class("wide").child(header(&here)).child(main)]
}

/// The link to the form for a new room.
fn make_room() -> Markup {
    element("a").class("button accent").set("href", "/room").child(icon::PLUS).child(site().lang.common().make_room())
}

/// Tells the server of which further cards it should send changes: after each connection, and when these cards change.
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
            // (There are no further cards until the person loads more rooms.)
            if !rooms.is_empty() || has_asked.get_value() {
                has_asked.set_value(true);
                connection.send(&Up::ShowCards { rooms });
            }
        });
    });
}

fn search(state: LobbyState) -> Markup {
    let words = site().lang.lobby();
    let field = Place::new();
    let typed = StoredValue::new(0_u32);
    let search = move || {
        let Some(query) = field.get().map(|field: HtmlInputElement| field.value().trim().to_owned()) else { return };
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
    // A Korean syllable can be searched for while it is being composed. With other input methods the letters become words only
    // when the composition ends.
    let on_input = move |event: web_sys::Event| {
        let composed = browser::property(&event, "data").as_string().unwrap_or_default();
        if browser::property(&event, "isComposing").is_falsy() || composed.chars().any(is_hangul) {
            typed_on();
        } else {
            // This cancels a planned search, so that the text before the composition is searched for together with it.
            typed.update_value(|typed| *typed += 1);
        }
    };
    // Text that was typed before hydration is searched for, too.
    Effect::new(move |_| search());
    let on_submit = move |event: web_sys::Event| {
        event.prevent_default();
        search();
    };
    let input = element("input")
        .remember(field)
        .set("type", "search")
        .set("name", "q")
        .set("value", state.query.get_untracked())
        .set("placeholder", words.search())
        .set("aria-label", words.search())
        .set("autocomplete", "off")
        .set("enterkeyhint", "search")
        // (Browsers count UTF-16 here, so this is only a loose cap.)
        .set("maxlength", (8 * SEARCH_MAX_CHARS).to_string())
        .on("input", on_input)
        .on("compositionend", move |_| typed_on());
    element("form")
        .class("search")
        .set("role", "search")
        .set("method", "get")
        .set("action", "/")
        .on("submit", on_submit)
        .child(icon::SEARCH)
        .child(input)
        .child(element("button").class("button nojs").child(words.search_button()))
}

/// Puts the query into the address, so that a reload and a shared link show the same.
fn keep_address(query: &str) {
    browser::replace_address(&address::search(query));
}

/// The alert that the rooms could not be fetched, and whether the missing connection is the reason.
fn failed(state: LobbyState, connection: Connection) -> Markup {
    let lang = site().lang;
    let words = lang.lobby();
    let has_failed = move || state.fetching.get() == Fetching::Failed;
    let text = move || match has_failed() {
        true if connection.is_down() => words.offline(),
        true => words.failed(),
        false => "",
    };
    let again = element("button")
        .set("type", "button")
        .class("link-button")
        .on("click", move |_| state.search(state.query.get_untracked()))
        .child(lang.common().retry());
    element("p")
        .class("alert")
        .set("role", "alert")
        .hidden_while(move || !has_failed())
        .child(element("span").live_text(move || text().to_owned()))
        .child(" ")
        .child(again)
}

/// The part below the cards: a button for more of them, or a note that there are none.
fn below(state: LobbyState) -> [Markup; 2] {
    let words = site().lang.lobby();
    let next = move || {
        let last = state.rows.with(|rows| rows.last().map(|row| row.id.to_string())).unwrap_or_default();
        Some(format!("/?q={}&before={last}", state.query.with(|query| address::in_query(query))))
    };
    let load_more = move |event: web_sys::Event| {
        event.prevent_default();
        if state.fetching.get_untracked() != Fetching::More {
            state.load_more();
        }
    };
    let more_text =
        move || if state.fetching.get() == Fetching::More { words.loading() } else { words.more() }.to_owned();
    let link = element("a").class("button").live("href", next).on("click", load_more).live_text(more_text);
    let more = element("p").class("more-rooms").hidden_while(move || !state.more.get()).child(link);
    let is_empty = Memo::new(move |_| state.rows.with(Vec::is_empty) && state.fetching.get() != Fetching::Failed);
    let empty = element("div").hidden_while(move || !is_empty.get()).live_children(move || match is_empty.get() {
        true => nothing(&state.query.get()),
        false => Vec::new(),
    });
    [more, empty]
}

/// The text for a list without rooms.
fn nothing(query: &str) -> Vec<Child> {
    let lang = site().lang;
    let soft = |text: &'static str| element("p").class("soft").child(text);
    if query.is_empty() {
        let art = ["🦦", "💬", "🐸"].map(|animal| element("span").child(animal));
        let empty = element("div")
            .class("empty")
            .child(element("p").class("empty-art").set("aria-hidden", "true").children(art))
            .child(element("h2").child(lang.lobby().empty_title()))
            .child(soft(lang.lobby().empty_hint()));
        return vec![empty.child(make_room()).into()];
    }
    let all = element("a").class("button").set("href", "/").child(lang.lobby().all_rooms());
    let empty = element("div")
        .class("empty")
        .set("role", "status")
        .child(element("h2").child(lang.nothing_found(query)))
        .child(soft(lang.lobby().search_hint()));
    vec![empty.child(element("div").class("actions").child(make_room()).child(all)).into()]
}
