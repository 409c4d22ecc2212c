//! `/api/…`: the route to the server functions. Their request bodies are limited and checked, and their errors keep
//! their type and have the right status.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use app::api::act_of;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::Response;
use backend::background;
use backend::service::Alarm;
use chat::event::PROTOCOL_FIELD;
use chat::{Act, Error};
use server_fn::axum::server_fn_paths;

use crate::body::{self, Bounded, Pace};
use crate::call::{BodyStatus, Call, run};
use crate::permits::{LOG_NAME, PermitLimits, Permits};
use crate::refusal::{RequestInfo, fail, not_found, refuse, status_of, wrong_method};
use crate::{AppState, forms};

/// The method of each server function, by path.
static METHODS: LazyLock<HashMap<&str, Method>> = LazyLock::new(|| server_fn_paths().collect());

/// Whether the function at this path takes a file.
fn takes_file(path: &str) -> bool {
    act_of(path) == Act::Upload
}

/// The most bytes of a form without a file. The largest field is a text of 2,000 characters. Form encoding takes nine
/// bytes for a Korean character and at most twelve for any scalar, so 24,000 bytes if each is one scalar. The rest is for
/// characters of several scalars (870 family emoji fit), and for other fields: ids, a reason, and fields that a page
/// of the next version may add.
const FORM_BYTES: u64 = 64 * 1024;

/// The limit on uploads, from their first byte until they are stored or refused. Each holds about 256 KiB in memory
/// while it arrives (a piece in the connection, in the parser and before the disk), so 32 MiB in total. Each also
/// holds up to GIF_MAX_BYTES on the disk, so 640 MiB in total by default.
pub const UPLOADS_AT_ONCE: PermitLimits = PermitLimits { of: Act::Upload, visitor: 4, address: 40, all: 128 };

/// The limit on other bodies that are arriving. They arrive at once, or within 19 seconds. Each holds 64 KiB, so 64
/// MiB in total.
pub const FORMS_AT_ONCE: PermitLimits = PermitLimits { of: Act::Other, visitor: 32, address: 256, all: 1024 };

/// The limits on the bodies of one path.
struct Bounds<'a> {
    /// The limit on how many arrive at the same time.
    permits: &'a Arc<Permits>,
    pace: Pace,
    bytes: u64,
    reported_limit: u64,
}

impl<'a> Bounds<'a> {
    fn of(state: &'a AppState, path: &str) -> Self {
        let gif = state.chat.config().gif.max_bytes;
        // A form with a file has some bytes around the file.
        if takes_file(path) {
            Self { permits: &state.uploads, pace: body::UPLOAD, bytes: gif + FORM_BYTES, reported_limit: gif }
        } else {
            Self { permits: &state.forms, pace: body::FORM, bytes: FORM_BYTES, reported_limit: FORM_BYTES }
        }
    }
}

/// Handles a request for a server function.
pub async fn api(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let info = RequestInfo::of(&request);
    match METHODS.get(&*info.path) {
        None => return not_found(&state, &info).await,
        Some(method) if *method != info.method => {
            let mut response = wrong_method(&state, &info).await;
            response.headers_mut().extend(HeaderValue::from_str(method.as_str()).map(|name| (ALLOW, name)));
            return response;
        }
        Some(_) => {}
    }
    // server_fn panics on a multipart body without a boundary.
    if takes_file(&info.path) && !has_boundary(&info.headers) {
        return refuse(&state, &info, 415, Error::Refused).await;
    }
    let visitor = match state.sessions.find_or_create(&info.headers).await {
        Ok(visitor) => visitor,
        Err(error) => return fail(&state, &info, error).await,
    };
    let address = info.address(&state);
    let allowed = state.chat.allow(act_of(&info.path), visitor.person.id, address);
    let bounds = Bounds::of(&state, &info.path);
    let has_body = !http_body::Body::is_end_stream(request.body());
    // The body holds the permit until it has arrived or its rest has been drained.
    let permit = match has_body {
        true => bounds.permits.take(visitor.person.id, address).map(Arc::new).map(Some),
        false => Ok(None),
    };
    let (parts, body) = request.into_parts();
    let (body, cause) =
        Bounded::around(body, &parts.headers, bounds.bytes, bounds.pace, permit.as_ref().ok().cloned().flatten());
    let permit = match permit {
        Ok(permit) => permit,
        Err(error) => {
            state.chat.raise(Alarm::Refused { act: bounds.permits.of(), whose: LOG_NAME });
            return visitor.set_cookies(fail(&state, &info, error).await);
        }
    };
    // An upload holds disk space until it is answered, so it holds its permit as long.
    let _permit = permit.filter(|_| takes_file(&info.path));
    let body_status = BodyStatus::new(cause, bounds.reported_limit);
    let call = Call { request: Request::from_parts(parts, body), address, body_status, allowed };
    let body_status = call.body_status.clone();
    // The answer to a GET is encoded in one piece. That takes about as long as rendering a page, so other tasks go
    // first.
    if info.method == Method::GET {
        background::give_way().await;
    }
    let response = if info.method == Method::POST && info.wants_page() {
        forms::submit(&state, &visitor, &info, call).await
    } else {
        match run(&state, &visitor, call).await {
            Ok(response) => response,
            // The status belongs to the original error, even if the page is given a simpler one that it knows.
            Err(error) => {
                let status = status_of(&error);
                refuse(&state, &info, status, error.as_known_to(protocol_of(&info.query))).await
            }
        }
    };
    if body_status.error() == Some(Error::TooSlow) {
        state.chat.raise(Alarm::Slow);
    }
    visitor.set_cookies(response)
}

/// The protocol version of the page that sends the call.
fn protocol_of(query: &str) -> u16 {
    let fields: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    let named = fields.iter().find(|(name, _)| name == PROTOCOL_FIELD).and_then(|(_, protocol)| protocol.parse().ok());
    named.unwrap_or(FIRST_NAMED_PROTOCOL - 1)
}

/// Calls name their protocol from this version on.
const FIRST_NAMED_PROTOCOL: u16 = 3;

/// Whether the body has a multipart boundary, according to the parser that server_fn uses.
fn has_boundary(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    content_type.is_some_and(|content_type| multer::parse_boundary(content_type).is_ok())
}
