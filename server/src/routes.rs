//! What is where.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};

use crate::refusal::{Asked, wrong_method};
use crate::{Site, api, files, gifs, guard, live, pages};

pub fn router(site: Arc<Site>) -> Router {
    Router::new()
        .route("/", get(pages::lobby))
        .route("/room", get(pages::new_room))
        .route("/room/{room}", get(pages::room))
        .route("/room/{room}/log", get(pages::log))
        .route("/api/{*function}", any(api::api))
        .route("/ws", get(live::open))
        .route("/gif/{room}/{sha}", get(gifs::gif))
        .route("/gif/{room}/{sha}/still", get(gifs::still))
        .route("/pkg/{*file}", get(files::pkg))
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .fallback(files::public)
        .method_not_allowed_fallback(not_allowed)
        .layer(from_fn_with_state(site.clone(), guard::guard))
        .with_state(site)
}

async fn not_allowed(State(site): State<Arc<Site>>, request: Request) -> Response {
    wrong_method(&site, &Asked::of(&request)).await
}

/// The process lives.
async fn healthz() -> &'static str {
    "ok"
}

/// What is sent now would be kept.
async fn readyz(State(site): State<Arc<Site>>) -> Response {
    match site.chat.ready().await {
        Ok(()) => "ok".into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()).into_response(),
    }
}
