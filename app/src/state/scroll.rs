//! The scroll position of the log. The scroller is a reversed column: positions are counted from the newest row, which is at 0,
//! and are negative above it. So a page starts at the bottom by itself, and older rows that are added above move nothing.

use leptos::prelude::*;
use leptos::task::{spawn_local, tick};
use wasm_bindgen::JsValue;
use web_sys::Element;

use super::focus;
use crate::browser;
use crate::markup::Place;

/// A reader who is less than this many pixels above the newest row counts as reading it.
const AT_BOTTOM: i32 = 60;
/// Older rows are fetched when the reader is less than this many pixels below the oldest row.
const NEAR_TOP: i32 = 800;

#[derive(Debug, Clone, Copy)]
pub struct Scroll {
    pub place: Place,
    pub at_bottom: RwSignal<bool>,
    /// Set while a button in the log is pressed, because it must not move under the finger. The value says whether new rows have
    /// arrived since then.
    held: StoredValue<Option<bool>>,
}

impl Scroll {
    pub fn new() -> Self {
        Self { place: Place::new(), at_bottom: RwSignal::new(true), held: StoredValue::new(None) }
    }

    /// Updates the state after scrolling, or before something that depends on where the reader is.
    pub fn moved(self) {
        let Some(node) = self.node().filter(|_| self.held.get_value().is_none()) else { return };
        let at_bottom = node.scroll_top() > -AT_BOTTOM;
        if at_bottom != self.at_bottom.get_untracked() {
            self.at_bottom.set(at_bottom);
        }
    }

    /// Keeps the log where it is until [`Scroll::release`].
    pub fn hold(self) {
        self.held.set_value(Some(false));
    }

    pub fn release(self) {
        if self.held.get_value().is_none() {
            return;
        }
        // This happens after the pressed button has done its work.
        browser::after_millis(0, move || {
            if self.held.get_value() == Some(true) {
                self.to_bottom();
            }
            self.held.set_value(None);
            self.moved();
        });
    }

    pub fn is_near_top(self) -> bool {
        let above = |node: Element| node.scroll_height() - node.client_height() + node.scroll_top();
        self.node().is_some_and(|node| above(node) < NEAR_TOP)
    }

    pub fn to_bottom(self) {
        if let Some(node) = self.node() {
            node.set_scroll_top(0);
        }
        self.at_bottom.set(true);
    }

    /// Scrolls to the unread line, or to the oldest loaded row if the line is not loaded. Returns whether it is loaded.
    pub fn to_line(self) -> bool {
        let Some(line) = self.find(".unread-line > *") else {
            self.to_oldest();
            return false;
        };
        let _ = browser::call(&line, "scrollIntoView", &JsValue::UNDEFINED);
        // Screen readers go on from here.
        let _ = browser::call(&line, "focus", &JsValue::UNDEFINED);
        true
    }

    /// Scrolls to the oldest loaded row. What became of fetching older ones is said above it.
    pub fn to_oldest(self) {
        if let Some(node) = self.node() {
            node.set_scroll_top(-node.scroll_height());
        }
    }

    /// Scrolls to an entry, focuses it, and highlights it for a moment.
    pub fn to_entry(self, seq: u64) {
        let Some(line) = self.find(&format!("#m{seq}")) else { return };
        let options = js_sys::Object::new();
        browser::set_property(&options, "block", "center");
        let _ = browser::call(&line, "scrollIntoView", &options);
        let _ = browser::call(&line, "focus", &JsValue::UNDEFINED);
        let _ = line.class_list().remove_1("found");
        // Reading the layout in between makes the animation start again.
        let _ = line.client_height();
        let _ = line.class_list().add_1("found");
    }

    fn node(self) -> Option<Element> {
        self.place.get()
    }

    fn find(self, selector: &str) -> Option<Element> {
        self.node()?.query_selector(selector).ok().flatten()
    }

    /// Makes a change that adds or alters rows, without moving the rows that the reader looks at. A reader at the bottom stays
    /// there.
    pub fn steady(self, change: impl FnOnce()) {
        let Some(node) = self.node() else { return change() };
        let (height, top) = (node.scroll_height(), node.scroll_top());
        let mut follow = self.at_bottom.get_untracked();
        if follow && self.held.get_value().is_some() {
            self.held.set_value(Some(true));
            follow = false;
        }
        // Changed rows are rebuilt, so the button that has the focus has to get it back.
        let focused = focus::focused_button();
        change();
        spawn_local(async move {
            // The rows exist after the effects have run, and nothing is painted before.
            tick().await;
            if let Some(action) = focused {
                focus::restore(action);
            }
            if follow {
                node.set_scroll_top(0);
            } else if node.scroll_top() == top {
                node.set_scroll_top(top - (node.scroll_height() - height));
            }
        });
    }
}

impl Default for Scroll {
    fn default() -> Self {
        Self::new()
    }
}
