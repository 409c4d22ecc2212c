//! The round buttons of a room that are on or off: one kind of view for all of them.

use chat::VisitorId;
use leptos::prelude::*;

use super::icon::{self, Icon, Picture};
use crate::state::room::RoomState;

/// What a button switches: something of the room, or of a person in it.
#[derive(Debug)]
pub struct Kind {
    class: &'static str,
    icon: Icon,
    /// What `aria-pressed` says, see below.
    pressed: fn(RoomState, VisitorId) -> &'static str,
    press: fn(RoomState, VisitorId),
}

const ON: &str = "true";
const OFF: &str = "false";
/// The person has no say in it.
const BLOCKED: &str = "mixed";
/// There is nothing to switch: CSS takes the button away.
const NOTHING: &str = "undefined";

/// Whether this browser tells of messages while the tab is not seen.
pub static BELL: Kind = Kind {
    class: "round bell switch",
    icon: icon::BELL,
    pressed: |room, _| match room.notify.on.get() {
        Some(true) => ON,
        Some(false) if room.notify.blocked.get() => BLOCKED,
        Some(false) => OFF,
        None => NOTHING,
    },
    press: |room, _| room.notify.toggle(room),
};

/// Hides what somebody says, in this browser only.
pub static MUTE: Kind = Kind {
    class: "quiet-button switch js",
    icon: icon::HIDE,
    pressed: |room, person| match () {
        _ if room.site.is_me(person) => NOTHING,
        _ if room.unread.is_muted(person) => ON,
        _ => OFF,
    },
    press: |room, person| room.unread.toggle_mute(person),
};

#[component]
pub fn Switch(
    state: RoomState,
    kind: &'static Kind,
    of: VisitorId,
    label: String,
    hint: &'static str,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class=kind.class
            aria-pressed=move || (kind.pressed)(state, of)
            aria-label=label
            title=hint
            on:click=move |_| (kind.press)(state, of)
        >
            <Picture icon=kind.icon/>
        </button>
    }
}
