//! What the host should know of: wrong passwords, refusals, floods. One line a kind and minute, however many there are,
//! and nothing that anybody typed.

use std::fmt;

use super::Chat;
use crate::error::Error;
use crate::limit::Act;

/// A kind of thing that happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    WrongPassword,
    /// A password opened a door.
    Opened,
    /// Somebody asked for what takes a seat they have not, or a room they do not own.
    NotTheirs,
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
            Alarm::Opened => f.write_str("doors opened to their passwords"),
            Alarm::NotTheirs => f.write_str("refused to whom has no seat there, or does not own the room"),
            Alarm::Refused { act, whose } => write!(f, "limit of the {whose} reached: {act:?}"),
            Alarm::Barred => f.write_str("somebody thrown out tried to come back"),
            Alarm::ThrownOut => f.write_str("somebody was thrown out"),
            Alarm::Flood => f.write_str("sockets that flood were closed"),
            Alarm::Slow => f.write_str("bodies that came too slowly were cut off"),
        }
    }
}

fn tell(alarm: Alarm, count: u64) {
    match alarm {
        Alarm::Opened => tracing::info!(target: "security", count, "{alarm}"),
        _ => tracing::warn!(target: "security", count, "{alarm}"),
    }
}

impl Chat {
    /// Notes something for the log.
    pub fn raise(&self, alarm: Alarm) {
        if let Some(count) = self.alarms.count(alarm, self.clock.monotonic()) {
            tell(alarm, count);
        }
    }

    /// Says what has come since the last line of its kind.
    pub(super) fn tell_alarms(&self) {
        self.alarms.due(self.clock.monotonic()).into_iter().for_each(|(alarm, count)| tell(alarm, count));
    }

    /// Notes why somebody is not let in, when that is worth a line.
    pub(super) fn note_refusal(&self, error: &Error) {
        if *error == Error::Barred {
            self.raise(Alarm::Barred);
        }
    }
}
