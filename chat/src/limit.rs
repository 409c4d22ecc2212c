//! The kinds of actions that have rate limits. The server sets the rates (`service::limits`); a page has words for each
//! refusal.

use serde::{Deserialize, Serialize};

/// A kind of action that a visitor can do too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Act {
    /// Says something to people in a room: a message, a reaction, a new name, new settings.
    Say,
    /// Sends the bytes of a GIF.
    Upload,
    /// Does something else in a room: leaves, removes a message, hands the room over, throws somebody out.
    #[default]
    #[serde(rename = "Do")]
    Other,
    /// Enters a room.
    Enter,
    /// Makes a room.
    NewRoom,
    /// Types a password that turns out to be wrong.
    WrongPassword,
    /// Adds or takes back a reaction to one message. Each message is counted separately.
    React,
    /// Looks at a page, or asks for more of one.
    Look,
    /// Searches the lobby.
    Search,
    /// Opens a socket.
    Connect,
    /// Sends any request at all.
    #[serde(rename = "Ask")]
    Request,
    /// Sends a plain form that fails.
    Mistake,
    /// Waits for a turn at work that keeps a core busy. It is refused while the visitor or the address has as many
    /// requests waiting as allowed.
    Wait,
}

impl Act {
    pub const ALL: [Self; 13] = [
        Self::Say,
        Self::Upload,
        Self::Other,
        Self::Enter,
        Self::NewRoom,
        Self::WrongPassword,
        Self::React,
        Self::Look,
        Self::Search,
        Self::Connect,
        Self::Request,
        Self::Mistake,
        Self::Wait,
    ];
}
