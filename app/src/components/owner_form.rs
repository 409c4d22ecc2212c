//! A room's settings as a plain form, for owners without scripts.

use chat::view::RoomView;
use chat::{Capacity, Error, Field, Slow};

use super::question::{paces, remove_password, veil_field};
use crate::markup::{Markup, element};
use crate::page::Flash;
use crate::strings::Lang;

/// The form is filled with the room's settings, or with what was typed if that failed.
pub fn owner_form(lang: Lang, view: &RoomView, flash: Option<&Flash>) -> Markup {
    let (room, form, words) = (view.id.to_string(), lang.form(), lang.dialogs());
    let typed = |field: &str, now: String| flash.and_then(|flash| flash.typed(field)).map(str::to_owned).unwrap_or(now);
    let wrong = |name: &str| {
        flash.filter(|flash| flash.is_told_by_settings()).and_then(|flash| error_at(lang, &flash.error, name))
    };
    let field = |name: &'static str, label: &'static str, input: Markup| {
        let error = |error: String| element("p").class("error").set("id", error_id(name)).child(error);
        element("div")
            .class("field")
            .child(element("label").set("for", format!("set-{name}")).child(label))
            .child(element("div").class("input").child(input))
            .children(wrong(name).map(error))
    };
    let input = |name: &'static str| {
        let input = element("input").set("id", format!("set-{name}")).set("name", name).set("autocomplete", "off");
        match wrong(name) {
            Some(_) => input.set("aria-invalid", "true").set("aria-describedby", error_id(name)),
            None => input,
        }
    };
    let title = input("title").set("value", typed("title", view.title.as_str().to_owned())).set("required", "");
    let capacity = input("capacity")
        .set("value", typed("capacity", view.capacity.get().to_string()))
        .set("type", "number")
        .set("min", Capacity::MIN.to_string())
        .set("max", Capacity::MAX.to_string())
        .set("required", "");
    let hint = if view.locked { words.password_kept() } else { words.password_none() };
    let password = input("password").set("type", "password").set("placeholder", hint);
    let slow = Slow::parse(&typed("slow", String::new())).unwrap_or(view.slow);
    let slow = element("select").set("id", "set-slow").set("name", "slow").children(paces(lang, slow));
    let veil = typed("veil", view.veil.to_string()) == "true";
    let save = element("div").class("actions end").child(element("button").class("button accent").child(words.save()));
    let settings = element("form")
        .class("form")
        .set("method", "post")
        .set("action", format!("/api/set_room?back=/room/{room}"))
        .child(element("input").set("type", "hidden").set("name", "room").set("value", room))
        .child(field("title", form.title(), title))
        .child(field("capacity", form.capacity(), capacity))
        .child(field("password", form.password(), password))
        .children(view.locked.then(|| remove_password(lang)))
        .child(field("slow", words.slow(), slow))
        .child(field("veil", words.veil(), veil_field(lang, "set-veil", veil)))
        .child(save);
    let folded = element("details").class("owner-form");
    // After an error the form is open, so that the error is visible at once.
    let folded = if flash.is_some_and(Flash::is_of_settings) { folded.set("open", "") } else { folded };
    folded.child(element("summary").child(lang.in_room().settings())).child(settings)
}

fn error_id(name: &str) -> String {
    format!("set-{name}-error")
}

fn error_at(lang: Lang, error: &Error, name: &str) -> Option<String> {
    let Error::Invalid(fields) = error else { return None };
    let field = match name {
        "title" => Field::Title,
        "capacity" => Field::Capacity,
        "password" => Field::Password,
        _ => return None,
    };
    fields.iter().find(|error| error.field == field).map(|error| lang.field_error(error))
}
