//! A room's settings as a plain form, for owners without scripts.

use chat::view::RoomView;
use chat::{Capacity, Error, Field, Slow};

use super::question::paces;
use crate::html::escaped;
use crate::page::Flash;
use crate::strings::Lang;

/// The form is filled with the room's settings, or with what was typed if that failed.
pub fn owner_form(lang: Lang, view: &RoomView, flash: Option<&Flash>) -> String {
    let (room, form, words) = (view.id, lang.form(), lang.dialogs());
    let typed = |field: &str, now: String| flash.and_then(|flash| flash.typed(field)).map(str::to_owned).unwrap_or(now);
    let title = escaped(&typed("title", view.title.as_str().to_owned()));
    let capacity = escaped(&typed("capacity", view.capacity.get().to_string()));
    let paces = paces(lang, Slow::parse(&typed("slow", String::new())).unwrap_or(view.slow));
    let wrong = |name: &str| {
        flash.filter(|flash| flash.is_told_by_settings()).and_then(|flash| error_at(lang, &flash.error, name))
    };
    let field = |name: &str, label: &str, input: String| {
        let error =
            wrong(name).map(|error| format!(r#"<p class="error" id="set-{name}-error">{}</p>"#, escaped(&error)));
        let error = error.unwrap_or_default();
        format!(
            r#"<div class="field"><label for="set-{name}">{label}</label><div class="input">{input}</div>{error}</div>"#
        )
    };
    let input = |name: &str, more: String| {
        let said = wrong(name).map(|_| format!(r#" aria-invalid="true" aria-describedby="set-{name}-error""#));
        let said = said.unwrap_or_default();
        format!(r#"<input id="set-{name}"{said} name="{name}" autocomplete="off" {more}>"#)
    };
    let hint = if view.locked { words.password_kept } else { words.password_none };
    let open = match view.locked {
        true => format!(
            r#"<label class="check"><input type="checkbox" name="open" value="true"> {}</label>"#,
            words.remove_password
        ),
        false => String::new(),
    };
    let fields = [
        field("title", form.title, input("title", format!(r#"value="{title}" required"#))),
        field(
            "capacity",
            form.capacity,
            input(
                "capacity",
                format!(r#"value="{capacity}" type="number" min="{}" max="{}" required"#, Capacity::MIN, Capacity::MAX),
            ),
        ),
        field("password", form.password, input("password", format!(r#"type="password" placeholder="{hint}""#))),
        open,
        field("slow", words.slow, format!(r#"<select id="set-slow" name="slow">{paces}</select>"#)),
    ]
    .concat();
    // After an error the form is open, so that the error is visible at once.
    let shown = if flash.is_some_and(Flash::is_of_settings) { " open" } else { "" };
    format!(
        r#"<details class="owner-form"{shown}><summary>{}</summary><form class="form" method="post" action="/api/set_room?back=/room/{room}"><input type="hidden" name="room" value="{room}">{fields}<div class="actions end"><button class="button accent">{}</button></div></form></details>"#,
        lang.in_room().settings,
        words.save
    )
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
