//! Pages of a room's log, and the snapshots that begin with one.

use std::sync::Arc;

use rusqlite::{Connection, params};

use super::log::{last_seq, read_many};
use super::lookup::{self, RoomState};
use super::snapshot_cache::{Cached, SnapshotCache};
use super::sql;
use super::values::{Count, Failure};
use crate::store::{Snapshot, shown};
use chat::entry::{Entry, LogPage};
use chat::id::{RoomId, VisitorId};
use chat::policy;
use chat::record::Room;
use chat::time::Timestamp;

/// A stretch of the log, with the entries that some visitors may not see.
pub struct Stretch {
    entries: Vec<Entry>,
    /// The entries about messages in the stretch, ordered as [`shown`] needs them.
    changes: Vec<Entry>,
    first: u64,
    /// The number of the log's last entry.
    seq: u64,
    /// The number of messages that were asked for.
    messages: u32,
}

impl Stretch {
    /// The stretch of the page before the entry `before`. A page begins with a message, so that each system line is on
    /// exactly one page. Two pages may begin otherwise: the oldest one, at the start of the log, and one that is cut at
    /// its greatest length.
    fn before(db: &Connection, room: RoomId, before: u64, messages: u32) -> Result<Self, Failure> {
        let seq = last_seq(db, room)?;
        let before = before.min(seq + 1);
        // The numbers of entries have no gaps, so subtracting counts entries.
        let longest = before.saturating_sub(LogPage::MAX_LINES).max(1);
        let starts: Vec<Count> = db
            .prepare_cached(sql::PAGE_STARTS)?
            .query_map(params![room.0, Count(before), messages.saturating_sub(1), Count(longest)], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let first = match starts[..] {
            [Count(first), _] => first,
            _ => longest,
        };
        let range = params![room.0, Count(first), Count(before)];
        let entries = read_many(db, sql::ENTRIES_BETWEEN, range)?;
        let changes = read_many(db, sql::CHANGES_BETWEEN, range)?;
        Ok(Self { entries, changes, first, seq, messages })
    }

    fn newest(db: &Connection, room: RoomId, messages: u32) -> Result<Self, Failure> {
        Self::before(db, room, u64::MAX, messages)
    }

    fn page(&self, visitor: VisitorId) -> LogPage {
        let entries = shown(&self.entries, &self.changes, visitor);
        LogPage { entries, more: self.first > 1, first: self.first, seq: self.seq, gifs: Vec::new() }
    }

    /// How many entries it holds.
    pub fn len(&self) -> usize {
        self.entries.len() + self.changes.len()
    }
}

pub fn snapshot(
    db: &Connection,
    cache: &SnapshotCache,
    id: RoomId,
    visitor: VisitorId,
    messages: u32,
) -> Result<Snapshot, Failure> {
    let current = CurrentParts::of(db, cache, id, messages)?;
    let room = match current.room {
        Some(room) => room,
        None => Arc::new(lookup::load(db, id)?),
    };
    let stretch = match current.stretch {
        Some(stretch) => stretch,
        None => Arc::new(Stretch::newest(db, id, messages)?),
    };
    cache.put(Cached { room: Arc::clone(&room), stretch: Arc::clone(&stretch) });
    made_of(&room, current.spoken_at, &stretch, visitor)
}

/// Like [`snapshot`], but from the cache alone, which takes a few microseconds. `None` when a part is not cached, or has
/// changed since it was cached.
pub fn cached_snapshot(
    db: &Connection,
    cache: &SnapshotCache,
    id: RoomId,
    visitor: VisitorId,
    messages: u32,
) -> Result<Option<Snapshot>, Failure> {
    let CurrentParts { room: Some(room), stretch: Some(stretch), spoken_at } =
        CurrentParts::of(db, cache, id, messages)?
    else {
        return Ok(None);
    };
    made_of(&room, spoken_at, &stretch, visitor).map(Some)
}

/// The cached parts that are still equal to what the database has.
struct CurrentParts {
    room: Option<Arc<Room>>,
    stretch: Option<Arc<Stretch>>,
    spoken_at: Option<Timestamp>,
}

impl CurrentParts {
    fn of(db: &Connection, cache: &SnapshotCache, id: RoomId, messages: u32) -> Result<Self, Failure> {
        let RoomState { rev, spoken_at } = lookup::state(db, id)?;
        let Some(Cached { room, stretch }) = cache.get(id) else {
            return Ok(Self { room: None, stretch: None, spoken_at });
        };
        let is_current = stretch.messages == messages && stretch.seq == last_seq(db, id)?;
        Ok(Self { room: (room.rev == rev).then_some(room), stretch: is_current.then_some(stretch), spoken_at })
    }
}

fn made_of(
    room: &Room,
    spoken_at: Option<Timestamp>,
    stretch: &Stretch,
    visitor: VisitorId,
) -> Result<Snapshot, Failure> {
    policy::seat_of(room, visitor)?;
    let room = Room { spoken_at, ..room.clone() };
    Ok(Snapshot { room, page: stretch.page(visitor), seq: stretch.seq })
}

pub fn page_before(
    db: &Connection,
    room: RoomId,
    visitor: VisitorId,
    before: u64,
    messages: u32,
) -> Result<LogPage, Failure> {
    Ok(Stretch::before(db, room, before, messages)?.page(visitor))
}
