//! What a page is made from. The server loads it before the first byte goes out (so that the status is right), renders
//! it, and writes it into the page as JSON; the browser hydrates from that very JSON.

use chat::entry::Reason;
use chat::event::LobbyPage;
use chat::id::ClientId;
use chat::view::{LobbyView, RoomView};
use chat::{Error, Person, RoomCard};
use serde::{Deserialize, Serialize};

use crate::strings::Lang;

/// Everything a page shows at first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PageState {
    pub lang: Lang,
    pub me: Person,
    /// Uploads above this many bytes are refused.
    pub gif_max_bytes: u64,
    pub page: Page,
    /// What went wrong with the form sent last, when it came here without JavaScript.
    pub flash: Option<Flash>,
}

/// Which page, with its data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Page {
    Lobby(LobbyView),
    NewRoom,
    /// A room from the outside.
    Door {
        card: RoomCard,
        /// This person gets in without the password.
        has_pass: bool,
    },
    /// A room from the inside.
    Room {
        view: RoomView,
        /// Names the next message sent without JavaScript, so that a double click sends it once.
        send_id: ClientId,
    },
    /// The log alone: the frame that shows a room without JavaScript. `newest`: this is its end. (This and what follows
    /// never travels: no code to read it is sent along.)
    #[serde(skip)]
    Log {
        view: RoomView,
        newest: bool,
    },
    /// A room from which this person was thrown out.
    #[serde(skip)]
    Barred {
        room: RoomCard,
        reason: Option<Reason>,
    },
    /// Something else. `method` and `path` as asked for.
    #[serde(skip)]
    Error {
        status: u16,
        method: String,
        path: String,
        error: Option<Error>,
    },
}

/// What waits in the session from a form that failed: the error and what was typed, never a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub error: Error,
    pub typed: Vec<(String, String)>,
}

impl Flash {
    /// What was typed into the field of this name.
    pub fn typed(&self, field: &str) -> Option<&str> {
        self.typed.iter().find(|(name, _)| name == field).map(|(_, text)| text.as_str())
    }

    /// Whether it was the form of a room's settings: no other one in a room has this field.
    pub fn is_of_settings(&self) -> bool {
        self.typed("capacity").is_some()
    }

    /// Whether that form says itself what is wrong, at its fields.
    pub fn is_told_by_settings(&self) -> bool {
        self.is_of_settings() && matches!(self.error, Error::Invalid(_))
    }
}

impl Page {
    /// Where the page stands, when it is not where it was asked for.
    pub fn address(&self) -> String {
        match self {
            Page::Lobby(view) => crate::address::search(&view.query),
            Page::NewRoom => "/room".to_owned(),
            Page::Door { card, .. } => format!("/room/{}", card.id),
            Page::Room { view, .. } => format!("/room/{}", view.id),
            Page::Log { .. } | Page::Barred { .. } | Page::Error { .. } => "/".to_owned(),
        }
    }

    pub fn lobby(page: LobbyPage, query: String) -> Self {
        Page::Lobby(LobbyView::new(page, query))
    }
}
