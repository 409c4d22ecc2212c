//! What the socket says, both ways: JSON text frames of these enums.
//!
//! A socket begins with [`Down::Hello`] and [`Up::Hello`]. Then the browser watches: the lobby, or one room after the
//! last `seq` it has. Everything a person *does* goes through server functions, not through here.

use serde::{Deserialize, Serialize};

use crate::entry::Entry;
use crate::id::{RoomId, VisitorId};
use crate::room::RoomCard;

/// The protocol this build speaks. A server also speaks the one before; an older page is asked to reload.
pub const PROTOCOL: u16 = 3;

/// The field of a call's query that names the protocol of the page that calls. Pages before protocol 3 name none.
pub const PROTOCOL_FIELD: &str = "v";

/// Seconds between the server's pings. Either side that hears nothing for two of these gives the socket up.
pub const HEARTBEAT_SECONDS: u64 = 20;

/// How long somebody counts as writing who said so once.
pub const TYPING_SECONDS: u64 = 5;

/// How often somebody may say so.
pub const TYPING_EVERY_SECONDS: u64 = 2;

/// From the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Up {
    Hello {
        protocol: u16,
    },
    WatchLobby,
    /// All entries of `room` after `after`, then what comes. Needs a seat there.
    WatchRoom {
        room: RoomId,
        after: u64,
    },
    /// The person is writing something for the watched room. At most once in [`TYPING_EVERY_SECONDS`].
    Typing,
    /// Asks for a [`Down::Pong`]: is this socket still alive?
    Ping,
    /// The answer to [`Down::Ping`].
    Pong,
}

/// To the browser.
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
    /// The next entry is not for this visitor; it only counts.
    Skip {
        seq: u64,
    },
    /// All that was stored when the watch began has been sent.
    CaughtUp {
        seq: u64,
    },
    /// Somebody is writing something. Holds for [`TYPING_SECONDS`], or until they have sent it.
    Typing {
        person: VisitorId,
    },
    Ping,
    Pong,
}

/// Why the server closed a socket: the WebSocket close code (RFC 6455, private range 4000 to 4999).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Close {
    /// 1001: the server restarts. Come back with the cursor.
    GoingAway,
    /// 4000: the socket could not keep up. Come back with the cursor.
    TooSlow,
    /// 4001: the page speaks a protocol this server does not. Reload.
    OldPage,
    /// 4002: a frame that is not of [`Up`], or out of turn.
    BadFrame,
    /// 4003: the seat has ended, or there never was one.
    NotSeated,
    /// 4004: the room is gone.
    RoomGone,
    /// 4005: nothing was heard for too long.
    Silent,
    /// 4006: the store cannot answer just now. Come back with the cursor.
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

    /// Whether coming back by itself helps; otherwise the page has to change.
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

/// How many there are in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Totals {
    pub rooms: u32,
    pub people: u32,
}

/// What changed in the lobby since the last of these.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LobbyChange {
    /// New rooms, and rooms that are not as before.
    pub changed: Vec<RoomCard>,
    pub removed: Vec<RoomId>,
    pub totals: Totals,
}

#[cfg(test)]
mod tests {
    use super::*;

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
