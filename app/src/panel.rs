//! The panel of GIFs: the person's own, those of the room, and files. It is a WASM entry of its own, which a room loads when its
//! reader reaches for a GIF. The room gives it an element and an object that sends the chosen GIFs (`crate::state::panel`).

mod acts;
mod draft;
mod files;
mod grid;
mod load;
mod make;
mod mine;
mod port;
mod saved;
mod squares;
mod stock;
mod strip;
mod tiles;

#[cfg(feature = "hydrate")]
mod entry;
#[cfg(feature = "hydrate")]
pub use entry::{close, dress, offer, open, press, search};

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::KeyboardEvent;

use self::draft::Draft;
use self::make::{FileKind, Fit, Make, ways};
use self::mine::Mine;
use self::port::Port;
use crate::browser;
use crate::icon;
use crate::markup::{Markup, Place, element};

/// A tab of the panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tab {
    Mine,
    File,
    Make,
}

impl Tab {
    const ALL: [Tab; 3] = [Tab::Mine, Tab::File, Tab::Make];

    fn code(self) -> &'static str {
        match self {
            Tab::Mine => "mine",
            Tab::File => "file",
            Tab::Make => "make",
        }
    }

    /// The tab to which an arrow key leads; `None` for any other key.
    fn moved(self, key: &str) -> Option<Tab> {
        let step = match key {
            "ArrowRight" => 1,
            "ArrowLeft" => Self::ALL.len() - 1,
            _ => return None,
        };
        let at = Self::ALL.iter().position(|tab| *tab == self)?;
        Self::ALL.get((at + step) % Self::ALL.len()).copied()
    }
}

/// The panel while it is open.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Panel {
    port: Port,
    tab: RwSignal<Tab>,
    mine: Mine,
    /// The files that were chosen.
    files: Draft,
    /// Makes files that are too large smaller before they join `files`.
    fit: Fit,
    make: Make,
}

impl Panel {
    fn new(port: Port) -> Self {
        let (tab, files) = (RwSignal::new(Tab::Mine), Draft::new(port));
        let (fit, make) = (Fit::new(port, files), Make::new(port, files, tab));
        Self { port, tab, mine: Mine::new(port), files, fit, make }
    }

    /// Takes files that were dropped, pasted or chosen: shows those that can be sent, and begins to make a GIF of the others.
    fn offer(self, files: Vec<web_sys::File>) {
        let makes = self.tab.get_untracked() == Tab::Make;
        let kinds: Vec<_> =
            files.iter().map(|file| (FileKind::of(&file.type_(), &file.name()), file.size() as u64)).collect();
        let mut sorted: [Vec<web_sys::File>; 4] = Default::default();
        for (way, file) in ways(&kinds, self.port.most, makes).into_iter().zip(files) {
            sorted[way as usize].push(file);
        }
        let [sent, fitted, made, mut later] = sorted;
        let is_file_tab = !sent.is_empty() || !fitted.is_empty();
        if is_file_tab {
            self.tab.set(Tab::File);
        }
        if !sent.is_empty() {
            self.files.add_files(sent);
        }
        self.fit.add(fitted);
        if !made.is_empty() {
            self.tab.set(Tab::Make);
            self.make.take(made, later.pop());
        }
    }

    /// A button that lets the person choose files.
    fn chooser(self, class: &'static str, label: &'static str) -> Markup {
        files::chooser(class, label, move |files| self.offer(files))
    }

    /// Takes files that are pasted while the panel is open, wherever the focus is.
    fn take_pasted(self) {
        let pasted = window_event_listener_untyped("paste", move |event| {
            let Some(data) = event.dyn_ref::<web_sys::ClipboardEvent>().and_then(|event| event.clipboard_data()) else {
                return;
            };
            let files = browser::files(data.files());
            if !event.default_prevented() && !files.is_empty() && !self.port.reacts {
                event.prevent_default();
                self.offer(files);
            }
        });
        on_cleanup(move || pasted.remove());
    }

    fn view(self) -> Markup {
        let words = self.port.lang.panel();
        let tab = move |tab: Tab| {
            let place = Place::new();
            let label = match tab {
                Tab::Mine => words.mine(),
                Tab::File => words.file(),
                Tab::Make => words.make(),
            };
            let key = move |event: web_sys::Event| {
                if let Some(next) = tab.moved(&event.unchecked_ref::<KeyboardEvent>().key()) {
                    event.prevent_default();
                    self.tab.set(next);
                    focus_on(&format!("#gifs-{}", next.code()));
                }
            };
            let is_open = move || self.tab.get() == tab;
            element("button")
                .remember(place)
                .set("type", "button")
                .set("id", format!("gifs-{}", tab.code()))
                .set("role", "tab")
                .set("aria-controls", "gifs-tab")
                .live("aria-selected", move || Some(is_open().to_string()))
                .live("tabindex", move || (!is_open()).then(|| "-1".to_owned()))
                .on("click", move |_| self.tab.set(tab))
                .on("keydown", key)
                .child(label)
        };
        let tabs = match self.port.reacts {
            true => element("h2").class("panel-title").child(words.react()),
            false => element("div").class("panel-tabs").set("role", "tablist").children(Tab::ALL.map(tab)),
        };
        let close = element("button")
            .set("type", "button")
            .class("round")
            .set("aria-label", self.port.lang.common().close())
            .on("click", move |_| self.port.close())
            .child(icon::CLOSE);
        let inside = move || match self.tab.get() {
            Tab::Mine => vec![self.mine.view().into()],
            Tab::File => vec![files::view(self).into()],
            Tab::Make => vec![self.make.view(move |class, label| self.chooser(class, label)).into()],
        };
        element("div").class("panel-inside").child(element("div").class("panel-head").child(tabs).child(close)).child(
            element("div")
                .class("panel-tab")
                .set("id", "gifs-tab")
                .set("role", "tabpanel")
                .live("aria-labelledby", move || (!self.port.reacts).then(|| format!("gifs-{}", self.tab.get().code())))
                .set("aria-label", words.react())
                .live_children(inside),
        )
    }
}

/// Moves the focus to the element that matches this selector, once the changes of this moment are in the page.
fn focus_later(selector: &'static str) {
    browser::after_millis(0, move || focus_on(selector));
}

fn focus_on(selector: &str) {
    if let Ok(Some(element)) = document().query_selector(selector) {
        let _ = browser::call(&element, "focus", &JsValue::UNDEFINED);
    }
}

/// Whether the person points with a finger. Then a field that gets the focus may open a keyboard over half of the screen.
fn is_touch() -> bool {
    browser::matches("(pointer: coarse)")
}

/// Sets a style property that is computed from numbers. (The CSP forbids style attributes in the HTML, but not this.)
fn set_style(element: &web_sys::Element, name: &str, value: &str) {
    if let Ok(style) = browser::property(element, "style").dyn_into::<web_sys::CssStyleDeclaration>() {
        let _ = style.set_property(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_lead_from_tab_to_tab_and_around() {
        assert_eq!(Tab::Mine.moved("ArrowRight"), Some(Tab::File));
        assert_eq!(Tab::File.moved("ArrowRight"), Some(Tab::Make));
        assert_eq!(Tab::Make.moved("ArrowRight"), Some(Tab::Mine));
        assert_eq!(Tab::Mine.moved("ArrowLeft"), Some(Tab::Make));
        assert_eq!(Tab::Mine.moved("Enter"), None);
    }
}
