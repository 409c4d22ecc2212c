//! Keeps the keyboard where it was when what has the focus is made anew, or goes.

use leptos::prelude::document;

use crate::browser;

/// The value of the button that has the focus.
pub fn button() -> Option<String> {
    document().query_selector("button:focus").ok()??.get_attribute("value")
}

/// When nothing has the focus any more: gives it to the button of this value; else to the message that the button was
/// about; else to the log. Nothing scrolls.
pub fn keep(value: &str) {
    let seq = value.get(1..).unwrap_or_default().split('.').next().unwrap_or_default();
    let options = js_sys::Object::new();
    browser::set_property(&options, "preventScroll", true);
    for selector in [&format!("button[value='{value}']"), &format!("#m{seq}"), ".scroller.js"] {
        // What cannot be seen does not take it.
        if document().active_element().is_some_and(|active| active.tag_name() != "BODY") {
            return;
        }
        if let Ok(Some(next)) = document().query_selector(selector) {
            let _ = browser::call(&next, "focus", &options);
        }
    }
}
