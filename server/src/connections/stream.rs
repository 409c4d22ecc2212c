//! The bytes of a connection, with a deadline for writing. Without it, a client that stops reading, or reads a byte
//! now and then, would hold its connection and the data waiting for it for as long as it likes.
//!
//! WebSockets start here as well, but `live` takes the inner stream out and sets a stricter deadline of its own.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::slots::{BusyGuard, Slot};

/// A write that waits is checked once in every window of this length.
const WINDOW: Duration = Duration::from_secs(30);
/// A client that takes fewer bytes in a window is cut off. This is one KiB a second. The kernel takes data in steps
/// of about 96 KiB ([`MOST_UNSENT`]), so a client that reads 4 KiB a second is never cut off.
const MIN_PER_WINDOW: usize = 30 * 1024;

/// The most unsent bytes that the kernel buffers for a connection. Otherwise it buffers megabytes on a fast line, and
/// then has room for more only after a client that reads a few KiB a second has read for minutes.
pub const MOST_UNSENT: u32 = 64 * 1024;

/// A connection that holds its slot, and ends when a write takes too long.
pub struct Stream<T> {
    // The stream is declared before the slot, so that it is closed before the slot is freed.
    inner: T,
    /// This is set only while a write waits, because most connections are idle and need none of it.
    stalled: Option<Box<StalledWrite>>,
    slot: Slot,
}

struct StalledWrite {
    timer: Pin<Box<Sleep>>,
    /// The bytes taken in this window.
    taken: usize,
    /// A connection that waits for its reader is not idle.
    _busy: Option<BusyGuard>,
}

impl<T> Stream<T> {
    pub fn new(inner: T, slot: Slot) -> Self {
        Self { inner, stalled: None, slot }
    }

    /// Takes the inner stream out, without the deadline for HTTP. The caller has to drop the slot after the stream.
    pub fn into_parts(self) -> (T, Slot) {
        (self.inner, self.slot)
    }

    fn track_write(&mut self, taken: Poll<io::Result<usize>>, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        match (&taken, &mut self.stalled) {
            (Poll::Ready(Ok(bytes)), Some(stalled)) => stalled.taken = stalled.taken.saturating_add(*bytes),
            (Poll::Ready(_), _) => {}
            (Poll::Pending, stalled) => {
                let begin =
                    || StalledWrite { timer: Box::pin(sleep(WINDOW)), taken: 0, _busy: self.slot.handle().begin() };
                ready!(stalled.get_or_insert_with(|| Box::new(begin())).poll_too_slow(context));
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the reader is too slow")));
            }
        }
        taken
    }
}

impl StalledWrite {
    /// Ready when a whole window has passed with too few bytes taken.
    fn poll_too_slow(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.timer.as_mut().poll(context));
            if self.taken < MIN_PER_WINDOW {
                return Poll::Ready(());
            }
            self.taken = 0;
            self.timer.as_mut().reset(Instant::now() + WINDOW);
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
        self.track_write(taken, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let taken = Pin::new(&mut self.inner).poll_write_vectored(context, slices);
        self.track_write(taken, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    /// hyper flushes only when it has written everything, so nothing waits any more.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stalled = None;
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

    use super::super::admission::Caps;
    use super::super::slots::Slots;
    use super::*;

    /// A connection over a pipe that holds 64 bytes.
    fn connection() -> (Stream<DuplexStream>, DuplexStream, Arc<Slots>) {
        let slots = Slots::new(Caps { all: 2, per_address: 2 });
        let (slot, _, _) = slots.take(None).expect("a slot");
        let (ours, theirs) = duplex(64);
        (Stream::new(ours, slot), theirs, slots)
    }

    /// Reads `bytes` bytes after each pause of `every`, until the end. Returns how many bytes it read.
    async fn read(mut connection: DuplexStream, bytes: usize, every: Duration) -> usize {
        let (mut all, mut buffer) = (0, vec![0; bytes]);
        loop {
            sleep(every).await;
            let mut left = bytes;
            while left > 0 {
                match connection.read(&mut buffer[..left]).await {
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
        let (mut ours, theirs, _slots) = connection();
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
        let (mut ours, mut theirs, _slots) = connection();
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
        let (mut ours, mut theirs, _slots) = connection();
        let mut buffer = [0; 64];
        for _ in 0..3 {
            sleep(Duration::from_secs(3600)).await;
            // This is more than the pipe holds, so the second half waits before it is written.
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
        let (mut ours, mut theirs, slots) = connection();
        let mut writing = Box::pin(async {
            ours.write_all(&[7; 128]).await?;
            ours.flush().await
        });
        assert!(tokio::time::timeout(Duration::from_secs(1), &mut writing).await.is_err(), "nobody reads");
        assert!(!slots.make_room());
        let mut buffer = [0; 128];
        assert!(tokio::try_join!(writing, theirs.read_exact(&mut buffer)).is_ok());
        assert!(slots.make_room());
    }
}
