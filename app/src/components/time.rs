//! Times: in UTC as the server writes them, and in the reader's time zone once the page is hydrated. The `title` has the exact
//! time, which a tap shows on devices that cannot hover (style/base.css).

use chat::Timestamp;
use leptos::prelude::*;

use crate::markup::{Markup, element};
use crate::site::site;
use crate::when::iso;

/// A time of day, with the date when it is not today.
pub fn clock(at: Timestamp) -> Markup {
    let site = site();
    let (lang, calendar) = (site.lang, site.calendar);
    element("time")
        .set("datetime", iso(at))
        .set("tabindex", "-1")
        .live("title", move || Some(calendar.get().exact(lang, at)))
        .live_text(move || calendar.get().clock(lang, at))
}

/// How long ago something was.
pub fn ago(at: Signal<Timestamp>) -> Markup {
    let site = site();
    let (lang, calendar) = (site.lang, site.calendar);
    element("time")
        .live("datetime", move || Some(iso(at.get())))
        .set("tabindex", "-1")
        .live("title", move || Some(calendar.get().exact(lang, at.get())))
        .live_text(move || {
            let calendar = calendar.get();
            if calendar.is_utc() {
                calendar.clock(lang, at.get())
            } else {
                calendar.ago(lang, at.get(), site.now.get())
            }
        })
}
