//! The routes of the server.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};

use crate::refusal::{RequestInfo, wrong_method};
use crate::{AppState, api, compression, files, gifs, guard, live, maker, pages, shelf, worker};

pub fn router(state: Arc<AppState>) -> Router {
    Router::new()
        .route("/", get(pages::lobby))
        .route("/room", get(pages::new_room))
        .route("/room/{room}", get(pages::room))
        .route("/room/{room}/log", get(pages::log))
        .route("/api/{*function}", any(api::api))
        .route("/ws", get(live::open).post(live::ask))
        .route("/poll", post(live::poll::poll))
        .route("/gif/{room}/{sha}", get(gifs::gif))
        .route("/gif/{room}/{sha}/still", get(gifs::still))
        .route("/gif/{room}/{sha}/light", get(gifs::light))
        .route("/shelf/{sha}", get(gifs::gif))
        .route("/shelf/{sha}/still", get(gifs::still))
        .route("/shelf/{sha}/light", get(gifs::light))
        .route("/shelf.gifs", get(shelf::save))
        .route("/pkg/{*file}", get(files::pkg))
        .route("/sw.js", get(worker::script))
        .route("/maker.js", get(maker::script))
        .route("/offline.html", get(worker::offline))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .fallback(files::public)
        .method_not_allowed_fallback(not_allowed)
        .layer(from_fn_with_state(state.clone(), guard::guard))
        .layer(from_fn_with_state(state.clone(), compression::layer))
        .with_state(state)
}

async fn not_allowed(State(state): State<Arc<AppState>>, request: Request) -> Response {
    wrong_method(&state, &RequestInfo::of(&request)).await
}

/// Answers as long as the process runs.
async fn healthz() -> &'static str {
    "ok"
}

/// Answers with success if the store would keep what is sent now.
async fn readyz(State(state): State<Arc<AppState>>) -> Response {
    match state.chat.ready().await {
        Ok(()) => "ok".into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    }
}
