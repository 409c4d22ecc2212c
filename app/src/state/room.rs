//! A room from the inside: the view, what changes it, and what is fetched for it.

use chat::entry::Emoji;
use chat::event::{Down, Up};
use chat::view::{Applied, RoomView};
use chat::{ClientId, Entry, Person, RoomId, VisitorId, What};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::acts::{Question, Subject};
use super::aim::Aim;
use super::log::folded_around;
use super::notify::Notify;
use super::outbox::Outbox;
use super::scroll::Scroll;
use super::site::{Site, site};
use super::typing::Typing;
use super::unread::Unread;
use crate::call;
use crate::live::Link;

/// A log longer than this is cut at the old end while its newest lines are read; scrolling up brings them back.
const LONGEST_LOG: usize = 600;
const KEPT_OF_LOG: usize = 300;
/// Pages of older messages that are fetched at most to get to an entry.
const PAGES_TO_ENTRY: u32 = 40;

/// Fetching older messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Older {
    Idle,
    Loading,
    Failed,
}

#[derive(Debug, Clone, Copy)]
pub struct RoomState {
    pub site: Site,
    pub id: RoomId,
    pub view: RwSignal<RoomView>,
    pub title: Memo<String>,
    pub people: Memo<Vec<Person>>,
    pub owner: Memo<VisitorId>,
    /// The newest entry the page came with: what is newer arrived live.
    pub came_with: u64,
    pub older: RwSignal<Older>,
    /// Whether new lines are to be read aloud. History is not.
    pub aloud: RwSignal<bool>,
    pub scroll: Scroll,
    pub unread: Unread,
    pub notify: Notify,
    pub link: Link,
    /// This person is on their way out: the end of their seat is no news.
    pub leaving: RwSignal<bool>,
    pub outbox: RwSignal<Outbox>,
    /// To whom the next message goes, and what it answers.
    pub aim: RwSignal<Aim>,
    pub typing: Typing,
    /// What the menu is open for.
    pub menu: RwSignal<Option<Subject>>,
    /// What the dialog asks.
    pub question: RwSignal<Option<Question>>,
    /// Whether the room takes this person to be away.
    pub(super) away: Memo<bool>,
    /// What the room is just being told of that.
    pub(super) telling_away: StoredValue<Option<bool>>,
    /// The reaction that the room is just being told of.
    pub(super) reacting: StoredValue<Option<(u64, Emoji)>>,
    /// An entry that is looked for: its `seq`, and pages that may still be fetched for it.
    seeking: StoredValue<Option<(u64, u32)>>,
    /// What the composer has to say to the person.
    pub notice: RwSignal<Option<String>>,
    /// Bytes sent of the GIF under way.
    pub sent_bytes: RwSignal<u64>,
    pub(super) files: StoredValue<Vec<(ClientId, web_sys::File)>, LocalStorage>,
    pub(super) upload: StoredValue<Option<(ClientId, web_sys::XmlHttpRequest)>, LocalStorage>,
    /// Lanes that wait for the moment of their next try, as [`super::outbox::Lane`] counts them.
    pub(super) held: StoredValue<[bool; 2]>,
}

impl RoomState {
    pub fn new(view: RoomView) -> Self {
        let (id, came_with) = (view.id, view.seq);
        let view = RwSignal::new(view);
        Self {
            site: site(),
            id,
            title: Memo::new(move |_| view.with(|view| view.title.as_str().to_owned())),
            people: Memo::new(move |_| view.with(|view| view.people.clone())),
            owner: Memo::new(move |_| view.with(|view| view.owner)),
            view,
            came_with,
            older: RwSignal::new(Older::Idle),
            aloud: RwSignal::new(true),
            scroll: Scroll::new(),
            unread: Unread::new(came_with),
            notify: Notify::new(),
            link: Link::new(),
            leaving: RwSignal::new(false),
            outbox: RwSignal::new(Outbox::default()),
            aim: RwSignal::new(Aim::default()),
            typing: Typing::new(),
            menu: RwSignal::new(None),
            question: RwSignal::new(None),
            away: Memo::new(move |_| view.with(|view| view.away.contains(&view.me))),
            telling_away: StoredValue::new(None),
            reacting: StoredValue::new(None),
            seeking: StoredValue::new(None),
            notice: RwSignal::new(None),
            sent_bytes: RwSignal::new(0),
            files: StoredValue::new_local(Vec::new()),
            upload: StoredValue::new_local(None),
            held: StoredValue::new([false; 2]),
        }
    }

