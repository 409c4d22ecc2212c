//! The older messages of a room: they are fetched when the reader comes near them, or wants to go further up.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::log::folded_around;
use super::reading::{Goal, Older, Reading};
use super::unread::knows_after;
use crate::{browser, call};

/// A log that is longer than this is cut to the second number while its newest entries are read. Scrolling up loads the
/// rest again.
const LONGEST_LOG: usize = 600;
const LOG_AFTER_CUT: usize = 300;
/// The most pages that are fetched to reach the unread line, or an entry.
const PAGES_TO_LINE: u32 = 12;
const PAGES_TO_ENTRY: u32 = 40;
/// What is fetched is not announced as new, for this long.
const QUIET_MILLIS: u32 = 500;

impl Reading {
    /// Drops the oldest entries of a log that has grown long, unless the reader is up there, or on the way.
    pub fn cut_log(self) {
        let is_down = self.scroll.at_bottom.get_untracked() && self.goal.with_value(Option::is_none);
        let excess = is_down && self.shown.view.with_untracked(|view| view.entries.len() > LONGEST_LOG);
        if excess {
            self.shown.view.update(|view| {
                view.entries.drain(..view.entries.len() - LOG_AFTER_CUT);
                view.first = view.entries.first().map_or(view.seq + 1, |entry| entry.seq);
                view.more = true;
            });
        }
    }

    /// Goes to the unread line, and fetches the pages up to it.
    pub fn to_line(self) {
        self.goal.set_value(Some((Goal::Line, PAGES_TO_LINE)));
        self.go_on();
    }

    /// Goes to an entry, and fetches the pages up to it.
    pub fn to_entry(self, seq: u64) {
        self.goal.set_value(Some((Goal::Entry(seq), PAGES_TO_ENTRY)));
        self.go_on();
    }

    /// One step on the way to the goal.
    fn go_on(self) {
        let Some((goal, pages)) = self.goal.get_value() else { return };
        let line_after = self.unread.marks.with_untracked(|marks| marks.marker.line_after);
        let is_loaded = self.shown.view.with_untracked(|view| match goal {
            Goal::Line => line_after.is_none_or(|after| knows_after(view, after)),
            Goal::Entry(seq) => view.first <= seq || !view.more,
        });
        if is_loaded || pages == 0 {
            return self.arrive(goal);
        }
        self.goal.set_value(Some((goal, pages - 1)));
        if self.older.get_untracked() != Older::Loading {
            self.load_older();
        }
    }

    fn arrive(self, goal: Goal) {
        self.goal.set_value(None);
        if let Goal::Entry(seq) = goal
            && let Some(run) = untrack(|| folded_around(&self.rows(), seq))
        {
            self.toggle_run(run);
        }
        // The rows that were fetched or unfolded have to be shown first.
        browser::after_millis(0, move || match goal {
            Goal::Line => self.scroll.to_line(),
            Goal::Entry(seq) => self.scroll.to_entry(seq),
        });
    }

    /// Fetches older messages when the reader is near the oldest one.
    pub fn load_older_when_near(self) {
        if self.older.get_untracked() == Older::Idle && self.scroll.is_near_top() {
            self.load_older();
        }
    }

    pub fn load_older(self) {
        let first = self.shown.view.with_untracked(|view| view.more.then_some(view.first));
        let Some(first) = first else { return };
        self.older.set(Older::Loading);
        self.aloud.set(false);
        spawn_local(async move {
            match call::history(self.shown.id, first).send().await {
                Ok(page) => {
                    self.shown.view.update(|view| {
                        // The log may have been cut in the meantime. (An outdated page is requested again.)
                        if view.first == first {
                            view.prepend(page);
                        }
                    });
                    self.older.set(Older::Idle);
                    self.go_on();
                    // After a short page the reader may still be near the top.
                    request_animation_frame(move || self.load_older_when_near());
                }
                Err(_) => {
                    self.goal.set_value(None);
                    self.older.set(Older::Failed);
                }
            }
            browser::after_millis(QUIET_MILLIS, move || self.aloud.set(true));
        });
    }
}
