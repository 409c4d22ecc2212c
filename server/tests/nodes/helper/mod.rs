//! Helpers of these tests: engines and nodes as processes, and people who talk through any of them.

mod cluster;
mod conversation;
mod watch;
mod writer;

use chat::{Entry, RoomId, VisitorId, What, entry};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

pub use cluster::Cluster;
pub use conversation::Conversation;
pub use testing::{
    GIF, Socket, TIMEOUT, Visitor, act_on_entry, card_of, hash_of, id_of, read_every_route, try_every_call, until,
    view_of, without_ids,
};
pub use watch::Watch;
pub use writer::call_until_done;

/// Tests that measure time may run together, but not while a test needs the whole machine.
static MACHINE: RwLock<()> = RwLock::const_new(());

/// Shares the machine with other tests that measure time, and waits while one has reserved it.
pub async fn share_machine() -> RwLockReadGuard<'static, ()> {
    MACHINE.read().await
}

/// Reserves the whole machine: waits until no other test runs, and keeps others from starting.
pub async fn reserve_machine() -> RwLockWriteGuard<'static, ()> {
    MACHINE.write().await
}

/// A tenth of the rounds, or all of them with `GIFCHAT_LONG`.
pub fn rounds(all: usize) -> usize {
    if std::env::var_os("GIFCHAT_LONG").is_some() { all } else { all.div_ceil(10) }
}

/// The room's whole log, as stored.
pub async fn log_of(visitor: &Visitor, room: RoomId) -> Vec<Entry> {
    let mut newest_first: Vec<Entry> = Vec::new();
    let mut before = u64::MAX >> 1;
    loop {
        let page: entry::LogPage = visitor.get(&format!("/api/history?room={room}&before={before}")).await.json();
        newest_first.extend(page.entries.iter().rev().cloned());
        match page.entries.first() {
            Some(first) if page.more => before = first.seq,
            _ => break,
        }
    }
    newest_first.reverse();
    newest_first
}

/// The people who are seated in the room, as shown to one of them.
pub async fn people_of(visitor: &Visitor, room: RoomId) -> Vec<VisitorId> {
    view_of(visitor, room).await.people.iter().map(|person| person.id).collect()
}

/// How often the visitor has left, according to the log.
pub fn times_left(log: &[Entry], visitor: VisitorId) -> usize {
    log.iter().filter(|entry| entry.what == What::Left && entry.person.id == visitor).count()
}

/// Asserts that the entries are numbered 1, 2, 3… without a gap.
pub fn assert_numbered(log: &[Entry]) {
    let wrong = (1..).zip(log).find(|(seq, entry)| entry.seq != *seq);
    assert!(wrong.is_none(), "a hole, or something twice: {wrong:?}");
}
