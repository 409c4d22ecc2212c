//! What is limited. The rates themselves are the server's (`service::limits`); a page words each refusal.

use serde::{Deserialize, Serialize};

/// What somebody does of which there can be too much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Act {
    /// Says something that all in a room see: a text, a reaction, a new name, new settings.
    Say,
    /// Sends the bytes of a GIF.
    Upload,
    /// Does something else in a room: leaves, takes back, hands over, throws out.
    #[default]
    Do,
    /// Enters a room.
    Enter,
    /// Makes a room.
    NewRoom,
    /// Types a password that turns out to be wrong.
    WrongPassword,
    /// Changes their mind about one message.
    React,
    /// Looks at a page, or asks for more of one.
    Look,
    /// Searches the lobby.
    Search,
    /// Opens a socket.
    Connect,
    /// Asks for anything at all.
    Ask,
    /// Sends a plain form that fails.
    Mistake,
    /// Waits for a turn at something that takes a core, while as many from there do as may.
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
