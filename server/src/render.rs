//! Renders a page's document.

use std::sync::Arc;

use app::page::{Flash, Page, PageState};
use axum::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use chat::Person;
use hydration_context::SsrSharedContext;
use leptos::nonce::{Nonce, use_nonce};
use leptos::prelude::{Owner, RenderHtml, provide_context};

use crate::compression::Compressible;
use crate::headers::{PERMISSIONS_POLICY, WITH_CAMERA};
use crate::{AppState, language, playback};

const JSON: &str = "application/json";

/// Renders the whole document in one piece, when its turn comes. All its data is in `page`, so nothing in it waits, and
/// it needs none of Leptos' streaming, router or metadata. A page that was altered on its way asks for its data alone, as
/// JSON (boot.js).
pub async fn render(
    state: &AppState,
    headers: &HeaderMap,
    me: Person,
    page: Page,
    flash: Option<Flash>,
    status: u16,
) -> Response {
    let _turn = state.cores.turn().await;
    let gif_max_bytes = state.chat.config().gif.max_bytes;
    let now = state.chat.now();
    let page_state =
        PageState { lang: language::of(headers), me, gif_max_bytes, playback: playback::of(headers), now, page, flash };
    let may_be_compressed = page_state.may_be_compressed();
    let mark = |mut response: Response| {
        if may_be_compressed {
            response.extensions_mut().insert(Compressible);
        }
        response
    };
    let wants_data = headers.get(ACCEPT).is_some_and(|accept| accept == JSON);
    if wants_data && page_state.page.is_hydrated() {
        return mark(([(CONTENT_TYPE, JSON)], app::data(&page_state)).into_response());
    }
    let in_room = matches!(page_state.page, Page::Room { .. });
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new())));
    let (html, nonce) = owner.with(|| {
        provide_context(Nonce::new());
        (app::document(state.leptos.clone(), &state.worker.build, page_state).to_html(), use_nonce())
    });
    owner.unset_with_forced_cleanup();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    // If the page has no nonce, no script may run. The page still works, and the policy allows nothing more.
    let nonce = nonce.map(|nonce| nonce.to_string()).unwrap_or_default();
    if let Ok(policy) = HeaderValue::try_from(policy(&nonce, in_room)) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    if in_room {
        response.headers_mut().insert(PERMISSIONS_POLICY, HeaderValue::from_static(WITH_CAMERA));
    }
    mark(response)
}

/// `frame-src` and `frame-ancestors` allow the log in its frame, which pages without JavaScript use. `media-src` is for
/// rooms, where people make GIFs from films, which the page plays without showing them.
fn policy(nonce: &str, in_room: bool) -> String {
    let media = if in_room { "media-src 'self' blob:; " } else { "" };
    format!(
        "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' blob: data:; {media}connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; \
         form-action 'self'; base-uri 'none'; object-src 'none'; manifest-src 'self'; worker-src 'self'"
    )
}
