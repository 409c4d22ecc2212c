//! A connection's bytes, with a deadline for writing. A reader who stops, or who takes a byte now and then, would hold
//! its connection and what waits for it for as long as it likes.
//!
//! Sockets go through the same, and have a stricter deadline of their own (`live`).

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::places::{Place, Running};

/// While a write waits, every so often …
const WINDOW: Duration = Duration::from_secs(30);
/// … so many bytes must have been taken: a KiB a second. The kernel takes them in steps of some 96 KiB
/// ([`MOST_UNSENT`]), so that nobody is cut off who reads 4 KiB a second.
const LEAST: usize = 30 * 1024;

/// What the kernel takes of a connection before it can send it. Otherwise it takes megabytes where the line was fast, and
/// then has room for more only after a reader of a few KiB a second has read for minutes.
pub const MOST_UNSENT: u32 = 64 * 1024;

pub struct Stream<T> {
    // Closed first: only then is its place free.
    inner: T,
    /// Set while a write waits: idle connections are many, and need none of it.
    behind: Option<Box<Behind>>,
    place: Place,
}

struct Behind {
    alarm: Pin<Box<Sleep>>,
    /// Bytes in this window.
    taken: usize,
    /// Who waits for its reader is not idle.
    _running: Option<Running>,
}

impl<T> Stream<T> {
    pub fn new(inner: T, place: Place) -> Self {
        Self { inner, behind: None, place }
    }

    fn is_written(&mut self, taken: Poll<io::Result<usize>>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match (&taken, &mut self.behind) {
            (Poll::Ready(Ok(bytes)), Some(behind)) => behind.taken = behind.taken.saturating_add(*bytes),
            (Poll::Ready(_), _) => {}
            (Poll::Pending, behind) => {
                let begin = || Behind { alarm: Box::pin(sleep(WINDOW)), taken: 0, _running: self.place.seat().begin() };
                ready!(behind.get_or_insert_with(|| Box::new(begin())).poll_too_slow(context));
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the reader is too slow")));
            }
        }
        taken
    }
}

impl Behind {
    /// Ready when a window has gone by with too little taken.
    fn poll_too_slow(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.alarm.as_mut().poll(context));
            if self.taken < LEAST {
                return Poll::Ready(());
            }
            self.taken = 0;
            self.alarm.as_mut().reset(Instant::now() + WINDOW);
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Stream<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Stream<T> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let taken = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.is_written(taken, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let taken = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.is_written(taken, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    /// Called when all has been written that there is.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.behind = None;
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rstest::rstest;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};

    use super::super::ledger::Caps;
    use super::super::places::Places;
    use super::*;

    /// A connection whose line holds 64 bytes.
    fn line() -> (Stream<DuplexStream>, DuplexStream, Arc<Places>) {
        let places = Places::new(Caps { all: 2, per_address: 2 });
        let (place, _, _) = places.take(None).expect("a place");
        let (ours, theirs) = duplex(64);
        (Stream::new(ours, place), theirs, places)
    }

    /// Reads so many bytes every so often, until the end.
    async fn read(mut line: DuplexStream, bytes: usize, every: Duration) -> usize {
        let (mut all, mut buffer) = (0, vec![0; bytes]);
        loop {
            sleep(every).await;
            let mut left = bytes;
            while left > 0 {
                match line.read(&mut buffer[..left]).await {
                    Ok(0) | Err(_) => return all,
                    Ok(read) => (all, left) = (all + read, left - read),
                }
            }
        }
    }

    #[rstest]
    #[case::nothing(1, 3600, false)]
    #[case::a_byte_now_and_then(1, 15, false)]
    #[case::half_of_the_least(512, 1, false)]
    #[case::a_slow_line(2 * 1024, 1, true)]
    #[case::a_slow_line_in_steps(60 * 1024, 25, true)]
    #[tokio::test(start_paused = true)]
    async fn readers(#[case] bytes: usize, #[case] seconds: u64, #[case] has_all: bool) {
        const ALL: usize = 300 * 1024;
        let (mut ours, theirs, _places) = line();
        let reader = tokio::spawn(read(theirs, bytes, Duration::from_secs(seconds)));
        let began = Instant::now();
        let written = async {
            ours.write_all(&vec![7; ALL]).await?;
            ours.flush().await
        };
        let written = written.await;
        drop(ours);
        if has_all {
            assert!(written.is_ok(), "{written:?}");
            assert_eq!(reader.await.expect("its end"), ALL);
        } else {
            assert_eq!(written.expect_err("too slow").kind(), io::ErrorKind::TimedOut);
            assert!(began.elapsed() <= WINDOW + Duration::from_millis(1), "{:?}", began.elapsed());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_quick_beginning_does_not_help() {
        let (mut ours, mut theirs, _places) = line();
        let reader = tokio::spawn(async move {
            let mut all = vec![0; 200 * 1024];
            theirs.read_exact(&mut all).await.expect("much at once");
            read(theirs, 1, Duration::from_secs(15)).await
        });
        let began = Instant::now();
        assert!(ours.write_all(&vec![7; 300 * 1024]).await.is_err());
        assert!(began.elapsed() <= 2 * WINDOW + Duration::from_millis(1), "{:?}", began.elapsed());
        drop(ours);
        reader.await.expect("its end");
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_to_write_is_not_slow() {
        let (mut ours, mut theirs, _places) = line();
        let mut buffer = [0; 64];
        for _ in 0..3 {
            sleep(Duration::from_secs(3600)).await;
            // More than the line holds: the second half waits, and then it is written.
            let writing = async {
                ours.write_all(&[7; 128]).await?;
                ours.flush().await
            };
            let reading = async {
                theirs.read_exact(&mut buffer).await?;
                theirs.read_exact(&mut buffer).await
            };
            assert!(tokio::try_join!(writing, reading).is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_reader_is_not_idle() {
        let (mut ours, mut theirs, places) = line();
        let mut writing = Box::pin(async {
            ours.write_all(&[7; 128]).await?;
            ours.flush().await
        });
        assert!(tokio::time::timeout(Duration::from_secs(1), &mut writing).await.is_err(), "nobody reads");
        assert!(!places.make_room());
        let mut buffer = [0; 128];
        assert!(tokio::try_join!(writing, theirs.read_exact(&mut buffer)).is_ok());
        assert!(places.make_room());
    }
}
