//! Reads Enter from a browser's key events.

use leptos::prelude::*;

use crate::browser;
use crate::state::enter::{Key, Press};

/// Reads a key event. Input methods report a key as "Process", and then only its place (`code`) says that it is Enter.
pub fn pressed(event: &web_sys::KeyboardEvent) -> Press {
    let (key, code, number) = (event.key(), event.code(), event.key_code());
    let by_ime = number == 229;
    let key = match key.as_str() {
        "Enter" => Key::Enter,
        _ if number == 13 || by_ime && matches!(code.as_str(), "Enter" | "NumpadEnter") => Key::Enter,
        "Unidentified" => Key::Unknown,
        _ if by_ime => Key::Unknown,
        _ => Key::Other,
    };
    Press {
        key,
        by_ime,
        is_composing: event.is_composing(),
        makes_line: event.shift_key() || event.alt_key(),
        sends: event.ctrl_key() || event.meta_key(),
        is_repeat: event.repeat(),
    }
}

/// Whether Enter makes a new line instead of sending. On a touch keyboard Enter sends if the key can say so ("Send" by
/// `enterkeyhint`, on all of today's phones); otherwise the button sends. A laptop with a touch screen has a mouse and
/// counts as a laptop.
pub fn enter_makes_lines() -> bool {
    browser::matches("(pointer: coarse) and (hover: none)")
        && document().body().is_some_and(|body| browser::property(&body, "enterKeyHint").is_undefined())
}
