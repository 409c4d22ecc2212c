//! One page, chosen by what the server sent.

#[cfg(feature = "ssr")]
use leptos::either::Either;
use leptos::either::EitherOf6;
use leptos::prelude::*;

use crate::page::{Page, PageState};
#[cfg(feature = "ssr")]
use crate::pages::{barred::BarredPage, error::ErrorPage, log::LogPage};
use crate::pages::{door::DoorPage, lobby::LobbyPage, new_room::NewRoomPage, room::RoomPage};
use crate::state::site::Site;

#[component]
pub fn App(state: PageState) -> impl IntoView {
    let site = Site::new(&state);
    provide_context(site);
    site.start();
    let PageState { page, flash, .. } = state;
    // Not `into_any`: an erased view takes code along that only lazy hydration uses, a fifth of the WASM.
    match page {
        Page::Lobby(view) => EitherOf6::A(view! { <LobbyPage view flash/> }),
        Page::NewRoom => EitherOf6::B(view! { <NewRoomPage flash/> }),
        Page::Door { card, has_pass } => EitherOf6::C(view! { <DoorPage card has_pass flash/> }),
        Page::Room { view, send_id } => EitherOf6::D(view! { <RoomPage view send_id flash/> }),
        #[cfg(feature = "ssr")]
        Page::Log { view, newest } => EitherOf6::E(Either::Left(view! { <LogPage view newest/> })),
        #[cfg(feature = "ssr")]
        Page::Barred { room, reason } => EitherOf6::E(Either::Right(view! { <BarredPage room reason/> })),
        #[cfg(feature = "ssr")]
        Page::Error { status, method, path, error } => EitherOf6::F(view! { <ErrorPage status method path error/> }),
        // They stay as the server wrote them: no state is sent along, and the browser needs no code for them.
        #[cfg(not(feature = "ssr"))]
        Page::Log { .. } | Page::Barred { .. } | Page::Error { .. } => EitherOf6::<_, _, _, _, (), ()>::E(()),
    }
}

/// Brings a page to life from the state it was rendered from. Without that state it stays as the server wrote it.
///
/// One that answers a form that failed stands at the form's own address, which no reload is to send again.
#[cfg(feature = "hydrate")]
pub fn hydrate() {
    let json = document().get_element_by_id("page").and_then(|page| page.text_content());
    if let Some(state) = json.and_then(|json| serde_json::from_slice::<PageState>(json.as_bytes()).ok()) {
        if window().location().pathname().is_ok_and(|path| path.starts_with("/api/")) {
            crate::browser::stand_at(&state.page.address());
        }
        leptos::mount::hydrate_body(move || view! { <App state/> });
    }
}
