//! The state of a room from the inside: its view, the events that change it, and the older messages that are fetched.

use chat::entry::Emoji;
use chat::event::{Down, Up};
use chat::view::{Applied, RoomView};
use chat::{ClientId, Entry, Person, RoomId, Slow, VisitorId, What};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::acts::{Question, Subject};
use super::log::folded_around;
use super::notify::Notify;
use super::outbox::Outbox;
use super::scroll::Scroll;
use super::site::{Site, site};
use super::slow::Turn;
use super::target::Target;
use super::typing::Typing;
use super::unread::Unread;
use crate::call;
use crate::live::Connection;

/// A log that is longer than this is cut to the second number while its newest entries are read. Scrolling up loads the
/// rest again.
const LONGEST_LOG: usize = 600;
const LOG_AFTER_CUT: usize = 300;
/// The most pages of older messages that are fetched to reach an entry.
const PAGES_TO_ENTRY: u32 = 40;

/// The state of fetching older messages.
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
    /// The room's slow mode, also for its owner, whom it does not hold up.
    pub slow: Memo<Slow>,
    /// How many seconds slow mode keeps this person from sending, and whether it does.
    pub wait: RwSignal<u32>,
    pub must_wait: Memo<bool>,
    /// The wait that the person was told of when they last tried to send in it; 0 if they have not.
    pub told_wait: RwSignal<u32>,
    pub(super) turn: StoredValue<Turn>,
    /// Whether the next look at the clock is planned.
    pub(super) counting: StoredValue<bool>,
    /// The newest entry when the page was loaded. Newer ones arrived live.
    pub initial_seq: u64,
    pub older: RwSignal<Older>,
    /// Whether screen readers announce new rows. They do not announce history.
    pub aloud: RwSignal<bool>,
    pub scroll: Scroll,
    pub unread: Unread,
    pub notify: Notify,
    pub connection: Connection,
    /// This person is leaving, so the end of their seat needs no notice.
    pub leaving: RwSignal<bool>,
    pub outbox: RwSignal<Outbox>,
    /// The name of this load of the page, by which other tabs know what it is still sending.
    pub(super) page: StoredValue<Option<ClientId>>,
    /// To whom the next message goes, and what it answers.
    pub target: RwSignal<Target>,
    pub typing: Typing,
    /// The message or person that the menu is open for.
    pub menu: RwSignal<Option<Subject>>,
    /// The question that the dialog asks.
    pub question: RwSignal<Option<Question>>,
    /// Whether the room considers this person to be away.
    pub(super) away: Memo<bool>,
    /// The state of being away that is being sent to the room.
    pub(super) telling_away: StoredValue<Option<bool>>,
    /// The reaction that is being sent to the room.
    pub(super) reacting: StoredValue<Option<(u64, Emoji)>>,
    /// The entry that is being looked for: its `seq`, and how many more pages may be fetched for it.
    seeking: StoredValue<Option<(u64, u32)>>,
    /// The message that the composer shows to the person.
    pub notice: RwSignal<Option<String>>,
    /// How many bytes of the current upload have been sent.
    pub sent_bytes: RwSignal<u64>,
    pub(super) files: StoredValue<Vec<(ClientId, web_sys::File)>, LocalStorage>,
    pub(super) upload: StoredValue<Option<(ClientId, web_sys::XmlHttpRequest)>, LocalStorage>,
    /// The lanes that wait for their next attempt, indexed by [`super::outbox::Lane`].
    pub(super) backing_off: StoredValue<[bool; 2]>,
}

