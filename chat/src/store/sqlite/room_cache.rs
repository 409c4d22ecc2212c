//! Large rooms as the writer has left them: reading a thousand seats takes longer than any change of them.
//!
//! Only the writer changes rooms, and each change counts their `rev` up. So what is kept here is what is stored, if the
//! `rev` is the same: also after a transaction that could not be stored, whose counting is undone with the rest.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::id::RoomId;
use crate::record::Room;

/// Rooms with fewer seats are read as fast as they are found here.
const LARGE: usize = 32;

/// What all rooms together may weigh: a seat or a bar is one, and takes some 300 bytes.
const MOST: usize = 20_000;

/// A room with the place of each seat in the order of its room.
pub struct Placed {
    pub room: Room,
    pub places: Vec<i64>,
}

#[derive(Default)]
pub struct RoomCache(Mutex<Known>);

#[derive(Default)]
struct Known {
    rooms: HashMap<RoomId, (u64, Placed)>,
    weight: usize,
    /// Counts, so that the one that was not used for longest is known.
    uses: u64,
}

impl Placed {
    fn weight(&self) -> usize {
        self.room.seats.len() + self.room.bars.len()
    }
}

impl RoomCache {
    /// Takes the room out: whoever has done with it puts it back.
    pub fn take(&self, id: RoomId) -> Option<Placed> {
        let mut known = self.lock();
        let (_, placed) = known.rooms.remove(&id)?;
        known.weight -= placed.weight();
        Some(placed)
    }

    pub fn put(&self, placed: Placed) {
        if !is_large(&placed.room) {
            return;
        }
        let mut known = self.lock();
        known.uses += 1;
        known.weight += placed.weight();
        let (uses, id) = (known.uses, placed.room.id);
        if let Some((_, before)) = known.rooms.insert(id, (uses, placed)) {
            known.weight -= before.weight();
        }
        while known.weight > MOST {
            let oldest = known.rooms.iter().min_by_key(|(_, (used, _))| *used).map(|(id, _)| *id);
            let Some((_, gone)) = oldest.and_then(|id| known.rooms.remove(&id)) else { return };
            known.weight -= gone.weight();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it is worth keeping.
pub fn is_large(room: &Room) -> bool {
    room.seats.len() >= LARGE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Seat;
    use crate::store::cases::{NOW, new_room, person};

    fn placed(seats: usize) -> Placed {
        let (mut room, _) = new_room(&[1], 1000);
        room.seats = vec![Seat::new(person(1), NOW); seats];
        Placed { places: (1..=seats as i64).collect(), room }
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
        assert_eq!((kept, cache.lock().weight), (MOST / 1000, 0));
    }

    #[test]
    fn small_rooms_are_not_kept() {
        let cache = RoomCache::default();
        let small = placed(LARGE - 1);
        let id = small.room.id;
        cache.put(small);
        assert!(cache.take(id).is_none());
    }
}
