//! Security events for the log: wrong passwords, refusals, floods. Each kind is logged at most once a minute. Nothing that
//! people typed is logged.

use std::fmt;

use super::Chat;
use chat::error::Error;
use chat::limit::Act;

/// A kind of security event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Alarm {
    WrongPassword,
    /// A visitor opened a locked room with its password.
    Opened,
    /// A visitor without a seat in the room asked for something that needs one, or one who does not own the room for
    /// something that only its owner may do.
    NotTheirs,
    /// The limit of this act was reached. `whose` says what it is counted for, for example "address".
    Refused {
        act: Act,
        whose: &'static str,
    },
    /// A visitor who was thrown out of a room tried to come back.
    Barred,
    /// The owner of a room threw a person out.
    ThrownOut,
    /// A socket sent more frames than pages send, or frames that pages never send.
    Flood,
    /// A request body came too slowly.
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

fn log(alarm: Alarm, count: u64) {
    match alarm {
        Alarm::Opened => tracing::info!(target: "security", count, "{alarm}"),
        _ => tracing::warn!(target: "security", count, "{alarm}"),
    }
}

impl Chat {
    /// Counts a security event, and logs it if a line is due.
    pub fn raise(&self, alarm: Alarm) {
        if let Some(count) = self.alarms.count(alarm, self.clock.monotonic()) {
            log(alarm, count);
        }
    }

    /// Logs the events that were counted since the last line of their kind.
    pub(super) fn log_alarms(&self) {
        self.alarms.due(self.clock.monotonic()).into_iter().for_each(|(alarm, count)| log(alarm, count));
    }

    /// Counts a refused entry, if its reason is worth a log line.
    pub(super) fn note_refusal(&self, error: &Error) {
        if *error == Error::Barred {
            self.raise(Alarm::Barred);
        }
    }
}
