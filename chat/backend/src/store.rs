//! The port to the store, one trait for each kind of data: [`Rooms`] with their seats, their [`Log`], the [`Gifs`] in use,
//! visitors' [`Shelves`] and [`Sessions`], the [`Nodes`] that share the store, and the [`Transfer`] of everything to another store.
//!
//! A driver passes every case of [`cases`], and a write that it has acknowledged is durable. Drivers make no decisions:
//! changes of a room are pure functions of [`chat::record::Room`], which the driver applies atomically.

#[cfg(test)]
pub mod cases;
mod gifs;
mod log;
pub mod mongo;
mod nodes;
mod rooms;
mod sessions;
mod shelves;
pub mod sqlite;
mod transfer;

use std::collections::HashSet;

use async_trait::async_trait;

use chat::entry::Entry;
use chat::error::Error;
use chat::id::VisitorId;
use chat::policy;
use chat::shelf::Seen;
use chat::time::Timestamp;
use chat::view;

pub use self::gifs::{Condemned, Gifs, Sight, WriteId};
pub use self::log::{Appended, Log, SlowTurn, Snapshot};
pub use self::nodes::{Beats, Nodes};
pub use self::rooms::{Listed, RoomChange, Rooms, Unattended, Updated};
pub use self::sessions::{SessionRecord, Sessions};
pub use self::shelves::{Load, LoadOf, Origin, ShelfRecord, Shelved, Shelves};
pub use self::transfer::Transfer;

/// How many expired sessions and passes one sweep removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Swept {
    pub sessions: u64,
    pub passes: u64,
}

/// The whole store. Every method fails with [`Error::Unavailable`] when the store cannot do its work now, and with
/// [`Error::Internal`] when something is broken, which is then logged. After either error a write may or may not have
/// been stored. The caller may repeat an append: it is stored once, because it has the same client id.
#[async_trait]
pub trait Store: Rooms + Log + Gifs + Shelves + Sessions + Nodes + Transfer {
    /// Removes the sessions and passes that have expired at `now`, and the slow-mode turns that make no visitor wait any
    /// more. MongoDB's driver also removes here the remaining contents of gone rooms; SQLite's does that between other
    /// work.
    async fn sweep(&self, now: Timestamp) -> Result<Swept, Error>;

    /// Erases removed data from the files on the disk, if anything was removed since the last call. The service calls it
    /// about every 20 seconds. A driver whose database is a server of its own (MongoDB) leaves this to that server.
    async fn tidy(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Writes something small, to check that writes can be stored now.
    async fn ready(&self) -> Result<(), Error>;

    /// Commits the queued writes and stops. Later calls fail with [`Error::Unavailable`].
    async fn close(&self);
}

/// How many of a room's newest entries are searched for GIFs.
const SEARCHED: u64 = 5000;

/// How many entries are read for each GIF that is wanted, because several entries may show the same GIF.
const REPEATS: u32 = 4;

/// The GIFs that these entries show, each once, at the first entry that shows it, and at most `limit`.
fn seen_once(entries: &[Entry], limit: u32) -> Vec<Seen> {
    let mut known = HashSet::new();
    let seen = entries.iter().filter_map(|entry| {
        let (seq, gif) = (entry.seq, *entry.what.gif()?);
        known.insert(gif.sha).then(|| Seen { seq, gif, description: entry.showing.description.clone() })
    });
    seen.take(limit as usize).collect()
}

/// The part of `entries` that `visitor` may see, with `changes` applied. `entries` is a stretch of the log, and `changes` are
/// the entries about messages in it, ordered from old to new for each message.
fn shown(entries: &[Entry], changes: &[Entry], visitor: VisitorId) -> Vec<Entry> {
    let is_shown = |entry: &&Entry| !entry.what.is_quiet() && policy::may_see(entry, visitor);
    let mut shown: Vec<Entry> = entries.iter().filter(is_shown).cloned().collect();
    for by in changes {
        let place = by.what.about().and_then(|seq| shown.binary_search_by_key(&seq, |entry| entry.seq).ok());
        if let Some(place) = place {
            view::change(&mut shown[place], by);
        }
    }
    shown
}
