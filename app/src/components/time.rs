//! Times: in UTC as the server writes them, and in the reader's time zone once the page is hydrated. The title says them
//! exactly; where nothing hovers, a tap does (in the style sheet).

use chat::Timestamp;
use leptos::prelude::*;

use crate::state::site::site;
use crate::when::iso;

/// A time of day, with the date when it is not today.
#[component]
pub fn Clock(at: Timestamp) -> impl IntoView {
    let site = site();
    let (lang, calendar) = (site.lang, site.calendar);
    view! {
        <time datetime=iso(at) tabindex="-1" title=move || calendar.get().exact(lang, at)>
            {move || calendar.get().clock(lang, at)}
        </time>
    }
}

/// How long ago something was.
#[component]
pub fn Ago(#[prop(into)] at: Signal<Timestamp>) -> impl IntoView {
    let site = site();
    let (lang, calendar) = (site.lang, site.calendar);
    let text = move || {
        let calendar = calendar.get();
        if calendar.is_utc() { calendar.clock(lang, at.get()) } else { calendar.ago(lang, at.get(), site.now.get()) }
    };
    view! {
        <time datetime=move || iso(at.get()) tabindex="-1" title=move || calendar.get().exact(lang, at.get())>
            {text}
        </time>
    }
}
