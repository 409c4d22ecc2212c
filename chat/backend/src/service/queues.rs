//! One queue per room: its changes reach the store one after the other, so that a crowd in one room has only one change at
//! a time in the store, and other rooms wait for that one at most. Messages join the store's next batch without queueing
//! here.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::OwnedMutexGuard;

use chat::id::RoomId;

/// The queues of the rooms that are being changed. Other rooms have none.
#[derive(Default)]
pub struct Queues {
    rooms: Mutex<HashMap<RoomId, Arc<tokio::sync::Mutex<()>>>>,
}

/// The right to change a room. Dropping it lets the next one in the queue continue.
pub struct RoomLock<'a> {
    queues: &'a Queues,
    room: RoomId,
    guard: Option<OwnedMutexGuard<()>>,
}

impl Queues {
    /// Waits for all changes of this room that were queued before.
    pub async fn wait(&self, room: RoomId) -> RoomLock<'_> {
        let queue = self.lock().entry(room).or_default().clone();
        // The lock is made before waiting, so that its drop cleans up even if the last one in the queue stops waiting.
        let mut lock = RoomLock { queues: self, room, guard: None };
        lock.guard = Some(queue.lock_owned().await);
        lock
    }

    /// Held for a few instructions, never across an await.
    fn lock(&self) -> MutexGuard<'_, HashMap<RoomId, Arc<tokio::sync::Mutex<()>>>> {
        self.rooms.lock()
    }
}

impl Drop for RoomLock<'_> {
    fn drop(&mut self) {
        drop(self.guard.take());
        let mut rooms = self.queues.lock();
        // Everybody who waits or is about to has a reference too, taken while this map was locked.
        if rooms.get(&self.room).is_some_and(|queue| Arc::strong_count(queue) == 1) {
            rooms.remove(&self.room);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_room_waits_for_itself_and_for_no_other() {
        let (queues, one, other) = (Queues::default(), RoomId([1; 16]), RoomId([2; 16]));
        let first = queues.wait(one).await;
        let mut second = Box::pin(queues.wait(one));
        assert!((&mut second).now_or_never().is_none());
        assert!(queues.wait(other).now_or_never().is_some());
        drop(first);
        assert!(second.now_or_never().is_some());
    }

    #[tokio::test]
    async fn nothing_stays_of_rooms_that_nobody_changes() {
        let (queues, room) = (Queues::default(), RoomId([1; 16]));
        let first = queues.wait(room).await;
        let mut hangs_up = Box::pin(queues.wait(room));
        assert!((&mut hangs_up).now_or_never().is_none());
        drop(first);
        drop(hangs_up);
        assert!(queues.lock().is_empty());
    }
}
