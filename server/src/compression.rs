//! Compresses pages and JSON answers for clients that accept it (decision 33).
//!
//! An answer is compressed only if the code that makes it has marked it with [`Compressible`]. So a new kind of answer
//! stays uncompressed until its author has considered which secrets it holds beside text that other people choose
//! (BREACH). Streams and files are never compressed here.

mod accepted;
mod coding;

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body::Body as _;

use crate::AppState;
use accepted::accepted;
use coding::compress;

/// This extension marks a response whose body is in memory, and holds no secret of its reader beside text that others
/// choose.
#[derive(Debug, Clone, Copy)]
pub struct Compressible;

/// The size in bytes from which bodies are compressed. Smaller ones fit into the same packet as their headers, or need
/// one more at most.
const SMALLEST: u64 = 1024;

/// The middleware itself. It is the outermost layer, so that error pages and refusals are treated like all others.
pub async fn layer(State(state): State<Arc<AppState>>, request: Request, next: Next) -> Response {
    let coding = accepted(request.headers());
    let mut response = next.run(request).await;
    if !is_page_or_json(response.headers()) {
        return response;
    }
    add_vary(response.headers_mut());
    let is_compressible = response.extensions().get::<Compressible>().is_some()
        && response.body().size_hint().exact().is_some_and(|bytes| bytes >= SMALLEST)
        && !response.headers().contains_key(CONTENT_ENCODING);
    let (Some(coding), true) = (coding, is_compressible) else { return response };

    let (mut parts, body) = response.into_parts();
    // The body is in memory, so this neither waits nor fails.
    let Ok(plain) = to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let body = match compress(coding, &plain, &state.cores).await {
        Some(compressed) => {
            parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
            // The length is set anew from the body.
            parts.headers.remove(CONTENT_LENGTH);
            Body::from(compressed)
        }
        None => Body::from(plain),
    };
    Response::from_parts(parts, body)
}

fn is_page_or_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    matches!(content_type.split(';').next(), Some("text/html" | "application/json"))
}

/// Caches must keep one copy for each encoding, so uncompressed answers have this header, too.
fn add_vary(headers: &mut HeaderMap) {
    let varies = headers.get_all(VARY).iter().filter_map(|value| value.to_str().ok());
    let is_known =
        varies.flat_map(|value| value.split(',')).any(|name| name.trim().eq_ignore_ascii_case("accept-encoding"));
    if !is_known {
        headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_values_of_vary_stay() {
        let mut headers = HeaderMap::new();
        headers.insert(VARY, HeaderValue::from_static("cookie, accept-language"));
        for _ in 0..2 {
            add_vary(&mut headers);
            let values: Vec<_> = headers.get_all(VARY).iter().collect();
            assert_eq!(values, ["cookie, accept-language", "accept-encoding"]);
        }
        headers.insert(VARY, HeaderValue::from_static("Cookie, Accept-Encoding"));
        add_vary(&mut headers);
        assert_eq!(headers.get_all(VARY).iter().count(), 1);
    }

    #[test]
    fn only_pages_and_json_are_looked_at() {
        for (content_type, expected) in [
            ("text/html; charset=utf-8", true),
            ("application/json", true),
            ("text/plain; charset=utf-8", false),
            ("image/gif", false),
            ("text/css; charset=utf-8", false),
        ] {
            let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(content_type))]);
            assert_eq!(is_page_or_json(&headers), expected, "{content_type}");
        }
        assert!(!is_page_or_json(&HeaderMap::new()));
    }
}
