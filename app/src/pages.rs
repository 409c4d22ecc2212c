//! The pages, each made from its part of [`PageState`](crate::page::PageState), in four groups. The server has all of them. An
//! entry for the browser has only its own group, and never the last one.

use chat::ClientId;
use chat::view::{LobbyView, RoomView};

use crate::markup::Markup;
use crate::page::{Flash, Page};

#[cfg(feature = "ssr")]
pub mod barred;
#[cfg(feature = "door")]
pub mod door;
#[cfg(feature = "ssr")]
pub mod error;
#[cfg(feature = "lobby")]
pub mod lobby;
#[cfg(feature = "ssr")]
pub mod log;
#[cfg(feature = "door")]
pub mod new_room;
#[cfg(feature = "room")]
pub mod room;

/// The lobby.
#[cfg(feature = "lobby")]
pub fn in_lobby(view: LobbyView, flash: Option<Flash>) -> Vec<Markup> {
    lobby::LobbyPage(lobby::LobbyPageProps { view, flash })
}

/// What leads into a room: the form for a new one, or a room's door.
#[cfg(feature = "door")]
pub fn way_in(page: Page, flash: Option<Flash>) -> Vec<Markup> {
    match page {
        Page::NewRoom => new_room::NewRoomPage(new_room::NewRoomPageProps { flash }),
        Page::Door { card, has_pass, is_full, why, is_password_new } => {
            let props = door::DoorPageProps { card, has_pass, is_full, why, is_password_new, flash };
            door::DoorPage(props)
        }
        _ => Vec::new(),
    }
}

/// A room from the inside.
#[cfg(feature = "room")]
pub fn inside(view: RoomView, send_id: ClientId, flash: Option<Flash>) -> Vec<Markup> {
    room::RoomPage(room::RoomPageProps { view, send_id, flash })
}

/// The pages that stay as the server wrote them. Their state is not sent to the browser.
#[cfg(feature = "ssr")]
pub fn unchanging(page: Page) -> Vec<Markup> {
    match page {
        Page::Log { view, newest } => vec![log::log_page(&view, newest)],
        Page::Barred { room, reason } => vec![barred::barred_page(&room, reason.as_ref())],
        Page::Error { status, method, path, error } => {
            vec![error::error_page(status, &method, &path, error.as_ref())]
        }
        _ => Vec::new(),
    }
}

// Stand-ins for the groups that an entry does not show.

#[cfg(not(feature = "lobby"))]
pub fn in_lobby(_: LobbyView, _: Option<Flash>) -> Vec<Markup> {
    Vec::new()
}

#[cfg(not(feature = "door"))]
pub fn way_in(_: Page, _: Option<Flash>) -> Vec<Markup> {
    Vec::new()
}

#[cfg(not(feature = "room"))]
pub fn inside(_: RoomView, _: ClientId, _: Option<Flash>) -> Vec<Markup> {
    Vec::new()
}

#[cfg(not(feature = "ssr"))]
pub fn unchanging(_: Page) -> Vec<Markup> {
    Vec::new()
}
