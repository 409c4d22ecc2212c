//! Request bodies, limited in size and in how slowly they may arrive.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use axum::http::header::CONTENT_LENGTH;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use crate::permits::Permit;

/// How fast a body has to arrive. Each byte extends the deadline for the next: a body of n bytes has `grace + n /
/// min_rate` in total.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The time before anything has to arrive.
    pub grace: Duration,
    /// The bytes per second after that, averaged from the start.
    pub min_rate: u64,
    /// How long the sender may pause, however fast it was before.
    pub pause: Duration,
}

/// The pace of forms. They are small: 64 KiB have 19 seconds.
pub const FORM: Pace = Pace { grace: Duration::from_secs(15), min_rate: 16 * 1024, pause: Duration::from_secs(15) };

/// The pace of uploads. The slowest mobile connections carry 64 kbit/s, at which 5 MiB take 11 minutes.
pub const UPLOAD: Pace = Pace { grace: Duration::from_secs(20), min_rate: 8 * 1024, pause: Duration::from_secs(20) };

/// How many bytes of a refused body are still read and thrown away. Browsers show a response only after they have
/// sent the whole body.
const MAX_DRAINED: u64 = 32 * 1024 * 1024;
/// How long the rest of a body that has no permit is read.
const MAX_DRAIN_TIME: Duration = Duration::from_secs(15);

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    #[error("body too large")]
    TooLarge,
    #[error("body too slow")]
    TooSlow,
}

/// Records why a body was cut, because its reader cannot tell that from other errors.
#[derive(Debug, Clone, Default)]
pub struct Cause(Arc<OnceLock<Cut>>);

impl Cause {
    pub fn cut(&self) -> Option<Cut> {
        self.0.get().copied()
    }
}

/// A body that fails when it exceeds its limit or arrives too slowly. It yields one frame per turn of its task,
/// because a form parser reads on for as long as data is ready, and would then have all of it in memory.
pub struct Bounded {
    /// `None` when the body was cut, or when its rest is being drained.
    body: Option<Paced>,
    left: u64,
    has_read: bool,
    cause: Cause,
}

impl Bounded {
    /// Wraps a body, and returns the record of why it was cut. A body whose Content-Length is too large is cut at
    /// once. The body keeps its permit until it has arrived, or until its rest has been drained.
    pub fn around(
        body: Body,
        headers: &HeaderMap,
        limit: u64,
        pace: Pace,
        permit: Option<Arc<Permit>>,
    ) -> (Body, Cause) {
        let cause = Cause::default();
        if announces_more(headers, limit) {
            // Nothing has set the cause before.
            let _ = cause.0.set(Cut::TooLarge);
        }
        let body = Some(Paced::new(body, pace, permit));
        (Body::new(Self { body, left: limit, has_read: false, cause: cause.clone() }), cause)
    }

    fn cut(&mut self, cut: Cut) -> axum::Error {
        // Only the first cause is recorded.
        let _ = self.cause.0.set(cut);
        axum::Error::new(cut)
    }
}

impl http_body::Body for Bounded {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = self.get_mut();
        if let Some(cut) = this.cause.cut() {
            return Poll::Ready(Some(Err(this.cut(cut))));
        }
        if std::mem::take(&mut this.has_read) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let Some(body) = &mut this.body else { return Poll::Ready(None) };
        let frame = match ready!(body.poll_frame(context)) {
            Ok(frame) => frame,
            Err(cut) => {
                // A body that arrives too slowly is not drained.
                this.body = None;
                return Poll::Ready(Some(Err(this.cut(cut))));
            }
        };
        if let Some(Ok(frame)) = &frame {
            let bytes = frame.data_ref().map_or(0, |data| data.len() as u64);
            match this.left.checked_sub(bytes) {
                Some(left) => this.left = left,
                None => return Poll::Ready(Some(Err(this.cut(Cut::TooLarge)))),
            }
            // The last frame is followed by no other, so no turn has to come between them.
            this.has_read = !this.is_end_stream();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(|body| body.inner.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(|body| body.inner.size_hint()).unwrap_or_default()
    }
}

/// A body that is dropped before its end is drained.
impl Drop for Bounded {
    fn drop(&mut self) {
        if let Some(body) = self.body.take()
            && !http_body::Body::is_end_stream(&body.inner)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            runtime.spawn(drain(body));
        }
    }
}

