//! Slow mode for this person: how long they have to wait until they may send again. The server decides that. The page counts
//! along, so that it does not send messages that would be refused.

use chat::{Act, Entry, Error, Slow, Timestamp};
use leptos::prelude::*;

use super::outbox::Failure;
use super::shown::ShownRoom;
use crate::browser;

/// How often the page looks at the clock while the person waits. The seconds that it shows are late by no more than this.
const LOOK_EVERY_MILLIS: u32 = 250;

/// The person's last turn to send, by [`clock`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LastTurn {
    /// When the room last took a message of this person, as far as the page knows.
    last: Option<Timestamp>,
}

impl LastTurn {
    /// The room has taken a message.
    pub fn taken(&mut self, now: Timestamp) {
        self.last = Some(now);
    }

    /// The room refuses messages for this many more seconds: another tab took the turn, or this page did before it was reloaded.
    pub fn refused(&mut self, slow: Slow, seconds: u32, now: Timestamp) {
        let waited = u32::from(slow.seconds()).saturating_sub(seconds);
        self.last = Some(Timestamp(now.0.saturating_sub(u64::from(waited) * 1000)));
    }

    /// The seconds until the next turn.
    pub fn left(self, slow: Slow, now: Timestamp) -> u32 {
        self.last.map_or(0, |last| slow.seconds_left(last, now))
    }
}

/// A clock that nobody can set. It starts at the longest wait and not at zero, so that it can express a turn that was taken
/// before this page was loaded.
fn clock() -> Timestamp {
    Timestamp(Slow::LONGEST_MS + browser::uptime())
}

/// This person's wait for their next turn.
#[derive(Debug, Clone, Copy)]
pub struct Wait {
    shown: ShownRoom,
    /// For how many more seconds slow mode keeps this person from sending.
    pub seconds: RwSignal<u32>,
    /// Whether slow mode keeps this person from sending.
    pub must_wait: Memo<bool>,
    /// The seconds of the wait that the person was told when they last tried to send; 0 if they have not been told any.
    pub told: RwSignal<u32>,
    turn: StoredValue<LastTurn>,
    /// Whether the next look at the clock is planned.
    counting: StoredValue<bool>,
}

impl Wait {
    pub fn new(shown: ShownRoom) -> Self {
        let seconds = RwSignal::new(0);
        Self {
            shown,
            seconds,
            must_wait: Memo::new(move |_| seconds.get() > 0),
            told: RwSignal::new(0),
            turn: StoredValue::new(LastTurn::default()),
            counting: StoredValue::new(false),
        }
    }

    /// From now on the wait changes at once when slow mode changes, and when the room gets another owner.
    pub fn start(self) {
        Effect::new(move |_| {
            self.shown.own_slow();
            self.count_down();
        });
    }

    /// Takes the room's answer to a message.
    pub fn answered(self, answer: &Result<Entry, Failure>) {
        let slow = untrack(|| self.shown.own_slow());
        if slow.is_off() {
            return;
        }
        self.turn.update_value(|turn| match answer {
            Ok(_) => turn.taken(clock()),
            Err(Failure::Refused(Error::TooMany { of: Act::Say, retry_after })) => {
                turn.refused(slow, *retry_after, clock());
            }
            Err(_) => {}
        });
        self.count_down();
    }

    /// Whether a message has to wait: for its turn, or, in slow mode, for the answer to the message that is being sent.
    pub fn holds_back(self, is_sending: impl FnOnce() -> bool) -> bool {
        let is_slow = || !untrack(|| self.shown.own_slow()).is_off();
        self.seconds.get_untracked() > 0 || is_slow() && is_sending()
    }

    /// Tells how long to wait, because the person has tried to send.
    pub fn tell(self) {
        self.told.set(self.seconds.get_untracked());
    }

    fn count_down(self) {
        let left = self.turn.get_value().left(untrack(|| self.shown.own_slow()), clock());
        if left != self.seconds.get_untracked() {
            self.seconds.set(left);
        }
        if left > 0 && !self.counting.get_value() {
            self.counting.set_value(true);
            browser::after_millis(LOOK_EVERY_MILLIS, move || {
                self.counting.set_value(false);
                self.count_down();
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u64 = 1_000_000;

    fn slow(seconds: &str) -> Slow {
        Slow::parse(seconds).expect("a choice")
    }

    fn at(millis: u64) -> Timestamp {
        Timestamp(START + millis)
    }

    fn spoken() -> LastTurn {
        let mut turn = LastTurn::default();
        turn.taken(at(0));
        turn
    }

    #[test]
    fn whoever_has_not_spoken_does_not_wait() {
        assert_eq!(LastTurn::default().left(slow("300"), at(0)), 0);
    }

    #[test]
    fn seconds_are_counted_down_to_the_last() {
        let left =
            [0, 1, 999, 1000, 14_000, 14_001, 14_999, 15_000, 99_000].map(|ms| spoken().left(slow("15"), at(ms)));
        assert_eq!(left, [15, 15, 15, 14, 1, 1, 1, 0, 0]);
    }

    #[test]
    fn another_slow_mode_counts_from_the_same_message() {
        assert_eq!(spoken().left(slow("60"), at(10_000)), 50);
        assert_eq!(spoken().left(slow("5"), at(10_000)), 0);
        assert_eq!(spoken().left(Slow::OFF, at(0)), 0);
    }

    #[test]
    fn a_refusal_says_how_long_it_takes() {
        let mut turn = LastTurn::default();
        turn.refused(slow("60"), 42, at(0));
        assert_eq!((turn.left(slow("60"), at(0)), turn.left(slow("60"), at(41_001))), (42, 1));
        assert_eq!(turn.left(slow("60"), at(42_000)), 0);
        turn.taken(at(42_000));
        assert_eq!(turn.left(slow("60"), at(42_000)), 60);
    }

    #[test]
    fn a_refusal_corrects_a_wait_that_is_too_short_or_too_long() {
        let mut turn = spoken();
        turn.refused(slow("15"), 9, at(14_000));
        assert_eq!(turn.left(slow("15"), at(14_000)), 9);
        turn.refused(slow("15"), 2, at(14_000));
        assert_eq!(turn.left(slow("15"), at(14_000)), 2);
        turn.refused(slow("15"), 400, at(14_000));
        assert_eq!(turn.left(slow("15"), at(14_000)), 15, "never longer than the mode itself");
    }

    #[test]
    fn a_turn_may_be_older_than_the_page() {
        let mut turn = LastTurn::default();
        let now = Timestamp(Slow::LONGEST_MS);
        turn.refused(slow("300"), 1, now);
        assert_eq!(turn.left(slow("300"), now), 1);
    }
}
