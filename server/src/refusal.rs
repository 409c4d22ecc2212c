//! How a request ends that gets nothing else: a page for people, typed JSON for programs.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::time::Duration;

use app::page::Page;
use axum::extract::ConnectInfo;
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use chat::service::Alarm;
use chat::{Address, Error, Person, VisitorId};

use tokio::time::sleep;

use crate::Site;
use crate::pages::render;

/// What a request asked for, kept for when it fails.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    /// Who is at the other end of the connection.
    pub peer: Option<IpAddr>,
}

impl Asked {
    pub fn of<B>(request: &Request<B>) -> Self {
        let (method, uri) = (request.method().clone(), request.uri());
        let (path, query) = (uri.path().to_owned(), uri.query().unwrap_or_default().to_owned());
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        Self { method, path, query, headers: request.headers().clone(), peer }
    }

    /// The address that limits count this for.
    pub fn address(&self, site: &Site) -> Option<Address> {
        site.clients.address(self.peer?, &self.headers)
    }

    /// Asked by a person's navigation, not by a program.
    pub fn wants_page(&self) -> bool {
        wants_page(&self.headers)
    }
}

pub fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// The status that belongs to an error.
pub fn status_of(error: &Error) -> u16 {
    app::api::status(error)
}

/// A request that failed with `error`.
pub async fn fail(site: &Site, asked: &Asked, error: Error) -> Response {
    refuse(site, asked, status_of(&error), error).await
}

/// How long whoever asks too much waits for the answer that it is too much, in ms. It varies, so that a crowd that asks again
/// at once does not come all at once.
const BEFORE_NO: Range<u64> = 250..500;

/// Whoever asks again at once would otherwise keep a core busy with saying no.
async fn wait_before_no() {
    sleep(Duration::from_millis(fastrand::u64(BEFORE_NO))).await;
}

/// Answers with `status` and `error`.
pub async fn refuse(site: &Site, asked: &Asked, status: u16, error: Error) -> Response {
    match error {
        Error::TooMany { .. } => wait_before_no().await,
        Error::NotSeated | Error::NotOwner => site.chat.raise(Alarm::NotTheirs),
        _ => {}
    }
    let retry_after = retry_after(&error);
    let mut response = match asked.wants_page() {
        true => page(site, asked, status, Some(error)).await,
        false => json(status, &error),
    };
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

/// The same to whoever asks without end: no page is made for them, and nothing is looked up.
pub async fn briefly(error: &Error) -> Response {
    wait_before_no().await;
    let mut response = json(status_of(error), error);
    if let Some(seconds) = retry_after(error) {
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

/// A route that is not there. (An unknown room is an error of its own.)
pub async fn not_found(site: &Site, asked: &Asked) -> Response {
    if asked.wants_page() { page(site, asked, 404, None).await } else { json(404, &Error::NotFound) }
}

/// A route that is there, asked by a method it does not know. (axum adds which ones it does.)
pub async fn wrong_method(site: &Site, asked: &Asked) -> Response {
    if asked.wants_page() { page(site, asked, 405, None).await } else { json(405, &Error::Refused) }
}

/// A request that calls us by a name that is not ours (RFC 9110, section 15.5.20).
pub async fn misdirected(site: &Site, asked: &Asked) -> Response {
    if asked.wants_page() { page(site, asked, 421, None).await } else { json(421, &Error::Refused) }
}

/// When to come back, where an error says so.
pub fn retry_after(error: &Error) -> Option<HeaderValue> {
    match error {
        Error::TooMany { retry_after, .. } => Some(HeaderValue::from(*retry_after)),
        Error::Unavailable => Some(HeaderValue::from(5)),
        _ => None,
    }
}

/// The error as server functions encode theirs, so that the browser's half reads it all the same.
pub fn json(status: u16, error: &Error) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_string(error).unwrap_or_default();
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

async fn page(site: &Site, asked: &Asked, status: u16, error: Option<Error>) -> Response {
    // Whoever has a session is greeted as themselves; nobody gets one for going astray.
    let visitor = site.sessions.find(&asked.headers).await.ok().flatten();
    let nobody = || Person::new(VisitorId([0; 16]));
    let me = visitor.as_ref().map_or_else(nobody, |visitor| visitor.person.clone());
    let page = Page::Error { status, method: asked.method.to_string(), path: asked.path.clone(), error };
    let response = render(site, &asked.headers, me, page, None, status);
    match visitor {
        Some(visitor) => visitor.onto(response),
        None => response,
    }
}
