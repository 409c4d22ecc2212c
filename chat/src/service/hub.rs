//! This node's sockets, room by room: takes what the bus delivers, puts it in order, and hands the same bytes to all.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::broadcast;

use crate::bus::{Envelope, Inbox, RoomEvent};
use crate::id::{RoomId, VisitorId};

/// Frames a socket may be behind its room. One that falls further back is closed as too slow, and comes back with its
/// cursor: memory stays bounded however slowly somebody reads. The ring is shared by the sockets of a room.
const QUEUE: usize = 256;

/// How long a frame waits for the one before it, which another task is about to publish. Then it goes out all the same,
/// and each socket reads what it lacks from the store.
const PATIENCE: Duration = Duration::from_millis(200);

/// What every socket of a room is handed.
#[derive(Debug, Clone)]
pub enum Signal {
    Entry { seq: u64, frame: Bytes, leaver: Option<VisitorId> },
    Gone,
}

#[derive(Default)]
pub struct Hub {
    rooms: Mutex<HashMap<RoomId, Arc<Channel>>>,
}

/// One room with at least one socket here.
pub struct Channel {
    order: Mutex<Order>,
    signals: broadcast::Sender<Signal>,
}

#[derive(Default)]
struct Order {
    /// The `seq` to go out next; unknown until the store has been asked.
    next: Option<u64>,
    /// Came too early.
    held: BTreeMap<u64, Signal>,
}

impl Hub {
    /// The room's channel, and its signals from now on.
    pub fn join(&self, room: RoomId) -> (Arc<Channel>, broadcast::Receiver<Signal>) {
        let mut rooms = self.lock();
        let channel = rooms
            .entry(room)
            .or_insert_with(|| Arc::new(Channel { order: Mutex::default(), signals: broadcast::Sender::new(QUEUE) }));
        (channel.clone(), channel.signals.subscribe())
    }

    /// Drops the room's channel when nobody is joined to it. To be called after a receiver was dropped.
    pub fn leave(&self, room: RoomId) -> bool {
        let mut rooms = self.lock();
        let is_empty = rooms.get(&room).is_some_and(|channel| channel.signals.receiver_count() == 0);
        if is_empty {
            rooms.remove(&room);
        }
        is_empty
    }

    /// A std mutex: held for a few instructions, never across an await.
    fn lock(&self) -> MutexGuard<'_, HashMap<RoomId, Arc<Channel>>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inbox for Hub {
    fn deliver(&self, envelope: Envelope) {
        let Some(channel) = self.lock().get(&envelope.room).cloned() else { return };
        match envelope.event {
            RoomEvent::Entry { seq, frame, leaver } => {
                channel.take(seq, Signal::Entry { seq, frame, leaver });
            }
            RoomEvent::Gone => channel.send(Signal::Gone),
        }
    }
}

impl Channel {
    /// Says where the room's log stood after this channel was made: what follows goes out in order.
    pub fn start_after(&self, seq: u64) {
        let mut order = self.lock();
        if order.next.is_none() {
            order.next = Some(seq + 1);
            self.release(&mut order);
        }
    }

    pub fn is_started(&self) -> bool {
        self.lock().next.is_some()
    }

    fn take(self: &Arc<Self>, seq: u64, signal: Signal) {
        let mut order = self.lock();
        if order.next.is_some_and(|next| seq < next) {
            return;
        }
        order.held.insert(seq, signal);
        self.release(&mut order);
        if !order.held.is_empty() && order.next.is_some() {
            tokio::spawn(Self::lose_patience(Arc::downgrade(self), seq));
        }
    }

    /// Sends what is next in order, as far as it is there.
    fn release(&self, order: &mut Order) {
        let Some(mut next) = order.next else { return };
        while let Some(first) = order.held.first_entry() {
            if *first.key() > next {
                break;
            }
            if *first.key() == next {
                next += 1;
                self.send(first.remove());
            } else {
                first.remove();
            }
        }
        order.next = Some(next);
    }

    async fn lose_patience(channel: Weak<Self>, seq: u64) {
        tokio::time::sleep(PATIENCE).await;
        let Some(channel) = channel.upgrade() else { return };
        let mut order = channel.lock();
        if order.held.contains_key(&seq) {
            order.next = order.held.keys().next().copied();
            channel.release(&mut order);
        }
    }

    fn send(&self, signal: Signal) {
        // No receiver is no error: the last socket has just gone.
        let _ = self.signals.send(signal);
    }

    fn lock(&self) -> MutexGuard<'_, Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: RoomId = RoomId([1; 16]);

    fn entry(seq: u64) -> Envelope {
        let frame = Bytes::from(seq.to_string());
        Envelope { room: ROOM, event: RoomEvent::Entry { seq, frame, leaver: None } }
    }

    fn received(signals: &mut broadcast::Receiver<Signal>) -> Vec<u64> {
        std::iter::from_fn(|| signals.try_recv().ok())
            .map(|signal| match signal {
                Signal::Entry { seq, .. } => seq,
                Signal::Gone => 0,
            })
            .collect()
    }

    #[tokio::test]
    async fn entries_go_out_in_order_and_once() {
        let hub = Hub::default();
        let (channel, mut signals) = hub.join(ROOM);
        hub.deliver(entry(6));
        assert_eq!(received(&mut signals), Vec::<u64>::new(), "where the log stands is not known yet");
        channel.start_after(4);
        assert_eq!(received(&mut signals), Vec::<u64>::new(), "5 is missing");
        for seq in [5, 4, 8, 7, 7] {
            hub.deliver(entry(seq));
        }
        assert_eq!(received(&mut signals), [5, 6, 7, 8]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_hole_that_stays_is_left_to_the_store() {
        let hub = Hub::default();
        let (channel, mut signals) = hub.join(ROOM);
        channel.start_after(0);
        hub.deliver(entry(2));
        hub.deliver(entry(3));
        assert_eq!(received(&mut signals), Vec::<u64>::new());
        tokio::task::yield_now().await;
        tokio::time::advance(PATIENCE * 2).await;
        tokio::task::yield_now().await;
        assert_eq!(received(&mut signals), [2, 3]);
    }

    #[test]
    fn a_channel_lives_as_long_as_somebody_listens() {
        let hub = Hub::default();
        let (_, first) = hub.join(ROOM);
        let (_, second) = hub.join(ROOM);
        drop(first);
        assert!(!hub.leave(ROOM));
        drop(second);
        assert!(hub.leave(ROOM));
        assert!(hub.lock().is_empty());
    }
}
