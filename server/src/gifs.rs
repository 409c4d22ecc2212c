//! GIFs and their posters, for who is seated in a room that shows them: sent piece by piece, so many at a time.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderValue,
    IF_NONE_MATCH,
};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chat::media::{Part, Reading};
use chat::service::Alarm;
use chat::{Act, Error, GifHash, RoomId};
use http_body::{Frame, SizeHint};

use crate::Site;
use crate::places::{self, Most, Place};
use crate::refusal::{Asked, fail};

const FOR_EVER: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");
/// To be shown where it stands; who saves it finds a name of their own.
const INLINE: HeaderValue = HeaderValue::from_static("inline");

/// Bodies under way. Each holds a piece, and what the connection has taken: with files 96 KiB (32, and 64 in the
/// connection), with MongoDB 192 KiB (63 KiB of a chunk being read, and two that the connection has parts of). 1,024 of
/// them: 96 MiB, or 192. A browser has 6 connections without HTTP/2; what it asks for beyond that waits.
pub const AT_ONCE: Most = Most { of: Act::Look, visitor: 16, address: 160, all: 1024 };

/// How long somebody waits for a place: a picture that is refused stays broken on their page.
const WAIT: Duration = Duration::from_secs(5);

pub async fn gif(State(site): State<Arc<Site>>, Path(names): Path<(String, String)>, request: Request) -> Response {
    answer(&site, names, Part::Gif, &Asked::of(&request)).await
}

pub async fn still(State(site): State<Arc<Site>>, Path(names): Path<(String, String)>, request: Request) -> Response {
    answer(&site, names, Part::Poster, &Asked::of(&request)).await
}

async fn answer(site: &Site, names: (String, String), part: Part, asked: &Asked) -> Response {
    match find(site, names, part, asked).await {
        Ok(response) => response,
        Err(error) => fail(site, asked, error).await,
    }
}

async fn find(site: &Site, (room, sha): (String, String), part: Part, asked: &Asked) -> Result<Response, Error> {
    let room: RoomId = room.parse().map_err(|_| Error::NotFound)?;
    let sha: GifHash = sha.parse().map_err(|_| Error::NotFound)?;
    // Without a session there is no seat; a picture gets nobody one.
    let visitor = site.sessions.find(&asked.headers).await?.ok_or(Error::NotSeated)?.person.id;
    let shown = site.chat.gif(visitor, room, sha, part).await?;
    let tag = format!("\"{sha}{}\"", if part == Part::Poster { "-still" } else { "" });
    // Who has it is told so, without a look at its bytes.
    if asked.headers.get(IF_NONE_MATCH).is_some_and(|known| known.to_str().is_ok_and(|known| known.contains(&tag))) {
        return Ok(with_headers(StatusCode::NOT_MODIFIED.into_response(), &tag));
    }
    let place = site.gifs.wait(visitor, asked.address(site), WAIT).await.inspect_err(|_| {
        site.chat.raise(Alarm::Refused { act: site.gifs.of(), whose: places::AT_ONCE });
    })?;
    let reading = shown.open().await?;
    let headers = [(CONTENT_TYPE, HeaderValue::from_static("image/gif")), (CONTENT_LENGTH, reading.length.into())];
    // (For HEAD the body is dropped before anything of it is read.)
    let body = Body::new(Sending { left: reading.length, reading, _place: place });
    Ok(with_headers((headers, body).into_response(), &tag))
}

fn with_headers(mut response: Response, tag: &str) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, FOR_EVER);
    headers.insert(CONTENT_SECURITY_POLICY, POLICY);
    headers.insert(CONTENT_DISPOSITION, INLINE);
    if let Ok(tag) = HeaderValue::from_str(tag) {
        headers.insert(ETAG, tag);
    }
    response
}

/// A GIF on its way. When it cannot be read on, the connection breaks: nobody takes a part for the whole.
struct Sending {
    reading: Reading,
    left: u64,
    _place: Place,
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let piece = match ready!(self.reading.pieces.as_mut().poll_next(context)) {
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
    use crate::places::Places;

    async fn sent(length: u64, pieces: Vec<Result<&'static [u8], Error>>) -> Result<Bytes, axum::Error> {
        let place = Places::new(AT_ONCE).take(chat::VisitorId([1; 16]), None).expect("a place");
        let pieces = Box::pin(stream::iter(pieces.into_iter().map(|piece| piece.map(Bytes::from_static))));
        let sending = Sending { left: length, reading: Reading { length, pieces }, _place: place };
        Ok(Body::new(sending).collect().await?.to_bytes())
    }

    #[tokio::test]
    async fn a_part_is_never_taken_for_the_whole() {
        assert_eq!(sent(6, vec![Ok(b"GIF"), Ok(b"89a")]).await.expect("all of it"), "GIF89a");
        assert!(sent(6, vec![Ok(b"GIF"), Err(Error::Unavailable)]).await.is_err());
        assert!(sent(6, vec![Ok(b"GIF")]).await.is_err());
        assert_eq!(sent(0, Vec::new()).await.expect("nothing"), "");
    }
}
