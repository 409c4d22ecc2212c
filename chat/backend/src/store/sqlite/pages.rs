//! Pages of a room's log, and the snapshots that begin with one.

use std::sync::Arc;

use rusqlite::Connection;

use super::entries::last_seq;
use super::lookup::{self, RoomState};
use super::snapshot_cache::{Cached, SnapshotCache};
use super::stretch::Stretch;
use super::values::Failure;
use crate::store::Snapshot;
use chat::entry::LogPage;
use chat::id::{RoomId, VisitorId};
use chat::policy;
use chat::record::Room;
use chat::time::Timestamp;

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
