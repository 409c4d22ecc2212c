//! The ways to add GIFs: choosing, pasting and dropping files.

use chat::ClientId;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{ClipboardEvent, DataTransfer, DragEvent, HtmlInputElement};

use crate::browser;
use crate::markup::{Markup, element};
use crate::site::site;
use crate::state::panel::PanelHost;
use crate::state::room::RoomState;
use crate::strings::room::RoomWords;

pub fn gif_form(state: RoomState, send_id: ClientId) -> Markup {
    let words = state.site.lang.in_room();
    let chosen = move |event: web_sys::Event| {
        if let Some(field) = event.target().and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
            state.panel.upload(field.files().map(|files| js_sys::Array::from(&files)).unwrap_or_default());
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
        .set("aria-label", words.upload_gif())
        .on("change", chosen);
    // (A person whose pointer or focus is on the button will probably open the panel.)
    let reach = move |_| state.panel.load();
    let open = element("button")
        .set("type", "button")
        .class("gif-button js")
        .set("popovertarget", "gifs")
        .set("aria-label", words.open_gifs())
        .set("title", words.open_gifs())
        .on("pointerenter", reach)
        .on("focus", reach)
        .child("GIF");
    element("form")
        .class("gif-form")
        .set("method", "post")
        .set("enctype", "multipart/form-data")
        .set("action", format!("/api/upload_gif?back=/room/{}", state.id))
        .child(hidden("room", state.id.to_string()))
        .child(hidden("client", gif_send_id(send_id).to_string()))
        .child(open)
        .child(element("label").class("gif-button nojs").child(field))
        .children(options(words))
        .child(element("button").class("button nojs").child(words.upload_gif()))
}

/// The fields that say how the GIF is to be shown, for browsers without scripts. (In other browsers the panel has them.)
fn options(words: RoomWords) -> [Markup; 2] {
    let field = element("input").set("name", "description").set("autocomplete", "off").set("dir", "auto");
    let field = field.set("placeholder", words.gif_options()).set("aria-label", words.describe());
    let tick = element("input").set("type", "checkbox").set("name", "veiled").set("value", "true");
    [field.class("nojs"), element("label").class("check nojs").child(tick).child(" ").child(words.veil_this())]
}

/// The sheet of the panel of GIFs. Its content is a WASM entry of its own (`crate::panel`).
/// (Not inlined, so that a page can load it later: decision 57.)
#[inline(never)]
pub fn gif_panel(panel: PanelHost) -> Markup {
    let words = site().lang.in_room();
    let failed = move || panel.has_failed.get();
    let told = element("p").set("role", "status").live_text(move || {
        let words = site().lang.in_room();
        if failed() { words.no_panel() } else { words.loading_panel() }.to_owned()
    });
    let press = |words: &'static str, class: &'static str, act: fn(PanelHost)| {
        element("button").set("type", "button").class(class).on("click", move |_| act(panel)).child(words)
    };
    let ways = element("div")
        .class("actions")
        .hidden_while(move || !failed())
        .child(press(site().lang.common().retry(), "button", PanelHost::load))
        .child(press(words.without_panel(), "button", PanelHost::do_without));
    let wait = element("div").class("panel-wait").hidden_while(move || panel.is_there.get());
    element("div")
        .remember(panel.sheet)
        .set("id", "gifs")
        .class("sheet gifs")
        .set("popover", "auto")
        .set("role", "dialog")
        .set("aria-label", "GIF")
        .on("toggle", move |event| panel.toggled(&event))
        .child(wait.child(told).child(ways))
        .child(element("div").class("contents").remember(panel.host))
        .once_there(move |_| panel.catch_up())
}

/// The client id of a GIF that is sent without JavaScript. It differs from that of the text, because they are two messages.
fn gif_send_id(send_id: ClientId) -> ClientId {
    let mut bytes = send_id.0;
    bytes[15] ^= 1;
    ClientId(bytes)
}

/// Takes pasted files. A pasted picture has lost its frames on the way into the clipboard: the panel makes a GIF of it, and where
/// there is no panel the person is told.
pub fn paste(state: RoomState, event: &ClipboardEvent) {
    let Some(data) = event.clipboard_data() else { return };
    let files = browser::files(data.files());
    let has_text = data.get_data("text/plain").is_ok_and(|text| !text.is_empty());
    if files.is_empty() || has_text {
        return;
    }
    event.prevent_default();
    let is_still = |file: &web_sys::File| file.type_().starts_with("image/") && file.type_() != "image/gif";
    if state.panel.has_failed.get_untracked() && files.iter().all(is_still) {
        state.writing.notice.set(Some(state.site.lang.in_room().pasted_still().to_owned()));
    } else {
        state.panel.offer(files);
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
            state.panel.offer(files.into_iter().map(|(_, file)| file).collect());
            if !folders.is_empty() {
                state.writing.notice.set(Some(state.site.lang.in_room().only_gifs().to_owned()));
            }
        });
    });
    element("div")
        .class("drop-zone")
        .class_while("shown", move || over.get())
        .set("aria-hidden", "true")
        .child(element("p").child(state.site.lang.in_room().drop_here()))
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
