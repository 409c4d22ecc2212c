//! Bytes that are no pages: the built site, public files, and GIFs.

use std::path::Path as FilePath;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chat::media::Part;
use chat::{Error, GifHash, RoomId};
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::Site;
use crate::refusal::{Asked, fail, not_found};

/// Files whose names change with their content.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Files that may change under their names: asked for again, answered with 304 when they have not.
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// Icons and the manifest.
const AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");
const GIF_FOR_EVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");
const GIF_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

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
            response
        }
        Ok(_) => not_found(site, &asked).await,
    }
}

pub async fn gif(State(site): State<Arc<Site>>, Path(names): Path<(String, String)>, request: Request) -> Response {
    send_gif(&site, names, Part::Gif, &Asked::of(&request)).await
}

pub async fn still(State(site): State<Arc<Site>>, Path(names): Path<(String, String)>, request: Request) -> Response {
    send_gif(&site, names, Part::Poster, &Asked::of(&request)).await
}

async fn send_gif(site: &Site, (room, sha): (String, String), part: Part, asked: &Asked) -> Response {
    match load_gif(site, &room, &sha, part, &asked.headers).await {
        Ok(bytes) => {
            let tag = format!("\"{sha}{}\"", if part == Part::Poster { "-still" } else { "" });
            gif_response(bytes, &tag, &asked.headers)
        }
        Err(error) => fail(site, asked, error).await,
    }
}

async fn load_gif(site: &Site, room: &str, sha: &str, part: Part, headers: &HeaderMap) -> Result<Bytes, Error> {
    let room: RoomId = room.parse().map_err(|_| Error::NotFound)?;
    let sha: GifHash = sha.parse().map_err(|_| Error::NotFound)?;
    // Without a session there is no seat; a picture gets nobody one.
    let visitor = site.sessions.find(headers).await?.ok_or(Error::NotSeated)?;
    site.chat.gif(visitor.person.id, room, sha, part).await
}

fn gif_response(bytes: Bytes, tag: &str, asked: &HeaderMap) -> Response {
    let is_known = asked.get(IF_NONE_MATCH).is_some_and(|known| known.to_str().is_ok_and(|known| known.contains(tag)));
    let mut response = match is_known {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(CONTENT_TYPE, "image/gif")], bytes).into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, GIF_FOR_EVER);
    headers.insert(CONTENT_SECURITY_POLICY, GIF_POLICY);
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(ETAG, tag);
    }
    response
}
