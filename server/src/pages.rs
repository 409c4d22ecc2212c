//! Pages: their data is loaded before the first byte goes out, so that the status is right.

use std::sync::Arc;

use app::page::{Flash, Page, PageState};
use axum::extract::{Path, Query, Request, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use chat::service::Look;
use chat::{Act, ClientId, Error, Person, RoomId};
use hydration_context::SsrSharedContext;
use leptos::nonce::{Nonce, use_nonce};
use leptos::prelude::{Owner, RenderHtml, provide_context};
use serde::Deserialize;

use crate::Site;
use crate::language;
use crate::refusal::{self, Asked, fail};
use crate::session::Visitor;

/// What the lobby's address can ask for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LobbyQuery {
    q: String,
    before: Option<RoomId>,
}

/// What the log's address can ask for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LogQuery {
    before: Option<u64>,
}

pub async fn lobby(
    State(site): State<Arc<Site>>,
    query: Result<Query<LobbyQuery>, axum::extract::rejection::QueryRejection>,
    request: Request,
) -> Response {
    let Query(query) = query.unwrap_or_default();
    let asked = Asked::of(&request);
    show(&site, &asked, async |me| lobby_page(&site, &asked, me, query).await).await
}

async fn lobby_page(site: &Site, asked: &Asked, me: &Person, query: LobbyQuery) -> Result<Page, Error> {
    // Longer than any title: finds nothing, costs nothing.
    let q: String = query.q.chars().take(100).collect();
    if !q.trim().is_empty() {
        // Counted, and never given back: each looks at every title.
        site.chat.allow(Act::Search, me.id, asked.address(site)).map(drop)?;
    }
    Ok(Page::lobby(site.chat.lobby(&q, query.before).await?, q))
}

pub async fn new_room(State(site): State<Arc<Site>>, request: Request) -> Response {
    show(&site, &Asked::of(&request), async |_| Ok(Page::NewRoom)).await
}

pub async fn room(State(site): State<Arc<Site>>, Path(room): Path<String>, request: Request) -> Response {
    show(&site, &Asked::of(&request), async |me| room_page(&site, me, &room).await).await
}

async fn room_page(site: &Site, me: &Person, room: &str) -> Result<Page, Error> {
    Ok(match site.chat.look(me.id, room_id(room)?).await? {
        Look::Outside { card, has_pass } => Page::Door { card, has_pass },
        Look::Inside(view) => Page::Room { view, send_id: ClientId::generate() },
        Look::Barred { card, reason } => Page::Barred { room: card, reason },
    })
}

pub async fn log(
    State(site): State<Arc<Site>>,
    Path(room): Path<String>,
    query: Result<Query<LogQuery>, axum::extract::rejection::QueryRejection>,
    request: Request,
) -> Response {
    let Query(LogQuery { before }) = query.unwrap_or_default();
    show(&site, &Asked::of(&request), async |me| {
        let room = room_id(&room)?;
        if let Some(before) = before {
            return Ok(Page::Log { view: site.chat.log_before(me.id, room, before).await?, newest: false });
        }
        match site.chat.look(me.id, room).await? {
            Look::Inside(view) => Ok(Page::Log { view, newest: true }),
            Look::Outside { .. } => Err(Error::NotSeated),
            Look::Barred { .. } => Err(Error::Barred),
        }
    })
    .await
}

/// What is not a room's id names no room.
fn room_id(text: &str) -> Result<RoomId, Error> {
    text.parse().map_err(|_| Error::NotFound)
}

