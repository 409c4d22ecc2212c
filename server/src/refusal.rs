//! Error responses: a page for people, typed JSON for programs.

use std::net::{IpAddr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use app::page::Page;
use axum::extract::ConnectInfo;
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use backend::Address;
use backend::service::Alarm;
use chat::{Error, Person, VisitorId};

use tokio::time::sleep;

use crate::AppState;
use crate::render::render;

/// The parts of a request that its answer needs after the request itself has been consumed. They are copied once for each request.
#[derive(Debug, Clone)]
pub struct RequestInfo {
    pub method: Method,
    pub path: String,
    pub query: String,
    pub headers: HeaderMap,
    /// The address of the other end of the connection.
    pub peer: Option<IpAddr>,
}

impl RequestInfo {
    /// The parts of this request. The guard has copied them already.
    pub fn of<B>(request: &Request<B>) -> Arc<Self> {
        request.extensions().get().cloned().unwrap_or_else(|| Arc::new(Self::copied(request)))
    }

    fn copied<B>(request: &Request<B>) -> Self {
        let (method, uri) = (request.method().clone(), request.uri());
        let (path, query) = (uri.path().to_owned(), uri.query().unwrap_or_default().to_owned());
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
        Self { method, path, query, headers: request.headers().clone(), peer }
    }

    /// The address that rate limits count this request for.
    pub fn address(&self, state: &AppState) -> Option<Address> {
        state.clients.address(self.peer?, &self.headers)
    }

    /// Whether a person navigates here, as opposed to a program that calls.
    pub fn wants_page(&self) -> bool {
        wants_page(&self.headers)
    }
}

pub fn wants_page(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// The HTTP status that belongs to an error.
pub fn status_of(error: &Error) -> u16 {
    match error {
        Error::Invalid(_) => 422,
        Error::WrongPassword | Error::Barred | Error::NotSeated | Error::NotOwner | Error::Refused => 403,
        Error::Full | Error::Absent | Error::NameTaken => 409,
        Error::NotFound | Error::Removed => 404,
        Error::TooSlow => 408,
        Error::TooLarge { .. } => 413,
        Error::BadGif(_) => 415,
        Error::TooMany { .. } => 429,
        Error::ShelfFull(_) => 507,
        Error::Unavailable => 503,
        Error::Internal => 500,
    }
}

/// Answers a request that failed with `error`.
pub async fn fail(state: &AppState, info: &RequestInfo, error: Error) -> Response {
    refuse(state, info, status_of(&error), error).await
}

/// How long a refusal for too many requests is delayed, in milliseconds. The delay varies, so that clients that retry
/// at once do not all return at the same moment.
const REFUSAL_DELAY_MS: Range<u64> = 250..500;

/// Without this delay, clients that retry at once would keep a core busy with refusals.
async fn delay_refusal() {
    sleep(Duration::from_millis(fastrand::u64(REFUSAL_DELAY_MS))).await;
}

/// Answers with `status` and `error`.
pub async fn refuse(state: &AppState, info: &RequestInfo, status: u16, error: Error) -> Response {
    match error {
        Error::TooMany { .. } => delay_refusal().await,
        Error::NotSeated | Error::NotOwner => state.chat.raise(Alarm::NotTheirs),
        _ => {}
    }
    let retry_after = retry_after(&error);
    let mut response = match info.wants_page() {
        true => page(state, info, status, Some(error)).await,
        false => json(status, &error),
    };
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

/// Answers a client that sends too many requests. No page is rendered for it and nothing is looked up.
pub async fn refuse_briefly(error: &Error) -> Response {
    delay_refusal().await;
    let mut response = json(status_of(error), error);
    if let Some(seconds) = retry_after(error) {
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    response
}

/// Answers a request for a route that does not exist. (A room that does not exist is an error of its own.)
pub async fn not_found(state: &AppState, info: &RequestInfo) -> Response {
    if info.wants_page() { page(state, info, 404, None).await } else { json(404, &Error::NotFound) }
}

/// Answers a request with a method that the route does not support. (axum adds the supported methods in the header
/// `Allow`, except under `/api/`, whose route takes every method.)
pub async fn wrong_method(state: &AppState, info: &RequestInfo) -> Response {
    if info.wants_page() { page(state, info, 405, None).await } else { json(405, &Error::Refused) }
}

/// Answers a request whose Host is not a name of this server (RFC 9110, section 15.5.20).
pub async fn misdirected(state: &AppState, info: &RequestInfo) -> Response {
    if info.wants_page() { page(state, info, 421, None).await } else { json(421, &Error::Refused) }
}

/// The value of Retry-After, for errors that have one.
pub fn retry_after(error: &Error) -> Option<HeaderValue> {
    match error {
        Error::TooMany { retry_after, .. } => Some(HeaderValue::from(*retry_after)),
        Error::Unavailable => Some(HeaderValue::from(5)),
        _ => None,
    }
}

/// The error in the encoding of server functions, so that the code in the browser can read it.
pub fn json(status: u16, error: &Error) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let body = serde_json::to_string(error).unwrap_or_default();
    (status, [(CONTENT_TYPE, "application/json")], body).into_response()
}

async fn page(state: &AppState, info: &RequestInfo, status: u16, error: Option<Error>) -> Response {
    // Known visitors are greeted as themselves. An error page gives nobody a new identity.
    let visitor = state.sessions.find(&info.headers).await.ok().flatten();
    let nobody = || Person::new(VisitorId([0; 16]));
    let me = visitor.as_ref().map_or_else(nobody, |visitor| visitor.person.clone());
    let page = Page::Error { status, method: info.method.to_string(), path: info.path.clone(), error };
    let response = render(state, &info.headers, me, page, None, status).await;
    match visitor {
        Some(visitor) => visitor.set_cookies(response),
        None => response,
    }
}

#[cfg(test)]
mod tests {
    use chat::Act;

    use super::*;

    #[test]
    fn each_error_has_its_status() {
        assert_eq!(status_of(&Error::Invalid(Vec::new())), 422);
        for error in [Error::WrongPassword, Error::Barred, Error::NotSeated, Error::NotOwner, Error::Refused] {
            assert_eq!(status_of(&error), 403, "{error}");
        }
        for error in [Error::Full, Error::Absent, Error::NameTaken] {
            assert_eq!(status_of(&error), 409, "{error}");
        }
        assert_eq!([Error::NotFound, Error::Removed].map(|error| status_of(&error)), [404; 2]);
        assert_eq!(status_of(&Error::TooLarge { limit: 5 }), 413);
        assert_eq!(status_of(&Error::TooMany { of: Act::Say, retry_after: 1 }), 429);
        assert_eq!(status_of(&Error::TooSlow), 408);
        assert_eq!(status_of(&Error::Unavailable), 503);
        assert_eq!(status_of(&Error::Internal), 500);
    }

    #[tokio::test]
    async fn errors_travel_as_the_domains_json() {
        let response = json(429, &Error::TooMany { of: Act::Say, retry_after: 3 });
        assert_eq!(response.status(), 429);
        let body = axum::body::to_bytes(response.into_body(), 1024).await.expect("a body");
        assert_eq!(body, r#"{"TooMany":{"of":"Say","retry_after":3}}"#.as_bytes());
    }
}
