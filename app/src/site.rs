//! The data that every part of a page needs.

use chat::{Name, Person, Timestamp, VisitorId};
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::page::PageState;
use crate::play::{Play, Playback};
use crate::strings::Lang;
use crate::when::{Calendar, corrected};
use crate::{browser, call};

/// The longest time between two looks at the clock.
const LOOK_EVERY_MILLIS: i64 = 30_000;

/// How long a window may be without the focus until its animations rest.
const REST_AFTER_MILLIS: u32 = 60_000;

/// The data about the site, its visitor and the browser. It is in Leptos' context on every page.
#[derive(Debug, Clone, Copy)]
pub struct Site {
    pub lang: Lang,
    me: VisitorId,
    my_name: StoredValue<Name>,
    pub gif_max_bytes: u64,
    /// False until the page is hydrated. Until then it must look as the server wrote it, without what only a browser
    /// knows (time zone, clipboard).
    pub ready: RwSignal<bool>,
    /// All of the page's functions are there, also those that come after it is live. Then it gets the parts that are closed at
    /// first ([`crate::markup::later`]).
    pub is_whole: RwSignal<bool>,
    /// How GIFs play for this person.
    pub playback: RwSignal<Playback>,
    /// Whether the tab is visible.
    pub visible: RwSignal<bool>,
    /// The window has been without the focus for a while, so nothing needs to move in it.
    pub resting: RwSignal<bool>,
    /// The time of the server's clock, updated at least twice a minute.
    pub now: RwSignal<Timestamp>,
    /// What day it is for the reader, and how they read times.
    pub calendar: RwSignal<Calendar>,
    /// The milliseconds to add to the browser's clock to get the server's.
    offset: StoredValue<i64>,
}

impl Site {
    pub fn new(state: &PageState) -> Self {
        Self {
            lang: state.lang,
            me: state.me.id,
            my_name: StoredValue::new(state.me.name.clone()),
            gif_max_bytes: state.gif_max_bytes,
            ready: RwSignal::new(false),
            is_whole: RwSignal::new(false),
            playback: RwSignal::new(state.playback),
            visible: RwSignal::new(true),
            resting: RwSignal::new(false),
            now: RwSignal::new(state.now),
            calendar: RwSignal::new(Calendar::utc(state.now)),
            offset: StoredValue::new(0),
        }
    }

    /// Starts to follow the browser, once the page is hydrated.
    pub fn start(self) {
        Effect::new(move |_| {
            // A page from a cache carries the time at which it was cached, which says nothing about the clock now.
            if browser::is_from_network() {
                let now = browser::now();
                self.correct_clock(self.now.get_untracked(), now.saturating_sub(browser::uptime()));
            }
            // The first look costs a browser a quarter of the work until a room is live (decision 42), so it comes after that.
            browser::after_millis(0, move || self.follow_clock());
            self.visible.set(browser::is_visible());
            self.ready.set(true);
            browser::when_whole(move || self.is_whole.set(true));
            // (When a page is shown again, the device may have slept, or be in another time zone.)
            for event in ["visibilitychange", "pageshow", "focus"] {
                let listener = window_event_listener_untyped(event, move |_| {
                    self.look_at_clock();
                    if self.visible.get_untracked() != browser::is_visible() {
                        self.visible.set(browser::is_visible());
                    }
                });
                on_cleanup(move || listener.remove());
            }
            self.rest_without_focus();
        });
    }

    /// Lets the window rest when it has been without the focus for a while, until it has the focus again.
    fn rest_without_focus(self) {
        let blurred = StoredValue::new(0_u32);
        let lost = window_event_listener_untyped("blur", move |_| {
            blurred.update_value(|times| *times += 1);
            let this = blurred.get_value();
            browser::after_millis(REST_AFTER_MILLIS, move || {
                if blurred.try_get_value() == Some(this) && !browser::has_focus() {
                    self.resting.set(true);
                }
            });
        });
        let gained = window_event_listener_untyped("focus", move |_| {
            if self.resting.get_untracked() {
                self.resting.set(false);
            }
        });
        on_cleanup(move || [lost, gained].into_iter().for_each(|listener| listener.remove()));
    }

    /// Changes how GIFs play from now on, and stores that in the browser's cookie.
    pub fn set_playback(self, playback: Playback) {
        self.playback.set(playback);
        let code = playback.play.map_or("", Play::code).to_owned();
        spawn_local(async move {
            // If the call fails, the change holds only for this page.
            let _ = call::set_gifs(code, playback.veil).send().await;
        });
    }

    /// Corrects the clock by the server's time. `asked` is the time of the question, in milliseconds of the browser's clock.
    pub fn heard_time(self, server: Timestamp, asked: u64) {
        self.correct_clock(server, asked);
        self.look_at_clock();
    }

    fn correct_clock(self, server: Timestamp, asked: u64) {
        self.offset.update_value(|offset| *offset = corrected(*offset, server.0, asked, browser::now()));
    }

    /// Updates the time and the calendar.
    pub fn look_at_clock(self) {
        let now = Timestamp(browser::now().saturating_add_signed(self.offset.get_value()));
        let calendar = Calendar::local(now);
        self.now.set(now);
        if calendar != self.calendar.get_untracked() {
            self.calendar.set(calendar);
        }
    }

    /// Looks at the clock at midnight, and at least every [`LOOK_EVERY_MILLIS`], as long as the page lives.
    fn follow_clock(self) {
        self.look_at_clock();
        let wait = self.calendar.get_untracked().until_midnight(self.now.get_untracked());
        browser::after_millis(wait.clamp(1, LOOK_EVERY_MILLIS) as u32, move || self.follow_clock());
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

/// This person's colour as the server wrote it. (It is read from an attribute, because translators and proxies alter words.)
pub fn own_colour() -> String {
    let colour = document().query_selector(".colour").ok().flatten();
    colour.and_then(|colour| colour.get_attribute("data-hex")).unwrap_or_default()
}
