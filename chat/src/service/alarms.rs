//! What the host should know of: wrong passwords, refusals, floods. One line a kind and minute, however many there are,
//! and nothing that anybody typed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Chat;
use crate::error::Error;
use crate::limit::Act;

/// The least time between two lines of one kind.
const EVERY: Duration = Duration::from_secs(60);

/// A kind of thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    WrongPassword,
    /// A limit was reached: of this act, and whose.
    Refused {
        act: Act,
        whose: &'static str,
    },
    /// Somebody who was thrown out of a room tried to come back.
    Barred,
    /// The owner of a room threw somebody out.
    ThrownOut,
    /// A socket said more, or something else, than pages do.
    Flood,
    /// A body came too slowly.
    Slow,
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Alarm::WrongPassword => f.write_str("wrong passwords"),
            Alarm::Refused { act, whose } => write!(f, "limit of the {whose} reached: {act:?}"),
            Alarm::Barred => f.write_str("somebody thrown out tried to come back"),
            Alarm::ThrownOut => f.write_str("somebody was thrown out"),
            Alarm::Flood => f.write_str("sockets that flood were closed"),
            Alarm::Slow => f.write_str("bodies that came too slowly were cut off"),
        }
    }
}

/// Counts, and says so.
#[derive(Debug, Default)]
pub(super) struct Alarms {
    kinds: Mutex<BTreeMap<Alarm, Count>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    /// Since the last line.
    untold: u64,
    told_at: Option<Duration>,
}

impl Alarms {
    pub fn raise(&self, alarm: Alarm, now: Duration) {
        let count = {
            let mut kinds = self.lock();
            let count = kinds.entry(alarm).or_default();
            count.untold += 1;
            count.due(now)
        };
        tell(alarm, count);
    }

    /// Says what has come since the last line of its kind, once its minute is over.
    pub fn sweep(&self, now: Duration) {
        let due: Vec<_> = self.lock().iter_mut().map(|(alarm, count)| (*alarm, count.due(now))).collect();
        due.into_iter().for_each(|(alarm, count)| tell(alarm, count));
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Alarm, Count>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    /// How many there are to tell of, when it is time to.
    fn due(&mut self, now: Duration) -> u64 {
        if self.told_at.is_some_and(|told| now.saturating_sub(told) < EVERY) || self.untold == 0 {
            return 0;
        }
        self.told_at = Some(now);
        std::mem::take(&mut self.untold)
    }
}

fn tell(alarm: Alarm, count: u64) {
    if count > 0 {
        tracing::warn!(target: "security", count, "{alarm}");
    }
}

impl Chat {
    /// Notes something for the log.
    pub fn raise(&self, alarm: Alarm) {
        self.alarms.raise(alarm, self.clock.monotonic());
    }

    /// Notes why somebody is not let in, when that is worth a line.
    pub(super) fn note_refusal(&self, error: &Error) {
        if *error == Error::Barred {
            self.raise(Alarm::Barred);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_kind_and_minute() {
        let alarms = Alarms::default();
        let told = |millis, raise: bool| {
            let now = Duration::from_millis(millis);
            let mut kinds = alarms.lock();
            let count = kinds.entry(Alarm::WrongPassword).or_default();
            count.untold += u64::from(raise);
            count.due(now)
        };
        assert_eq!(told(0, true), 1);
        assert_eq!((1..1000).map(|n| told(n, true)).sum::<u64>(), 0);
        assert_eq!(told(59_999, false), 0);
        assert_eq!(told(60_000, false), 999);
        assert_eq!(told(120_000, false), 0, "nothing has come since");
    }

    #[test]
    fn kinds_have_lines_of_their_own() {
        let alarms = Alarms::default();
        for act in Act::ALL {
            alarms.raise(Alarm::Refused { act, whose: "visitor" }, Duration::ZERO);
        }
        assert_eq!(alarms.lock().len(), Act::ALL.len());
    }
}
