//! Where a person writes, and brings GIFs.

use chat::ClientId;
use chat::entry::Text;
use leptos::ev::SubmitEvent;
use leptos::html::{Input, Textarea};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, CompositionEvent, DragEvent, KeyboardEvent};

use super::icon::{self, Picture};
use crate::browser::{self, kept};
use crate::page::Flash;
use crate::state::ime::{Enter, Ime};
use crate::state::room::RoomState;
use crate::state::sending::draft_key;

/// How many characters from the limit the count begins to show.
const COUNT_FROM: i64 = 200;

#[component]
pub fn Composer(
    state: RoomState,
    /// Names what is sent without JavaScript.
    send_id: ClientId,
    flash: Option<Flash>,
) -> impl IntoView {
    let words = state.site.lang.in_room();
    let typed = flash.as_ref().and_then(|flash| flash.typed("text")).unwrap_or_default();
    let field = NodeRef::<Textarea>::new();
    let left = RwSignal::new(i64::from(Text::MAX_CHARS));
    let ime = StoredValue::new(Ime::default());
    state.notice.set(flash.as_ref().map(|flash| state.site.lang.error(&flash.error)));

    let changed = move || {
        let Some(field) = field.get_untracked() else { return };
        let text = field.value();
        left.set(i64::from(Text::MAX_CHARS) - text.chars().count() as i64);
        // Where CSS cannot size the field by its content.
        field.set_rows(text.lines().count().clamp(1, 6) as u32);
        if text.is_empty() { kept::remove(&draft_key(state.id)) } else { kept::set(&draft_key(state.id), &text) }
    };
    Effect::new(move |_| {
        // What was typed before the page came alive stays; else the draft of last time.
        if let Some(field) = field.get() {
            if field.value().is_empty() {
                field.set_value(&kept::get(&draft_key(state.id)).unwrap_or_default());
            }
            changed();
        }
    });
    let send = move || {
        let Some(field) = field.get_untracked() else { return };
        match Text::new(&field.value()) {
            Ok(text) => {
                state.notice.set(None);
                field.set_value("");
                changed();
                state.say(text.as_str().to_owned());
            }
            // An empty message is no mistake worth words.
            Err(_) if field.value().trim().is_empty() => {}
            Err(error) => state.notice.set(Some(state.site.lang.error(&error))),
        }
    };
    let on_key = move |event: KeyboardEvent| {
        if event.key() != "Enter" || event.shift_key() || enter_makes_lines() {
            return;
        }
        let by_ime = event.is_composing() || event.key_code() == 229;
        match ime.try_update_value(|ime| ime.enter(by_ime, browser::now())) {
            Some(Enter::Send) => {
                event.prevent_default();
                send();
            }
            Some(Enter::Swallow) => event.prevent_default(),
            Some(Enter::Leave) | None => {}
        }
    };
    let on_composed = move |event: CompositionEvent| {
        let composed = event.data().unwrap_or_default();
        if ime.try_update_value(|ime| ime.end(&composed, browser::now())) == Some(true) {
            // The field holds the whole text only after this event.
            browser::after_millis(0, send);
        }
    };
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        send();
        if let Some(field) = field.get_untracked() {
            let _ = field.focus();
        }
    };
    let placeholder = words.message;
    view! {
        <div class="composer-area">
            <Notice state/>
            <div class="composer">
                <GifForm state send_id/>
                <form
                    class="text-form"
                    method="post"
                    action=format!("/api/send_text?back=/room/{}", state.id)
                    on:submit=on_submit
                >
                    <input type="hidden" name="room" value=state.id.to_string()/>
                    <input type="hidden" name="client" value=send_id.to_string()/>
                    <textarea
                        node_ref=field
                        name="text"
                        rows="1"
                        aria-label=words.message
                        placeholder=placeholder
                        enterkeyhint="send"
                        autocomplete="off"
                        on:input=move |_| changed()
                        on:keydown=on_key
                        on:compositionstart=move |_| ime.update_value(Ime::start)
                        on:compositionupdate=move |event: CompositionEvent| {
                            ime.update_value(|ime| ime.update(&event.data().unwrap_or_default()));
                        }
                        on:compositionend=on_composed
                        on:paste=move |event| paste(state, &event)
                        inner_html=escaped(typed)
                    ></textarea>
                    <span
                        class="count small"
                        class:over=move || left.get() < 0
                        hidden=move || { left.get() > COUNT_FROM }
                        role="status"
                    >
                        {move || state.site.lang.characters_left(left.get())}
                    </span>
                    <button class="button accent">{words.send}</button>
                </form>
            </div>
        </div>
        <DropZone state/>
    }
}

