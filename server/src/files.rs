//! Bytes that are no pages: the built site and public files.

use std::path::Path as FilePath;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, VARY};
use axum::response::Response;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::Site;
use crate::refusal::{Asked, not_found};

/// Files whose names change with their content.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Files that may change under their names: asked for again, answered with 304 when they have not.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// Icons and the manifest.
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// `/pkg/…`: scripts, WASM and style as built, compressed at build time.
pub async fn pkg(State(site): State<Arc<Site>>, request: Request) -> Response {
    let cache = if site.leptos.hash_files { FOR_EVER } else { ASK_AGAIN };
    serve(&site, request, cache).await
}

/// Anything else: a public file, or nothing.
pub async fn public(State(site): State<Arc<Site>>, request: Request) -> Response {
    serve(&site, request, AN_HOUR).await
}

async fn serve(site: &Site, request: Request, cache: HeaderValue) -> Response {
    let asked = Asked::of(&request);
    if !matches!(request.method().as_str(), "GET" | "HEAD") {
        return not_found(site, &asked).await;
    }
    let files = ServeDir::new(FilePath::new(&*site.leptos.site_root))
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let served = files.oneshot(request).await.map(|response| response.map(Body::new));
    match served {
        Ok(mut response) if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED => {
            response.headers_mut().insert(CACHE_CONTROL, cache);
            // What keeps it for many gives each of them what they can read.
            response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
            say_charset(&mut response);
            response
        }
        Ok(_) => not_found(site, &asked).await,
    }
}

/// All text of ours is UTF-8.
fn say_charset(response: &mut Response) {
    if let Some(kind) = response.headers_mut().get_mut(CONTENT_TYPE)
        && let Ok(text) = kind.to_str()
        && text.starts_with("text/")
        && !text.contains(';')
        && let Ok(said) = HeaderValue::from_str(&format!("{text}; charset=utf-8"))
    {
        *kind = said;
    }
}
