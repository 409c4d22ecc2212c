//! How a room calls the panel.

use std::any::Any;
use std::cell::RefCell;

use leptos::mount::mount_to;
use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};

use super::port::Port;
use super::strip::Strip;
use super::{Panel, focus_later, is_touch};
use crate::browser;

/// Something that stands in an element of the room until this is dropped.
struct Mounted<T> {
    what: T,
    /// (Its type names all of the view.)
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

/// Loads the style of what is in the panel, which no page needs before. The promise is fulfilled once it is there, or cannot be had.
pub fn dress() -> JsValue {
    let begin = |resolve: js_sys::Function, _| {
        let link = document().create_element("link");
        if let (Ok(link), Some(head)) = (link, document().head()) {
            for (name, value) in [("rel", &JsValue::from("stylesheet")), ("onload", &resolve), ("onerror", &resolve)] {
                browser::set_property(&link, name, value);
            }
            browser::set_property(&link, "href", "/panel.css");
            // A document that has a head takes it.
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

/// The sheet was closed.
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

/// Shows in this element what fits a search from the composer.
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

/// Gives the strip a key. True if it has done something with it.
pub fn press(key: &str) -> bool {
    let strip = STRIP.with_borrow(|strip| strip.as_ref().map(|strip| strip.what));
    strip.is_some_and(|strip| strip.press(key))
}
