//! Slow mode above the text field: that it is on, and how long this person still waits.

use leptos::prelude::*;

use crate::markup::{Markup, element};
use crate::state::shown::ShownRoom;
use crate::state::slow::Wait;

/// The line, and what screen readers are told.
pub fn slow_line(shown: ShownRoom, wait: Wait) -> [Markup; 2] {
    let lang = shown.site.lang;
    let mode = move || lang.slow_mode(shown.slow.get());
    let left = move || if wait.must_wait.get() { lang.turn_in(wait.seconds.get()) } else { String::new() };
    let is_told = move || wait.must_wait.get() && wait.told.get() != 0;
    // Screen readers are told once for each attempt to send, and once when it is possible again; not every second.
    let told = move || match (wait.told.get(), wait.must_wait.get()) {
        (0, _) => String::new(),
        (seconds, true) => lang.turn_in(seconds),
        (_, false) => lang.in_room().turn_is_here().to_owned(),
    };
    let line = element("p")
        .class("slow soft small")
        .class_while("told", is_told)
        .hidden_while(move || shown.slow.get().is_off())
        .child(element("span").set("id", "slow").live_text(mode))
        .child(" ")
        .child(element("span").class("number").set("aria-hidden", "true").live_text(left));
    [line, element("p").class("sr").set("role", "status").live_text(told)]
}
