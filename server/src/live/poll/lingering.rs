//! What a node knows of the pages that poll: how many polls of each visitor wait, and which seats are watched between
//! two polls.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use backend::service::SocketGuard;
use chat::{PageId, VisitorId};
use parking_lot::Mutex;
use tokio::task::AbortHandle;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::sockets::SocketPermit;

/// The most polls of one visitor that wait. Without HTTP/2 a browser opens six connections at most, and needs some of
/// them for other requests.
const WAITING: u32 = 2;

type Key = (VisitorId, PageId);

#[derive(Default)]
pub struct Polls {
    waiting: Mutex<HashMap<VisitorId, u32>>,
    lingering: Mutex<HashMap<Key, Lingering>>,
    /// The number of the next [`Lingering`].
    last: AtomicU64,
}

/// A watch without a feed.
pub struct Watch {
    pub _guard: SocketGuard,
    /// A watch counts as a socket, so the limits on sockets hold for pages that poll, too.
    pub permit: Arc<SocketPermit>,
}

struct Lingering {
    number: u64,
    watch: Watch,
    end: AbortHandle,
}

/// A poll that waits.
pub struct Waiting {
    polls: Arc<Polls>,
    visitor: VisitorId,
}

impl Polls {
    /// `None` while as many polls of this visitor wait as may.
    pub fn wait(self: &Arc<Self>, visitor: VisitorId) -> Option<Waiting> {
        let mut waiting = self.waiting.lock();
        let count = waiting.entry(visitor).or_default();
        (*count < WAITING).then(|| {
            *count += 1;
            Waiting { polls: self.clone(), visitor }
        })
    }

    /// Keeps a seat watched for a while, unless [`Self::claim`] takes the watch over.
    pub fn linger(self: &Arc<Self>, key: Key, watch: Watch, time: Duration, stopping: &CancellationToken) {
        let number = self.last.fetch_add(1, Ordering::Relaxed);
        let (polls, stopping) = (Arc::downgrade(self), stopping.clone());
        let end = tokio::spawn(async move {
            tokio::select! {
                () = sleep(time) => {}
                () = stopping.cancelled() => {}
            }
            if let Some(polls) = polls.upgrade() {
                polls.end(key, number);
            }
        });
        let lingering = Lingering { number, watch, end: end.abort_handle() };
        let before = self.lingering.lock().insert(key, lingering);
        if let Some(before) = before {
            before.end.abort();
        }
    }

    fn end(&self, key: Key, number: u64) {
        let mut lingering = self.lingering.lock();
        let is_meant = lingering.get(&key).is_some_and(|lingering| lingering.number == number);
        let ended = if is_meant { lingering.remove(&key) } else { None };
        drop(lingering);
        drop(ended);
    }

    /// Takes over the watch of a page, if it still lingers.
    pub fn claim(&self, key: Key) -> Option<Watch> {
        let Lingering { watch, end, .. } = self.lingering.lock().remove(&key)?;
        end.abort();
        Some(watch)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        let mut waiting = self.polls.waiting.lock();
        if let Some(count) = waiting.get_mut(&self.visitor) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                waiting.remove(&self.visitor);
            }
        }
    }
}
