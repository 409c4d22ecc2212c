//! `/api/…`: the way to a server function. What it gets is bounded and well-formed; what it fails with keeps its type and
//! gets its status.

use std::sync::Arc;

use app::api::{Caller, OverHttps, act_of};
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use chat::event::PROTOCOL_FIELD;
use chat::service::{Alarm, Allowed};
use chat::{Act, Address, Error};
use leptos::prelude::provide_context;
use leptos_axum::handle_server_fns_with_context;
use server_fn::axum::get_server_fn_service;
use server_fn::error::SERVER_FN_ERROR_HEADER;

use crate::body::{self, Bounded, Cause, Cut, Pace};
use crate::places::{AT_ONCE, Most, Places};
use crate::refusal::{Asked, fail, not_found, refuse, status_of, wrong_method};
use crate::session::Visitor;
use crate::{Site, forms};

/// The one function that takes a file.
const UPLOAD: &str = "/api/upload_gif";

/// Bytes of a form without a file. The largest is a text of 2,000 characters: nine bytes each in Korean, twelve at most, as
/// forms are encoded, so 24,000; and the reason, the ids and what a page of the next version may add.
const FORM_BYTES: u64 = 64 * 1024;

/// Uploads under way, until they are kept or refused. Each holds some 256 KiB in memory while it comes (a piece in the
/// connection, in the parser and before the disk), so 32 MiB in all, and GIF_MAX_BYTES on the disk, so 640 MiB.
pub const UPLOADS_AT_ONCE: Most = Most { of: Act::Upload, visitor: 4, address: 40, all: 128 };

/// Other bodies that come: they do so at once, or within 19 seconds. 64 KiB each: 64 MiB in all.
pub const FORMS_AT_ONCE: Most = Most { of: Act::Do, visitor: 32, address: 256, all: 1024 };

/// A call of a server function, before its body is read. The body is bounded already.
pub struct Call {
    pub request: Request,
    pub address: Option<Address>,
    pub reading: Reading,
    /// Asked before anything of the body is read.
    pub allowed: Result<Allowed, Error>,
}

/// How a body is read, and what a person is told when it is not read to its end.
#[derive(Debug, Clone)]
pub struct Reading {
    cause: Cause,
    /// Bytes it may have, as people are told.
    limit: u64,
}

impl Reading {
    /// Why the body was cut, if it was.
    pub fn error(&self) -> Option<Error> {
        self.cause.cut().map(|cut| match cut {
            Cut::TooLarge => Error::TooLarge { limit: self.limit },
            Cut::TooSlow => Error::TooSlow,
        })
    }
}

/// What bodies of this address are held to.
struct Bounds<'a> {
    /// At once.
    places: &'a Arc<Places>,
    pace: Pace,
    bytes: u64,
    told: u64,
}

impl<'a> Bounds<'a> {
    fn of(site: &'a Site, path: &str) -> Self {
        let gif = site.chat.config().gif.max_bytes;
        // A form around a file needs some bytes of its own.
        if path == UPLOAD {
            Self { places: &site.uploads, pace: body::UPLOAD, bytes: gif + FORM_BYTES, told: gif }
        } else {
            Self { places: &site.forms, pace: body::FORM, bytes: FORM_BYTES, told: FORM_BYTES }
        }
    }
}

