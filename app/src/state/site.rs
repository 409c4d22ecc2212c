//! What every part of a page needs to know.

use std::time::Duration;

use chat::{Name, Person, VisitorId};
use leptos::prelude::*;

use crate::browser;
use crate::page::PageState;
use crate::strings::Lang;

/// This is in Leptos' context on every page.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    pub lang: Lang,
    me: VisitorId,
    my_name: StoredValue<Name>,
    pub gif_max_bytes: u64,
    /// False until the page is hydrated. Until then it must look as the server wrote it, without what only a browser
    /// knows (time zone, clipboard).
    pub ready: RwSignal<bool>,
    /// Whether the tab is visible.
    pub visible: RwSignal<bool>,
    /// The browser's clock, updated twice a minute.
    pub now: RwSignal<u64>,
}

impl Site {
    pub fn new(state: &PageState) -> Self {
        Self {
            lang: state.lang,
            me: state.me.id,
            my_name: StoredValue::new(state.me.name.clone()),
            gif_max_bytes: state.gif_max_bytes,
            ready: RwSignal::new(false),
            visible: RwSignal::new(true),
            now: RwSignal::new(0),
        }
    }

    /// Starts to follow the browser, once the page is hydrated.
    pub fn start(self) {
        Effect::new(move |_| {
            self.now.set(browser::now());
            self.visible.set(browser::is_visible());
            self.ready.set(true);
            set_interval(move || self.now.set(browser::now()), Duration::from_secs(30));
            let listener = window_event_listener_untyped("visibilitychange", move |_| {
                self.now.set(browser::now());
                self.visible.set(browser::is_visible());
            });
            on_cleanup(move || listener.remove());
        });
    }

    pub fn me(self) -> Person {
        Person { id: self.me, name: self.my_name.get_value() }
    }

    pub fn is_me(self, person: VisitorId) -> bool {
        self.me == person
    }
}

/// The site, from anywhere in a page.
pub fn site() -> Site {
    expect_context()
}

/// This person's colour as the page shows it, for the clipboard.
pub fn own_colour() -> String {
    let colour = document().query_selector(".colour code").ok().flatten();
    colour.and_then(|colour| colour.text_content()).unwrap_or_default()
}
