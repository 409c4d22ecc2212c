//! Times: in UTC as the server writes them, and in the reader's time zone once the page is hydrated.

use chat::Timestamp;
use leptos::prelude::*;

use crate::state::site::site;
use crate::when;

/// A time of day.
#[component]
pub fn Clock(at: Timestamp) -> impl IntoView {
    let site = site();
    let text = move || if site.ready.get() { when::local(site.lang, at) } else { when::utc(at) };
    view! { <time datetime=when::iso(at)>{text}</time> }
}

/// How long ago something was.
#[component]
pub fn Ago(#[prop(into)] at: Signal<Timestamp>) -> impl IntoView {
    let site = site();
    let text = move || {
        if site.ready.get() { when::ago(site.lang, at.get(), site.now.get()) } else { when::utc(at.get()) }
    };
    view! { <time datetime=move || when::iso(at.get())>{text}</time> }
}
