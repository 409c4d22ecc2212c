//! Tells whether an element is on the screen, or above it.

use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{Element, IntersectionObserver, IntersectionObserverEntry};

use crate::browser::property;

/// Keeps `near` up to date with whether any part of the element is on the screen, and `above`, if given, with whether the
/// element is above the screen. This ends with the view that the element belongs to.
pub fn watch_visibility(element: &Element, near: RwSignal<bool>, above: Option<RwSignal<bool>>) {
    let seen = Closure::<dyn Fn(js_sys::Array)>::new(move |entries: js_sys::Array| {
        let entry = entries.pop().unchecked_into::<IntersectionObserverEntry>();
        let is_near = entry.is_intersecting();
        set_if_changed(near, is_near);
        if let Some(above) = above {
            set_if_changed(above, !is_near && is_in_upper_half(&entry));
        }
    });
    // The observer owns the closure, because some browsers call it once more after `disconnect`.
    let Ok(observer) = IntersectionObserver::new(seen.into_js_value().unchecked_ref()) else { return };
    observer.observe(element);
    let observer = SendWrapper::new(observer);
    on_cleanup(move || observer.disconnect());
}

fn set_if_changed(signal: RwSignal<bool>, now: bool) {
    if signal.try_get_untracked().is_some_and(|before| before != now) {
        signal.set(now);
    }
}

/// Whether the element is in the upper half of the page: an element off the screen is far from its middle.
fn is_in_upper_half(entry: &IntersectionObserverEntry) -> bool {
    let top = property(&property(entry, "boundingClientRect"), "top").as_f64();
    let height = property(&window(), "innerHeight").as_f64();
    top.zip(height).is_some_and(|(top, height)| top * 2.0 < height)
}
