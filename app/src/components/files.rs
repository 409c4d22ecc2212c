//! The ways to add GIFs: choosing, pasting and dropping files.

use chat::ClientId;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, HtmlInputElement};

use super::icon;
use crate::browser;
use crate::markup::{Markup, Place, element};
use crate::state::room::RoomState;

pub fn gif_form(state: RoomState, send_id: ClientId) -> Markup {
    let words = state.site.lang.in_room();
    let chosen = move |event: web_sys::Event| {
        if let Some(field) = event.target().and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
            state.upload(browser::files(field.files()));
            // This allows choosing the same file again.
            field.set_value("");
        }
    };
    let hidden = |name: &'static str, value: String| {
        element("input").set("type", "hidden").set("name", name).set("value", value)
    };
    let field = element("input")
        .set("type", "file")
        .set("name", "gif")
        .set("accept", "image/gif,.gif")
        .live("multiple", move || state.site.ready.get().then(String::new))
        .set("aria-label", words.upload_gif)
        .on("change", chosen);
    let sign = element("span").set("aria-hidden", "true").child("GIF");
    element("form")
        .class("gif-form")
        .set("method", "post")
        .set("enctype", "multipart/form-data")
        .set("action", format!("/api/upload_gif?back=/room/{}", state.id))
        .child(hidden("room", state.id.to_string()))
        .child(hidden("client", gif_send_id(send_id).to_string()))
        .child(element("label").class("gif-button").set("title", words.upload_gif).child(field).child(sign))
        .children(options(state))
        .child(element("button").class("button nojs").child(words.upload_gif))
}

/// How the next GIF is to be shown. The fields are part of the form, and a browser without scripts opens them, too.
fn options(state: RoomState) -> [Markup; 2] {
    let words = state.site.lang.in_room();
    let writing = state.writing;
    let is_set = move || writing.veils.get() || writing.description.with(|typed| !typed.is_empty());
    let open = element("button")
        .set("type", "button")
        .class("round gif-options-button")
        .class_while("set", is_set)
        .set("popovertarget", "gif-options")
        .set("aria-label", words.gif_options)
        .set("title", words.gif_options)
        .child(icon::MORE);
    let (text, tick) = (Place::new(), Place::new());
    // What was sent with a GIF is gone from the fields.
    Effect::new(move |_| {
        let typed = writing.description.get();
        if let Some(field) = text.get::<HtmlInputElement>().filter(|field| field.value() != typed) {
            field.set_value(&typed);
        }
    });
    Effect::new(move |_| {
        let veils = writing.veils.get();
        if let Some(field) = tick.get::<HtmlInputElement>().filter(|field| field.checked() != veils) {
            field.set_checked(veils);
        }
    });
    let typed = move |_| _ = text.get().map(|field: HtmlInputElement| writing.description.set(field.value()));
    let ticked = move |_| _ = tick.get().map(|field: HtmlInputElement| writing.veils.set(field.checked()));
    let text = element("input")
        .remember(text)
        .set("id", "gif-description")
        .set("name", "description")
        .set("autocomplete", "off")
        .set("dir", "auto")
        .on("input", typed);
    let tick = element("input")
        .remember(tick)
        .set("type", "checkbox")
        .set("name", "veiled")
        .set("value", "true")
        .on("change", ticked);
    let label = element("label").set("for", "gif-description").child(words.describe);
    let card = element("div")
        .class("sheet gif-options")
        .set("id", "gif-options")
        .set("popover", "auto")
        .set("role", "dialog")
        .set("aria-label", words.gif_options)
        .child(element("div").class("field").child(label).child(text))
        .child(element("label").class("check").child(tick).child(" ").child(words.veil_this));
    [open, card]
}

/// The client id of a GIF that is sent without JavaScript. It differs from that of the text, because they are two messages.
fn gif_send_id(send_id: ClientId) -> ClientId {
    let mut bytes = send_id.0;
    bytes[15] ^= 1;
    ClientId(bytes)
}

/// Sends pasted GIF files. A pasted image has lost its frames on the way into the clipboard, which the person is told.
pub fn paste(state: RoomState, event: &ClipboardEvent) {
    let Some(data) = event.clipboard_data() else { return };
    let files = browser::files(data.files());
    let has_text = data.get_data("text/plain").is_ok_and(|text| !text.is_empty());
    if files.is_empty() || has_text {
        return;
    }
    event.prevent_default();
    let (gifs, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.type_() == "image/gif");
    if gifs.is_empty() && others.iter().any(|file| file.type_().starts_with("image/")) {
        state.writing.notice.set(Some(state.site.lang.in_room().pasted_still.to_owned()));
    } else {
        state.upload(gifs.into_iter().chain(others).collect());
    }
}

/// Takes files that are dropped anywhere on the page, so that none makes the browser leave it. Dragged text is ignored.
pub fn drop_zone(state: RoomState) -> Markup {
    let over = RwSignal::new(false);
    Effect::new(move |_| {
        let on = |name: &'static str, take: fn(&DragEvent, RoomState, RwSignal<bool>)| {
            let listener = window_event_listener_untyped(name, move |event| {
                if let Some(event) = event.dyn_ref::<DragEvent>().filter(|event| carries_files(event)) {
                    take(event, state, over);
                }
            });
            on_cleanup(move || listener.remove());
        };
        on("dragover", |event, _, over| {
            event.prevent_default();
            if !over.get_untracked() {
                over.set(true);
            }
        });
        // This reacts to leaving the window, not to moving from one element to the next.
        on("dragleave", |event, _, over| {
            if event.related_target().is_none() {
                over.set(false);
            }
        });
        on("drop", |event, state, over| {
            event.prevent_default();
            over.set(false);
            let Some(data) = event.data_transfer() else { return };
            let (files, folders): (Vec<_>, Vec<_>) =
                (0..).zip(browser::files(data.files())).partition(|(place, _)| !is_folder(&data, *place));
            state.upload(files.into_iter().map(|(_, file)| file).collect());
            if !folders.is_empty() {
                state.writing.notice.set(Some(state.site.lang.in_room().only_gifs.to_owned()));
            }
        });
    });
    element("div")
        .class("drop-zone")
        .class_while("shown", move || over.get())
        .set("aria-hidden", "true")
        .child(element("p").child(state.site.lang.in_room().drop_here))
}

fn carries_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

/// Whether a dropped file is a folder. It looks like a file that cannot be read.
fn is_folder(data: &DataTransfer, place: u32) -> bool {
    let item = browser::property(&browser::property(data, "items"), &place.to_string());
    let entry = browser::call(&item, "webkitGetAsEntry", &JsValue::UNDEFINED);
    entry.is_some_and(|entry| browser::property(&entry, "isDirectory").is_truthy())
}
