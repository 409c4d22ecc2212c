//! Bodies of requests: bounded in size, and in how slowly they may come.

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

use crate::places::Place;

/// How fast a body has to come. Each byte buys the time for the next: all in all, a body of n bytes has `grace + n / least`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Before anything has come.
    pub grace: Duration,
    /// Bytes a second after that, on average from the start.
    pub least: u64,
    /// How long a sender may pause, however fast they were.
    pub pause: Duration,
}

/// A form is small: its 64 KiB have 19 seconds.
pub const FORM: Pace = Pace { grace: Duration::from_secs(15), least: 16 * 1024, pause: Duration::from_secs(15) };

/// 64 kbit/s is what the slowest telephone's line gives: 5 MiB have 11 minutes.
pub const UPLOAD: Pace = Pace { grace: Duration::from_secs(20), least: 8 * 1024, pause: Duration::from_secs(20) };

/// What is read, for nothing, of a body that is refused: browsers show an answer only once their body is gone.
const MOST_DRAINED: u64 = 32 * 1024 * 1024;
/// The same for one that had no place.
const LONGEST_DRAIN: Duration = Duration::from_secs(15);

/// Why a body was not read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    #[error("body too large")]
    TooLarge,
    #[error("body too slow")]
    TooSlow,
}

/// Set when a body is cut: what reads it cannot tell that from other errors.
#[derive(Debug, Clone, Default)]
pub struct Cause(Arc<OnceLock<Cut>>);

impl Cause {
    pub fn cut(&self) -> Option<Cut> {
        self.0.get().copied()
    }
}

/// A body that ends in an error after its limit, or when it comes too slowly. It comes frame by frame, each in a turn of
/// its own: a parser of forms reads on for as long as there is something, and would have all of it in memory.
pub struct Bounded {
    /// None: it was cut, or what is left of it is read away.
    body: Option<Paced>,
    left: u64,
    has_read: bool,
    cause: Cause,
}

impl Bounded {
    /// The body, and what is told when it is cut: at once when it says itself that it is too large. It keeps its place until
    /// it has come, or what is left of it has been read away.
    pub fn around(body: Body, headers: &HeaderMap, limit: u64, pace: Pace, place: Option<Arc<Place>>) -> (Body, Cause) {
        let cause = Cause::default();
        if announces_more(headers, limit) {
            // (Nothing was set before.)
            let _ = cause.0.set(Cut::TooLarge);
        }
        let body = Some(Paced::new(body, pace, place));
        (Body::new(Self { body, left: limit, has_read: false, cause: cause.clone() }), cause)
    }

    fn cut(&mut self, cut: Cut) -> axum::Error {
        // (The first cause is the cause.)
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
                // Whoever is too slow is not waited for once more.
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
            this.has_read = true;
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

/// Dropped before its end, a body is read away.
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

/// A body that comes fast enough, or not.
struct Paced {
    inner: Body,
    pace: Pace,
    began: Instant,
    came: u64,
    deadline: Pin<Box<Sleep>>,
    place: Option<Arc<Place>>,
}

/// What a body gives when it is asked for its next frame.
type Polled = Option<Result<Frame<Bytes>, axum::Error>>;

impl Paced {
    fn new(inner: Body, pace: Pace, place: Option<Arc<Place>>) -> Self {
        let began = Instant::now();
        let deadline = Box::pin(sleep_until(began + pace.grace.min(pace.pause)));
        Self { inner, pace, began, came: 0, deadline, place }
    }

    fn poll_frame(&mut self, context: &mut Context<'_>) -> Poll<Result<Polled, Cut>> {
        // First what has come: when it was not read in time, that was not the sender.
        let Poll::Ready(frame) = http_body::Body::poll_frame(Pin::new(&mut self.inner), context) else {
            return self.deadline.as_mut().poll(context).map(|()| Err(Cut::TooSlow));
        };
        if let Some(Ok(frame)) = &frame {
            self.came += frame.data_ref().map_or(0, |data| data.len() as u64);
            let bought = Duration::from_millis(self.came.saturating_mul(1000) / self.pace.least);
            let fair = self.began + self.pace.grace + bought;
            self.deadline.as_mut().reset(fair.min(Instant::now() + self.pace.pause));
        }
        Poll::Ready(Ok(frame))
    }
}

/// Whether the body announces more than `limit` bytes.
fn announces_more(headers: &HeaderMap, limit: u64) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length > limit)
}

/// Reads a refused body away, within bounds. Too slow or too much: the connection closes under the sender.
async fn drain(mut body: Paced) {
    let mut left = MOST_DRAINED;
    let has_place = body.place.is_some();
    let reading = async {
        while let Ok(Some(Ok(frame))) = std::future::poll_fn(|context| body.poll_frame(context)).await {
            left = match left.checked_sub(frame.data_ref().map_or(0, |data| data.len() as u64)) {
                Some(left) => left,
                None => return,
            };
        }
    };
    if has_place {
        reading.await;
    } else {
        let _ = timeout(LONGEST_DRAIN, reading).await;
    }
}

/// All of a body whose limits hold already.
pub async fn whole(body: Body) -> Result<Bytes, axum::Error> {
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

    /// `bytes` each `every`, for ever.
    fn dripping(bytes: usize, every: Duration) -> Body {
        Body::from_stream(stream::unfold((), move |()| async move {
            sleep(every).await;
            Some((Ok::<_, std::io::Error>(vec![0u8; bytes]), ()))
        }))
    }

    /// How it ends, what came before, and when.
    async fn read(body: Body, limit: u64, pace: Pace) -> (Option<Cut>, u64, Duration) {
        let (mut body, cause) = Bounded::around(body, &HeaderMap::new(), limit, pace, None);
        let (began, mut came) = (Instant::now(), 0);
        while let Some(Ok(frame)) = body.frame().await {
            came += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        (cause.cut(), came, began.elapsed())
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
        let (cut, came, after) = read(dripping(8 * 1024, second), 5 << 20, UPLOAD).await;
        assert_eq!((cut, came), (Some(Cut::TooLarge), 5 << 20), "all of it has come");
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
        let (cut, came, after) = read(body, 5 << 20, UPLOAD).await;
        assert_eq!((cut, came, after.as_secs()), (Some(Cut::TooSlow), 4 << 20, 20));
    }

    /// What reads for as long as there is something gets one frame.
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
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_refused_is_read_away_and_keeps_its_place_until_then() {
        let places =
            crate::places::Places::new(crate::places::Most { of: chat::Act::Do, visitor: 1, address: 10, all: 10 });
        let who = chat::VisitorId([1; 16]);
        let place = places.take(who, None).expect("a place");
        let body = dripping(8 * 1024, Duration::from_millis(100));
        let (body, _) = Bounded::around(body, &HeaderMap::new(), 10, UPLOAD, Some(Arc::new(place)));
        drop(body);
        assert!(places.take(who, None).is_err(), "it is being read away");
        // 32 MiB at 80 KiB a second.
        assert!(places.wait(who, None, Duration::from_secs(420)).await.is_ok());
    }
}
