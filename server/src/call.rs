//! A call of a server function, from a script or from a form.

use app::api::Caller;
use app::page::Flash;
use axum::extract::Request;
use axum::http::Extensions;
use axum::http::header::CONTENT_TYPE;
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
    /// The limit in bytes that the error names.
    limit: u64,
}

impl BodyStatus {
    /// `limit` is the number of bytes that the error names.
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
    // The caller has read the other headers, and leptos_axum would copy all that are left. If server_fn saw `Accept`, it would answer a
    // form with a redirect of its own.
    parts.headers = parts.headers.remove(CONTENT_TYPE).map(|value| (CONTENT_TYPE, value)).into_iter().collect();
    parts.extensions = Extensions::new();
    if let Some(error) = body_status.error() {
        return Err(error);
    }
    let allowed = allowed?;
    let caller = Caller::new(visitor.person.clone(), address, state.transport_security.is_some());
    let context = {
        let (chat, caller) = (state.chat.clone(), caller.clone());
        move || {
            provide_context(chat.clone());
            provide_context(caller.clone());
        }
    };
    let mut response = handle_server_fns_with_context(context, Request::from_parts(parts, body)).await.into_response();
    if let Some(error) = body_status.error() {
        return Err(error);
    }
    if response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        let error = caller.error().unwrap_or(Error::Internal);
        // A form with a mistake has created nothing, and neither has a request that found no room to wait, so neither
        // is counted.
        if matches!(error, Error::Invalid(_) | Error::TooMany { of: Act::Wait, .. }) {
            state.chat.give_back(allowed);
        }
        return Err(error);
    }
    if let Some(person) = caller.called() {
        state.sessions.keep_name(visitor, person).await;
    }
    if let Some(error) = caller.told() {
        // If the flash cannot be stored, the visitor still sees the new name in the room.
        let flash = Flash { error: error.clone(), typed: Vec::new() };
        if let Err(error) = state.sessions.put_flash(visitor, address, flash).await {
            tracing::debug!(%error, "somebody is not told why they have another name");
        }
    }
    if caller.may_compress() {
        response.extensions_mut().insert(Compressible);
    }
    Ok(response)
}
