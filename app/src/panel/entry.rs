//! The functions by which a room calls the panel.

use std::any::Any;
use std::cell::RefCell;

use leptos::mount::mount_to;
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};

use super::port::Port;
use super::strip::Strip;
use super::{Panel, focus_later, is_touch};
use crate::browser;

/// A view that is mounted in an element of the room until this is dropped.
struct Mounted<T> {
    what: T,
    /// Unmounts the view when it is dropped. (Its own type would spell out the whole view.)
    _handle: Box<dyn Any>,
}

thread_local! {
    static PANEL: RefCell<Option<Mounted<Panel>>> = const { RefCell::new(None) };
    static STRIP: RefCell<Option<Mounted<Strip>>> = const { RefCell::new(None) };
}

fn mount<T: Copy + 'static>(
    host: JsValue,
    room: &JsValue,
    make: fn(Port) -> (T, crate::markup::Markup),
) -> Option<Mounted<T>> {
    let port = Port::new(room)?;
    let made = std::rc::Rc::new(RefCell::new(None));
    let view = {
        let made = made.clone();
        move || {
            let (what, view) = make(port);
            *made.borrow_mut() = Some(what);
            view
        }
    };
    let handle = mount_to(host.unchecked_into(), view);
    let what = (*made.borrow())?;
    Some(Mounted { what, _handle: Box::new(handle) })
}

/// Loads the panel's style sheet, which no page needs earlier. The promise is fulfilled once it has been loaded or has failed to.
pub fn dress() -> JsValue {
    let begin = |resolve: js_sys::Function, _| {
        let link = document().create_element("link");
        if let (Ok(link), Some(head)) = (link, document().head()) {
            for (name, value) in [("rel", &JsValue::from("stylesheet")), ("onload", &resolve), ("onerror", &resolve)] {
                browser::set_property(&link, name, value);
            }
            browser::set_property(&link, "href", "/panel.css");
            // Appending to a head that exists does not fail.
            let _ = head.append_child(&link);
        }
    };
    js_sys::Promise::new(&mut { begin }).into()
}

/// Opens the panel in this element, with these files if there are any.
pub fn open(host: JsValue, room: JsValue, files: JsValue) {
    close();
    let panel = mount(host, &room, |port| {
        let panel = Panel::new(port);
        panel.take_pasted();
        (panel, panel.view())
    });
    if let Some(Mounted { what: panel, .. }) = &panel {
        let files = files_in(&files);
        if files.is_empty() {
            focus_later(if is_touch() { "#gifs-mine" } else { ".panel-search input" });
        }
        panel.offer(files);
    }
    PANEL.set(panel);
}

/// Removes the panel, as its sheet was closed.
pub fn close() {
    if let Some(Mounted { what: panel, .. }) = PANEL.take() {
        panel.mine.end();
    }
}

/// Shows files in the panel.
pub fn offer(files: JsValue) {
    PANEL.with_borrow(|panel| {
        if let Some(Mounted { what: panel, .. }) = panel {
            panel.offer(files_in(&files));
        }
    });
}

fn files_in(files: &JsValue) -> Vec<web_sys::File> {
    js_sys::Array::from(files).iter().filter_map(|file| file.dyn_into().ok()).collect()
}

/// Shows in this element the GIFs that match a search from the composer.
pub fn search(host: JsValue, room: JsValue, query: &str) {
    let is_there = STRIP.with_borrow(Option::is_some);
    if !is_there {
        let strip = mount(host, &room, |port| {
            let strip = Strip::new(port);
            (strip, strip.view())
        });
        STRIP.set(strip);
    }
    STRIP.with_borrow(|strip| {
        if let Some(Mounted { what: strip, .. }) = strip {
            strip.search(query);
        }
    });
}

/// Passes a key to the strip. True if the strip has used it.
pub fn press(key: &str) -> bool {
    let strip = STRIP.with_borrow(|strip| strip.as_ref().map(|strip| strip.what));
    strip.is_some_and(|strip| strip.press(key))
}
