//! Where an element is: on the screen, or which way off it.

use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{IntersectionObserver, IntersectionObserverEntry};

use crate::browser::property;

type Seen = Closure<dyn Fn(js_sys::Array)>;

/// Keeps `near` at whether the element is on the screen, or almost, and `above`, if it is asked for, at whether it is
/// above it.
pub fn watch_place(node: NodeRef<Div>, near: RwSignal<bool>, above: Option<RwSignal<bool>>) {
    let watching = StoredValue::new_local(None::<(IntersectionObserver, Seen)>);
    Effect::new(move |_| {
        let Some(node) = node.get() else { return };
        let seen = Seen::new(move |entries: js_sys::Array| {
            let entry = entries.pop().unchecked_into::<IntersectionObserverEntry>();
            let is_near = entry.is_intersecting();
            keep(near, is_near);
            if let Some(above) = above {
                keep(above, !is_near && is_high(&entry));
            }
        });
        if let Ok(observer) = IntersectionObserver::new(seen.as_ref().unchecked_ref()) {
            observer.observe(&node);
            watching.set_value(Some((observer, seen)));
        }
    });
    on_cleanup(move || {
        watching.try_with_value(|watching| {
            if let Some((observer, _)) = watching {
                observer.disconnect();
            }
        });
    });
}

fn keep(signal: RwSignal<bool>, now: bool) {
    if signal.try_get_untracked().is_some_and(|before| before != now) {
        signal.set(now);
    }
}

/// In the upper half: what is not on the screen is far from its middle.
fn is_high(entry: &IntersectionObserverEntry) -> bool {
    let top = property(&property(entry, "boundingClientRect"), "top").as_f64();
    let height = property(&window(), "innerHeight").as_f64();
    top.zip(height).is_some_and(|(top, height)| top * 2.0 < height)
}
