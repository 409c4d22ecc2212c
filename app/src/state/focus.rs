//! Keeps the focus where it was when the focused element is rebuilt or removed.

use leptos::prelude::document;
use wasm_bindgen::JsValue;

use crate::action::Action;
use crate::browser;

/// What the button that has the focus does.
pub fn focused_button() -> Option<Action> {
    Action::of(&document().query_selector("button:focus").ok()??.get_attribute("value")?)
}

/// Focuses the text field.
pub fn composer() {
    // On a narrow screen the list of people covers the log, so it is closed.
    if let Some(people) = document().get_element_by_id("people") {
        let _ = browser::call(&people, "hidePopover", &JsValue::UNDEFINED);
    }
    if let Ok(Some(field)) = document().query_selector(".text-form textarea") {
        let _ = browser::call(&field, "focus", &JsValue::UNDEFINED);
    }
}

/// When nothing has the focus any more, gives it to the button with this action, or else to the message that the button
/// belonged to, or else to the log. Nothing scrolls.
pub fn restore(action: Action) {
    let button = format!("button[value='{}']", action.value());
    let message = action.entry().map(|seq| format!("#m{seq}"));
    let options = js_sys::Object::new();
    browser::set_property(&options, "preventScroll", true);
    for selector in [Some(&*button), message.as_deref(), Some(".scroller.js")].into_iter().flatten() {
        // An element that cannot be seen does not take the focus.
        if document().active_element().is_some_and(|active| active.tag_name() != "BODY") {
            return;
        }
        if let Ok(Some(next)) = document().query_selector(selector) {
            let _ = browser::call(&next, "focus", &options);
        }
    }
}
