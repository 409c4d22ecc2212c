//! Tests of the use cases on the real drivers, with a clock that the test moves.

mod acts;
mod commands;
mod copies;
mod cuts;
mod doors;
mod grace;
mod history;
mod kept;
mod limits;
mod live;
mod media;
mod nodes;
mod passes;
mod people;
mod ready;
mod rights;
mod shelf;
mod slow;
mod storm;
mod typing;
mod whispers;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tempfile::TempDir;

use super::*;
use crate::bus::local::LocalBus;
use crate::media::files::FilesMedia;
use crate::store::sqlite::SqliteStore;
use chat::entry::{Entry, What};
use chat::event::{Close, Down};
use chat::id::ClientId;
use chat::view::RoomView;
use chat::visitor::Person;

/// A service with a folder and a clock of its own.
struct Fixture {
    chat: Arc<Chat>,
    clock: Arc<TestClock>,
    dir: TempDir,
}

/// A clock that stands still until a test moves it.
#[derive(Default)]
struct TestClock(AtomicU64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(1_700_000_000_000 + self.0.load(Ordering::SeqCst))
    }

    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.0.load(Ordering::SeqCst))
    }
}

impl Fixture {
    async fn new() -> Self {
        let dir = TempDir::new().expect("a folder");
        let clock = Arc::new(TestClock::default());
        Self { chat: open(&dir, clock.clone(), Config::default()).await, clock, dir }
    }

    /// A fixture whose limits are too high to be reached.
    async fn without_limits() -> Self {
        let mut fixture = Self::new().await;
        let limits = boundless();
        fixture.reopen(Config { limits, ..Config::default() }).await;
        fixture
    }

    /// Closes the service and opens it again, like a restart.
    async fn reopen(&mut self, config: Config) {
        self.chat.close().await;
        self.chat = open(&self.dir, self.clock.clone(), config).await;
    }

    async fn advance(&self, time: Duration) {
        self.clock.0.fetch_add(time.as_millis() as u64, Ordering::SeqCst);
        self.chat.sweep().await;
    }

    async fn room(&self, owner: &Person) -> RoomId {
        self.chat.create_room(owner, None, "고양이만", "10", "").await.expect("a room")
    }

    async fn retitle(&self, owner: VisitorId, room: RoomId, title: &str) {
        self.chat.set_room(owner, None, room, Some(title), None, "", false, None, None).await.expect("set");
    }

    async fn enter(&self, who: &Person, room: RoomId) {
        self.chat.enter(who, None, room, "").await.expect("a seat");
    }

    async fn say(&self, who: &Person, room: RoomId, text: &str) -> Entry {
        self.chat.send_text(who.id, room, ClientId::generate(), text, Target::default()).await.expect("said")
    }

    async fn inside(&self, who: &Person, room: RoomId) -> RoomView {
        match self.chat.look(who.id, room).await.expect("a room") {
            Look::Inside(view) => view,
            Look::Outside { .. } | Look::Barred { .. } => panic!("not seated"),
        }
    }

    /// The log as this person sees it, written as "n:text", "n+" (enters), "n-" (leaves) and "n=" (owns).
    async fn log(&self, who: &Person, room: RoomId) -> Vec<String> {
        self.inside(who, room).await.entries.iter().map(shown).collect()
    }
}

async fn open(dir: &TempDir, clock: Arc<TestClock>, config: Config) -> Arc<Chat> {
    let store = Arc::new(SqliteStore::open(&dir.path().join("chat.db")).expect("a store"));
    open_on(store, None, dir, clock, config).await
}

/// Opens a service. With `node`, it is one of several nodes that share the store, but these are not joined by a bus.
async fn open_on(
    store: Arc<dyn Store>,
    node: Option<NodeId>,
    dir: &TempDir,
    clock: Arc<TestClock>,
    config: Config,
) -> Arc<Chat> {
    open_with(ports(store, node, dir, clock), config).await
}

async fn open_with(ports: Ports, config: Config) -> Arc<Chat> {
    Chat::open(ports, config).await.expect("a service")
}

fn ports(store: Arc<dyn Store>, node: Option<NodeId>, dir: &TempDir, clock: Arc<TestClock>) -> Ports {
    Ports {
        store,
        media: Arc::new(FilesMedia::open(&dir.path().join("media")).expect("a media store")),
        connect_bus: Box::new(|inbox| Arc::new(LocalBus::new(inbox))),
        clock,
        spool: Spool::open(&[dir.path().join("uploads")]),
        copier: None,
        node,
    }
}

/// Limits that are too high to be reached, except the one for wrong passwords.
fn boundless() -> Rates {
    let mut rates = Rates::default();
    Act::ALL.into_iter().filter(|act| *act != Act::WrongPassword).for_each(|act| rates[act] = Rate::new(1_000_000, 1));
    rates
}

fn person(n: u8) -> Person {
    Person::new(VisitorId([n; 16]))
}

fn shown(entry: &Entry) -> String {
    let who = entry.person.id.0[0];
    match &entry.what {
        What::Text(text) => format!("{who}:{}", text.as_str()),
        What::Gif(_) => format!("{who}:gif"),
        What::Entered => format!("{who}+"),
        What::Left => format!("{who}-"),
        What::NewOwner => format!("{who}="),
        other => format!("{who} {other:?}"),
    }
}

/// Decodes a frame with serde, and checks that browsers read the same.
fn decoded(frame: &Bytes) -> Down {
    let down = serde_json::from_slice(frame).expect("a frame");
    let by_browsers = chat::wire::read(std::str::from_utf8(frame).expect("UTF-8"));
    // A browser cannot read a number of 2^53 or more, and no browser has such a cursor.
    if !matches!(down, Down::CaughtUp { seq: 9_007_199_254_740_992.., .. }) {
        assert_eq!(by_browsers.as_ref(), Some(&down));
    }
    down
}

/// An answer of the service as a browser reads it.
fn as_browsers_read<T: serde::Serialize + chat::wire::Decode>(answer: &T) -> T {
    chat::wire::read(&serde_json::to_string(answer).expect("JSON")).expect("what was written")
}

/// The entries of a feed, until it has caught up.
async fn caught_up(feed: &mut Feed) -> Vec<Entry> {
    let mut entries = Vec::new();
    loop {
        match decoded(&feed.next().await.expect("a frame")) {
            Down::Entry(entry) => entries.push(entry),
            Down::CaughtUp { .. } => return entries,
            other => panic!("{other:?}"),
        }
    }
}

/// The frames of a feed, until it has caught up.
async fn frames(feed: &mut Feed) -> Vec<Bytes> {
    let mut frames = Vec::new();
    loop {
        let frame = feed.next().await.expect("a frame");
        if matches!(decoded(&frame), Down::CaughtUp { .. }) {
            return frames;
        }
        frames.push(frame);
    }
}

/// The entries that a feed has ready at this moment.
fn waiting(feed: &mut Feed) -> Result<Vec<Entry>, Close> {
    let mut entries = Vec::new();
    while let Some(frame) = feed.try_next() {
        match decoded(&frame?) {
            Down::Entry(entry) => entries.push(entry),
            other => panic!("{other:?}"),
        }
    }
    Ok(entries)
}
