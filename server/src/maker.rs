//! The worker in which a page makes GIFs (decision 53). Its script names the files of this build, so that no page has
//! to.

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::AppState;

const SCRIPT: &str = include_str!("maker/worker.js");

/// A worker has a policy of its own. This one runs its own files, fetches its WASM, and reaches nothing else.
const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'");

/// `/maker.js`
pub async fn script(State(state): State<Arc<AppState>>) -> Response {
    let (js, wasm) = app::maker_files(&state.leptos);
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/javascript; charset=utf-8")),
        (CACHE_CONTROL, HeaderValue::from_static("no-cache")),
        (CONTENT_SECURITY_POLICY, POLICY),
    ];
    (headers, format!("const JS = {js:?};\nconst WASM = {wasm:?};\n\n{SCRIPT}")).into_response()
}
