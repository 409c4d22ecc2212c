//! The kinds of actions that are limited. The server sets the rates (`service::limits`); a page has words for each refusal.

use serde::{Deserialize, Serialize};

/// A kind of action that somebody can do too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Act {
    /// Says something that all in a room see: a text, a reaction, a new name, new settings.
    Say,
    /// Sends the bytes of a GIF.
    Upload,
    /// Does something else in a room: leaves, removes a message, hands over, throws out.
    #[default]
    Do,
    /// Enters a room.
    Enter,
    /// Makes a room.
    NewRoom,
    /// Types a password that turns out to be wrong.
    WrongPassword,
    /// Adds or takes back a reaction to one message, which counts apart for each message.
    React,
    /// Looks at a page, or asks for more of one.
    Look,
    /// Searches the lobby.
    Search,
    /// Opens a socket.
    Connect,
    /// Sends any request at all.
    Ask,
    /// Sends a plain form that fails.
    Mistake,
    /// Waits for a turn at work that keeps a core busy, while as many requests of this visitor or address wait as may.
    Wait,
}

impl Act {
    pub const ALL: [Self; 13] = [
        Self::Say,
        Self::Upload,
        Self::Do,
        Self::Enter,
        Self::NewRoom,
        Self::WrongPassword,
        Self::React,
        Self::Look,
        Self::Search,
        Self::Connect,
        Self::Ask,
        Self::Mistake,
        Self::Wait,
    ];
}
