//! This node's sockets, room by room: takes what the bus delivers, puts it in order without a hole, and hands the same
//! bytes to all.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, broadcast};

use super::tail::Tail;
use crate::bus::{Envelope, Framed, RoomEvent};
use crate::id::{RoomId, VisitorId};

/// Frames a socket may be behind its room. One that falls further back is closed as too slow, and comes back with its
/// cursor: memory stays bounded however slowly somebody reads. The ring is shared by the sockets of a room.
const QUEUE: usize = 256;

/// Entries that wait for one before them. More than these are not kept: they are read from the store.
const MOST_HELD: usize = 1024;

/// How long an entry waits for the one before it, which another task is about to publish. Then the store is read.
const PATIENCE: Duration = Duration::from_millis(200);

/// What every socket of a room is handed.
#[derive(Debug, Clone)]
pub enum Signal {
    Entry(Framed),
    /// Not stored; for all but who caused it.
    Passing {
        from: VisitorId,
        frame: Bytes,
    },
    Gone,
}

#[derive(Default)]
pub struct Hub {
    rooms: Mutex<HashMap<RoomId, Arc<Channel>>>,
    /// Rooms whose log may hold more than came here.
    doubts: Arc<Doubts>,
}

#[derive(Default)]
struct Doubts {
    rooms: Mutex<HashSet<RoomId>>,
    raised: Notify,
}

/// One room with at least one socket here.
pub struct Channel {
    room: RoomId,
    order: Mutex<Order>,
    signals: broadcast::Sender<Signal>,
    doubts: Arc<Doubts>,
    /// Held while the store is read for this room: one reads, the others find in the tail what they need.
    pub reading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Order {
    /// The `seq` to go out next; unknown until the store has been asked.
    next: Option<u64>,
    /// Came too early.
    held: BTreeMap<u64, Framed>,
    /// The last that went out, while somebody may come back for them.
    tail: Tail,
}

/// What somebody with a cursor finds in a channel.
pub enum Found {
    /// All that went out after the cursor.
    Frames(Vec<Framed>),
    /// Some of it, from where on there is more.
    Page(Vec<Framed>),
    /// The cursor is further than what went out here: the channel is behind.
    Ahead,
    /// It is not kept here.
    Nothing,
}

impl Hub {
    /// The room's channel, and its signals from now on.
    pub fn join(&self, room: RoomId) -> (Arc<Channel>, broadcast::Receiver<Signal>) {
        let mut rooms = self.lock();
        let channel = rooms.entry(room).or_insert_with(|| {
            Arc::new(Channel {
                room,
                order: Mutex::default(),
                signals: broadcast::Sender::new(QUEUE),
                doubts: self.doubts.clone(),
                reading: tokio::sync::Mutex::default(),
            })
        });
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

    pub fn channel(&self, room: RoomId) -> Option<Arc<Channel>> {
        self.lock().get(&room).cloned()
    }

    pub fn channels(&self) -> Vec<Arc<Channel>> {
        self.lock().values().cloned().collect()
    }

    pub fn deliver(&self, envelope: Envelope) {
        let Some(channel) = self.channel(envelope.room) else { return };
        match envelope.event {
            RoomEvent::Entry(entry) => channel.take(entry),
            RoomEvent::Passing { from, frame } => channel.send(Signal::Passing { from, frame }),
            RoomEvent::Gone => channel.end(),
        }
    }

    /// Something of this room may have been lost on its way here.
    pub fn doubt(&self, room: RoomId) {
        if self.channel(room).is_some() {
            self.doubts.raise(room);
        }
    }

    /// Waits for doubts, and takes them.
    pub async fn doubted(&self) -> HashSet<RoomId> {
        loop {
            let rooms = std::mem::take(&mut *self.doubts.lock());
            if !rooms.is_empty() {
                return rooms;
            }
            self.doubts.raised.notified().await;
        }
    }

    /// Lets go of what nobody comes back for any more.
    pub fn sweep(&self) {
        for channel in self.channels() {
            channel.lock().tail.sweep();
        }
    }

    /// A std mutex: held for a few instructions, never across an await.
    fn lock(&self) -> MutexGuard<'_, HashMap<RoomId, Arc<Channel>>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Doubts {
    fn raise(&self, room: RoomId) {
        self.lock().insert(room);
        self.raised.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<RoomId>> {
        self.rooms.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Channel {
    pub fn room(&self) -> RoomId {
        self.room
    }

    /// Says where the room's log stood after this channel was made: what follows goes out in order.
    pub fn start_after(&self, seq: u64) {
        let mut order = self.lock();
        if order.next.is_none() {
            order.next = Some(seq + 1);
            self.release(&mut order);
        }
    }

    /// The last `seq` that went out; `None` until the channel is started.
    pub fn last(&self) -> Option<u64> {
        self.lock().next.map(|next| next - 1)
    }

    /// Takes an entry, in whatever order they come. One that was here before is no news.
    pub fn take(self: &Arc<Self>, entry: Framed) {
        let seq = entry.seq;
        let mut order = self.lock();
        if order.next.is_some_and(|next| seq < next) {
            return;
        }
        // The one that all others wait for always has a place.
        if order.next == Some(seq) || order.held.len() < MOST_HELD {
            order.held.insert(seq, entry);
        }
        self.release(&mut order);
        if !order.held.is_empty() && order.next.is_some() {
            tokio::spawn(Self::lose_patience(Arc::downgrade(self), seq));
        }
    }

    /// The room is gone.
    pub fn end(&self) {
        self.send(Signal::Gone);
    }

    /// What went out after `cursor`.
    pub fn after(&self, cursor: u64) -> Found {
        let mut order = self.lock();
        match order.next {
            None => Found::Nothing,
            Some(next) if cursor == next - 1 => Found::Frames(Vec::new()),
            Some(next) if cursor >= next => Found::Ahead,
            Some(_) => match order.tail.after(cursor) {
                Some(frames) => Found::Frames(frames),
                None => order.tail.page_after(cursor).map_or(Found::Nothing, Found::Page),
            },
        }
    }

    /// Keeps a page that was read from the store when `last` had gone out, for others with a cursor in it. If more went out
    /// since, that may have changed what is in it.
    pub fn keep(&self, page: &[Framed], last: Option<u64>) {
        let mut order = self.lock();
        if order.next.map(|next| next - 1) == last {
            order.tail.keep(page);
        }
    }

    /// Keeps what was read from the store, for the next who comes with a cursor like this one. Entries that did not go
    /// out yet do so now.
    pub fn learn(self: &Arc<Self>, read: &[Framed]) {
        let last = {
            let mut order = self.lock();
            let Some(next) = order.next else { return };
            order.tail.learn(read.iter().filter(|entry| entry.seq < next), next);
            next - 1
        };
        for entry in read.iter().filter(|entry| entry.seq > last) {
            self.take(entry.clone());
        }
    }

    /// Sends what is next in order, as far as it is there.
    fn release(&self, order: &mut Order) {
        let Some(mut next) = order.next else { return };
        while let Some(first) = order.held.first_entry() {
            if *first.key() > next {
                break;
            }
            let entry = first.remove();
            if entry.seq == next {
                next += 1;
                order.tail.push(&entry);
                self.send(Signal::Entry(entry));
            }
        }
        order.next = Some(next);
    }

    async fn lose_patience(channel: Weak<Self>, seq: u64) {
        tokio::time::sleep(PATIENCE).await;
        let Some(channel) = channel.upgrade() else { return };
        if channel.lock().held.contains_key(&seq) {
            channel.doubts.raise(channel.room);
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
mod tests;
