//! Static files: the built site and the public files.

use std::path::Path as FilePath;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, VARY};
use axum::response::Response;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::AppState;
use crate::refusal::{RequestInfo, not_found};

/// The cache policy for files whose names change with their content.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// The cache policy for files that may change under the same name: browsers ask again, and are answered with 304 if
/// the file is the same.
const REVALIDATE: HeaderValue = HeaderValue::from_static("no-cache");
/// The cache policy for icons and the manifest.
const ONE_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// `/pkg/…`: scripts, WASM and styles, which are compressed at build time.
pub async fn pkg(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let cache = if state.leptos.hash_files { IMMUTABLE } else { REVALIDATE };
    serve(&state, request, cache).await
}

/// Any other path: a public file, or 404.
pub async fn public(State(state): State<Arc<AppState>>, request: Request) -> Response {
    serve(&state, request, ONE_HOUR).await
}

async fn serve(state: &AppState, request: Request, cache: HeaderValue) -> Response {
    let info = RequestInfo::of(&request);
    if !matches!(request.method().as_str(), "GET" | "HEAD") {
        return not_found(state, &info).await;
    }
    let files = ServeDir::new(FilePath::new(&*state.leptos.site_root))
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let served = files.oneshot(request).await.map(|response| response.map(Body::new));
    match served {
        Ok(mut response) if response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED => {
            response.headers_mut().insert(CACHE_CONTROL, cache);
            // Shared caches must keep one copy for each encoding that clients accept.
            response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
            add_charset(&mut response);
            response
        }
        Ok(_) => not_found(state, &info).await,
    }
}

/// All our text files are UTF-8.
fn add_charset(response: &mut Response) {
    if let Some(kind) = response.headers_mut().get_mut(CONTENT_TYPE)
        && let Ok(text) = kind.to_str()
        && text.starts_with("text/")
        && !text.contains(';')
        && let Ok(with_charset) = HeaderValue::from_str(&format!("{text}; charset=utf-8"))
    {
        *kind = with_charset;
    }
}
