//! A button that copies a text to the clipboard. It is hidden where the page has no clipboard (plain http on a LAN).

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen_futures::JsFuture;

use super::icon::{self, Icon, Picture};
use crate::browser;
use crate::state::site::site;

#[component]
pub fn CopyButton(
    /// Gives the text to copy; called when the button is pressed.
    text: fn() -> String,
    label: &'static str,
    icon: Icon,
    #[prop(optional)] class: &'static str,
) -> impl IntoView {
    let site = site();
    let copied = RwSignal::new(false);
    let missing = move || !(site.ready.get() && browser::clipboard().is_some());
    let copy = move |_| {
        let written = browser::clipboard().and_then(|clipboard| browser::call(&clipboard, "writeText", &text().into()));
        let Some(written) = written else { return };
        spawn_local(async move {
            if JsFuture::from(js_sys::Promise::resolve(&written)).await.is_ok() {
                copied.set(true);
                browser::after_millis(2000, move || copied.set(false));
            }
        });
    };
    view! {
        <button type="button" class=class hidden=missing on:click=copy aria-label=label title=label>
            <span class="swap" class:done=move || copied.get()>
                <Picture icon/>
                <Picture icon=icon::CHECK/>
            </span>
        </button>
        <span class="sr" role="status">{move || if copied.get() { site.lang.common().copied } else { "" }}</span>
    }
}
