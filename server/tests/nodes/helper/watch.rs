//! A socket that reconnects with its cursor, as a page's does, and records all entries that it receives.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chat::event::{Close, Down, PROTOCOL, Up};
use chat::{Entry, RoomId};
use parking_lot::{Mutex, MutexGuard};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Error;

use testing::{Socket, TIMEOUT, Visitor, until};

/// The time limit for opening a socket.
const CONNECT: Duration = Duration::from_secs(5);
/// Two heartbeats. A socket that receives nothing for so long is given up.
const SILENCE: Duration = Duration::from_secs(40);
/// The pause before the next attempt to connect.
const PAUSE: Duration = Duration::from_millis(250);

/// A reconnecting socket that watches one room. Dropping it closes the socket.
pub struct Watch {
    received: Arc<Mutex<Received>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Received {
    entries: Vec<Entry>,
    /// When each `seq` came, including those of skipped entries.
    times: Vec<Instant>,
    error: Option<String>,
    /// The close code after which the socket must not reconnect.
    close_code: Option<u16>,
}

impl Watch {
    /// Watches a room from its first entry, at the first endpoint, and at the next one when a node is gone. `endpoints`
    /// are the same browser at several nodes.
    pub fn start(endpoints: Vec<Visitor>, room: RoomId) -> Self {
        let received = Arc::new(Mutex::new(Received::default()));
        let task = tokio::spawn(watch(endpoints, room, Arc::clone(&received)));
        Self { received, task }
    }

    /// The same, and waits until everything up to `seq` is received.
    pub async fn start_and_wait(endpoints: Vec<Visitor>, room: RoomId, seq: u64) -> Self {
        let watch = Self::start(endpoints, room);
        watch.wait_for_seq(seq).await;
        watch
    }

    pub fn entries(&self) -> Vec<Entry> {
        let received = lock(&self.received);
        assert_eq!(received.error, None, "what a socket was told");
        received.entries.clone()
    }

    pub fn cursor(&self) -> u64 {
        lock(&self.received).cursor()
    }

    /// When the entry came to this socket.
    pub fn received_at(&self, seq: u64) -> Option<Instant> {
        let received = lock(&self.received);
        received.times.get(usize::try_from(seq).ok()?.checked_sub(1)?).copied()
    }

    /// The close code, if the socket was closed for good.
    pub fn close_code(&self) -> Option<u16> {
        lock(&self.received).close_code
    }

    /// Waits until everything up to `seq` is received.
    pub async fn wait_for_seq(&self, seq: u64) {
        let told = async || (self.cursor() >= seq).then_some(());
        until(&format!("a socket is told of {seq}"), TIMEOUT, told).await;
    }

    /// Waits for an entry for which `is_it` holds. Panics with `what` if none comes in time.
    pub async fn wait_for_entry(&self, what: &str, within: Duration, is_it: impl Fn(&Entry) -> bool) -> Entry {
        let received = async || lock(&self.received).entries.iter().find(|entry| is_it(entry)).cloned();
        until(what, within, received).await
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Received {
    fn cursor(&self) -> u64 {
        self.times.len() as u64
    }

    fn record(&mut self, seq: u64) {
        if seq != self.cursor() + 1 {
            self.error.get_or_insert(format!("{seq} after {}", self.cursor()));
        }
        self.times.push(Instant::now());
    }
}

fn lock(received: &Mutex<Received>) -> MutexGuard<'_, Received> {
    received.lock()
}

async fn watch(endpoints: Vec<Visitor>, room: RoomId, received: Arc<Mutex<Received>>) {
    let mut endpoints = endpoints.iter().cycle();
    let mut here = endpoints.next().expect("a place");
    loop {
        match listen(here, room, &received).await {
            Ok(code) if Close::from_code(code).is_some_and(|close| !close.is_worth_retrying()) => {
                lock(&received).close_code = Some(code);
                return;
            }
            // The node is there, but cannot serve this socket now.
            Ok(code) if code != Close::GoingAway.code() => {}
            Err(Error::Http(_)) => {}
            Ok(_) | Err(_) => here = endpoints.next().expect("a place"),
        }
        sleep(PAUSE).await;
    }
}

/// Reads one socket until it is closed, and returns the close code.
async fn listen(visitor: &Visitor, room: RoomId, received: &Mutex<Received>) -> Result<u16, Error> {
    let origin = visitor.origin();
    let connecting = timeout(CONNECT, Socket::connect(visitor, &origin));
    let mut socket = connecting.await.map_err(|_| Error::ConnectionClosed)??;
    loop {
        let frame = timeout(SILENCE, socket.next_without_timeout()).await.map_err(|_| Error::ConnectionClosed)?;
        match frame {
            Ok(Down::Hello { .. }) => {
                let after = lock(received).cursor();
                socket.try_send(&Up::Hello { protocol: PROTOCOL }).await?;
                socket.try_send(&Up::WatchRoom { room, after }).await?;
            }
            Ok(Down::Entry(entry)) => {
                let mut received = lock(received);
                received.record(entry.seq);
                received.entries.push(entry);
            }
            Ok(Down::Skip { seq }) => lock(received).record(seq),
            Ok(Down::Ping) => socket.try_send(&Up::Pong).await?,
            Ok(_) => {}
            Err(1006) => return Err(Error::ConnectionClosed),
            Err(code) => return Ok(code),
        }
    }
}
