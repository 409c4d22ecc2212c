//! GIFs, their posters and copies, for visitors who are seated in a room that shows them, or have them on their shelf. They are sent
//! piece by piece, and only a limited number at a time.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::header::{
    ACCEPT, ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_SECURITY_POLICY,
    CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, IF_RANGE, RANGE, VARY,
};
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use backend::media::{Pieces, Reading, Rendition};
use backend::service::Alarm;
use bytes::Bytes;
use chat::{Act, Error, GifHash, RoomId, VisitorId};
use http_body::{Frame, SizeHint};
use http_range_header::{ParsedRanges, parse_range_header};
use serde::Deserialize;

use crate::AppState;
use crate::permits::{self, Permit, PermitLimits};
use crate::refusal::{RequestInfo, fail};

/// The content of an address never changes.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("private, max-age=86400, immutable");
/// A moment later the address may have other content, because a copy has been made.
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");
/// Any range of bytes may be asked for.
const BYTES: HeaderValue = HeaderValue::from_static("bytes");
/// GIFs are shown in the page. A person who saves one chooses its name.
const INLINE: HeaderValue = HeaderValue::from_static("inline");

/// The limit on GIFs that are being sent. Each holds one piece in memory and another that the connection has taken:
/// 96 KiB from files (32 here, 64 in the connection), or 192 KiB from MongoDB (a 63 KiB chunk being read, and two
/// that are partly in the connection). So 1,024 of them hold 96 or 192 MiB. A browser opens 6 connections without
/// HTTP/2, and its other requests wait for one of those.
pub const GIFS_AT_ONCE: PermitLimits = PermitLimits { of: Act::Look, visitor: 16, address: 160, all: 1024 };

/// How long a request waits for a permit. A picture that is refused stays broken on the page.
const PERMIT_WAIT: Duration = Duration::from_secs(5);

/// A GIF by its address: in a room, or on the shelf of the visitor who asks.
#[derive(Deserialize)]
pub struct GifPath {
    room: Option<String>,
    sha: String,
}

pub async fn gif(State(state): State<Arc<AppState>>, Path(of): Path<GifPath>, request: Request) -> Response {
    answer(&state, of, &[Rendition::Gif], &RequestInfo::of(&request)).await
}

pub async fn still(State(state): State<Arc<AppState>>, Path(of): Path<GifPath>, request: Request) -> Response {
    let info = RequestInfo::of(&request);
    let knows_webp = |accepted: &HeaderValue| accepted.to_str().is_ok_and(|accepted| accepted.contains("image/webp"));
    let parts = match info.headers.get_all(ACCEPT).iter().any(knows_webp) {
        true => &[Rendition::Still, Rendition::Poster][..],
        false => &[Rendition::Poster],
    };
    answer(&state, of, parts, &info).await
}

/// The light copy. Pages ask for it once the server has told them that it exists.
pub async fn light(State(state): State<Arc<AppState>>, Path(of): Path<GifPath>, request: Request) -> Response {
    answer(&state, of, &[Rendition::Light], &RequestInfo::of(&request)).await
}

/// Answers with the first of these parts that exists.
async fn answer(state: &AppState, of: GifPath, parts: &[Rendition], info: &RequestInfo) -> Response {
    match find(state, of, parts, info).await {
        Ok(response) => response,
        Err(error) => fail(state, info, error).await,
    }
}

async fn find(state: &AppState, of: GifPath, parts: &[Rendition], info: &RequestInfo) -> Result<Response, Error> {
    let room: Option<RoomId> = of.room.map(|room| room.parse()).transpose().map_err(|_| Error::NotFound)?;
    let sha: GifHash = of.sha.parse().map_err(|_| Error::NotFound)?;
    // A visitor without a cookie of ours has neither a seat nor a shelf. A request for a picture sets no cookie.
    let visitor = state.sessions.find(&info.headers).await?;
    let visitor = visitor.ok_or(if room.is_some() { Error::NotSeated } else { Error::NotFound })?.person.id;
    let shown = match room {
        Some(room) => state.chat.gif(visitor, room, sha).await?,
        None => state.chat.shelved_gif(visitor, sha).await?,
    };
    // Browsers must not cache any part of a whisper, because other people may use the same computer.
    let caching = if shown.is_whispered() { NO_STORE } else { IMMUTABLE };
    let known = text_of(info, &IF_NONE_MATCH).unwrap_or_default();
    // A browser that has a part already is told so before any bytes are read.
    if let Some(part) = parts.iter().find(|part| known.contains(&tag_of(sha, **part))) {
        return Ok(with_headers(StatusCode::NOT_MODIFIED.into_response(), sha, *part, caching));
    }
    let permit = permit(state, visitor, info).await?;
    for (part, caching) in parts.iter().copied().zip([caching, NO_STORE]) {
        let reading = match shown.open(part).await {
            Err(Error::NotFound) => continue,
            reading => reading?,
        };
        let mut response = with_headers(sent(reading, wanted(info, sha, part), permit), sha, part, caching);
        if parts.len() > 1 {
            response.headers_mut().insert(VARY, ACCEPT.into());
        }
        return Ok(response);
    }
    Err(Error::NotFound)
}

