//! The button that leaves the room: at once, or after a question if the room would be gone without this person.

use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::HtmlDialogElement;

use crate::icon;
use crate::markup::{Markup, Place, element, later};
use crate::state::room::{RoomState, forget_unsent};
use crate::{browser, call};

/// The button, and the question.
pub fn leave_button(state: RoomState) -> [Markup; 2] {
    let words = state.site.lang.in_room();
    let dialog = Place::new();
    let leaving = state.acts.leaving;
    let ask = move |event: web_sys::Event| {
        event.prevent_default();
        let alone = state.shown.people.with_untracked(|people| people.len() <= 1);
        match dialog.get::<HtmlDialogElement>() {
            // Without a second question if the dialog is open already, or the browser has no dialogs.
            Some(dialog) if alone && dialog.show_modal().is_ok() => {}
            _ => leave(state),
        }
    };
    let button = element("button")
        .class("button leave")
        .set("aria-label", words.leave())
        .live("disabled", move || leaving.get().then(String::new))
        .child(icon::LEAVE)
        .child(element("span").child(words.leave()));
    let form = element("form")
        .set("method", "post")
        .set("action", "/api/leave_room?back=/")
        .on("submit", ask)
        .child(element("input").set("type", "hidden").set("name", "room").set("value", state.id.to_string()))
        .child(button);
    [form, later(move || vec![question(state, dialog).into()])]
}

fn leave(state: RoomState) {
    let (room, leaving) = (state.id, state.acts.leaving);
    leaving.set(true);
    spawn_local(async move {
        match call::leave_room(room).send().await {
            Ok(()) => {
                forget_unsent(room);
                browser::navigate("/");
            }
            Err(refused) => {
                leaving.set(false);
                state.writing.notice.set(Some(state.site.lang.error(&refused)));
            }
        }
    });
}

/// (Not inlined, so that a page can load it later: decision 57.)
#[inline(never)]
fn question(state: RoomState, dialog: Place) -> Markup {
    let words = state.site.lang.in_room();
    let close = move || {
        if let Some(dialog) = dialog.get::<HtmlDialogElement>() {
            dialog.close();
        }
    };
    let answer =
        |class: &'static str, words: &'static str| element("button").set("type", "button").class(class).child(words);
    let actions = element("div")
        .class("actions")
        .child(answer("button", words.stay()).on("click", move |_| close()))
        .child(answer("button danger", words.close_confirm()).on("click", move |_| {
            close();
            leave(state);
        }));
    element("dialog")
        .remember(dialog)
        .class("question")
        .set("aria-labelledby", "close-title")
        .child(element("h2").set("id", "close-title").child(words.close_title()))
        .child(element("p").class("soft").child(words.close_hint()))
        .child(actions)
}