    /// Begins to live, once the page is hydrated.
    pub fn start(self) {
        Effect::new(move |_| {
            // What an earlier page left there has been seen now, or is counted again.
            crate::browser::set_badge(0);
            self.follow_reading();
            let (id, view) = (self.id, self.view);
            let watch = move || Up::WatchRoom { room: id, after: view.with_untracked(|view| view.seq) };
            self.link.open(watch, move |down| self.take(down));
            self.restore();
            self.keep_aim();
            self.follow_presence();
        });
        // Nobody counts any more then. As long as the page lives.
        let _ = window_event_listener_untyped("pagehide", |_| crate::browser::set_badge(0));
        Effect::new(move |_| {
            if self.site.visible.get() && self.site.ready.get() {
                self.notify.look();
            }
        });
        // Whoever waits to be sent need not wait for their next try once the connection is back.
        Effect::new(move |_| {
            if self.link.joined.get() > 1 {
                self.send_now();
            }
        });
    }

    /// What the socket says. False when something before it is missing.
    fn take(self, down: Down) -> bool {
        let applied = match down {
            Down::Entry(entry) => self.take_entry(entry),
            Down::Typing { person } => {
                if !untrack(|| self.unread.is_muted(person)) {
                    self.typing.heard(person);
                }
                Applied::Known
            }
            Down::Skip { seq } => self.view.try_update(|view| view.skip(seq)).unwrap_or(Applied::Known),
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
        let (counts, eyes) = (self.counts(&entry), self.eyes());
        let mut applied = Applied::Known;
        self.scroll.steady(|| {
            applied = self.view.try_update(|view| view.apply(entry)).unwrap_or(Applied::Known);
            if mine && is_message {
                self.shown(client, seq);
            }
            if applied == Applied::New {
                self.unread.arrived(seq, mine && is_message, counts, eyes);
            }
        });
        if applied == Applied::New {
            if counts && !self.site.visible.get_untracked() {
                self.notify.tell(self);
            }
            let is_seeking = self.unread.is_seeking() || self.seeking.get_value().is_some();
            if self.scroll.at_bottom.get_untracked() && !is_seeking {
                self.cut_log();
            }
        }
        applied
    }

    fn cut_log(self) {
        let excess = self.view.with_untracked(|view| view.entries.len() > LONGEST_LOG);
        if excess {
            self.view.update(|view| {
                view.entries.drain(..view.entries.len() - KEPT_OF_LOG);
                view.first = view.entries.first().map_or(view.seq + 1, |entry| entry.seq);
                view.more = true;
            });
        }
    }

    /// Fetches the messages before the first one, when the reader has come near it.
    pub fn load_older_when_near(self) {
        if self.older.get_untracked() == Older::Idle && self.scroll.is_near_top() {
            self.load_older();
        }
    }

    /// Goes to an entry, fetching what is between.
    pub fn jump(self, seq: u64) {
        self.seeking.set_value(Some((seq, PAGES_TO_ENTRY)));
        self.seek_entry();
    }

    /// One step on the way to an entry.
    fn seek_entry(self) {
        let Some((seq, pages)) = self.seeking.get_value() else { return };
        let (is_loaded, more) = self.view.with_untracked(|view| (view.first <= seq, view.more));
        if is_loaded || !more || pages == 0 {
            self.seeking.set_value(None);
            if let Some(run) = untrack(|| folded_around(&self.rows(), seq)) {
                self.toggle_run(run);
            }
            // What was fetched or unfolded has to be there first.
            return crate::browser::after_millis(0, move || self.scroll.to_entry(seq));
        }
        self.seeking.set_value(Some((seq, pages - 1)));
        if self.older.get_untracked() != Older::Loading {
            self.load_older();
        }
    }

    pub fn load_older(self) {
        let first = self.view.with_untracked(|view| view.more.then_some(view.first));
        let Some(first) = first else { return };
        self.older.set(Older::Loading);
        self.aloud.set(false);
        spawn_local(async move {
            match call::history(self.id, first).await {
                Ok(page) => {
                    self.view.update(|view| {
                        // The log may have been cut meanwhile. (A page that is too old already is asked for again.)
                        if view.first == first {
                            view.prepend(page);
                        }
                    });
                    self.older.set(Older::Idle);
                    self.seek_line();
                    self.seek_entry();
                    // A short page may leave the reader near the top still.
                    request_animation_frame(move || self.load_older_when_near());
                }
                Err(_) => {
                    self.unread.stop_seeking();
                    self.seeking.set_value(None);
                    self.older.set(Older::Failed);
                }
            }
            crate::browser::after_millis(500, move || self.aloud.set(true));
        });
    }
}
