//! How the reader sees the log, and how far they have read it: the rows, the unread line and the count of unread messages.

use chat::Entry;
use leptos::prelude::*;

use super::log::{Row, rows, run_of, seqs};
use super::read_marker::{Attention, ReadMarker, tally};
use super::scroll::Scroll;
use super::shown::ShownRoom;
use super::unread::{Marks, Unread, forget_many, knows_after, store_read, stored_read};
use crate::browser;
use crate::live::Connection;
use crate::strings::kept_apart;
use crate::when::Calendar;

/// The state of fetching older messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Older {
    Idle,
    Loading,
    Failed,
}

/// A place to which the reader wants to go: the unread line, or an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    Line,
    Entry(u64),
}

#[derive(Debug, Clone, Copy)]
pub struct Reading {
    pub(super) shown: ShownRoom,
    connection: Connection,
    pub scroll: Scroll,
    pub unread: Unread,
    pub older: RwSignal<Older>,
    /// Whether screen readers announce new rows. They do not announce history.
    pub aloud: RwSignal<bool>,
    /// The goal, if there is one, and how many more pages may be fetched on the way.
    pub(super) goal: StoredValue<Option<(Goal, u32)>>,
}

impl Reading {
    pub fn new(shown: ShownRoom, connection: Connection) -> Self {
        Self {
            shown,
            connection,
            scroll: Scroll::new(),
            unread: Unread::new(shown.initial_seq),
            older: RwSignal::new(Older::Idle),
            aloud: RwSignal::new(true),
            goal: StoredValue::new(None),
        }
    }

    pub fn rows(self) -> Vec<Row> {
        let (marks, calendar) = (self.unread.marks, self.shown.site.calendar.get());
        self.shown.view.with(|view| marks.with(|marks| rows(&view.entries, marks.reader(view, calendar))))
    }

    /// Unfolds the run of entries that begins with `first`, or folds it again.
    pub fn toggle_run(self, first: u64) {
        let marks = self.unread.marks;
        let run = |marks: &Marks| {
            self.shown.view.with_untracked(|view| {
                let place = view.entries.iter().position(|entry| entry.seq == first);
                place.map(|place| seqs(run_of(&view.entries[place..], &marks.reader(view, Calendar::default()))))
            })
        };
        marks.update(|marks| {
            let Some(run) = run(marks) else { return };
            let before = marks.opened.len();
            marks.opened.retain(|open| !run.contains(open));
            if marks.opened.len() == before {
                marks.opened.push(first);
            }
        });
    }

    /// Entry `seq` has arrived. `own`: it is the reader's own message.
    pub fn arrived(self, seq: u64, own: bool, is_news: bool, attention: Attention) {
        self.unread.marks.update(|marks| marks.marker.arrived(seq, own, is_news, attention));
    }

    pub fn is_news(self, entry: &Entry) -> bool {
        let marks = self.unread.marks;
        self.shown
            .view
            .with_untracked(|view| marks.with_untracked(|marks| marks.reader(view, Calendar::default()).is_news(entry)))
    }

    /// The newest message of another person that has not been read here or in another tab.
    pub fn newest_unread(self) -> Option<Entry> {
        let read = stored_read(self.shown.id).unwrap_or(0);
        self.shown.view.with_untracked(|view| {
            let newest = view.entries.iter().rev().find(|entry| self.is_news(entry));
            newest.filter(|entry| entry.seq > read).cloned()
        })
    }

    /// What this person looks at. While the page catches up after an interruption it is [`Attention::Away`], because these
    /// entries were missed, whatever is on the screen.
    pub fn attention(self) -> Attention {
        let catches_up = self.connection.joined.get_untracked() > 0 && !self.connection.settled.get_untracked();
        match self.scroll.at_bottom.get_untracked() {
            _ if catches_up || !self.shown.site.visible.get_untracked() => Attention::Away,
            true => Attention::OnNewest,
            false => Attention::FurtherUp,
        }
    }

    /// Starts to keep track of what is read, here and in other tabs. Called once the page is hydrated.
    pub fn start(self) {
        let marks = self.unread.marks;
        forget_many();
        let marker = ReadMarker::opened(stored_read(self.shown.id), self.shown.initial_seq);
        marks.update(|marks| marks.marker = marker);
        self.unread.read_muted();
        // The listener stays as long as the page lives.
        let _ = window_event_listener_untyped("storage", move |_| {
            self.unread.read_muted();
            if let Some(read) = stored_read(self.shown.id) {
                marks.update(|marks| {
                    if read > marks.marker.read {
                        marks.marker.read_all(read, true);
                    }
                });
            }
        });
        Effect::new(move |_| {
            self.update_marker();
            self.show_count();
        });
        Effect::new(move |_| {
            let (title, count) = (self.shown.title.get(), self.unread.tally.get());
            let count = if count.is_empty() { count } else { format!("({count}) ") };
            browser::set_property(&document(), "title", format!("{count}{} · gifchat", kept_apart(&title)));
        });
    }

    /// Updates what has been read, whenever the reader scrolls, or the tab or the connection changes.
    fn update_marker(self) {
        let marks = self.unread.marks;
        self.connection.joined.track();
        self.scroll.at_bottom.track();
        let visible = self.shown.site.visible.get();
        let line_seen = visible && self.unread.line_near.get();
        let at_newest = self.attention() == Attention::OnNewest;
        let mut marker = marks.with(|marks| marks.marker);
        let before = marker;
        marker.line_seen |= line_seen;
        if at_newest {
            let line_stands = marker.line_after.is_some_and(|after| self.news(after).0 > 0);
            marker.read_all(self.shown.view.with(|view| view.seq), line_stands);
        }
        if marker != before {
            marks.update(|marks| marks.marker = marker);
        }
        store_read(self.shown.id, marker.read);
    }

    /// Updates every place that shows the count.
    fn show_count(self) {
        let marker = self.unread.marks.with(|marks| marks.marker);
        let (count, and_more) = self.news(marker.read);
        if count != self.unread.count.get_untracked() {
            self.unread.count.set(count);
            browser::set_badge(count);
            self.unread.tally.set(if count == 0 { String::new() } else { tally(count, and_more) });
        }
        let is_above =
            |after: &u64| self.unread.line_above.get() || !self.shown.view.with(|view| knows_after(view, *after));
        let above =
            marker.line_after.filter(|after| !marker.line_seen && is_above(after)).map(|after| self.news(after));
        let above = above.filter(|(count, _)| *count > 0);
        self.unread.leads_up.set(above.is_some());
        let (count, and_more) = above.unwrap_or((count, and_more));
        self.unread.label.set((count > 0).then(|| self.shown.site.lang.new_messages(&tally(count, and_more))));
    }

    /// How much news there is after this entry, and whether some of it may not be loaded.
    fn news(self, after: u64) -> (u32, bool) {
        let marks = self.unread.marks;
        self.shown.view.with(|view| {
            let count = marks.with(|marks| marks.reader(view, Calendar::default()).count_news(&view.entries, after));
            (count, count > 0 && !knows_after(view, after))
        })
    }
}
