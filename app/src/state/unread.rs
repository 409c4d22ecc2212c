//! What of a room its reader has not seen: counted, and marked by a line where it begins; and whose messages they hide.

use chat::view::RoomView;
use chat::{Entry, RoomId, VisitorId};
use leptos::prelude::*;

use super::log::{Reader, Row, rows, run_of, seqs};
use super::marks::{Eyes, Marks, tally};
use super::room::{Older, RoomState};
use crate::browser::{self, kept};

const READ: &str = "gifchat.read.";
const MUTED: &str = "gifchat.muted.";

/// Rooms whose mark is kept. Nobody comes back to so many: then all are forgotten.
const ROOMS_KEPT: usize = 200;
/// Pages of older messages that are fetched at most to get to the line.
const PAGES_TO_LINE: u32 = 12;

/// How this person reads the room.
#[derive(Debug)]
pub struct Reading {
    marks: Marks,
    /// People whose messages are hidden in this browser.
    muted: Vec<VisitorId>,
    /// Runs that are unfolded, each by one of its entries.
    opened: Vec<u64>,
}

impl Reading {
    fn reader(&self, view: &RoomView) -> Reader<'_> {
        let line_after = self.marks.line_after.filter(|after| knows_after(view, *after));
        Reader { me: Some(view.me), muted: &self.muted, opened: &self.opened, line_after }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Unread {
    reading: RwSignal<Reading>,
    /// Whether the line is on the screen, and whether it is above it.
    pub line_near: RwSignal<bool>,
    pub line_above: RwSignal<bool>,
    /// How many there are, and how the title says it.
    count: RwSignal<u32>,
    tally: RwSignal<String>,
    /// What the button says that leads to them.
    pub label: RwSignal<Option<String>>,
    /// It leads up, to the line.
    pub leads_up: RwSignal<bool>,
    /// Pages that may still be fetched on the way to the line.
    seeking: RwSignal<u32>,
}

impl Unread {
    pub fn new(newest: u64) -> Self {
        let marks = Marks::opened(None, newest);
        Self {
            reading: RwSignal::new(Reading { marks, muted: Vec::new(), opened: Vec::new() }),
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
        if kept::get(&key).is_some() {
            kept::remove(&key)
        } else {
            kept::set(&key, "1")
        }
        self.read_muted();
    }

    fn read_muted(self) {
        let kept = kept::with_prefix(MUTED);
        let muted = kept.iter().filter_map(|(key, _)| key.get(MUTED.len()..)?.parse().ok()).collect();
        self.reading.update(|reading| reading.muted = muted);
    }

    pub(super) fn arrived(self, seq: u64, own: bool, counts: bool, eyes: Eyes) {
        self.reading.update(|reading| reading.marks.arrived(seq, own, counts, eyes));
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
        let reading = self.unread.reading;
        self.view.with(|view| reading.with(|reading| rows(&view.entries, reading.reader(view))))
    }

    /// Shows the run of entries that begins with `first`, or folds it again.
    pub fn toggle_run(self, first: u64) {
        let reading = self.unread.reading;
        let run = |reading: &Reading| {
            self.view.with_untracked(|view| {
                let place = view.entries.iter().position(|entry| entry.seq == first);
                place.map(|place| seqs(run_of(&view.entries[place..], &reading.reader(view))))
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

    pub(super) fn counts(self, entry: &Entry) -> bool {
        let reading = self.unread.reading;
        self.view.with_untracked(|view| reading.with_untracked(|reading| reading.reader(view).counts(entry)))
    }

    /// The newest message of somebody else that has not been read here or in another tab.
    pub(super) fn newest_news(self) -> Option<Entry> {
        let read = kept_mark(self.id).unwrap_or(0);
        self.view.with_untracked(|view| {
            let newest = view.entries.iter().rev().find(|entry| self.counts(entry));
            newest.filter(|entry| entry.seq > read).cloned()
        })
    }

    /// Where this person looks. What comes after a cut was missed, wherever that is.
    pub(super) fn eyes(self) -> Eyes {
        let catches_up = self.link.joined.get_untracked() > 0 && !self.link.settled.get_untracked();
        match self.scroll.at_bottom.get_untracked() {
            _ if catches_up || !self.site.visible.get_untracked() => Eyes::Away,
            true => Eyes::OnNewest,
            false => Eyes::FurtherUp,
        }
    }

    /// Begins to follow what is read, here and in other tabs, once the page is hydrated.
    pub(super) fn follow_reading(self) {
        let reading = self.unread.reading;
        if kept::with_prefix(READ).len() > ROOMS_KEPT {
            kept::with_prefix(READ).iter().for_each(|(key, _)| kept::remove(key));
        }
        let marks = Marks::opened(kept_mark(self.id), self.came_with);
        reading.update(|reading| reading.marks = marks);
        self.unread.read_muted();
        // As long as the page lives.
        let _ = window_event_listener_untyped("storage", move |_| {
            self.unread.read_muted();
            if let Some(read) = kept_mark(self.id) {
                reading.update(|reading| {
                    if read > reading.marks.read {
                        reading.marks.read_all(read, true);
                    }
                });
            }
        });
        Effect::new(move |_| {
            self.look();
            self.tell_count();
        });
        Effect::new(move |_| {
            let (title, count) = (self.title.get(), self.unread.tally.get());
            let count = if count.is_empty() { count } else { format!("({count}) ") };
            browser::set_property(&document(), "title", format!("{count}{title} · gifchat"));
        });
    }

    /// Notes what the reader has before their eyes: by scrolling, by the tab, by the connection.
    fn look(self) {
        let reading = self.unread.reading;
        self.link.joined.track();
        self.scroll.at_bottom.track();
        let visible = self.site.visible.get();
        let line_seen = visible && self.unread.line_near.get();
        let at_newest = self.eyes() == Eyes::OnNewest;
        let mut marks = reading.with(|reading| reading.marks);
        let before = marks;
        marks.line_seen |= line_seen;
        if at_newest {
            let line_stands = marks.line_after.is_some_and(|after| self.news(after).0 > 0);
            marks.read_all(self.view.with(|view| view.seq), line_stands);
        }
        if marks != before {
            reading.update(|reading| reading.marks = marks);
        }
        if kept_mark(self.id) != Some(marks.read) {
            kept::set(&read_key(self.id), &marks.read.to_string());
        }
    }

    /// Says how many there are, in every place that does.
    fn tell_count(self) {
        let marks = self.unread.reading.with(|reading| reading.marks);
        let (count, and_more) = self.news(marks.read);
        if count != self.unread.count.get_untracked() {
            self.unread.count.set(count);
            browser::set_badge(count);
            self.unread.tally.set(if count == 0 { String::new() } else { tally(count, and_more) });
        }
        let is_above = |after: &u64| self.unread.line_above.get() || !self.view.with(|view| knows_after(view, *after));
        let above = marks.line_after.filter(|after| !marks.line_seen && is_above(after)).map(|after| self.news(after));
        let above = above.filter(|(count, _)| *count > 0);
        self.unread.leads_up.set(above.is_some());
        let (count, and_more) = above.unwrap_or((count, and_more));
        self.unread.label.set((count > 0).then(|| self.site.lang.new_messages(&tally(count, and_more))));
    }

    /// How much is news after this entry, and whether there is more than is loaded.
    fn news(self, after: u64) -> (u32, bool) {
        let reading = self.unread.reading;
        self.view.with(|view| {
            let count = reading.with(|reading| reading.reader(view).count(&view.entries, after));
            (count, count > 0 && !knows_after(view, after))
        })
    }

    /// Goes to the line, fetching what is between.
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
        let line_after = self.unread.reading.with_untracked(|reading| reading.marks.line_after);
        let is_loaded = self.view.with_untracked(|view| line_after.is_none_or(|after| knows_after(view, after)));
        if is_loaded || left == 1 {
            self.unread.stop_seeking();
            // What was fetched has to be there first.
            return browser::after_millis(0, move || self.scroll.to_line());
        }
        self.unread.seeking.set(left - 1);
        if self.older.get_untracked() != Older::Loading {
            self.load_older();
        }
    }
}

/// Whether all that followed this entry is loaded.
fn knows_after(view: &RoomView, after: u64) -> bool {
    !view.more || view.first <= after + 1
}

/// What has been read of a room, here or in another tab.
fn kept_mark(room: RoomId) -> Option<u64> {
    kept::get(&read_key(room))?.parse().ok()
}

fn read_key(room: RoomId) -> String {
    format!("{READ}{room}")
}

/// Forgets what was read of a room that is gone.
pub fn forget_mark(room: RoomId) {
    kept::remove(&read_key(room));
}
