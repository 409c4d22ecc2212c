//! A socket that comes back by itself with its cursor, as a page's does, and all that it was told.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chat::event::{Close, Down, PROTOCOL, Up};
use chat::{Entry, RoomId};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::Error;

use super::{PATIENCE, Socket, Visitor, until};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// Two heartbeats: a socket on which nothing was heard for so long is given up.
const SILENCE: Duration = Duration::from_secs(40);
/// Before trying again.
const PAUSE: Duration = Duration::from_millis(250);

/// Dropping it closes the socket.
pub struct Watch {
    heard: Arc<Mutex<Heard>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Heard {
    entries: Vec<Entry>,
    /// When each `seq` came: those entries, and what only counts here.
    when: Vec<Instant>,
    wrong: Option<String>,
    /// The code after which it did not come back.
    ended: Option<u16>,
}

impl Watch {
    /// Watches a room from its first entry on: at the first of these places, and at the next one when that is gone.
    pub fn begin(places: Vec<Visitor>, room: RoomId) -> Self {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let task = tokio::spawn(watch(places, room, Arc::clone(&heard)));
        Self { heard, task }
    }

    /// The same, with everything up to now.
    pub async fn begun(places: Vec<Visitor>, room: RoomId, seq: u64) -> Self {
        let watch = Self::begin(places, room);
        watch.reaches(seq).await;
        watch
    }

    pub fn entries(&self) -> Vec<Entry> {
        let heard = lock(&self.heard);
        assert_eq!(heard.wrong, None, "what a socket was told");
        heard.entries.clone()
    }

    pub fn cursor(&self) -> u64 {
        lock(&self.heard).cursor()
    }

    /// When the entry came.
    pub fn when(&self, seq: u64) -> Option<Instant> {
        let heard = lock(&self.heard);
        heard.when.get(usize::try_from(seq).ok()?.checked_sub(1)?).copied()
    }

    /// The code it was closed with for good.
    pub fn ended(&self) -> Option<u16> {
        lock(&self.heard).ended
    }

    /// Waits until it has been told of everything up to `seq`.
    pub async fn reaches(&self, seq: u64) {
        let told = async || (self.cursor() >= seq).then_some(());
        until(&format!("a socket is told of {seq}"), PATIENCE, told).await;
    }

    /// Waits for an entry.
    pub async fn hears(&self, what: &str, within: Duration, is_it: impl Fn(&Entry) -> bool) -> Entry {
        let heard = async || lock(&self.heard).entries.iter().find(|entry| is_it(entry)).cloned();
        until(what, within, heard).await
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Heard {
    fn cursor(&self) -> u64 {
        self.when.len() as u64
    }

    fn count(&mut self, seq: u64) {
        if seq != self.cursor() + 1 {
            self.wrong.get_or_insert(format!("{seq} after {}", self.cursor()));
        }
        self.when.push(Instant::now());
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn watch(places: Vec<Visitor>, room: RoomId, heard: Arc<Mutex<Heard>>) {
    let mut places = places.iter().cycle();
    let mut here = places.next().expect("a place");
    loop {
        match listen(here, room, &heard).await {
            Ok(code) if Close::from_code(code).is_some_and(|close| !close.is_worth_retrying()) => {
                lock(&heard).ended = Some(code);
                return;
            }
            // The server is there, and cannot have us now.
            Ok(code) if code != Close::GoingAway.code() => {}
            Err(Error::Http(_)) => {}
            Ok(_) | Err(_) => here = places.next().expect("a place"),
        }
        sleep(PAUSE).await;
    }
}

/// One socket's life: the code it was closed with.
async fn listen(visitor: &Visitor, room: RoomId, heard: &Mutex<Heard>) -> Result<u16, Error> {
    let origin = visitor.origin();
    let connecting = timeout(CONNECT, Socket::connect(visitor, &origin));
    let mut socket = connecting.await.map_err(|_| Error::ConnectionClosed)??;
    loop {
        let frame = timeout(SILENCE, socket.next_at_last()).await.map_err(|_| Error::ConnectionClosed)?;
        match frame {
            Ok(Down::Hello { .. }) => {
                let after = lock(heard).cursor();
                socket.try_say(&Up::Hello { protocol: PROTOCOL }).await?;
                socket.try_say(&Up::WatchRoom { room, after }).await?;
            }
            Ok(Down::Entry(entry)) => {
                let mut heard = lock(heard);
                heard.count(entry.seq);
                heard.entries.push(entry);
            }
            Ok(Down::Skip { seq }) => lock(heard).count(seq),
            Ok(Down::Ping) => socket.try_say(&Up::Pong).await?,
            Ok(_) => {}
            Err(1006) => return Err(Error::ConnectionClosed),
            Err(code) => return Ok(code),
        }
    }
}
