//! Who is in the room: a column beside the talk, a sheet where there is no room for one.

use leptos::prelude::*;

use super::copy::CopyButton;
use super::face::{Face, PersonName};
use super::icon::{self, Picture};
use super::switch::{MUTE, Switch};
use crate::state::room::RoomState;

#[component]
pub fn People(state: RoomState) -> impl IntoView {
    let words = state.site.lang.in_room();
    let count = move || state.people.with(Vec::len);
    let row = move |person: chat::Person| {
        let id = person.id;
        let name = state.site.lang.name(&person.name);
        view! {
            <li>
                <Face person=person.clone()/>
                <span class="people-name">
                    <PersonName person/>
                    <span hidden=move || state.owner.get() != id>
                        " " <span role="img" aria-label=words.owner_mark title=words.owner_mark>"👑"</span>
                    </span>
                    {state.site.is_me(id).then(|| view! { <span class="soft">" " {words.me}</span> })}
                </span>
                <Switch state kind=&MUTE of=id label=state.site.lang.hide_messages_of(&name) hint=words.hide_hint/>
            </li>
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
            <ul>
                <For
                    each=move || state.people.get()
                    key=|person| (person.id, person.name)
                    children=row
                />
            </ul>
        </aside>
    }
}

/// What is sent to a friend.
pub fn room_link() -> String {
    let location = window().location();
    format!("{}{}", location.origin().unwrap_or_default(), location.pathname().unwrap_or_default())
}