/// The route.
pub async fn api(State(site): State<Arc<Site>>, request: Request) -> Response {
    let asked = Asked::of(&request);
    if get_server_fn_service(&asked.path, asked.method.clone()).is_none() {
        let other = if asked.method == Method::POST { Method::GET } else { Method::POST };
        return match get_server_fn_service(&asked.path, other) {
            Some(_) => wrong_method(&site, &asked).await,
            None => not_found(&site, &asked).await,
        };
    }
    // server_fn panics on a multipart body without a boundary.
    if asked.path == UPLOAD && !has_boundary(&asked.headers) {
        return refuse(&site, &asked, 415, Error::Refused).await;
    }
    let visitor = match site.sessions.find_or_create(&asked.headers).await {
        Ok(visitor) => visitor,
        Err(error) => return fail(&site, &asked, error).await,
    };
    let address = asked.address(&site);
    let allowed = site.chat.allow(act_of(&asked.path), visitor.person.id, address);
    let bounds = Bounds::of(&site, &asked.path);
    let has_body = !http_body::Body::is_end_stream(request.body());
    // The body holds it until it has come or is read away.
    let place = match has_body {
        true => bounds.places.take(visitor.person.id, address).map(Arc::new).map(Some),
        false => Ok(None),
    };
    let (parts, body) = request.into_parts();
    let (body, cause) =
        Bounded::around(body, &parts.headers, bounds.bytes, bounds.pace, place.as_ref().ok().cloned().flatten());
    let place = match place {
        Ok(place) => place,
        Err(error) => {
            site.chat.raise(Alarm::Refused { act: bounds.places.of(), whose: AT_ONCE });
            return visitor.onto(fail(&site, &asked, error).await);
        }
    };
    // What an upload has on the disk is there until it is answered.
    let _place = place.filter(|_| asked.path == UPLOAD);
    let reading = Reading { cause, limit: bounds.told };
    let call = Call { request: Request::from_parts(parts, body), address, reading, allowed };
    let cut = call.reading.clone();
    let response = if asked.method == Method::POST && asked.wants_page() {
        forms::submit(&site, &visitor, &asked, call).await
    } else {
        match run(&site, &visitor, call).await {
            Ok(response) => response,
            // The status is what it is, whatever words the page knows for it.
            Err(error) => {
                let status = status_of(&error);
                refuse(&site, &asked, status, error.as_known_to(protocol_of(&asked.query))).await
            }
        }
    };
    if cut.error() == Some(Error::TooSlow) {
        site.chat.raise(Alarm::Slow);
    }
    visitor.onto(response)
}

/// Calls the server function. What it failed with comes back as the error it was.
pub async fn run(site: &Site, visitor: &Visitor, call: Call) -> Result<Response, Error> {
    let Call { request, address, reading, allowed } = call;
    let (mut parts, body) = request.into_parts();
    // For a form server_fn would answer by redirects of its own, with errors in the query.
    parts.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(error) = reading.error() {
        return Err(error);
    }
    let allowed = allowed?;
    let called = Arc::default();
    let caller = Caller { person: visitor.person.clone(), address, called: Arc::clone(&called) };
    let chat = site.chat.clone();
    let is_https = site.transport_security.is_some();
    let context = move || {
        provide_context(chat.clone());
        provide_context(caller.clone());
        provide_context(OverHttps(is_https));
    };
    let response = handle_server_fns_with_context(context, Request::from_parts(parts, body)).await.into_response();
    if let Some(error) = reading.error() {
        return Err(error);
    }
    if response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        let error = error_in(response.into_body()).await;
        // Whoever mistypes a form has made nothing, nor has who finds no place to wait.
        if matches!(error, Error::Invalid(_) | Error::TooMany { of: Act::Wait, .. }) {
            site.chat.give_back(allowed);
        }
        return Err(error);
    }
    if let Some(person) = called.get() {
        site.sessions.is_called(visitor, person).await;
    }
    Ok(response)
}

/// The error a server function answered with, also when its arguments could not even be read.
async fn error_in(body: Body) -> Error {
    let bytes = to_bytes(body, FORM_BYTES as usize).await.unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_else(|error| {
        tracing::error!(%error, "a server function failed with an unknown error");
        Error::Internal
    })
}

/// Which protocol the page speaks that calls.
fn protocol_of(query: &str) -> u16 {
    let fields: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    let named = fields.iter().find(|(name, _)| name == PROTOCOL_FIELD).and_then(|(_, protocol)| protocol.parse().ok());
    named.unwrap_or(FIRST_TO_NAME_IT - 1)
}

/// The first protocol that calls name.
const FIRST_TO_NAME_IT: u16 = 3;

/// Judged by the parser that server_fn will use.
fn has_boundary(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|content_type| multer::parse_boundary(content_type).is_ok())
}