/// A body with a deadline that each frame extends.
struct Paced {
    inner: Body,
    pace: Pace,
    began: Instant,
    received: u64,
    deadline: Pin<Box<Sleep>>,
    permit: Option<Arc<Permit>>,
}

/// The result of reading one frame.
type Polled = Option<Result<Frame<Bytes>, axum::Error>>;

impl Paced {
    fn new(inner: Body, pace: Pace, permit: Option<Arc<Permit>>) -> Self {
        let began = Instant::now();
        let deadline = Box::pin(sleep_until(began + pace.grace.min(pace.pause)));
        Self { inner, pace, began, received: 0, deadline, permit }
    }

    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Result<Polled, Cut>> {
        // Data that has arrived is taken before the deadline is checked, because the sender is not to blame when it
        // was read late.
        let Poll::Ready(frame) = http_body::Body::poll_frame(Pin::new(&mut self.inner), context) else {
            return self.deadline.as_mut().poll(context).map(|()| Err(Cut::TooSlow));
        };
        if let Some(Ok(frame)) = &frame {
            self.received += frame.data_ref().map_or(0, |data| data.len() as u64);
            let bought = Duration::from_millis(self.received.saturating_mul(1000) / self.pace.min_rate);
            let extended = self.began + self.pace.grace + bought;
            self.deadline.as_mut().reset(extended.min(Instant::now() + self.pace.pause));
        }
        Poll::Ready(Ok(frame))
    }
}

/// Whether the headers announce a body of more than `limit` bytes.
fn announces_more(headers: &HeaderMap, limit: u64) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length > limit)
}

/// Reads the rest of a refused body, within limits. If the rest is too slow or too much, the connection is closed
/// while the client is still sending.
async fn drain(mut body: Paced) {
    let mut left = MAX_DRAINED;
    let has_permit = body.permit.is_some();
    let reading = async {
        while let Ok(Some(Ok(frame))) = std::future::poll_fn(|context| body.poll_frame(context)).await {
            left = match left.checked_sub(frame.data_ref().map_or(0, |data| data.len() as u64)) {
                Some(left) => left,
                None => return,
            };
        }
    };
    if has_permit {
        reading.await;
    } else {
        let _ = timeout(MAX_DRAIN_TIME, reading).await;
    }
}

