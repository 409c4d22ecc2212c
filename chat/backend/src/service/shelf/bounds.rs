//! How much may be kept. The sums for an address and for everyone are needed often and take long to read, so they are read
//! once a minute, and this node adds what it has kept since.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Mutex as TurnMutex;

use crate::store::LoadOf;
use chat::error::Error;
use chat::gif::GifHash;

/// The bytes that may be kept, as [`weight`](chat::shelf::weight) counts them.
#[derive(Debug, Clone, Copy)]
pub struct ShelfBounds {
    pub visitor: u64,
    pub address: u64,
    /// For the whole deployment. Each GIF counts once, however many visitors keep it, and each item counts a
    /// [`RECORD_WEIGHT`](chat::shelf::RECORD_WEIGHT) besides.
    pub everyone: u64,
}

impl Default for ShelfBounds {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self { visitor: 256 * MIB, address: 1024 * MIB, everyone: 8192 * MIB }
    }
}

/// How long a sum is used before it is read again.
const READ_AGAIN: Duration = Duration::from_secs(60);

/// The sums. (There is at most one for each of the 65,536 tags of addresses, and one for everyone.)
#[derive(Default)]
pub struct Sums {
    sums: Mutex<HashMap<LoadOf, Sum>>,
    /// Held by whoever reads a sum. The others wait for it.
    reading: TurnMutex<()>,
}

#[derive(Default)]
struct Sum {
    /// When it was read last, by the monotonic clock.
    read_at: Option<Duration>,
    /// What was read, and what was kept since.
    bytes: u64,
    /// What is about to be kept.
    reserved: u64,
    /// All that this node has ever kept.
    kept: u64,
    /// The GIFs that count once and have been counted since it was read. (A visitor who keeps and drops one again and again
    /// adds it once.)
    counted: HashSet<GifHash>,
}

/// What is to be added to a sum.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    pub of: LoadOf,
    pub bytes: u64,
    /// A GIF that counts once, however many keep it, and its bytes.
    pub once: Option<(GifHash, u64)>,
    /// The bound.
    pub most: u64,
}

impl Sums {
    /// Reserves what is claimed, or `None` if that would pass the bound. `read` reads the sum from the store.
    pub async fn reserve(
        &self,
        Claim { of, bytes, once, most }: Claim,
        now: Duration,
        read: impl Future<Output = Result<u64, Error>>,
    ) -> Result<Option<Reserved<'_>>, Error> {
        if !self.is_known(of, now) {
            let _reading = self.reading.lock().await;
            if !self.is_known(of, now) {
                let before = self.with(of, |sum| sum.kept);
                let read = read.await?;
                // The sum that was read may lack what was kept while it was read, so that is added. It may be counted twice
                // until the next reading.
                self.with(of, |sum| {
                    (sum.bytes, sum.read_at) = (read + sum.kept - before, Some(now));
                    sum.counted.clear();
                });
            }
        }
        let bytes = self.with(of, |sum| {
            let once = once.filter(|(gif, _)| !sum.counted.contains(gif)).map_or(0, |(_, bytes)| bytes);
            let bytes = bytes + once;
            let has_place = sum.bytes + sum.reserved + bytes <= most;
            sum.reserved += if has_place { bytes } else { 0 };
            has_place.then_some(bytes)
        });
        Ok(bytes.map(|bytes| Reserved { sums: self, of, bytes, once: once.map(|(gif, _)| gif) }))
    }

    /// Subtracts bytes that are no longer kept.
    pub fn subtract(&self, of: LoadOf, bytes: u64) {
        self.with(of, |sum| sum.bytes = sum.bytes.saturating_sub(bytes));
    }

    fn is_known(&self, of: LoadOf, now: Duration) -> bool {
        self.with(of, |sum| sum.read_at).is_some_and(|at| now.saturating_sub(at) < READ_AGAIN)
    }

    fn with<R>(&self, of: LoadOf, act: impl FnOnce(&mut Sum) -> R) -> R {
        act(self.sums.lock().entry(of).or_default())
    }
}

/// Bytes of one sum that are reserved until this is dropped.
pub struct Reserved<'a> {
    sums: &'a Sums,
    of: LoadOf,
    bytes: u64,
    once: Option<GifHash>,
}

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.sums.with(self.of, |sum| sum.reserved -= self.bytes);
    }
}

