//! One queue a room: its changes reach the store one after the other, so that a crowd in one room has one change in what the
//! store does at a time, and others' rooms wait for that one only. (What is said is no change: it joins its batch at once.)

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::id::RoomId;

/// The queues of rooms that are being changed; others have none.
#[derive(Default)]
pub struct Queues {
    rooms: Mutex<HashMap<RoomId, Arc<tokio::sync::Mutex<()>>>>,
}

/// Whoever holds it may change the room. Dropping it lets the next one.
pub struct Head<'a> {
    queues: &'a Queues,
    room: RoomId,
    head: Option<OwnedMutexGuard<()>>,
}

impl Queues {
    /// Waits for whoever came before to this room.
    pub async fn wait(&self, room: RoomId) -> Head<'_> {
        let queue = self.lock().entry(room).or_default().clone();
        // (Made before it waits: whoever stops waiting may be the last who does.)
        let mut head = Head { queues: self, room, head: None };
        head.head = Some(queue.lock_owned().await);
        head
    }

    /// A std mutex: held for a few instructions, never across an await.
    fn lock(&self) -> MutexGuard<'_, HashMap<RoomId, Arc<tokio::sync::Mutex<()>>>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Head<'_> {
    fn drop(&mut self) {
        drop(self.head.take());
        let mut rooms = self.queues.lock();
        // Whoever waits or is about to holds it too, and joined while this was locked.
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
