//! What the reader of a room has not read: its count, and the unread line where it begins. Also whose messages they hide.

use chat::view::RoomView;
use chat::{Entry, RoomId, VisitorId};
use leptos::prelude::*;

use super::log::{Reader, Row, rows, run_of, seqs};
use super::read_marker::{Attention, ReadMarker, tally};
use super::room::{Older, RoomState};
use crate::browser::{self, storage};
use crate::strings::kept_apart;
use crate::when::Calendar;

const READ: &str = "gifchat.read.";
const MUTED: &str = "gifchat.muted.";

/// The most rooms for which the read position is stored. Nobody comes back to so many, so beyond this all are removed.
const ROOMS_STORED: usize = 200;
/// The most pages of older messages that are fetched to reach the unread line.
const PAGES_TO_LINE: u32 = 12;

/// What this person has read, hidden and unfolded in the room.
#[derive(Debug)]
pub struct Reading {
    marker: ReadMarker,
    /// People whose messages are hidden in this browser.
    muted: Vec<VisitorId>,
    /// The runs that are unfolded, each by one of its entries.
    opened: Vec<u64>,
}

impl Reading {
    fn reader(&self, view: &RoomView, calendar: Calendar) -> Reader<'_> {
        let line_after = self.marker.line_after.filter(|after| knows_after(view, *after));
        Reader { me: Some(view.me), muted: &self.muted, opened: &self.opened, line_after, calendar }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Unread {
    reading: RwSignal<Reading>,
    /// Whether the unread line is on the screen, and whether it is above the screen.
    pub line_near: RwSignal<bool>,
    pub line_above: RwSignal<bool>,
    /// How many messages are unread, and how the title says it.
    count: RwSignal<u32>,
    tally: RwSignal<String>,
    /// The text of the button that leads to them.
    pub label: RwSignal<Option<String>>,
    /// The button leads up, to the unread line.
    pub leads_up: RwSignal<bool>,
    /// How many more pages may be fetched to reach the line.
    seeking: RwSignal<u32>,
}

impl Unread {
    pub fn new(newest: u64) -> Self {
        let marker = ReadMarker::opened(None, newest);
        Self {
            reading: RwSignal::new(Reading { marker, muted: Vec::new(), opened: Vec::new() }),
            line_near: RwSignal::new(false),
            line_above: RwSignal::new(false),
            count: RwSignal::new(0),
            tally: RwSignal::default(),
            label: RwSignal::new(None),
            leads_up: RwSignal::new(false),
            seeking: RwSignal::new(0),
        }
    }

    pub fn is_muted(self, person: VisitorId) -> bool {
        self.reading.with(|reading| reading.muted.contains(&person))
    }

    /// Hides someone's messages in this browser, or shows them again.
    pub fn toggle_mute(self, person: VisitorId) {
        let key = format!("{MUTED}{person}");
        if storage::get(&key).is_some() {
            storage::remove(&key);
        } else {
            storage::set(&key, "1");
        }
        self.read_muted();
    }

    fn read_muted(self) {
        let stored = storage::with_prefix(MUTED);
        let muted = stored.iter().filter_map(|(key, _)| key.get(MUTED.len()..)?.parse().ok()).collect();
        self.reading.update(|reading| reading.muted = muted);
    }

    pub(super) fn arrived(self, seq: u64, own: bool, is_news: bool, attention: Attention) {
        self.reading.update(|reading| reading.marker.arrived(seq, own, is_news, attention));
    }

    pub(super) fn is_seeking(self) -> bool {
        self.seeking.get_untracked() > 0
    }

    pub(super) fn stop_seeking(self) {
        self.seeking.set(0);
    }
}

impl RoomState {
    pub fn rows(self) -> Vec<Row> {
        let (reading, calendar) = (self.unread.reading, self.site.calendar.get());
        self.view.with(|view| reading.with(|reading| rows(&view.entries, reading.reader(view, calendar))))
    }

    /// Unfolds the run of entries that begins with `first`, or folds it again.
    pub fn toggle_run(self, first: u64) {
        let reading = self.unread.reading;
        let run = |reading: &Reading| {
            self.view.with_untracked(|view| {
                let place = view.entries.iter().position(|entry| entry.seq == first);
                place.map(|place| seqs(run_of(&view.entries[place..], &reading.reader(view, Calendar::default()))))
            })
        };
        reading.update(|reading| {
            let Some(run) = run(reading) else { return };
            let before = reading.opened.len();
            reading.opened.retain(|open| !run.contains(open));
            if reading.opened.len() == before {
                reading.opened.push(first);
            }
        });
    }

    pub(super) fn is_news(self, entry: &Entry) -> bool {
        let reading = self.unread.reading;
        self.view.with_untracked(|view| {
            reading.with_untracked(|reading| reading.reader(view, Calendar::default()).is_news(entry))
        })
    }

    /// The newest message of somebody else that has not been read here or in another tab.
    pub(super) fn newest_unread(self) -> Option<Entry> {
        let read = stored_read(self.id).unwrap_or(0);
        self.view.with_untracked(|view| {
            let newest = view.entries.iter().rev().find(|entry| self.is_news(entry));
            newest.filter(|entry| entry.seq > read).cloned()
        })
    }