/// Reads a whole body whose limits are enforced already.
pub async fn read_all(body: Body) -> Result<Bytes, axum::Error> {
    Ok(body.collect().await?.to_bytes())
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use tokio::time::sleep;

    use super::*;

    fn chunks(sizes: &'static [usize]) -> Body {
        Body::from_stream(stream::iter(sizes.iter().map(|size| Ok::<_, std::io::Error>(vec![0u8; *size]))))
    }

    /// A body of `bytes` bytes after each pause of `every`, without end.
    fn dripping(bytes: usize, every: Duration) -> Body {
        Body::from_stream(stream::unfold((), move |()| async move {
            sleep(every).await;
            Some((Ok::<_, std::io::Error>(vec![0u8; bytes]), ()))
        }))
    }

    /// Reads a body to its end. Returns why it was cut, how many bytes arrived, and how long that took.
    async fn read(body: Body, limit: u64, pace: Pace) -> (Option<Cut>, u64, Duration) {
        let (mut body, cause) = Bounded::around(body, &HeaderMap::new(), limit, pace, None);
        let (began, mut received) = (Instant::now(), 0);
        while let Some(Ok(frame)) = body.frame().await {
            received += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        (cause.cut(), received, began.elapsed())
    }

    #[tokio::test]
    async fn a_body_may_be_as_large_as_its_limit() {
        assert_eq!(read(chunks(&[6, 4]), 10, FORM).await.0, None);
        assert_eq!(read(chunks(&[6, 5]), 10, FORM).await.0, Some(Cut::TooLarge));
    }

    #[tokio::test]
    async fn one_that_says_that_it_is_too_large_is_not_read() {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_LENGTH, "11".parse().expect("a length"));
        let (mut body, cause) = Bounded::around(chunks(&[6, 5]), &headers, 10, FORM, None);
        assert_eq!(cause.cut(), Some(Cut::TooLarge));
        assert!(body.frame().await.is_some_and(|frame| frame.is_err()));
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_keeps_us_waiting() {
        let silent = || Body::from_stream(stream::pending::<Result<Bytes, axum::Error>>());
        for pace in [FORM, UPLOAD] {
            let (cut, _, after) = read(silent(), 10, pace).await;
            assert_eq!((cut, after.as_secs()), (Some(Cut::TooSlow), pace.pause.as_secs()));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_byte_now_and_then_is_too_slow() {
        for every in [1, 5, 14] {
            let (cut, _, after) = read(dripping(1, Duration::from_secs(every)), 64 * 1024, FORM).await;
            assert_eq!((cut, after.as_secs()), (Some(Cut::TooSlow), 15), "a form, {every} s");
            let (cut, _, after) = read(dripping(1, Duration::from_secs(every)), 5 << 20, UPLOAD).await;
            assert_eq!((cut, after.as_secs()), (Some(Cut::TooSlow), 20), "an upload, {every} s");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_least_rate_is_enough_and_less_is_not() {
        let second = Duration::from_secs(1);
        let (cut, received, after) = read(dripping(8 * 1024, second), 5 << 20, UPLOAD).await;
        assert_eq!((cut, received), (Some(Cut::TooLarge), 5 << 20), "all of it has come");
        assert_eq!(after.as_secs(), 641);
        let (cut, _, after) = read(dripping(4 * 1024, second), 5 << 20, UPLOAD).await;
        assert!(
            cut == Some(Cut::TooSlow) && (39..=40).contains(&after.as_secs()),
            "half the rate, twice the grace: {after:?}"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn much_at_once_buys_no_long_pause() {
        let much = stream::iter([Ok::<_, std::io::Error>(vec![0u8; 4 << 20])]);
        let body = Body::from_stream(futures_util::StreamExt::chain(much, stream::pending()));
        let (cut, received, after) = read(body, 5 << 20, UPLOAD).await;
        assert_eq!((cut, received, after.as_secs()), (Some(Cut::TooSlow), 4 << 20, 20));
    }

    /// A reader that polls for as long as data is ready gets one frame per turn.
    #[tokio::test]
    async fn each_frame_has_a_turn_of_its_own() {
        let (body, _) = Bounded::around(chunks(&[1, 1, 1]), &HeaderMap::new(), 10, FORM, None);
        let mut body = Box::pin(body);
        let mut context = Context::from_waker(std::task::Waker::noop());
        let mut turns = Vec::new();
        for _ in 0..6 {
            turns.push(http_body::Body::poll_frame(body.as_mut(), &mut context).is_ready());
        }
        assert_eq!(turns, [true, false, true, false, true, false]);

        // The end of a body of known length needs no turn.
        let (body, _) = Bounded::around(Body::from("all of it"), &HeaderMap::new(), 10, FORM, None);
        let mut body = Box::pin(body);
        let ends = [true, false].map(|is_frame| {
            let polled = http_body::Body::poll_frame(body.as_mut(), &mut context);
            matches!(polled, Poll::Ready(frame) if frame.is_some() == is_frame)
        });
        assert_eq!(ends, [true, true]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_is_read_away_and_keeps_its_place_until_then() {
        let permits = crate::permits::Permits::new(crate::permits::PermitLimits {
            of: chat::Act::Other,
            visitor: 1,
            address: 10,
            all: 10,
        });
        let who = chat::VisitorId([1; 16]);
        let permit = permits.take(who, None).expect("a permit");
        let body = dripping(8 * 1024, Duration::from_millis(100));
        let (body, _) = Bounded::around(body, &HeaderMap::new(), 10, UPLOAD, Some(Arc::new(permit)));
        drop(body);
        assert!(permits.take(who, None).is_err(), "it is being read away");
        // At 80 KiB a second, reading 32 MiB takes less than 420 seconds.
        assert!(permits.wait(who, None, Duration::from_secs(420)).await.is_ok());
    }
}
