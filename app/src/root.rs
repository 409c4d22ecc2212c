//! The root of every page. It shows the page that the server chose.

use leptos::prelude::*;

use crate::page::{Page, PageState};
use crate::pages::{in_lobby, inside, unchanging, way_in};
use crate::site::Site;

#[component]
pub fn App(state: PageState) -> impl IntoView {
    let site = Site::new(&state);
    provide_context(site);
    site.start();
    let PageState { page, flash, .. } = state;
    match page {
        Page::Lobby(view) => in_lobby(view, flash),
        Page::NewRoom | Page::Door { .. } => way_in(page, flash),
        Page::Room { view, send_id } => inside(view, send_id, flash),
        Page::Log { .. } | Page::Barred { .. } | Page::Error { .. } => unchanging(page),
    }
}

/// Hydrates a page from the state it was rendered from. With `anew`, the page is instead built from that state and appended after
/// the existing elements. Returns false if the document has no readable state.
///
/// A page that answers a failed form has the form's address. That address is replaced, because a reload must not send the form
/// again.
#[cfg(feature = "hydrate")]
pub fn start(anew: bool) -> bool {
    use leptos::mount::{hydrate_from, mount_to};
    use wasm_bindgen::JsCast;

    let json = document().get_element_by_id("page").and_then(|page| page.text_content());
    let state = json.and_then(|json| chat::wire::read::<PageState>(&json));
    let (Some(state), Some(root)) = (state, document().get_element_by_id("app")) else { return false };
    crate::live::greet(&state.page);
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
