//! A button that copies a text to the clipboard.

use leptos::prelude::*;

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
    let copy = move |_| {
        browser::copy(text(), move |is_copied| {
            if is_copied {
                copied.set(true);
                browser::after_millis(2000, move || copied.set(false));
            }
        });
    };
    view! {
        // Nothing could copy before the page is hydrated, nor without scripts.
        <button type="button" class=class hidden=move || !site.ready.get() on:click=copy aria-label=label title=label>
            <span class="swap" class:done=move || copied.get()>
                <Picture icon/>
                <Picture icon=icon::CHECK/>
            </span>
        </button>
        <span class="sr" role="status">{move || if copied.get() { site.lang.common().copied } else { "" }}</span>
    }
}