    /// What this person looks at. Entries that arrive after an interruption were missed, wherever that is.
    pub(super) fn attention(self) -> Attention {
        let catches_up = self.connection.joined.get_untracked() > 0 && !self.connection.settled.get_untracked();
        match self.scroll.at_bottom.get_untracked() {
            _ if catches_up || !self.site.visible.get_untracked() => Attention::Away,
            true => Attention::OnNewest,
            false => Attention::FurtherUp,
        }
    }

    /// Starts to follow what is read, here and in other tabs, once the page is hydrated.
    pub(super) fn follow_reading(self) {
        let reading = self.unread.reading;
        if storage::with_prefix(READ).len() > ROOMS_STORED {
            storage::with_prefix(READ).iter().for_each(|(key, _)| storage::remove(key));
        }
        let marker = ReadMarker::opened(stored_read(self.id), self.initial_seq);
        reading.update(|reading| reading.marker = marker);
        self.unread.read_muted();
        // The listener stays as long as the page lives.
        let _ = window_event_listener_untyped("storage", move |_| {
            self.unread.read_muted();
            if let Some(read) = stored_read(self.id) {
                reading.update(|reading| {
                    if read > reading.marker.read {
                        reading.marker.read_all(read, true);
                    }
                });
            }
        });
        Effect::new(move |_| {
            self.update_marker();
            self.show_count();
        });
        Effect::new(move |_| {
            let (title, count) = (self.title.get(), self.unread.tally.get());
            let count = if count.is_empty() { count } else { format!("({count}) ") };
            browser::set_property(&document(), "title", format!("{count}{} · gifchat", kept_apart(&title)));
        });
    }

    /// Updates what has been read, whenever the reader scrolls, or the tab or the connection changes.
    fn update_marker(self) {
        let reading = self.unread.reading;
        self.connection.joined.track();
        self.scroll.at_bottom.track();
        let visible = self.site.visible.get();
        let line_seen = visible && self.unread.line_near.get();
        let at_newest = self.attention() == Attention::OnNewest;
        let mut marker = reading.with(|reading| reading.marker);
        let before = marker;
        marker.line_seen |= line_seen;
        if at_newest {
            let line_stands = marker.line_after.is_some_and(|after| self.news(after).0 > 0);
            marker.read_all(self.view.with(|view| view.seq), line_stands);
        }
        if marker != before {
            reading.update(|reading| reading.marker = marker);
        }
        if stored_read(self.id) != Some(marker.read) {
            storage::set(&read_key(self.id), &marker.read.to_string());
        }
    }

    /// Updates every place that shows the count.
    fn show_count(self) {
        let marker = self.unread.reading.with(|reading| reading.marker);
        let (count, and_more) = self.news(marker.read);
        if count != self.unread.count.get_untracked() {
            self.unread.count.set(count);
            browser::set_badge(count);
            self.unread.tally.set(if count == 0 { String::new() } else { tally(count, and_more) });
        }
        let is_above = |after: &u64| self.unread.line_above.get() || !self.view.with(|view| knows_after(view, *after));
        let above =
            marker.line_after.filter(|after| !marker.line_seen && is_above(after)).map(|after| self.news(after));
        let above = above.filter(|(count, _)| *count > 0);
        self.unread.leads_up.set(above.is_some());
        let (count, and_more) = above.unwrap_or((count, and_more));
        self.unread.label.set((count > 0).then(|| self.site.lang.new_messages(&tally(count, and_more))));
    }

    /// How much news there is after this entry, and whether some of it may not be loaded.
    fn news(self, after: u64) -> (u32, bool) {
        let reading = self.unread.reading;
        self.view.with(|view| {
            let count =
                reading.with(|reading| reading.reader(view, Calendar::default()).count_news(&view.entries, after));
            (count, count > 0 && !knows_after(view, after))
        })
    }

    /// Goes to the unread line, and fetches the pages up to it.
    pub fn to_line(self) {
        self.unread.seeking.set(PAGES_TO_LINE);
        self.seek_line();
    }

    /// One step on the way to the line.
    pub(super) fn seek_line(self) {
        let left = self.unread.seeking.get_untracked();
        if left == 0 {
            return;
        }
        let line_after = self.unread.reading.with_untracked(|reading| reading.marker.line_after);
        let is_loaded = self.view.with_untracked(|view| line_after.is_none_or(|after| knows_after(view, after)));
        if is_loaded || left == 1 {
            self.unread.stop_seeking();
            // The rows that were fetched have to be shown first.
            return browser::after_millis(0, move || self.scroll.to_line());
        }
        self.unread.seeking.set(left - 1);
        if self.older.get_untracked() != Older::Loading {
            self.load_older();
        }
    }
}

/// Whether everything after this entry is loaded.
fn knows_after(view: &RoomView, after: u64) -> bool {
    !view.more || view.first <= after + 1
}

/// The last entry of a room that has been read, here or in another tab.
fn stored_read(room: RoomId) -> Option<u64> {
    storage::get(&read_key(room))?.parse().ok()
}

fn read_key(room: RoomId) -> String {
    format!("{READ}{room}")
}

/// Removes what is stored about a room that is gone.
pub fn forget_read(room: RoomId) {
    storage::remove(&read_key(room));
}