impl RoomState {
    pub fn new(view: RoomView) -> Self {
        let (id, initial_seq) = (view.id, view.seq);
        let (view, wait) = (RwSignal::new(view), RwSignal::new(0));
        Self {
            site: site(),
            id,
            title: Memo::new(move |_| view.with(|view| view.title.shown())),
            people: Memo::new(move |_| view.with(|view| view.people.clone())),
            owner: Memo::new(move |_| view.with(|view| view.owner)),
            slow: Memo::new(move |_| view.with(|view| view.slow)),
            wait,
            must_wait: Memo::new(move |_| wait.get() > 0),
            told_wait: RwSignal::new(0),
            turn: StoredValue::new(Turn::default()),
            counting: StoredValue::new(false),
            view,
            initial_seq,
            older: RwSignal::new(Older::Idle),
            aloud: RwSignal::new(true),
            scroll: Scroll::new(),
            unread: Unread::new(initial_seq),
            notify: Notify::new(),
            connection: Connection::new(),
            leaving: RwSignal::new(false),
            outbox: RwSignal::new(Outbox::default()),
            page: StoredValue::new(None),
            target: RwSignal::new(Target::default()),
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
            backing_off: StoredValue::new([false; 2]),
        }
    }

    /// Starts the socket and all listeners, once the page is hydrated.
    pub fn start(self) {
        Effect::new(move |_| {
            // The messages that an earlier page counted have been seen now, or are counted again.
            crate::browser::set_badge(0);
            self.follow_reading();
            let (id, view) = (self.id, self.view);
            let watch = move || Up::WatchRoom { room: id, after: view.with_untracked(|view| view.seq) };
            self.connection.open(watch, move |down| self.take(down));
            self.restore();
            self.follow_target();
            self.follow_presence();
            self.follow_slow();
            // After this page, nobody counts any more. The listener stays as long as the page lives.
            let _ = window_event_listener_untyped("pagehide", |_| crate::browser::set_badge(0));
        });
        Effect::new(move |_| {
            if self.site.visible.get() && self.site.ready.get() {
                self.notify.update();
            }
        });
        // Messages need not wait for their next attempt once the connection is back.
        Effect::new(move |_| {
            if self.connection.joined.get() > 1 {
                self.send_now();
            }
        });
    }

    /// Takes an event of the socket. Returns false if an event before it is missing.
    fn take(self, down: Down) -> bool {
        let applied = match down {
            Down::Entry(entry) => self.take_entry(entry),
            Down::Typing { person } => {
                if !untrack(|| self.unread.is_muted(person)) {
                    self.typing.heard(person);
                }
                Applied::Known
            }
            Down::Absent { people } | Down::CaughtUp { absent: people, .. } => {
                if self.view.with_untracked(|view| view.absent != people) {
                    self.view.update(|view| view.set_absent(people));
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
        let (is_news, attention) = (self.is_news(&entry), self.attention());
        let mut applied = Applied::Known;
        self.scroll.steady(|| {
            applied = self.view.try_update(|view| view.apply(entry)).unwrap_or(Applied::Known);
            if mine && is_message {
                self.shown(client, seq);
            }
            if applied == Applied::New {
                self.unread.arrived(seq, mine && is_message, is_news, attention);
            }
        });
        if applied == Applied::New {
            if is_news && !self.site.visible.get_untracked() {
                self.notify.plan(self);
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
                view.entries.drain(..view.entries.len() - LOG_AFTER_CUT);
                view.first = view.entries.first().map_or(view.seq + 1, |entry| entry.seq);
                view.more = true;
            });
        }
    }

    /// Fetches older messages when the reader is near the oldest one.
    pub fn load_older_when_near(self) {
        if self.older.get_untracked() == Older::Idle && self.scroll.is_near_top() {
            self.load_older();
        }
    }

    /// Goes to an entry, and fetches the pages up to it.
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
            // The rows that were fetched or unfolded have to be shown first.
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
            match call::history(self.id, first).send().await {
                Ok(page) => {
                    self.view.update(|view| {
                        // The log may have been cut in the meantime. (An outdated page is requested again.)
                        if view.first == first {
                            view.prepend(page);
                        }
                    });
                    self.older.set(Older::Idle);
                    self.seek_line();
                    self.seek_entry();
                    // After a short page the reader may still be near the top.
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