/// The page that `load` makes, for whoever asks.
async fn show(site: &Site, asked: &Asked, load: impl AsyncFnOnce(&Person) -> Result<Page, Error>) -> Response {
    let visitor = match site.sessions.find_or_create(&asked.headers).await {
        Ok(visitor) => visitor,
        Err(error) => return fail(site, asked, error).await,
    };
    // Counted, and never given back: each page is read and rendered.
    if let Err(refused) = site.chat.allow(Act::Look, visitor.person.id, asked.address(site)).map(drop) {
        return fail(site, asked, refused).await;
    }
    let loaded = match load(&visitor.person).await {
        Err(refused @ Error::TooMany { .. }) => return fail(site, asked, refused).await,
        loaded => loaded,
    };
    // The frame of the log reloads by itself, and HEAD shows nothing: neither is the page the error waits for.
    let shows_flash =
        asked.method == Method::GET && !matches!(loaded, Ok(Page::Log { .. }) | Err(Error::NotSeated | Error::Barred));
    let flash = if shows_flash { site.sessions.take_flash(&visitor).await } else { None };
    let (status, page) = match loaded {
        Ok(page) => (status_of(&page, flash.as_ref()), page),
        Err(error) => {
            let (method, path) = (asked.method.to_string(), asked.path.clone());
            let status = refusal::status_of(&error);
            (status, Page::Error { status, method, path, error: Some(error) })
        }
    };
    let error = match &page {
        Page::Error { error, .. } => error.as_ref(),
        _ => flash.as_ref().filter(|_| status != 200).map(|flash| &flash.error),
    };
    let retry_after = error.and_then(refusal::retry_after);
    let mut response = render(site, &asked.headers, visitor.person.clone(), page, flash, status);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    visitor.onto(response)
}

/// The page where a form stands, in answer to that form itself: for who has nothing that could keep `flash` until the page
/// is asked for.
pub async fn again(site: &Site, asked: &Asked, visitor: &Visitor, way: &str, flash: Flash) -> Response {
    let Ok(page) = page_at(site, asked, &visitor.person, way).await else {
        return fail(site, asked, flash.error).await;
    };
    let (status, retry_after) = (refusal::status_of(&flash.error), refusal::retry_after(&flash.error));
    let mut response = render(site, &asked.headers, visitor.person.clone(), page, Some(flash), status);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

/// The page at an address of ours, counted as when it is asked for. Only those with forms are told apart.
async fn page_at(site: &Site, asked: &Asked, me: &Person, way: &str) -> Result<Page, Error> {
    site.chat.allow(Act::Look, me.id, asked.address(site)).map(drop)?;
    let way = way.split('#').next().unwrap_or_default();
    let (path, query) = way.split_once('?').unwrap_or((way, ""));
    match path.split('/').skip(1).collect::<Vec<_>>()[..] {
        [""] => lobby_page(site, asked, me, serde_urlencoded::from_str(query).unwrap_or_default()).await,
        ["room"] => Ok(Page::NewRoom),
        ["room", room] => room_page(site, me, room).await,
        _ => Err(Error::NotFound),
    }
}

/// A form that failed comes back as the page it was on, with the status of what went wrong.
fn status_of(page: &Page, flash: Option<&Flash>) -> u16 {
    match (page, flash) {
        (Page::Door { .. } | Page::NewRoom, Some(flash)) => refusal::status_of(&flash.error),
        (Page::Error { status, .. }, _) => *status,
        (Page::Barred { .. }, _) => 403,
        _ => 200,
    }
}

/// The whole document in one piece. Nothing in it waits for anything (its data is in `page`), so that it needs none of
/// Leptos' streaming, router or metadata.
pub fn render(site: &Site, headers: &HeaderMap, me: Person, page: Page, flash: Option<Flash>, status: u16) -> Response {
    let gif_max_bytes = site.chat.config().gif.max_bytes;
    let state = PageState { lang: language::of(headers), me, gif_max_bytes, page, flash };
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new())));
    let (html, nonce) = owner.with(|| {
        provide_context(Nonce::new());
        (app::document(site.leptos.clone(), state).to_html(), use_nonce())
    });
    owner.unset_with_forced_cleanup();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, [(CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response();
    // Without a nonce in the page no script runs: the page still works, and nothing is let through.
    let nonce = nonce.map(|nonce| nonce.to_string()).unwrap_or_default();
    if let Ok(policy) = HeaderValue::try_from(policy(&nonce)) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// `frame-src` and `frame-ancestors`: the log in its frame, without JavaScript.
fn policy(nonce: &str) -> String {
    format!(
        "default-src 'self'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' blob: data:; connect-src 'self'; frame-src 'self'; frame-ancestors 'self'; \
         form-action 'self'; base-uri 'none'; object-src 'none'; manifest-src 'self'"
    )
}