/// On a touch keyboard Enter sends where the key can say so ("Send" by `enterkeyhint`: all of today's phones); where it
/// cannot, it makes a line and the button sends. A laptop with a touch screen has a mouse: it is no phone.
fn enter_makes_lines() -> bool {
    browser::matches("(pointer: coarse) and (hover: none)")
        && document().body().is_some_and(|body| browser::property(&body, "enterKeyHint").is_undefined())
}

/// A textarea's first content. (A text node of its own would not survive being empty.)
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// What the composer has to say: a file that cannot be sent, a refusal.
#[component]
fn Notice(state: RoomState) -> impl IntoView {
    view! {
        <div class="composer-notice" hidden=move || state.notice.with(Option::is_none)>
            <p role="alert">{move || state.notice.get().unwrap_or_default()}</p>
            <button
                type="button"
                class="round js"
                aria-label=state.site.lang.common().close
                on:click=move |_| state.notice.set(None)
            >
                <Picture icon=icon::CLOSE/>
            </button>
        </div>
    }
}

#[component]
fn GifForm(state: RoomState, send_id: ClientId) -> impl IntoView {
    let words = state.site.lang.in_room();
    let field = NodeRef::<Input>::new();
    let chosen = move |_| {
        if let Some(field) = field.get_untracked() {
            state.upload(browser::files(field.files()));
            // The same file can be chosen again.
            field.set_value("");
        }
    };
    view! {
        <form
            class="gif-form"
            method="post"
            enctype="multipart/form-data"
            action=format!("/api/upload_gif?back=/room/{}", state.id)
        >
            <input type="hidden" name="room" value=state.id.to_string()/>
            <input type="hidden" name="client" value=other(send_id).to_string()/>
            <label class="gif-button" title=words.upload_gif>
                <input
                    node_ref=field
                    type="file"
                    name="gif"
                    accept="image/gif,.gif"
                    multiple=move || state.site.ready.get()
                    aria-label=words.upload_gif
                    on:change=chosen
                />
                <span aria-hidden="true">"GIF"</span>
            </label>
            <button class="button nojs">{words.upload_gif}</button>
        </form>
    }
}

/// A GIF sent from a page is another message than the text sent from it.
fn other(send_id: ClientId) -> ClientId {
    let mut bytes = send_id.0;
    bytes[15] ^= 1;
    ClientId(bytes)
}

/// A pasted GIF file is sent. A pasted picture has lost its frames on the way into the clipboard: say so.
fn paste(state: RoomState, event: &ClipboardEvent) {
    let Some(data) = event.clipboard_data() else { return };
    let files = browser::files(data.files());
    let has_text = data.get_data("text/plain").is_ok_and(|text| !text.is_empty());
    if files.is_empty() || has_text {
        return;
    }
    event.prevent_default();
    let (gifs, others): (Vec<_>, Vec<_>) = files.into_iter().partition(|file| file.type_() == "image/gif");
    if gifs.is_empty() && others.iter().any(|file| file.type_().starts_with("image/")) {
        state.notice.set(Some(state.site.lang.in_room().pasted_still.to_owned()));
    } else {
        state.upload(gifs.into_iter().chain(others).collect());
    }
}

/// Files can be dropped anywhere on the page; none that misses makes the browser leave it. Dragged text is let alone.
#[component]
fn DropZone(state: RoomState) -> impl IntoView {
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
        // Leaving the window, not just one element for the next.
        on("dragleave", |event, _, over| {
            if event.related_target().is_none() {
                over.set(false);
            }
        });
        on("drop", |event, state, over| {
            event.prevent_default();
            over.set(false);
            state.upload(browser::files(event.data_transfer().and_then(|data| data.files())));
        });
    });
    view! {
        <div class="drop-zone" class:shown=move || over.get() aria-hidden="true">
            <p>{state.site.lang.in_room().drop_here}</p>
        </div>
    }
}

fn carries_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0))
}
