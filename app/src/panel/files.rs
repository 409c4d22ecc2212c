//! The tab for files.

use wasm_bindgen::JsCast;
use web_sys::{File, HtmlInputElement};

use super::Panel;
use crate::browser;
use crate::markup::{Markup, element};

pub fn view(panel: Panel) -> Markup {
    let (words, draft, fit) = (panel.port.lang.panel(), panel.files, panel.fit);
    let start = element("div")
        .class("panel-wait panel-drop")
        .hidden_while(move || !draft.is_empty() || !fit.is_idle())
        .child(panel.chooser("button accent", words.choose()))
        .child(element("p").class("soft small").child(words.drop()));
    let more = move || vec![panel.chooser("link-button", words.more_files()).into()];
    element("div").class("panel-files").child(draft.complaints()).child(fit.view()).child(start).child(draft.view(more))
}

/// A button that lets the person choose files: GIFs, and what GIFs are made of.
pub fn chooser(class: &'static str, label: &'static str, take: impl Fn(Vec<File>) + 'static) -> Markup {
    let chosen = move |event: web_sys::Event| {
        if let Some(field) = event.target().and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
            take(browser::files(field.files()));
            // This allows choosing the same file again.
            field.set_value("");
        }
    };
    let field = element("input")
        .set("type", "file")
        .set("multiple", "")
        .set("accept", "image/*,video/*")
        .set("aria-label", label)
        .on("change", chosen);
    element("label").class("panel-chooser").child(element("span").class(class).child(label)).child(field)
}
