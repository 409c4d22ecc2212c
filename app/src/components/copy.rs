//! A button that copies a text to the clipboard.

use leptos::prelude::*;

use crate::browser;
use crate::icon::{self, Icon};
use crate::markup::{Markup, element};
use crate::site::site;

/// How long a button shows that it has copied.
const COPIED_MILLIS: u32 = 2000;

/// The button, and what screen readers are told. `text` gives the text to copy; it is called when the button is pressed.
pub fn copy_button(class: &'static str, label: &'static str, icon: Icon, text: fn() -> String) -> [Markup; 2] {
    let site = site();
    let copied = RwSignal::new(false);
    let copy = move |_| {
        browser::copy(text(), move |is_copied| {
            if is_copied {
                copied.set(true);
                browser::after_millis(COPIED_MILLIS, move || copied.set(false));
            }
        });
    };
    let swap = element("span").class("swap").class_while("done", move || copied.get());
    // Nothing could copy before the page is hydrated, nor without scripts.
    let button = element("button")
        .set("type", "button")
        .class(class)
        .hidden_while(move || !site.ready.get())
        .set("aria-label", label)
        .set("title", label)
        .on("click", copy)
        .child(swap.child(icon).child(icon::CHECK));
    let told = move || if copied.get() { site.lang.common().copied() } else { "" }.to_owned();
    [button, element("span").class("sr").set("role", "status").live_text(told)]
}
