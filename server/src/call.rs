//! A call of a server function, from a script or from a form.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use app::api::{Caller, OverHttps};
use app::page::Flash;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::header::{ACCEPT, HeaderValue};
use axum::response::{IntoResponse, Response};
use backend::Address;
use backend::service::Allowed;
use chat::{Act, Error};
use leptos::prelude::provide_context;
use leptos_axum::handle_server_fns_with_context;
use server_fn::error::SERVER_FN_ERROR_HEADER;

use crate::AppState;
use crate::body::{Cause, Cut};
use crate::compression::Compressible;
use crate::session::Visitor;

/// The most bytes of a server function's error. The longest are far below it.
const MAX_ERROR_BYTES: usize = 64 * 1024;

/// A call of a server function, before its body is read. The body is already limited.
pub struct Call {
    pub request: Request,
    pub address: Option<Address>,
    pub body_status: BodyStatus,
    /// Whether the rate limits allow the call. This is decided before anything of the body is read.
    pub allowed: Result<Allowed, Error>,
}

/// The state of a body that is being read, and the error to report when it was cut.
#[derive(Debug, Clone)]
pub struct BodyStatus {
    cause: Cause,
    /// The largest size in bytes, as people are told.
    limit: u64,
}

impl BodyStatus {
    /// `limit` is in bytes, as people are told.
    pub fn new(cause: Cause, limit: u64) -> Self {
        Self { cause, limit }
    }

    /// The error to report if the body was cut.
    pub fn error(&self) -> Option<Error> {
        self.cause.cut().map(|cut| match cut {
            Cut::TooLarge => Error::TooLarge { limit: self.limit },
            Cut::TooSlow => Error::TooSlow,
        })
    }
}

/// Calls the server function. Its error is returned with its original type.
pub async fn run(state: &AppState, visitor: &Visitor, call: Call) -> Result<Response, Error> {
    let Call { request, address, body_status, allowed } = call;
    let (mut parts, body) = request.into_parts();
    // For a form, server_fn would answer with a redirect of its own that has the error in its query.
    parts.headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some(error) = body_status.error() {
        return Err(error);
    }
    let allowed = allowed?;
    let (called, told) = (Arc::default(), Arc::<OnceLock<Error>>::default());
    let may_compress = Arc::<AtomicBool>::default();
    let caller = Caller {
        person: visitor.person.clone(),
        address,
        called: Arc::clone(&called),
        told: Arc::clone(&told),
        may_compress: Arc::clone(&may_compress),
    };
    let chat = state.chat.clone();
    let is_https = state.transport_security.is_some();
    let context = move || {
        provide_context(chat.clone());
        provide_context(caller.clone());
        provide_context(OverHttps(is_https));
    };
    let mut response = handle_server_fns_with_context(context, Request::from_parts(parts, body)).await.into_response();
    if let Some(error) = body_status.error() {
        return Err(error);
    }
    if response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        let error = error_in(response.into_body()).await;
        // A form with a mistake has created nothing, and neither has a request that found no room to wait, so neither
        // is counted.
        if matches!(error, Error::Invalid(_) | Error::TooMany { of: Act::Wait, .. }) {
            state.chat.give_back(allowed);
        }
        return Err(error);
    }
    if let Some(person) = called.get() {
        state.sessions.keep_name(visitor, person).await;
    }
    if let Some(error) = told.get() {
        // If this cannot be stored, they see their name in the room all the same.
        let flash = Flash { error: error.clone(), typed: Vec::new() };
        if let Err(error) = state.sessions.put_flash(visitor, address, flash).await {
            tracing::debug!(%error, "somebody is not told why they have another name");
        }
    }
    if may_compress.load(Ordering::Relaxed) {
        response.extensions_mut().insert(Compressible);
    }
    Ok(response)
}

/// The error that a server function returned, including the one for arguments that it could not read.
async fn error_in(body: Body) -> Error {
    let bytes = to_bytes(body, MAX_ERROR_BYTES).await.unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_else(|error| {
        tracing::error!(%error, "a server function failed with an unknown error");
        Error::Internal
    })
}
