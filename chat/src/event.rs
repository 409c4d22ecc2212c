//! The messages on the WebSocket in both directions: each text frame is one of these enums as JSON. Where no socket works, the
//! same messages go over HTTP, in a [`Poll`] and a [`Polled`].
//!
//! A connection begins with [`Down::Hello`] and [`Up::Hello`]. After that the browser watches either the lobby, or one
//! room from the last `seq` it has. Everything a person *does* goes through server functions instead.

use serde::{Deserialize, Serialize};

use crate::entry::Entry;
use crate::error::Error;
use crate::gif::GifFacts;
use crate::id::{PageId, RoomId, VisitorId};
use crate::room::RoomCard;
use crate::time::Timestamp;

/// The protocol this build speaks. A server also speaks the protocol before it; a page that speaks an older one is
/// asked to reload.
pub const PROTOCOL: u16 = 7;

/// The query field in which a page names its protocol when it calls a server function. Pages before protocol 3 do not send it.
pub const PROTOCOL_FIELD: &str = "v";

/// Seconds between the server's pings. A side that hears nothing for twice this time closes the socket.
pub const HEARTBEAT_SECONDS: u64 = 20;

/// How many milliseconds a page waits before it reconnects, or repeats something that has failed `tries` times: twice
/// as long each time, up to ten seconds.
pub fn backoff(tries: u32) -> u32 {
    const LONGEST: u32 = 10_000;
    500u32.saturating_mul(1 << tries.min(10)).min(LONGEST)
}

/// How many cards a page of the lobby has. Everybody who watches the lobby hears of changes to its first page.
pub const LOBBY_PAGE: usize = 50;

/// How many further cards one socket may ask to hear of.
pub const MOST_SHOWN: usize = 100;

/// How long somebody counts as writing after one [`Up::Typing`].
pub const TYPING_SECONDS: u64 = 5;

/// The shortest time between two [`Up::Typing`].
pub const TYPING_EVERY_SECONDS: u64 = 2;

/// Messages from the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Up {
    Hello {
        protocol: u16,
    },
    WatchLobby,
    /// Names the cards that a page shows besides the first [`LOBBY_PAGE`], because they are further down or were found
    /// by a search: [`MOST_SHOWN`] at most. The server answers with the state of those that were not in the list
    /// before, and then sends their changes, too.
    ShowCards {
        rooms: Vec<RoomId>,
    },
    /// Names the page of this socket, before it watches a room. A socket that names none is a page of its own.
    Page {
        id: PageId,
    },
    /// Asks for all entries of `room` after `after`, and for those that follow. Needs a seat there.
    WatchRoom {
        room: RoomId,
        after: u64,
    },
    /// The person is writing something for the watched room. At most once in [`TYPING_EVERY_SECONDS`].
    Typing,
    /// Asks for a [`Down::Pong`], to find out whether this socket is still alive.
    Ping,
    /// Asks for a [`Down::Time`], to find out the same, and by how much the browser's clock is wrong.
    Time,
    /// The answer to [`Down::Ping`].
    Pong,
}

/// Messages to the browser.
#[allow(clippy::large_enum_variant, reason = "they come one at a time, and most are entries")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Down {
    Hello {
        protocol: u16,
    },
    /// The first answer to [`Up::WatchLobby`].
    Lobby(LobbyPage),
    LobbyChange(LobbyChange),
    /// The next entry of the watched room.
    Entry(Entry),
    /// The next entry is not for this visitor. Only its number is sent, so that their numbers have no gap.
    Skip {
        seq: u64,
    },
    /// All that was stored when the watch began has been sent.
    CaughtUp {
        seq: u64,
        /// See [`Down::Absent`].
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        absent: Vec<VisitorId>,
    },
    /// Everybody in the watched room whose pages have been gone for a while, ordered by id. This replaces the last such
    /// list. The server derives it from the pages that watch; it is not an entry.
    Absent {
        people: Vec<VisitorId>,
    },
    /// Somebody is writing something. Holds for [`TYPING_SECONDS`], or until they have sent it.
    Typing {
        person: VisitorId,
    },
    Ping,
    Pong,
    /// Something was found out about a GIF that the watched room shows.
    Gif(GifFacts),
    /// The answer to [`Up::Time`]: the server's clock.
    Time {
        now: Timestamp,
    },
}

/// The longest that a poll waits for news.
pub const POLL_SECONDS: u64 = 20;

/// How long the seat of a polling page still counts as watched after the page should have polled again.
pub const POLL_AGAIN_SECONDS: u64 = 10;

/// The longest time between two polls that a page may announce.
pub const LONGEST_BETWEEN_POLLS: u16 = 30;

