//! The people in the room: a column beside the log, or a popover on narrow screens.

use std::sync::LazyLock;

use chat::{Person, VisitorId};
use leptos::prelude::*;

use super::copy::CopyButton;
use super::face::{Face, PersonName};
use super::icon::{self, Picture};
use super::menu::open_menu;
use super::shared::Shared;
use super::switch::{MUTE, Switch};
use crate::html;
use crate::state::open::Subject;
use crate::state::room::RoomState;
use crate::strings::Lang;

#[component]
pub fn People(state: RoomState) -> impl IntoView {
    let words = state.site.lang.in_room();
    let count = move || state.shown.people.with(Vec::len);
    let press = move |event: web_sys::MouseEvent| {
        if let Some((button, id)) = html::pressed(&event)
            && let Ok(id) = id.parse()
        {
            open_menu(state, Subject::Person(id), &button);
        }
    };
    view! {
        <aside class="people" id="people" popover="auto" aria-label=words.people>
            <div class="people-head">
                <h2>{words.people} " " <span class="number">{count}</span></h2>
                <CopyButton text=room_link label=words.copy_link icon=icon::LINK class="round narrow-only"/>
                <button
                    type="button"
                    class="round narrow-only"
                    popovertarget="people"
                    popovertargetaction="hide"
                    aria-label=state.site.lang.common().close
                >
                    <Picture icon=icon::CLOSE/>
                </button>
            </div>
            <ul on:click=press>
                <For
                    each=move || state.shown.people.get()
                    key=|person| (person.id, person.name.clone())
                    children=move |person| person_row(state, person)
                />
            </ul>
        </aside>
    }
}

/// Everything besides its person's name that decides how a row looks: the person, the language, and whether the person is the reader,
/// the owner, and away.
type Looks = (VisitorId, Lang, [bool; 3]);

static ROWS: LazyLock<Shared<Looks, Person>> = LazyLock::new(Shared::new);

fn person_row(state: RoomState, person: Person) -> impl IntoView {
    let (id, lang) = (person.id, state.site.lang);
    let is_away = state.shown.view.with_untracked(|view| view.is_away(id));
    let differs = [state.site.is_me(id), state.shown.owner.get_untracked() == id, is_away];
    ROWS.view((id, lang, differs), person, move |person| view! { <PersonRow state person/> })
}

#[component]
fn PersonRow(state: RoomState, person: Person) -> impl IntoView {
    let words = state.site.lang.in_room();
    let id = person.id;
    let name = state.site.lang.name(&person.name);
    view! {
        <li class:away=move || state.shown.view.with(|view| view.is_away(id))>
            <Face person=person.clone()/>
            <span class="people-name">
                <PersonName person/>
                <span hidden=move || state.shown.owner.get() != id>
                    " " <span class="crown" role="img" aria-label=words.owner_mark title=words.owner_mark><Picture icon=icon::CROWN/></span>
                </span>
                <span class="away-mark soft small">" " {words.away}</span>
                {state.site.is_me(id).then(|| view! { <span class="soft">" " {words.me}</span> })}
            </span>
            <Switch state kind=&MUTE of=id label=state.site.lang.hide_messages_of(&name) hint=words.hide_hint/>
            <button
                type="button"
                class="quiet-button js"
                value=id.to_string()
                aria-haspopup="true"
                aria-label=state.site.lang.menu_of(&name)
                title=words.person_menu
            >
                "⋯"
            </button>
        </li>
    }
}

/// The link that people send to friends.
pub fn room_link() -> String {
    let location = window().location();
    format!("{}{}", location.origin().unwrap_or_default(), location.pathname().unwrap_or_default())
}
