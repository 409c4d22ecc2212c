//! Where the reader of a log has got to, and where what they missed begins.

/// Where the reader of one log has got to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// Everything up to this entry has been read.
    pub read: u64,
    /// The line stands before the first message after this one.
    pub line_after: Option<u64>,
    /// Something counts that has not been read: what follows this entry is one batch.
    batch: Option<u64>,
    /// The line has been looked at.
    pub line_seen: bool,
}

impl Marks {
    /// Of a room opened at entry `newest`; `kept` is what was read the last time.
    pub fn opened(kept: Option<u64>, newest: u64) -> Self {
        let read = kept.map_or(newest, |kept| kept.min(newest));
        let batch = (read < newest).then_some(read);
        Self { read, line_after: batch, batch, line_seen: false }
    }

    /// Entry `seq` has arrived. `own`: it is the reader's own message; `counts`: it is news.
    pub fn arrived(&mut self, seq: u64, own: bool, counts: bool, eyes: Eyes) {
        if eyes == Eyes::OnNewest {
            self.read = seq;
            if own {
                // Who answers has seen what was new.
                self.line_after = None;
            }
        } else if counts && self.batch.is_none() {
            self.batch = Some(self.read);
            // Who reads further up keeps the line they have: it would move under their eyes.
            if eyes == Eyes::Away || self.line_after.is_none() {
                self.draw_line();
            }
        }
    }

    /// The reader is at the newest entry. A line stays, so that they find where they were, unless nothing is below it.
    pub fn read_all(&mut self, newest: u64, line_stands: bool) {
        self.read = self.read.max(newest);
        if !line_stands {
            self.line_after = None;
        }
        if self.batch.is_some_and(|batch| self.line_after.is_some_and(|line| line < batch)) {
            self.draw_line();
        }
        self.batch = None;
    }

    fn draw_line(&mut self) {
        self.line_after = self.batch;
        self.line_seen = false;
    }
}

/// Where the reader looks when something arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eyes {
    OnNewest,
    /// On older messages.
    FurtherUp,
    /// On another tab; or the device slept, or was cut off.
    Away,
}

/// How many there are, in no more room than there is: "7", "99+", and "50+" when not all are known.
pub fn tally(count: u32, and_more: bool) -> String {
    let shown = count.min(99).to_string();
    if and_more || count > 99 { shown + "+" } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// (what has been read, where the line stands)
    fn state(marks: Marks) -> (u64, Option<u64>) {
        (marks.read, marks.line_after)
    }

    #[test]
    fn a_room_seen_for_the_first_time_has_nothing_unread() {
        assert_eq!(state(Marks::opened(None, 9)), (9, None));
    }

    #[test]
    fn what_came_since_the_last_time_is_below_the_line() {
        assert_eq!(state(Marks::opened(Some(4), 9)), (4, Some(4)));
        assert_eq!(state(Marks::opened(Some(9), 9)), (9, None));
        assert_eq!(state(Marks::opened(Some(12), 9)), (9, None), "kept of a room of the same id that was longer");
    }

    #[test]
    fn what_is_read_as_it_comes_gets_no_line() {
        let mut marks = Marks::opened(None, 1);
        marks.arrived(2, false, true, Eyes::OnNewest);
        assert_eq!(state(marks), (2, None));
    }

    #[test]
    fn the_first_that_is_missed_begins_a_batch_and_the_rest_belongs_to_it() {
        let mut marks = Marks::opened(None, 1);
        marks.arrived(2, false, false, Eyes::Away);
        assert_eq!(state(marks), (1, None), "somebody entered");
        marks.arrived(3, false, true, Eyes::Away);
        marks.arrived(4, false, true, Eyes::Away);
        assert_eq!(state(marks), (1, Some(1)));
    }

    #[test]
    fn a_line_stays_on_return_and_moves_with_the_next_batch() {
        let mut marks = Marks::opened(None, 1);
        marks.arrived(2, false, true, Eyes::Away);
        marks.read_all(2, true);
        marks.line_seen = true;
        assert_eq!(state(marks), (2, Some(1)));
        marks.arrived(3, false, true, Eyes::OnNewest);
        assert_eq!(state(marks), (3, Some(1)));
        marks.arrived(4, false, true, Eyes::Away);
        assert_eq!(state(marks), (3, Some(3)));
        assert!(!marks.line_seen, "a new line, to be looked at");
    }

    #[test]
    fn who_reads_further_up_keeps_their_line_until_they_are_down() {
        let mut marks = Marks::opened(Some(1), 2);
        marks.read_all(2, true);
        marks.arrived(3, false, true, Eyes::FurtherUp);
        marks.arrived(4, false, true, Eyes::Away);
        assert_eq!(state(marks), (2, Some(1)));
        marks.read_all(4, true);
        assert_eq!(state(marks), (4, Some(2)));
        let mut marks = Marks::opened(None, 1);
        marks.arrived(2, false, true, Eyes::FurtherUp);
        assert_eq!(state(marks), (1, Some(1)), "they have none yet");
    }

    #[test]
    fn an_answer_takes_the_line_away() {
        let mut marks = Marks::opened(Some(1), 2);
        marks.read_all(2, true);
        marks.arrived(3, true, false, Eyes::OnNewest);
        assert_eq!(state(marks), (3, None));
    }

    #[test]
    fn an_own_upload_that_ends_in_a_hidden_tab_reads_nothing() {
        let mut marks = Marks::opened(None, 1);
        marks.arrived(2, false, true, Eyes::Away);
        marks.arrived(3, true, false, Eyes::Away);
        assert_eq!(state(marks), (1, Some(1)));
    }

    #[test]
    fn a_line_before_nothing_that_counts_does_not_wait_for_the_next_message() {
        let mut marks = Marks::opened(Some(1), 2);
        marks.read_all(2, false);
        marks.arrived(3, false, true, Eyes::OnNewest);
        assert_eq!(state(marks), (3, None));
    }

    #[test]
    fn reading_never_goes_back() {
        let mut marks = Marks::opened(None, 9);
        marks.read_all(4, true);
        assert_eq!(marks.read, 9);
    }

    #[test]
    fn tallies_are_short() {
        assert_eq!(tally(7, false), "7");
        assert_eq!(tally(50, true), "50+");
        assert_eq!([tally(99, false), tally(100, false), tally(400, true)], ["99", "99+", "99+"]);
    }
}