/// What a page without a socket posts to `/poll`: what it would send on a new socket, and how the server is to answer.
/// The answer is a [`Polled`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Poll {
    /// The messages of the page, from [`Up::Hello`] on. The page sends all of them each time, so that any node can
    /// answer.
    pub ups: Vec<Up>,
    /// [`Polled::state`] of the last answer. There is no news while the server's state is still the same.
    pub state: Option<String>,
    /// Whether the answer may wait for news.
    pub waits: bool,
    /// In how many seconds after the answer the page asks again, [`LONGEST_BETWEEN_POLLS`] at most.
    pub again: u16,
    /// The page goes away for good.
    pub goodbye: bool,
}

/// The answer to a [`Poll`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Polled {
    pub downs: Vec<Down>,
    /// A hash of what the page knows once it has this answer. `None` if only the next answer can tell it.
    pub state: Option<String>,
    /// The code of the [`Close`] that a socket would have got after these messages.
    pub close: Option<u16>,
    /// Whether the answer was allowed to wait. If the page asked for it, `false` means that too many other polls of
    /// this visitor wait.
    pub waits: bool,
}

/// Why the server closed a socket: the WebSocket close code (RFC 6455, private range 4000 to 4999).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// 1001: the server restarts. The page reconnects and continues after its last `seq`.
    GoingAway,
    /// 4000: the socket could not keep up. The page reconnects and continues after its last `seq`.
    TooSlow,
    /// 4001: the page speaks a protocol this server does not. Reload.
    OldPage,
    /// 4002: the page sent a frame that is not an [`Up`], or sent it out of turn.
    BadFrame,
    /// 4003: the seat has ended, or there never was one.
    NotSeated,
    /// 4004: the room is gone.
    RoomGone,
    /// 4005: nothing was heard for too long.
    Silent,
    /// 4006: the store cannot answer just now. The page reconnects and continues after its last `seq`.
    Unavailable,
    /// 4007: the person was thrown out.
    Barred,
}

impl Close {
    const ALL: [Close; 9] = [
        Close::GoingAway,
        Close::TooSlow,
        Close::OldPage,
        Close::BadFrame,
        Close::NotSeated,
        Close::RoomGone,
        Close::Silent,
        Close::Unavailable,
        Close::Barred,
    ];

    pub const fn code(self) -> u16 {
        match self {
            Close::GoingAway => 1001,
            Close::TooSlow => 4000,
            Close::OldPage => 4001,
            Close::BadFrame => 4002,
            Close::NotSeated => 4003,
            Close::RoomGone => 4004,
            Close::Silent => 4005,
            Close::Unavailable => 4006,
            Close::Barred => 4007,
        }
    }

    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|close| close.code() == code)
    }

    /// The reason to give when this error ends a watch.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::NotFound => Close::RoomGone,
            Error::NotSeated => Close::NotSeated,
            Error::Barred => Close::Barred,
            Error::Invalid(_)
            | Error::WrongPassword
            | Error::Full
            | Error::NotOwner
            | Error::Absent
            | Error::NameTaken
            | Error::Removed
            | Error::TooLarge { .. }
            | Error::TooSlow
            | Error::BadGif(_)
            | Error::TooMany { .. }
            | Error::Refused
            | Error::ShelfFull(_)
            | Error::Unavailable
            | Error::Internal => Close::Unavailable,
        }
    }

    /// Whether reconnecting helps. If not, the page has to be reloaded, or the visitor needs another page.
    pub fn is_worth_retrying(self) -> bool {
        !matches!(self, Close::OldPage | Close::BadFrame | Close::NotSeated | Close::RoomGone | Close::Barred)
    }
}

/// Some rooms of the lobby, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LobbyPage {
    pub cards: Vec<RoomCard>,
    /// There are older rooms than these.
    pub more: bool,
    pub totals: Totals,
}

/// How many rooms and people there are in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    pub rooms: u32,
    pub people: u32,
}

/// What changed since the last such message, as far as the page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LobbyChange {
    /// New rooms, and rooms whose cards have changed.
    pub changed: Vec<RoomCard>,
    pub removed: Vec<RoomId>,
    pub totals: Totals,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_ten_seconds() {
        assert_eq!([0, 1, 2, 5, 40].map(backoff), [500, 1000, 2000, 10_000, 10_000]);
    }

    #[test]
    fn close_codes_are_read_back() {
        for close in Close::ALL {
            assert_eq!(Close::from_code(close.code()), Some(close));
        }
        assert_eq!(Close::from_code(1006), None);
    }

    /// Pages of the last version speak this; a change here needs a new protocol number.
    #[test]
    fn the_wire_is_as_it_was() {
        let watch = Up::WatchRoom { room: RoomId([1; 16]), after: 7 };
        assert_eq!(
            serde_json::to_string(&watch).ok().as_deref(),
            Some(r#"{"WatchRoom":{"room":"01010101010101010101010101010101","after":7}}"#)
        );
        assert_eq!(serde_json::to_string(&Down::Ping).ok().as_deref(), Some(r#""Ping""#));
    }
}
