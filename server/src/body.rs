//! Bodies of requests: bounded in size and in how long they may keep us waiting.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::{Instant, Sleep, sleep, timeout};

/// How long a sender may pause.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is read, for nothing, of a body that is refused: browsers show an answer only once their body is gone.
const MOST_DRAINED: u64 = 32 * 1024 * 1024;
const LONGEST_DRAIN: Duration = Duration::from_secs(15);

/// A body that ends in an error after `left` bytes, or when its sender pauses for too long.
pub struct Bounded {
    inner: Body,
    left: u64,
    /// Set when the body was too large: what read it cannot tell that from other errors.
    is_exceeded: Arc<AtomicBool>,
    deadline: Pin<Box<Sleep>>,
}

/// Why a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Cut {
    #[error("body too large")]
    TooLarge,
    #[error("body too slow")]
    TooSlow,
}

impl Bounded {
    /// The body, and what becomes true when it turns out to be too large.
    pub fn around(inner: Body, limit: u64) -> (Body, Arc<AtomicBool>) {
        let is_exceeded = Arc::new(AtomicBool::new(false));
        let deadline = Box::pin(sleep(PATIENCE));
        (Body::new(Self { inner, left: limit, is_exceeded: is_exceeded.clone(), deadline }), is_exceeded)
    }
}

impl http_body::Body for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        let Poll::Ready(frame) = Pin::new(&mut this.inner).poll_frame(context) else {
            return this.deadline.as_mut().poll(context).map(|()| Some(Err(axum::Error::new(Cut::TooSlow))));
        };
        this.deadline.as_mut().reset(Instant::now() + PATIENCE);
        if let Some(Ok(frame)) = &frame {
            let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
            match this.left.checked_sub(bytes) {
                Some(left) => this.left = left,
                None => {
                    this.is_exceeded.store(true, Ordering::Relaxed);
                    return Poll::Ready(Some(Err(axum::Error::new(Cut::TooLarge))));
                }
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Dropped before its end, a body is read away.
impl Drop for Bounded {
    fn drop(&mut self) {
        if !http_body::Body::is_end_stream(&self.inner)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(drain(std::mem::replace(&mut self.inner, Body::empty())));
        }
    }
}

/// Whether the body announces more than `limit` bytes.
pub fn announces_more(headers: &HeaderMap, limit: u64) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length > limit)
}

/// Reads a refused body away, within bounds.
async fn drain(mut body: Body) {
    let mut left = MOST_DRAINED;
    let reading = async {
        while let Some(Ok(frame)) = body.frame().await {
            left = match left.checked_sub(frame.data_ref().map_or(0, |data| data.len() as u64)) {
                Some(left) => left,
                None => return,
            };
        }
    };
    // Too slow or too much: the connection closes under the sender.
    let _ = timeout(LONGEST_DRAIN, reading).await;
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    fn chunks(sizes: &'static [usize]) -> Body {
        Body::from_stream(stream::iter(sizes.iter().map(|size| Ok::<_, std::io::Error>(vec![0u8; *size]))))
    }

    #[tokio::test]
    async fn a_body_may_be_as_large_as_its_limit() {
        let (body, is_exceeded) = Bounded::around(chunks(&[6, 4]), 10);
        assert_eq!(body.collect().await.expect("whole").to_bytes().len(), 10);
        assert!(!is_exceeded.load(Ordering::Relaxed));
    }

    #[tokio::test]
    async fn one_byte_more_is_too_much() {
        let (body, is_exceeded) = Bounded::around(chunks(&[6, 5]), 10);
        assert!(body.collect().await.is_err());
        assert!(is_exceeded.load(Ordering::Relaxed));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_keeps_us_waiting() {
        let (body, is_exceeded) =
            Bounded::around(Body::from_stream(stream::pending::<Result<Bytes, axum::Error>>()), 10);
        assert!(body.collect().await.is_err());
        assert!(!is_exceeded.load(Ordering::Relaxed));
    }
}
