//! Errors under the fields of the dialog. (Forms outside of it show their errors by the component `field`.)

use chat::{Error, Field};
use web_sys::Element;

use crate::browser::{call, set_property};
use crate::markup::{Markup, element};
use crate::strings::Lang;

/// The place for the error of a field, under it.
pub fn place(name: &str) -> Markup {
    element("p").class("error").set("id", format!("ask-{name}-error")).set("hidden", "")
}

/// Shows each error under its field, and moves the focus to the first wrong field. Returns false for an error that
/// belongs to no field of this form.
pub fn show(form: &Element, lang: Lang, error: &Error) -> bool {
    let wrong = match error {
        Error::Invalid(fields) => fields.iter().map(|error| (error.field, lang.field_error(error))).collect(),
        Error::NameTaken => vec![(Field::Name, lang.error(error))],
        _ => Vec::new(),
    };
    let mut first = None;
    for (field, text) in wrong {
        let Some(input) = form.query_selector(&format!("[name={}]", name_of(field))).ok().flatten() else { continue };
        if let Some(place) = input.next_element_sibling() {
            place.set_text_content(Some(&text));
            set_property(&place, "hidden", false);
            // These fail only for malformed names.
            let _ = input.set_attribute("aria-describedby", &place.id());
            let _ = input.set_attribute("aria-invalid", "true");
            first.get_or_insert(input);
        }
    }
    if let Some(first) = &first {
        call(first, "focus", &wasm_bindgen::JsValue::UNDEFINED);
    }
    first.is_some()
}

/// Removes the error of this field, if it has one.
pub fn clear(field: &Element) {
    if field.has_attribute("aria-invalid")
        && let Some(place) = field.next_element_sibling()
    {
        set_property(&place, "hidden", true);
        let _ = field.remove_attribute("aria-describedby");
        let _ = field.remove_attribute("aria-invalid");
    }
}

fn name_of(field: Field) -> &'static str {
    match field {
        Field::Title => "title",
        Field::Capacity => "capacity",
        Field::Password => "password",
        Field::Text => "text",
        Field::Gif => "gif",
        Field::Name | Field::ItemName => "name",
        Field::Reason => "reason",
        Field::Description => "description",
        Field::Tag => "tags",
        Field::Folder => "folder",
    }
}
