//! The buttons of a room that are on or off. One kind of view serves all of them.

use chat::VisitorId;
use leptos::prelude::*;

use crate::icon::{self, Icon};
use crate::markup::{Markup, element};
use crate::state::room::RoomState;

/// What a button switches: something about the room, or about a person in it.
#[derive(Debug)]
pub struct Switch {
    class: &'static str,
    icon: Icon,
    /// The value of `aria-pressed`, one of the constants below.
    pressed: fn(RoomState, VisitorId) -> &'static str,
    press: fn(RoomState, VisitorId),
}

const ON: &str = "true";
const OFF: &str = "false";
/// The browser blocks it, and this page cannot change that.
const BLOCKED: &str = "mixed";
/// There is nothing to switch, and CSS hides the button.
const NOTHING: &str = "undefined";

/// Switches notifications of messages while the tab is not visible, in this browser only.
pub static BELL: Switch = Switch {
    class: "round bell switch",
    icon: icon::BELL,
    pressed: |room, _| match room.notify.on.get() {
        Some(true) => ON,
        Some(false) if room.notify.blocked.get() => BLOCKED,
        Some(false) => OFF,
        None => NOTHING,
    },
    press: |room, _| room.notify.toggle(),
};

/// Hides a person's messages, in this browser only.
pub static MUTE: Switch = Switch {
    class: "quiet-button switch js",
    icon: icon::HIDE,
    pressed: |room, person| match () {
        _ if room.site.is_me(person) => NOTHING,
        _ if room.reading.unread.is_muted(person) => ON,
        _ => OFF,
    },
    press: |room, person| room.reading.unread.toggle_mute(person),
};

pub fn switch(state: RoomState, kind: &'static Switch, of: VisitorId, label: String, hint: &'static str) -> Markup {
    element("button")
        .set("type", "button")
        .class(kind.class)
        .live("aria-pressed", move || Some((kind.pressed)(state, of).to_owned()))
        .set("aria-label", label)
        .set("title", hint)
        .on("click", move |_| (kind.press)(state, of))
        .child(kind.icon)
}
