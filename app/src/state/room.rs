//! The state of a room from the inside. Each part owns its data and is given the parts that it needs. This module puts them
//! together and passes the events of the room on to them.

use chat::event::{Down, Up};
use chat::gif::MOST_ASKED;
use chat::view::{Applied, RoomView};
use chat::{Entry, RoomId, What};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::acts::Acts;
use super::away::Presence;
use super::notify::Notify;
use super::open::Open;
use super::panel::PanelHost;
use super::reading::Reading;
use super::sending::Sending;
use super::shown::ShownRoom;
use super::typing::Typing;
use super::writing::Writing;
use crate::browser::{self, storage};
use crate::call;
use crate::live::Connection;
use crate::site::Site;

#[derive(Debug, Clone, Copy)]
pub struct RoomState {
    pub site: Site,
    pub id: RoomId,
    pub connection: Connection,
    /// What the page knows of the room.
    pub shown: ShownRoom,
    /// How the person sees the log, and how far they have read it.
    pub reading: Reading,
    /// What the person is writing.
    pub writing: Writing,
    /// The messages that the log does not hold yet.
    pub sending: Sending,
    /// The panel of GIFs.
    pub panel: PanelHost,
    /// The person's other actions.
    pub acts: Acts,
    /// The menu and the dialog.
    pub open: Open,
    pub typing: Typing,
    pub notify: Notify,
    presence: Presence,
}

impl RoomState {
    pub fn new(view: RoomView) -> Self {
        let (shown, connection) = (ShownRoom::new(view), Connection::new());
        let reading = Reading::new(shown, connection);
        let writing = Writing::new(shown, connection);
        let sending = Sending::new(shown, connection, reading.scroll, writing.notice);
        let acts = Acts::new(shown, writing.notice);
        Self {
            site: shown.site,
            id: shown.id,
            connection,
            shown,
            reading,
            writing,
            sending,
            panel: PanelHost::new(writing, sending, acts),
            acts,
            open: Open::new(),
            typing: Typing::new(),
            notify: Notify::new(reading, writing.notice),
            presence: Presence::new(shown),
        }
    }

    /// Starts the socket and all listeners, once the page is hydrated.
    pub fn start(self) {
        Effect::new(move |_| {
            // Messages that an earlier page counted are on this page now, or are counted again.
            browser::set_badge(0);
            self.reading.start();
            let (room, view) = (self.id, self.shown.view);
            let watch = move || Up::WatchRoom { room, after: view.with_untracked(|view| view.seq) };
            self.connection.open(watch, move |down| self.take(down));
            self.sending.start();
            self.writing.start();
            self.presence.start();
            // After this page is left, nothing updates the count, so it is removed. The listener stays as long as the page lives.
            let _ = window_event_listener_untyped("pagehide", |_| browser::set_badge(0));
        });
        // The server does not repeat facts about GIFs that it sent while this page was not connected, so the page asks for them.
        Effect::new(move |_| {
            if self.connection.joined.get() > 0 {
                self.ask_about_gifs();
            }
        });
        Effect::new(move |_| {
            if self.site.visible.get() && self.site.ready.get() {
                self.notify.update();
            }
        });
    }

    fn ask_about_gifs(self) {
        let unknown = self.shown.view.with_untracked(|view| view.unknown_gifs(MOST_ASKED));
        if unknown.is_empty() {
            return;
        }
        let mut gifs = String::new();
        for sha in unknown {
            gifs.push_str(&sha.to_string());
            gifs.push(' ');
        }
        spawn_local(async move {
            // If the call fails, these GIFs stay still until the person plays them.
            if let Ok(known) = call::known_gifs(self.id, gifs).send().await {
                self.shown.view.update(|view| known.into_iter().for_each(|known| view.know(known)));
            }
        });
    }

    /// Takes an event of the connection. Returns false if an event before it is missing.
    fn take(self, down: Down) -> bool {
        let view = self.shown.view;
        let applied = match down {
            Down::Entry(entry) => self.take_entry(entry),
            Down::Typing { person } => {
                if !untrack(|| self.reading.unread.is_muted(person)) {
                    self.typing.heard(person);
                }
                Applied::Known
            }
            Down::Absent { people } | Down::CaughtUp { absent: people, .. } => {
                if view.with_untracked(|view| view.absent != people) {
                    view.update(|view| view.set_absent(people));
                }
                Applied::Known
            }
            Down::Gif(known) => {
                view.update(|view| view.know(known));
                Applied::Known
            }
            Down::Skip { seq } => view.try_update(|view| view.skip(seq)).unwrap_or(Applied::Known),
            _ => Applied::Known,
        };
        applied != Applied::Gap
    }

    fn take_entry(self, entry: Entry) -> Applied {
        let (seq, client) = (entry.seq, entry.client);
        let (mine, is_message) = (self.site.is_me(entry.person.id), entry.what.is_message());
        if is_message && entry.to.is_none() || matches!(entry.what, What::Left | What::ThrownOut { .. }) {
            self.typing.stopped(entry.person.id);
        }
        // The browser says that it has scrolled only before the next frame, and this entry may come before that.
        self.reading.scroll.moved();
        let (is_news, attention) = (self.reading.is_news(&entry), self.reading.attention());
        let mut applied = Applied::Known;
        self.reading.scroll.steady(|| {
            applied = self.shown.view.try_update(|view| view.apply(entry)).unwrap_or(Applied::Known);
            if mine && is_message {
                self.sending.is_shown(client, seq);
            }
            if applied == Applied::New {
                self.reading.arrived(seq, mine && is_message, is_news, attention);
            }
        });
        if applied == Applied::New {
            if is_news && !self.site.visible.get_untracked() {
                self.notify.plan();
            }
            self.reading.cut_log();
        }
        applied
    }

    /// Whether the browser has stored a draft or unsent texts, so that the next page can show them.
    pub fn has_stored(self) -> bool {
        (self.writing.draft().is_some() || self.sending.has_stored()) && storage::is_kept()
    }
}

/// Removes the draft and the unsent texts of a room from the browser.
pub fn forget_unsent(room: RoomId) {
    super::writing::forget(room);
    super::sending::forget(room);
}
