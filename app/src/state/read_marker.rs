//! Keeps track of how far a reader has read a log, and of where the unread line stands.

/// How far the reader of one log has read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReadMarker {
    /// Everything up to this entry has been read.
    pub read: u64,
    /// The unread line stands before the first news after this entry.
    pub line_after: Option<u64>,
    /// Set while there is unread news: everything after this entry is one batch.
    batch: Option<u64>,
    /// The reader has seen the unread line.
    pub line_seen: bool,
}

impl ReadMarker {
    /// The state when a room is opened and `newest` is its newest entry. `stored` is the entry up to which it was read last time.
    pub fn opened(stored: Option<u64>, newest: u64) -> Self {
        let read = stored.map_or(newest, |stored| stored.min(newest));
        let batch = (read < newest).then_some(read);
        Self { read, line_after: batch, batch, line_seen: false }
    }

    /// Entry `seq` has arrived. `own`: it is the reader's own message; `is_news`: see `Reader::is_news`.
    pub fn arrived(&mut self, seq: u64, own: bool, is_news: bool, attention: Attention) {
        if attention == Attention::OnNewest {
            self.read = seq;
            if own {
                // A reader who sends a message has seen the news above it.
                self.line_after = None;
            }
        } else if is_news && self.batch.is_none() {
            self.batch = Some(self.read);
            // A reader of older messages keeps their line, which would otherwise move while they read.
            if attention == Attention::Away || self.line_after.is_none() {
                self.draw_line();
            }
        }
    }

    /// The reader has reached the newest entry. The line stays, so that they find where they were, unless there is no news below
    /// it (`line_stands` is false).
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

/// What the reader looks at when something arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attention {
    OnNewest,
    /// The reader looks at older messages.
    FurtherUp,
    /// The reader looks at another tab, or the device slept or was offline.
    Away,
}

/// A short form of a count: "7", "99+", and "50+" if there may be more than the counted ones (`and_more`).
pub fn tally(count: u32, and_more: bool) -> String {
    let shown = count.min(99).to_string();
    if and_more || count > 99 { shown + "+" } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What has been read, and where the line stands.
    fn state(marker: ReadMarker) -> (u64, Option<u64>) {
        (marker.read, marker.line_after)
    }

    #[test]
    fn a_room_seen_for_the_first_time_has_nothing_unread() {
        assert_eq!(state(ReadMarker::opened(None, 9)), (9, None));
    }

    #[test]
    fn what_came_since_the_last_time_is_below_the_line() {
        assert_eq!(state(ReadMarker::opened(Some(4), 9)), (4, Some(4)));
        assert_eq!(state(ReadMarker::opened(Some(9), 9)), (9, None));
        assert_eq!(state(ReadMarker::opened(Some(12), 9)), (9, None), "kept of a room of the same id that was longer");
    }

    #[test]
    fn what_is_read_as_it_comes_gets_no_line() {
        let mut marker = ReadMarker::opened(None, 1);
        marker.arrived(2, false, true, Attention::OnNewest);
        assert_eq!(state(marker), (2, None));
    }

    #[test]
    fn the_first_that_is_missed_begins_a_batch_and_the_rest_belongs_to_it() {
        let mut marker = ReadMarker::opened(None, 1);
        marker.arrived(2, false, false, Attention::Away);
        assert_eq!(state(marker), (1, None), "somebody entered");
        marker.arrived(3, false, true, Attention::Away);
        marker.arrived(4, false, true, Attention::Away);
        assert_eq!(state(marker), (1, Some(1)));
    }

    #[test]
    fn a_line_stays_on_return_and_moves_with_the_next_batch() {
        let mut marker = ReadMarker::opened(None, 1);
        marker.arrived(2, false, true, Attention::Away);
        marker.read_all(2, true);
        marker.line_seen = true;
        assert_eq!(state(marker), (2, Some(1)));
        marker.arrived(3, false, true, Attention::OnNewest);
        assert_eq!(state(marker), (3, Some(1)));
        marker.arrived(4, false, true, Attention::Away);
        assert_eq!(state(marker), (3, Some(3)));
        assert!(!marker.line_seen, "a new line, to be looked at");
    }

    #[test]
    fn who_reads_further_up_keeps_their_line_until_they_are_down() {
        let mut marker = ReadMarker::opened(Some(1), 2);
        marker.read_all(2, true);
        marker.arrived(3, false, true, Attention::FurtherUp);
        marker.arrived(4, false, true, Attention::Away);
        assert_eq!(state(marker), (2, Some(1)));
        marker.read_all(4, true);
        assert_eq!(state(marker), (4, Some(2)));
        let mut marker = ReadMarker::opened(None, 1);
        marker.arrived(2, false, true, Attention::FurtherUp);
        assert_eq!(state(marker), (1, Some(1)), "they have none yet");
    }

    #[test]
    fn an_answer_takes_the_line_away() {
        let mut marker = ReadMarker::opened(Some(1), 2);
        marker.read_all(2, true);
        marker.arrived(3, true, false, Attention::OnNewest);
        assert_eq!(state(marker), (3, None));
    }

    #[test]
    fn an_own_upload_that_ends_in_a_hidden_tab_reads_nothing() {
        let mut marker = ReadMarker::opened(None, 1);
        marker.arrived(2, false, true, Attention::Away);
        marker.arrived(3, true, false, Attention::Away);
        assert_eq!(state(marker), (1, Some(1)));
    }

    #[test]
    fn a_line_before_nothing_that_counts_does_not_wait_for_the_next_message() {
        let mut marker = ReadMarker::opened(Some(1), 2);
        marker.read_all(2, false);
        marker.arrived(3, false, true, Attention::OnNewest);
        assert_eq!(state(marker), (3, None));
    }

    #[test]
    fn reading_never_goes_back() {
        let mut marker = ReadMarker::opened(None, 9);
        marker.read_all(4, true);
        assert_eq!(marker.read, 9);
    }

    #[test]
    fn tallies_are_short() {
        assert_eq!(tally(7, false), "7");
        assert_eq!(tally(50, true), "50+");
        assert_eq!([tally(99, false), tally(100, false), tally(400, true)], ["99", "99+", "99+"]);
    }
}