/// Takes a permit to send a GIF, or what is as large as one.
pub async fn permit(state: &AppState, visitor: VisitorId, info: &RequestInfo) -> Result<Permit, Error> {
    state.gifs.wait(visitor, info.address(state), PERMIT_WAIT).await.inspect_err(|_| {
        state.chat.raise(Alarm::Refused { act: state.gifs.of(), whose: permits::LOG_NAME });
    })
}

fn text_of<'a>(info: &'a RequestInfo, name: &HeaderName) -> Option<&'a str> {
    info.headers.get(name)?.to_str().ok()
}

/// The range of bytes that the client wants, if it wants exactly one. As the specification allows
/// ([RFC 9110](https://www.rfc-editor.org/rfc/rfc9110#section-14.2)), several ranges and invalid ones are ignored, and
/// so is a range of other content (`If-Range`).
fn wanted(info: &RequestInfo, sha: GifHash, part: Rendition) -> Option<ParsedRanges> {
    let is_of_this = text_of(info, &IF_RANGE).is_none_or(|tag| tag == tag_of(sha, part));
    let ranges =
        parse_range_header(text_of(info, &RANGE).filter(|_| info.method == Method::GET && is_of_this)?).ok()?;
    (ranges.ranges.len() == 1).then_some(ranges)
}

/// A response with all bytes, or with the range that is wanted. For a HEAD request the body is dropped before any of it
/// is read.
fn sent(reading: Reading, wanted: Option<ParsedRanges>, permit: Permit) -> Response {
    let length = reading.length;
    let (status, range) = match wanted.map(|wanted| wanted.validate(length)) {
        None => (StatusCode::OK, 0..length),
        Some(Ok(ranges)) => match ranges.first() {
            Some(range) => (StatusCode::PARTIAL_CONTENT, *range.start()..range.end() + 1),
            None => (StatusCode::OK, 0..length),
        },
        Some(Err(_)) => {
            return (StatusCode::RANGE_NOT_SATISFIABLE, [(CONTENT_RANGE, format!("bytes */{length}"))]).into_response();
        }
    };
    let left = range.end - range.start;
    let of_all = format!("bytes {}-{}/{length}", range.start, range.end.saturating_sub(1));
    let body = Body::new(GifBody { left, pieces: reading.pieces(range), _permit: permit });
    let mut response = (status, [(CONTENT_LENGTH, left.to_string())], body).into_response();
    if status == StatusCode::PARTIAL_CONTENT
        && let Ok(of_all) = of_all.try_into()
    {
        response.headers_mut().insert(CONTENT_RANGE, of_all);
    }
    response
}

fn type_of(part: Rendition) -> HeaderValue {
    HeaderValue::from_static(match part {
        Rendition::Gif | Rendition::Poster => "image/gif",
        Rendition::Still | Rendition::Light => "image/webp",
    })
}

fn tag_of(sha: GifHash, part: Rendition) -> String {
    let part = match part {
        Rendition::Gif => "",
        Rendition::Poster => "-poster",
        Rendition::Still => "-still",
        Rendition::Light => "-light",
    };
    format!("\"{sha}{part}\"")
}

fn with_headers(mut response: Response, sha: GifHash, part: Rendition, caching: HeaderValue) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, caching);
    headers.insert(CONTENT_TYPE, type_of(part));
    headers.insert(ACCEPT_RANGES, BYTES);
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(CONTENT_DISPOSITION, INLINE);
    if let Ok(tag) = HeaderValue::from_str(&tag_of(sha, part)) {
        headers.insert(ETAG, tag);
    }
    response
}

/// The body of a response with a GIF. When reading fails, the connection is closed, so that no client takes a part of
/// the GIF for the whole.
struct GifBody {
    pieces: Pieces,
    /// How many bytes are still to come.
    left: u64,
    _permit: Permit,
}

impl http_body::Body for GifBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let piece = match ready!(self.pieces.as_mut().poll_next(context)) {
            Some(Ok(piece)) => piece,
            Some(Err(error)) => return Poll::Ready(Some(Err(axum::Error::new(error)))),
            None if self.left > 0 => return Poll::Ready(Some(Err(axum::Error::new(Error::Unavailable)))),
            None => return Poll::Ready(None),
        };
        self.left = self.left.saturating_sub(piece.len() as u64);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use http_body_util::BodyExt;

    use super::*;
    use crate::permits::Permits;

    async fn sent(length: u64, pieces: Vec<Result<&'static [u8], Error>>) -> Result<Bytes, axum::Error> {
        let permit = Permits::new(GIFS_AT_ONCE).take(chat::VisitorId([1; 16]), None).expect("a permit");
        let pieces = Box::pin(stream::iter(pieces.into_iter().map(|piece| piece.map(Bytes::from_static))));
        let body = GifBody { left: length, pieces, _permit: permit };
        Ok(Body::new(body).collect().await?.to_bytes())
    }

    #[tokio::test]
    async fn a_part_is_never_taken_for_the_whole() {
        assert_eq!(sent(6, vec![Ok(b"GIF"), Ok(b"89a")]).await.expect("all of it"), "GIF89a");
        assert!(sent(6, vec![Ok(b"GIF"), Err(Error::Unavailable)]).await.is_err());
        assert!(sent(6, vec![Ok(b"GIF")]).await.is_err());
        assert_eq!(sent(0, Vec::new()).await.expect("nothing"), "");
    }
}
