//! The writer's cache of large rooms, because reading a thousand seats takes longer than any change of them.
//!
//! Only the writer changes rooms, and each change increments the room's `rev`. So a cached room equals the stored one if their
//! `rev` is the same. This holds after a failed transaction too, because the increment is undone with the rest.

use std::collections::HashMap;

use parking_lot::{Mutex, MutexGuard};

use chat::id::RoomId;
use chat::record::Room;

/// Rooms with fewer seats are not cached, since reading them from the database is as fast.
const LARGE_ROOM_SEATS: usize = 32;

/// The largest weight of all cached rooms together. A seat or a bar weighs 1, and takes about 300 bytes.
const MAX_WEIGHT: usize = 20_000;

/// A room with the place number of each of its seats.
pub struct PlacedRoom {
    pub room: Room,
    pub places: Vec<i64>,
}

#[derive(Default)]
pub struct RoomCache(Mutex<Cached>);

#[derive(Default)]
struct Cached {
    rooms: HashMap<RoomId, (u64, PlacedRoom)>,
    weight: usize,
    /// Counts the calls of `put`. The room with the lowest count is evicted first.
    uses: u64,
}

impl PlacedRoom {
    fn weight(&self) -> usize {
        self.room.seats.len() + self.room.bars.len()
    }
}

impl RoomCache {
    /// Takes the room out of the cache. The caller puts it back after use.
    pub fn take(&self, id: RoomId) -> Option<PlacedRoom> {
        let mut cached = self.lock();
        let (_, placed) = cached.rooms.remove(&id)?;
        cached.weight -= placed.weight();
        Some(placed)
    }

    pub fn put(&self, placed: PlacedRoom) {
        if !is_large(&placed.room) {
            return;
        }
        let mut cached = self.lock();
        cached.uses += 1;
        cached.weight += placed.weight();
        let (uses, id) = (cached.uses, placed.room.id);
        if let Some((_, before)) = cached.rooms.insert(id, (uses, placed)) {
            cached.weight -= before.weight();
        }
        while cached.weight > MAX_WEIGHT {
            let oldest = cached.rooms.iter().min_by_key(|(_, (used, _))| *used).map(|(id, _)| *id);
            let Some((_, gone)) = oldest.and_then(|id| cached.rooms.remove(&id)) else { return };
            cached.weight -= gone.weight();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Cached> {
        self.0.lock()
    }
}

/// Whether a room is worth caching.
pub fn is_large(room: &Room) -> bool {
    room.seats.len() >= LARGE_ROOM_SEATS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::cases::{NOW, new_room, person};
    use chat::record::Seat;

    fn placed(seats: usize) -> PlacedRoom {
        let (mut room, _) = new_room(&[1], 1000);
        room.seats = vec![Seat::new(person(1), NOW); seats];
        PlacedRoom { places: (1..=seats as i64).collect(), room }
    }

    #[test]
    fn the_rooms_used_last_are_kept_up_to_a_weight() {
        let cache = RoomCache::default();
        let rooms: Vec<_> = (0..30).map(|_| placed(1000)).collect();
        let ids: Vec<_> = rooms.iter().map(|placed| placed.room.id).collect();
        for placed in rooms {
            cache.put(placed);
            let first = cache.take(ids[0]).expect("used again and again");
            cache.put(first);
        }
        let kept = ids.iter().filter(|id| cache.take(**id).is_some()).count();
        assert_eq!((kept, cache.lock().weight), (MAX_WEIGHT / 1000, 0));
    }

    #[test]
    fn small_rooms_are_not_kept() {
        let cache = RoomCache::default();
        let small = placed(LARGE_ROOM_SEATS - 1);
        let id = small.room.id;
        cache.put(small);
        assert!(cache.take(id).is_none());
    }
}
