//! Copies to the clipboard: the code beside a button, or the messages of a selection.

use chat::Entry;
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Element;

use super::message::whisper_mark;
use crate::browser::{self, call, property};
use crate::site::Site;
use crate::state::shown::ShownRoom;
use crate::strings::Lang;

/// How long a button shows that it has copied.
const COPIED_MILLIS: u32 = 2000;

/// Copies the code beside a button, and says so.
pub fn copy_code(lang: Lang, notice: RwSignal<Option<String>>, button: &Element, copied: RwSignal<u32>) {
    let code = button.previous_element_sibling().and_then(|code| code.text_content()).unwrap_or_default();
    let swap = button.first_element_child();
    browser::copy(code, move |is_copied| {
        if !is_copied {
            return notice.set(Some(lang.in_room().not_copied().to_owned()));
        }
        let mark = move |class: &str| {
            if let Some(swap) = &swap {
                swap.set_class_name(class);
            }
        };
        mark("swap done");
        let count = copied.get_untracked() + 1;
        copied.set(count);
        browser::after_millis(COPIED_MILLIS, move || {
            mark("swap");
            if copied.get_untracked() == count {
                copied.set(0);
            }
        });
    });
}

/// Copies a selection of several messages as a text: who said what, and when, without the buttons between them. A selection
/// within one message is copied as the browser does it.
pub fn copy_messages(shown: ShownRoom) {
    Effect::new(move |_| {
        let listener = window_event_listener_untyped("copy", move |event| {
            let data = property(&event, "clipboardData");
            let text = selected_rows().and_then(|rows| transcript(shown, &rows));
            if let Some(text) = text
                && let Ok(set) = property(&data, "setData").dyn_into::<js_sys::Function>()
                && set.call2(&data, &"text/plain".into(), &text.into()).is_ok()
            {
                event.prevent_default();
            }
        });
        on_cleanup(move || listener.remove());
    });
}

/// Copies of the selected rows of the log. Of the first and the last row they have only the selected part. A selection in a
/// text field has none.
fn selected_rows() -> Option<Vec<Element>> {
    let selection = call(&window(), "getSelection", &JsValue::UNDEFINED)?;
    let range = call(&selection, "getRangeAt", &0.into())?;
    let fragment = call(&range, "cloneContents", &JsValue::UNDEFINED)?;
    let rows = call(&fragment, "querySelectorAll", &"li:not(.unread-line)".into())?;
    Some(js_sys::Array::from(&rows).iter().filter_map(|row| row.dyn_into().ok()).collect())
}

/// The rows as text, if at least two of them are messages.
fn transcript(shown: ShownRoom, rows: &[Element]) -> Option<String> {
    let mut messages = 0;
    let said = |row: &Element| {
        let Some(text) = content(row) else { return String::new() };
        if !row.class_list().contains("msg") {
            return text + "\n";
        }
        messages += 1;
        let seq = row.id().get(1..).and_then(|seq| seq.parse().ok());
        let head = seq.and_then(|seq| shown.entry(seq)).map(|entry| head(shown.site, &entry));
        [&*head.unwrap_or_default(), &text, "\n"].concat()
    };
    let text: String = rows.iter().map(said).collect();
    (messages > 1).then_some(text)
}

/// Who wrote a message, to whom, and when.
fn head(site: Site, entry: &Entry) -> String {
    let name = site.lang.name(&entry.person.name);
    let mark = whisper_mark(site, entry, str::to_owned);
    let mark = if mark.is_empty() { mark } else { format!("({mark}) ") };
    let at = site.calendar.get_untracked().clock(site.lang, entry.at);
    format!("{name} {mark}{at}\n")
}

/// The text of a row: of a message its text or its GIF's description, of another row everything, unless it has a button.
fn content(row: &Element) -> Option<String> {
    let one = |selector: &str| row.query_selector(selector).ok().flatten();
    let said = if !row.class_list().contains("msg") {
        one("button").is_none().then(|| row.text_content())?
    } else if let Some(gif) = one("img") {
        gif.get_attribute("alt")
    } else {
        one(".bubble")?.text_content()
    };
    said.filter(|said| !said.trim().is_empty())
}
