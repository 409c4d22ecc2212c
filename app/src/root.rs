//! The root of every page. It shows the page that the server chose.

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
    // `into_any` is avoided: an erased view brings code that only lazy hydration uses, a fifth of the WASM.
    match page {
        Page::Lobby(view) => EitherOf6::A(view! { <LobbyPage view flash/> }),
        Page::NewRoom => EitherOf6::B(view! { <NewRoomPage flash/> }),
        Page::Door { card, has_pass, is_full, why, is_password_new } => {
            EitherOf6::C(view! { <DoorPage card has_pass is_full why is_password_new flash/> })
        }
        Page::Room { view, send_id } => EitherOf6::D(view! { <RoomPage view send_id flash/> }),
        #[cfg(feature = "ssr")]
        Page::Log { view, newest } => EitherOf6::E(Either::Left(view! { <LogPage view newest/> })),
        #[cfg(feature = "ssr")]
        Page::Barred { room, reason } => EitherOf6::E(Either::Right(view! { <BarredPage room reason/> })),
        #[cfg(feature = "ssr")]
        Page::Error { status, method, path, error } => EitherOf6::F(view! { <ErrorPage status method path error/> }),
        // These stay as the server wrote them: no state is sent along, and the browser needs no code for them.
        #[cfg(not(feature = "ssr"))]
        Page::Log { .. } | Page::Barred { .. } | Page::Error { .. } => EitherOf6::<_, _, _, _, (), ()>::E(()),
    }
}

/// Hydrates a page from the state it was rendered from, or makes it `anew` from that state, after what is there. Returns false for
/// a page without its state.
///
/// A page that answers a failed form has the form's own address. It is replaced, because a reload must not send the form again.
#[cfg(feature = "hydrate")]
pub fn start(anew: bool) -> bool {
    use leptos::mount::{hydrate_from, mount_to};
    use wasm_bindgen::JsCast;

    let json = document().get_element_by_id("page").and_then(|page| page.text_content());
    let state = json.and_then(|json| chat::wire::read::<PageState>(&json));
    let (Some(state), Some(root)) = (state, document().get_element_by_id("app")) else { return false };
    if window().location().pathname().is_ok_and(|path| path.starts_with("/api/")) {
        crate::browser::replace_address(&state.page.address());
    }
    let (root, view) = (root.unchecked_into(), move || view! { <App state/> });
    if anew {
        mount_to(root, view).forget();
    } else {
        hydrate_from(root, view).forget();
    }
    true
}