/// All that is reserved for one GIF.
#[derive(Default)]
pub struct Place<'a>(Vec<Reserved<'a>>);

impl<'a> Place<'a> {
    pub fn add(&mut self, reserved: Reserved<'a>) {
        self.0.push(reserved);
    }

    /// Notes that the GIF is kept now.
    pub fn take(self) {
        for Reserved { sums, of, bytes, once } in &self.0 {
            sums.with(*of, |sum| {
                (sum.bytes, sum.kept) = (sum.bytes + bytes, sum.kept + bytes);
                sum.counted.extend(once);
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use chat::record::AddressTag;

    use super::*;

    const HERE: LoadOf = LoadOf::Address(AddressTag(1));

    /// Keeps `bytes` bytes, of at most a hundred, while the store has `stored`. `reads` counts how often the store is
    /// asked.
    async fn keep(sums: &Sums, of: LoadOf, bytes: u64, now: u64, stored: u64, reads: &AtomicU64) -> bool {
        let read = async {
            reads.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok(stored)
        };
        let claim = Claim { of, bytes, once: None, most: 100 };
        let reserved = sums.reserve(claim, Duration::from_secs(now), read).await.expect("a sum");
        let mut place = Place::default();
        match reserved {
            Some(reserved) => place.add(reserved),
            None => return false,
        }
        tokio::task::yield_now().await;
        place.take();
        true
    }

    #[tokio::test]
    async fn many_at_once_read_it_once_and_do_not_pass_the_bound() {
        let (sums, reads) = (Sums::default(), AtomicU64::new(0));
        let all = (0..20).map(|_| keep(&sums, HERE, 10, 0, 55, &reads));
        let kept = futures_util::future::join_all(all).await.into_iter().filter(|kept| *kept).count();
        assert_eq!((kept, reads.load(Ordering::SeqCst)), (4, 1));
    }

    #[tokio::test]
    async fn it_is_read_again_after_a_minute() {
        let (sums, reads) = (Sums::default(), AtomicU64::new(0));
        for (now, stored, kept, read) in [(0, 80, true, 1), (1, 0, true, 1), (59, 0, false, 1), (60, 50, true, 2)] {
            assert_eq!(keep(&sums, HERE, 10, now, stored, &reads).await, kept, "after {now} s");
            assert_eq!(reads.load(Ordering::SeqCst), read, "after {now} s");
        }
        assert!(!keep(&sums, LoadOf::Everyone, 10, 60, 95, &reads).await, "another sum");
    }

    #[tokio::test]
    async fn what_was_not_kept_after_all_and_what_goes_makes_place() {
        let (sums, reads) = (Sums::default(), AtomicU64::new(0));
        let now = Duration::ZERO;
        for _ in 0..3 {
            let claim = Claim { of: HERE, bytes: 100, once: None, most: 100 };
            let reserved = sums.reserve(claim, now, async { Ok(0) }).await.expect("a sum");
            assert!(reserved.is_some());
        }
        assert!(keep(&sums, HERE, 60, 0, 0, &reads).await);
        assert!(!keep(&sums, HERE, 60, 0, 0, &reads).await);
        sums.subtract(HERE, 60);
        assert!(keep(&sums, HERE, 100, 0, 0, &reads).await);
        sums.subtract(HERE, 1000);
        assert!(!keep(&sums, HERE, 101, 0, 0, &reads).await);
    }

    #[tokio::test]
    async fn one_gif_that_is_kept_again_and_again_does_not_fill_the_shelves() {
        let sums = Sums::default();
        let keep = async |gif: u8| {
            let claim = Claim { of: LoadOf::Everyone, bytes: 1, once: Some((GifHash([gif; 32]), 40)), most: 100 };
            let reserved = sums.reserve(claim, Duration::ZERO, async { Ok(0) }).await.expect("a sum");
            let mut place = Place::default();
            reserved.map(|reserved| place.add(reserved)).is_some_and(|()| {
                place.take();
                true
            })
        };
        for _ in 0..15 {
            assert!(keep(1).await);
        }
        assert!(keep(2).await);
        assert!(!keep(3).await && keep(2).await);
    }
}
