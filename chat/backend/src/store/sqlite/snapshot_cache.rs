//! The cache of the parts of snapshots: rooms, and the newest stretches of their logs. Whenever a page of a room is
//! opened, it reads a snapshot.
//!
//! A cached part is compared with the database in the transaction that uses it. Each change of a room increments its
//! `rev`, and each change of a log appends an entry, so a part is current if the `rev` or the last `seq` is the same.

use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use super::stretch::Stretch;
use chat::id::RoomId;
use chat::record::Room;

/// The most bytes that all cached parts take together, by the estimates below.
const MAX_BYTES: u64 = 16 << 20;
const BYTES_PER_SEAT: usize = 300;
const BYTES_PER_ENTRY: usize = 600;

/// How long a part is used. Removed texts leave the memory after this time at the latest, when the cache is used next.
const LIFETIME: Duration = Duration::from_secs(600);

pub struct SnapshotCache(Cache<RoomId, Cached>);

#[derive(Clone)]
pub struct Cached {
    pub room: Arc<Room>,
    pub stretch: Arc<Stretch>,
}

impl Default for SnapshotCache {
    fn default() -> Self {
        Self(
            Cache::builder().max_capacity(MAX_BYTES).weigher(|_, cached| weight(cached)).time_to_live(LIFETIME).build(),
        )
    }
}

impl SnapshotCache {
    pub fn get(&self, room: RoomId) -> Option<Cached> {
        self.0.get(&room)
    }

    pub fn put(&self, cached: Cached) {
        self.0.insert(cached.room.id, cached);
    }
}

fn weight(cached: &Cached) -> u32 {
    let people = cached.room.seats.len() + cached.room.bars.len();
    let entries = cached.stretch.len();
    u32::try_from(people * BYTES_PER_SEAT + entries * BYTES_PER_ENTRY).unwrap_or(u32::MAX)
}
