//! The pages, each from its part of [`PageState`](crate::page::PageState), in three groups. The server has all of them. The browser
//! has those of its entry, and never one of the last group.

use chat::ClientId;
use chat::view::RoomView;
use leptos::prelude::*;

use crate::components::boxed;
use crate::page::{Flash, Page};

#[cfg(feature = "ssr")]
pub mod barred;
#[cfg(feature = "outside")]
pub mod door;
#[cfg(feature = "ssr")]
pub mod error;
#[cfg(feature = "outside")]
pub mod lobby;
#[cfg(feature = "ssr")]
pub mod log;
#[cfg(feature = "outside")]
pub mod new_room;
#[cfg(feature = "room")]
pub mod room;

/// The lobby, the form for a new room, or a room's door.
#[cfg(feature = "outside")]
pub fn outside(page: Page, flash: Option<Flash>) -> impl IntoView {
    use leptos::either::EitherOf4;

    boxed(match page {
        Page::Lobby(view) => EitherOf4::A(view! { <lobby::LobbyPage view flash/> }),
        Page::NewRoom => EitherOf4::B(view! { <new_room::NewRoomPage flash/> }),
        Page::Door { card, has_pass, is_full, why, is_password_new } => {
            EitherOf4::C(view! { <door::DoorPage card has_pass is_full why is_password_new flash/> })
        }
        _ => EitherOf4::D(()),
    })
}

/// A room from the inside.
#[cfg(feature = "room")]
pub fn inside(view: RoomView, send_id: ClientId, flash: Option<Flash>) -> impl IntoView {
    boxed(view! { <room::RoomPage view send_id flash/> })
}

/// The pages that stay as the server wrote them: no state is sent along.
#[cfg(feature = "ssr")]
pub fn unchanging(page: Page) -> impl IntoView {
    use leptos::either::EitherOf4;

    boxed(match page {
        Page::Log { view, newest } => EitherOf4::A(view! { <log::LogPage view newest/> }),
        Page::Barred { room, reason } => EitherOf4::B(view! { <barred::BarredPage room reason/> }),
        Page::Error { status, method, path, error } => {
            EitherOf4::C(view! { <error::ErrorPage status method path error/> })
        }
        _ => EitherOf4::D(()),
    })
}

// What an entry has instead of pages that it does not show.

#[cfg(not(feature = "outside"))]
pub fn outside(_: Page, _: Option<Flash>) -> impl IntoView {}

#[cfg(not(feature = "room"))]
pub fn inside(_: RoomView, _: ClientId, _: Option<Flash>) -> impl IntoView {}

#[cfg(not(feature = "ssr"))]
pub fn unchanging(_: Page) -> impl IntoView {}
