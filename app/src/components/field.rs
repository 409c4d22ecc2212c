//! A form field with its label, its hint and its own error.

use leptos::prelude::*;

use crate::markup::{Markup, element};

/// The ids of the error and of the hint are derived from the input's `id`. `inside` has the input.
pub fn field(
    id: &'static str,
    label: &'static str,
    inside: Markup,
    error: Signal<Option<String>>,
    hint: Option<&'static str>,
) -> Markup {
    let wrong = element("p")
        .class("error")
        .set("id", format!("{id}-error"))
        .hidden_while(move || error.with(Option::is_none))
        .live_text(move || error.get().unwrap_or_default());
    let hint = hint.map(|hint| element("p").class("soft small").set("id", format!("{id}-hint")).child(hint));
    element("div")
        .class("field")
        .child(element("label").set("for", id).child(label))
        .child(inside)
        .child(wrong)
        .children(hint)
}
