//! Pages. Their data is loaded before the first byte is sent, so that the status is right.

use std::sync::Arc;

use app::page::{Flash, Page};
use axum::extract::{Path, Query, Request, State};
use axum::http::Method;
use axum::http::header::RETRY_AFTER;
use axum::response::Response;
use backend::service::Look;
use chat::room::SEARCH_MAX_CHARS;
use chat::{Act, ClientId, Error, Person, RoomId, text};
use serde::Deserialize;

use crate::AppState;
use crate::refusal::{self, RequestInfo, fail};
use crate::render::render;
use crate::session::Visitor;

/// The query parameters of the lobby.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LobbyQuery {
    q: String,
    before: Option<RoomId>,
}

/// The query parameters of a room's log.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct LogQuery {
    before: Option<u64>,
}

pub async fn lobby(
    State(state): State<Arc<AppState>>,
    query: Result<Query<LobbyQuery>, axum::extract::rejection::QueryRejection>,
    request: Request,
) -> Response {
    let Query(query) = query.unwrap_or_default();
    let info = RequestInfo::of(&request);
    show(&state, &info, async |me| lobby_page(&state, &info, me, query).await).await
}

async fn lobby_page(state: &AppState, info: &RequestInfo, me: &Person, query: LobbyQuery) -> Result<Page, Error> {
    // A longer text would find nothing, because no title is as long, so it is cut here and costs no more than this.
    let q = text::start(&query.q, SEARCH_MAX_CHARS).to_owned();
    if !q.trim().is_empty() {
        // A search is counted and never given back, because each one looks at every title.
        state.chat.allow(Act::Search, me.id, info.address(state)).map(drop)?;
    }
    Ok(Page::lobby(state.chat.lobby(&q, query.before).await?, q))
}

pub async fn new_room(State(state): State<Arc<AppState>>, request: Request) -> Response {
    show(&state, &RequestInfo::of(&request), async |_| Ok(Page::NewRoom)).await
}

pub async fn room(State(state): State<Arc<AppState>>, Path(room): Path<String>, request: Request) -> Response {
    show(&state, &RequestInfo::of(&request), async |me| room_page(&state, me, &room).await).await
}

async fn room_page(state: &AppState, me: &Person, room: &str) -> Result<Page, Error> {
    Ok(match state.chat.look(me.id, room_id(room)?).await? {
        Look::Outside { card, has_pass, is_full, why, is_password_new } => {
            Page::Door { card, has_pass, is_full, why, is_password_new }
        }
        Look::Inside(view) => Page::Room { view, send_id: ClientId::generate() },
        Look::Barred { card, reason } => Page::Barred { room: card, reason },
    })
}

pub async fn log(
    State(state): State<Arc<AppState>>,
    Path(room): Path<String>,
    query: Result<Query<LogQuery>, axum::extract::rejection::QueryRejection>,
    request: Request,
) -> Response {
    let Query(LogQuery { before }) = query.unwrap_or_default();
    show(&state, &RequestInfo::of(&request), async |me| {
        let room = room_id(&room)?;
        if let Some(before) = before {
            return Ok(Page::Log { view: state.chat.log_before(me.id, room, before).await?, newest: false });
        }
        match state.chat.look(me.id, room).await? {
            Look::Inside(view) => Ok(Page::Log { view, newest: true }),
            Look::Outside { .. } => Err(Error::NotSeated),
            Look::Barred { .. } => Err(Error::Barred),
        }
    })
    .await
}

/// Text that is not a room id names no room.
fn room_id(text: &str) -> Result<RoomId, Error> {
    text.parse().map_err(|_| Error::NotFound)
}

/// Renders the page that `load` returns for the visitor.
async fn show(
    state: &AppState,
    info: &RequestInfo,
    load: impl AsyncFnOnce(&Person) -> Result<Page, Error>,
) -> Response {
    let visitor = match state.sessions.find_or_create(&info.headers).await {
        Ok(visitor) => visitor,
        Err(error) => return fail(state, info, error).await,
    };
    // A page is counted and never given back, because each one is read and rendered.
    if let Err(refused) = state.chat.allow(Act::Look, visitor.person.id, info.address(state)).map(drop) {
        return fail(state, info, refused).await;
    }
    let loaded = match load(&visitor.person).await {
        Err(refused @ Error::TooMany { .. }) => return fail(state, info, refused).await,
        loaded => loaded,
    };
    // A flash waits for the next full page. The log in its frame reloads by itself, and HEAD shows nothing, so
    // neither takes it.
    let shows_flash =
        info.method == Method::GET && !matches!(loaded, Ok(Page::Log { .. }) | Err(Error::NotSeated | Error::Barred));
    let flash = if shows_flash { state.sessions.take_flash(&visitor).await } else { None };
    let (status, page) = match loaded {
        Ok(page) => (status_of(&page, flash.as_ref()), page),
        Err(error) => {
            let (method, path) = (info.method.to_string(), info.path.clone());
            let status = refusal::status_of(&error);
            (status, Page::Error { status, method, path, error: Some(error) })
        }
    };
    let error = match &page {
        Page::Error { error, .. } => error.as_ref(),
        _ => flash.as_ref().filter(|_| status != 200).map(|flash| &flash.error),
    };
    let retry_after = error.and_then(refusal::retry_after);
    let mut response = render(state, &info.headers, visitor.person.clone(), page, flash, status).await;
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    visitor.set_cookies(response)
}

/// Renders the page with the form directly in answer to the form. This is for visitors whose `flash` cannot be stored
/// until they request the page.
pub async fn again(state: &AppState, info: &RequestInfo, visitor: &Visitor, url: &str, flash: Flash) -> Response {
    let Ok(page) = page_at(state, info, &visitor.person, url).await else {
        return fail(state, info, flash.error).await;
    };
    let (status, retry_after) = (refusal::status_of(&flash.error), refusal::retry_after(&flash.error));
    let mut response = render(state, &info.headers, visitor.person.clone(), page, Some(flash), status).await;
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

/// The page at a local path, counted as if it had been requested. Only pages with forms are distinguished.
async fn page_at(state: &AppState, info: &RequestInfo, me: &Person, url: &str) -> Result<Page, Error> {
    state.chat.allow(Act::Look, me.id, info.address(state)).map(drop)?;
    let url = url.split('#').next().unwrap_or_default();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    match path.split('/').skip(1).collect::<Vec<_>>()[..] {
        [""] => lobby_page(state, info, me, serde_urlencoded::from_str(query).unwrap_or_default()).await,
        ["room"] => Ok(Page::NewRoom),
        ["room", room] => room_page(state, me, room).await,
        _ => Err(Error::NotFound),
    }
}

/// The status of a page. A page that shows the error of a form has the status of that error.
fn status_of(page: &Page, flash: Option<&Flash>) -> u16 {
    match (page, flash) {
        (Page::Door { .. } | Page::NewRoom, Some(flash)) => refusal::status_of(&flash.error),
        (Page::Error { status, .. }, _) => *status,
        (Page::Barred { .. }, _) => 403,
        _ => 200,
    }
}
