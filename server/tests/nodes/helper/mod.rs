//! Owns these tests: engines and nodes as processes, people who talk through any of them, and patience.

mod cluster;
mod watch;
mod writer;
mod writing;

// Shared with the journeys; neither needs all of it.
#[allow(dead_code)]
#[path = "../../helper/database.rs"]
mod database;
#[allow(dead_code)]
#[path = "../../helper/engine.rs"]
mod engine;
#[allow(dead_code)]
#[path = "../../helper/inside.rs"]
mod inside;
#[path = "../../helper/patience.rs"]
mod patience;
#[allow(dead_code)]
#[path = "../../helper/process.rs"]
mod process;
#[allow(dead_code)]
#[path = "../../helper/roads.rs"]
mod roads;
#[allow(dead_code)]
#[path = "../../helper/socket.rs"]
mod socket;
#[allow(dead_code)]
#[path = "../../helper/visitor.rs"]
mod visitor;

use chat::{Entry, RoomId, VisitorId, What, entry};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

pub use cluster::Cluster;
pub use inside::{GIF, card_of, hash_of, id_of, view_of};
pub use patience::{PATIENCE, until};
pub use roads::{look_everywhere, meddle, try_everything};
pub use socket::Socket;
pub use visitor::{Answer, Visitor};
pub use watch::Watch;
pub use writer::call_until_done;
pub use writing::Writing;

/// Tests that look at the clock run beside each other, but not beside those that need all of the machine.
static CALM: RwLock<()> = RwLock::const_new(());

/// For tests that look at the clock.
pub async fn calm() -> RwLockReadGuard<'static, ()> {
    CALM.read().await
}

/// For tests that need all of the machine.
pub async fn alone() -> RwLockWriteGuard<'static, ()> {
    CALM.write().await
}

/// A tenth of the rounds, or all of them.
pub fn rounds(all: usize) -> usize {
    if std::env::var_os("GIFCHAT_LONG").is_some() { all } else { all.div_ceil(10) }
}

/// The whole log, as the store has it.
pub async fn log_of(visitor: &Visitor, room: RoomId) -> Vec<Entry> {
    let mut newest_first: Vec<Entry> = Vec::new();
    let mut before = u64::MAX >> 1;
    loop {
        let page: entry::Page = visitor.get(&format!("/api/history?room={room}&before={before}")).await.json();
        newest_first.extend(page.entries.iter().rev().cloned());
        match page.entries.first() {
            Some(first) if page.more => before = first.seq,
            _ => break,
        }
    }
    newest_first.reverse();
    newest_first
}

/// Who sits in the room, as seen by one of them.
pub async fn people_of(visitor: &Visitor, room: RoomId) -> Vec<VisitorId> {
    view_of(visitor, room).await.people.iter().map(|person| person.id).collect()
}

/// How often the log says that they have left.
pub fn times_left(log: &[Entry], visitor: VisitorId) -> usize {
    log.iter().filter(|entry| entry.what == What::Left && entry.person.id == visitor).count()
}

/// 1, 2, 3… without a hole.
pub fn assert_numbered(log: &[Entry]) {
    let wrong = (1..).zip(log).find(|(seq, entry)| entry.seq != *seq);
    assert!(wrong.is_none(), "a hole, or something twice: {wrong:?}");
}
