//! The tab for files.

use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

use super::draft::Draft;
use super::port::Port;
use crate::browser;
use crate::markup::{Markup, element};

pub fn view(port: Port, draft: Draft) -> Markup {
    let words = port.lang.panel();
    let start = element("div")
        .class("panel-wait panel-drop")
        .hidden_while(move || !draft.is_empty())
        .child(chooser(draft, "button accent", words.choose))
        .child(element("p").class("soft small").child(words.drop));
    let more = move || vec![chooser(draft, "link-button", words.more_files).into()];
    element("div").class("panel-files").child(draft.complaints()).child(start).child(draft.view(more))
}

/// A button that lets the person choose files.
fn chooser(draft: Draft, class: &'static str, label: &'static str) -> Markup {
    let chosen = move |event: web_sys::Event| {
        if let Some(field) = event.target().and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
            draft.add_files(browser::files(field.files()));
            // This allows choosing the same file again.
            field.set_value("");
        }
    };
    let field = element("input")
        .set("type", "file")
        .set("multiple", "")
        .set("accept", "image/gif,.gif")
        .set("aria-label", label)
        .on("change", chosen);
    element("label").class("panel-chooser").child(element("span").class(class).child(label)).child(field)
}
