//! The older messages of a room. They are fetched when the reader scrolls near them, or goes to an entry that is not loaded.

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::log::folded_around;
use super::reading::{Goal, Older, Reading};
use super::unread::knows_after;
use crate::{browser, call};

/// A log with more entries than this is cut to [`LOG_AFTER_CUT`] while the reader is at its end. Scrolling up loads the rest
/// again.
const LONGEST_LOG: usize = 600;
const LOG_AFTER_CUT: usize = 300;
/// The most pages that are fetched to reach the unread line.
const PAGES_TO_LINE: u32 = 12;
/// The most pages that are fetched to reach an entry.
const PAGES_TO_ENTRY: u32 = 40;
/// For how long screen readers do not announce new rows after older messages were fetched, because these are not new.
const QUIET_MILLIS: u32 = 500;

impl Reading {
    /// Drops the oldest entries of a log that has grown long, unless the reader has scrolled up, or is on the way to a goal.
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

    /// Takes one step towards the goal: fetches a page, or arrives if everything up to the goal is loaded or the limit is
    /// reached.
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
            // The browser may still have to report that the line was above the screen before. Then the button that leads up
            // would come back and push the line off the screen again.
            Goal::Line => self.unread.line_near.set(self.scroll.to_line()),
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
                        // If the log was cut in the meantime, this page does not join it any more and is dropped. It is
                        // requested again when it is needed.
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
                    self.older.set(Older::Failed);
                    // A reader who wanted to go further up would otherwise not see why nothing happens.
                    if self.goal.get_value().is_some() {
                        self.goal.set_value(None);
                        self.scroll.to_oldest();
                    }
                }
            }
            browser::after_millis(QUIET_MILLIS, move || self.aloud.set(true));
        });
    }
}
