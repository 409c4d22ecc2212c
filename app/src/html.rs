//! Isolated text in sentences, and the button that was pressed.

use crate::action::Action;

/// Puts text that people wrote between Unicode isolates (U+2068, U+2069) for use in one of our sentences, so that the direction
/// of the text does not reorder the rest. [`crate::markup::sentence`] turns the isolates into elements.
pub fn isolated(text: &str) -> String {
    ["\u{2068}", text, "\u{2069}"].concat()
}

/// Whether the event hit a button with a value. (A finger may go down before the code that reads values is there: decision 57.)
pub fn hits_button(event: &web_sys::Event) -> bool {
    hit_button(event).is_some()
}

/// The button that was pressed, even if the event hit an element inside it, and what it does.
pub fn pressed(event: &web_sys::Event) -> Option<(web_sys::Element, Action)> {
    let (button, value) = hit_button(event)?;
    Some((button, Action::of(&value)?))
}

fn hit_button(event: &web_sys::Event) -> Option<(web_sys::Element, String)> {
    use wasm_bindgen::JsCast;
    let target: web_sys::Element = event.target()?.dyn_into().ok()?;
    let button = target.closest("button").ok()??;
    let value = button.get_attribute("value")?;
    Some((button, value))
}
