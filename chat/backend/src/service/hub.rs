//! Delivers to this node's sockets, room by room: takes what the bus delivers, puts it in order without a gap, and hands the
//! same bytes to all sockets of a room.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::{Notify, broadcast};

use super::fan_out::{self, Signal, Subscriber};
use super::frame;
use super::tail::Tail;
use crate::bus::{Envelope, Framed, Notice, RoomEvent};
use chat::event::Down;
use chat::id::{RoomId, VisitorId};

/// How many frames a socket may be behind its room. A socket further back is closed as too slow and returns with its cursor, so
/// memory stays bounded however slowly somebody reads. All sockets of a room share one ring buffer.
const QUEUE: usize = 256;

/// How many entries wait for a missing one before them. Any others are dropped, and read from the store later.
const MAX_EARLY: usize = 1024;

/// How long an entry waits for the missing one before it, which a task may be about to publish, before the store is read.
const GAP_TIMEOUT: Duration = Duration::from_millis(200);

#[derive(Default)]
pub struct Hub {
    rooms: Mutex<HashMap<RoomId, Arc<Channel>>>,
    /// Rooms whose log may hold more than what came here.
    doubts: Arc<Doubts>,
}

#[derive(Default)]
struct Doubts {
    rooms: Mutex<HashSet<RoomId>>,
    raised: Notify,
}

/// A room with at least one socket on this node.
pub struct Channel {
    room: RoomId,
    sequence: Mutex<Sequence>,
    signals: broadcast::Sender<Signal>,
    /// All joined sockets, in sync or not.
    sockets: AtomicUsize,
    doubts: Arc<Doubts>,
    /// The people whose pages have been gone for a while, as the sockets were told, ordered by id.
    absent: Mutex<Vec<VisitorId>>,
    /// Held while the store is read for this room, so that one socket reads and the others find the result in the tail.
    pub reading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Sequence {
    /// The `seq` that goes out next. `None` until the store has been asked.
    next: Option<u64>,
    /// Entries that came before the one they follow.
    early: BTreeMap<u64, Framed>,
    /// The last entries that went out, kept for sockets that come back.
    tail: Tail,
    /// Subscribers attached since the last batch.
    attached: Vec<Arc<Subscriber>>,
    /// Whether the fan-out task of the room runs.
    has_writer: bool,
}

/// What a channel has for a given cursor.
pub enum Found {
    /// All entries after the cursor.
    All(Vec<Framed>),
    /// The first entries after the cursor. There are more.
    Page(Vec<Framed>),
    /// The cursor is ahead of what went out here: the channel is behind.
    Ahead,
    /// The channel does not have these entries. They are in the store.
    NotCached,
}

impl Hub {
    /// The room's channel, and its signals from now on.
    pub fn join(&self, room: RoomId) -> (Arc<Channel>, broadcast::Receiver<Signal>) {
        let mut rooms = self.lock();
        let channel = rooms.entry(room).or_insert_with(|| {
            Arc::new(Channel {
                room,
                sequence: Mutex::default(),
                signals: broadcast::Sender::new(QUEUE),
                sockets: AtomicUsize::new(0),
                doubts: self.doubts.clone(),
                absent: Mutex::default(),
                reading: tokio::sync::Mutex::default(),
            })
        });
        channel.sockets.fetch_add(1, Ordering::Relaxed);
        (channel.clone(), channel.signals.subscribe())
    }

    /// Must be called once at the end of each [`Hub::join`]. Drops the channel and returns true when nobody is joined any more.
    pub fn leave(&self, room: RoomId) -> bool {
        let mut rooms = self.lock();
        // The count cannot race with a join, because the rooms are locked.
        let is_empty = rooms.get(&room).is_some_and(|channel| channel.sockets.fetch_sub(1, Ordering::Relaxed) == 1);
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
            RoomEvent::Gif(notice) => channel.send(Signal::News(notice)),
            RoomEvent::Gone => channel.end(),
        }
    }

    /// Marks that entries of this room may have been lost on their way here.
    pub fn doubt(&self, room: RoomId) {
        if self.channel(room).is_some() {
            self.doubts.raise(room);
        }
    }

    /// Waits until rooms are marked by [`Hub::doubt`], and takes them.
    pub async fn doubted(&self) -> HashSet<RoomId> {
        loop {
            let rooms = std::mem::take(&mut *self.doubts.lock());
            if !rooms.is_empty() {
                return rooms;
            }
            self.doubts.raised.notified().await;
        }
    }

    /// Drops cached entries that nobody has asked for lately.
    pub fn sweep(&self) {
        for channel in self.channels() {
            channel.lock().tail.sweep();
        }
    }

    /// Held for a few instructions, never across an await.
    fn lock(&self) -> MutexGuard<'_, HashMap<RoomId, Arc<Channel>>> {
        self.rooms.lock()
    }
}

impl Doubts {
    fn raise(&self, room: RoomId) {
        self.lock().insert(room);
        self.raised.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<RoomId>> {
        self.rooms.lock()
    }
}

impl Channel {
    pub fn room(&self) -> RoomId {
        self.room
    }

    /// Sets where the room's log stood after this channel was made. Entries after that go out in order.
    pub fn start_after(&self, seq: u64) {
        let mut sequence = self.lock();
        if sequence.next.is_none() {
            sequence.next = Some(seq + 1);
            self.release(&mut sequence);
        }
    }

    /// The last `seq` that went out. `None` until the channel is started.
    pub fn last(&self) -> Option<u64> {
        self.lock().next.map(|next| next - 1)
    }

    /// Takes an entry. Entries may come in any order, and more than once.
    pub fn take(self: &Arc<Self>, entry: Framed) {
        let seq = entry.seq;
        let mut sequence = self.lock();
        if sequence.next.is_some_and(|next| seq < next) {
            return;
        }
        // The entry that all others wait for always has a place.
        if sequence.next == Some(seq) || sequence.early.len() < MAX_EARLY {
            sequence.early.insert(seq, entry);
        }
        self.release(&mut sequence);
        if !sequence.early.is_empty() && sequence.next.is_some() {
            tokio::spawn(Self::report_gap(Arc::downgrade(self), seq));
        }
    }

    /// The people whose pages have been gone for a while, as the sockets were last told.
    pub fn absent(&self) -> Vec<VisitorId> {
        self.absent.lock().clone()
    }

    /// Tells the sockets, if that has changed. `absent` is ordered by id.
    pub fn set_absent(&self, absent: Vec<VisitorId>) {
        let mut known = self.absent.lock();
        if *known != absent {
            // This lock keeps sockets from being attached meanwhile.
            let _sequence = self.lock();
            (*known).clone_from(&absent);
            // A socket that asks for the list meanwhile waits, so that it is told nothing older afterwards.
            let frame = frame::encode(&Down::Absent { people: absent });
            self.send(Signal::News(Notice { frame, audience: None }));
        }
    }

    /// Tells the sockets that this visitor has come back.
    pub fn is_back(&self, visitor: VisitorId) {
        let mut absent = self.absent();
        if let Ok(place) = absent.binary_search(&visitor) {
            absent.remove(place);
            self.set_absent(absent);
        }
    }

    /// The room has ended.
    pub fn end(&self) {
        // The lock keeps sockets from being attached meanwhile.
        let _sequence = self.lock();
        self.send(Signal::Gone);
    }

    /// The signals from now on, for a socket that was detached.
    pub fn receiver(&self) -> broadcast::Receiver<Signal> {
        self.signals.subscribe()
    }

    /// Attaches a socket that has been sent everything up to `seq`: the fan-out task writes to it from now on. `None` when
    /// something has gone out since, or waits in `signals`.
    pub fn attach(
        self: &Arc<Self>,
        seq: u64,
        signals: &broadcast::Receiver<Signal>,
        subscriber: impl FnOnce() -> Arc<Subscriber>,
    ) -> Option<Arc<Subscriber>> {
        let mut sequence = self.lock();
        if sequence.next != Some(seq + 1) || !signals.is_empty() {
            return None;
        }
        if !sequence.has_writer {
            sequence.has_writer = true;
            let channel = Arc::downgrade(self);
            let attached = move || channel.upgrade().map(|channel| channel.take_attached());
            tokio::spawn(fan_out::run(self.signals.subscribe(), attached));
        }
        let subscriber = subscriber();
        if sequence.attached.len() == sequence.attached.capacity() {
            // In a quiet room nothing else would drop subscribers that were detached.
            sequence.attached.retain(|known| known.is_in_sync());
        }
        sequence.attached.push(subscriber.clone());
        Some(subscriber)
    }

    /// Takes the subscribers that were attached since the last call.
    pub fn take_attached(&self) -> Vec<Arc<Subscriber>> {
        std::mem::take(&mut self.lock().attached)
    }

    /// Looks up the entries after `cursor`.
    pub fn after(&self, cursor: u64) -> Found {
        let mut sequence = self.lock();
        match sequence.next {
            None => Found::NotCached,
            Some(next) if cursor == next - 1 => Found::All(Vec::new()),
            Some(next) if cursor >= next => Found::Ahead,
            Some(_) => match sequence.tail.after(cursor) {
                Some(frames) => Found::All(frames),
                None => sequence.tail.page_after(cursor).map_or(Found::NotCached, Found::Page),
            },
        }
    }

    /// Caches a page that was read from the store when `last` was the last entry that had gone out. The page is not cached if
    /// more has gone out since, because that may have changed its entries.
    pub fn cache_page(&self, page: &[Framed], last: Option<u64>) {
        let mut sequence = self.lock();
        if sequence.next.map(|next| next - 1) == last {
            sequence.tail.cache_page(page);
        }
    }

    /// Caches entries from the store for the next socket with a similar cursor, and sends those that have not gone out yet.
    pub fn add_from_store(self: &Arc<Self>, read: &[Framed]) {
        let last = {
            let mut sequence = self.lock();
            let Some(next) = sequence.next else { return };
            sequence.tail.prepend(read.iter().filter(|entry| entry.seq < next), next);
            next - 1
        };
        for entry in read.iter().filter(|entry| entry.seq > last) {
            self.take(entry.clone());
        }
    }

    /// Sends the entries that are next in order, as far as they are here.
    fn release(&self, sequence: &mut Sequence) {
        let Some(mut next) = sequence.next else { return };
        while let Some(first) = sequence.early.first_entry() {
            if *first.key() > next {
                break;
            }
            let entry = first.remove();
            if entry.seq == next {
                next += 1;
                sequence.tail.push(&entry);
                self.send(Signal::Entry(entry));
            }
        }
        sequence.next = Some(next);
    }

    async fn report_gap(channel: Weak<Self>, seq: u64) {
        tokio::time::sleep(GAP_TIMEOUT).await;
        let Some(channel) = channel.upgrade() else { return };
        if channel.lock().early.contains_key(&seq) {
            channel.doubts.raise(channel.room);
        }
    }

    fn send(&self, signal: Signal) {
        // Without a receiver this fails, which is no error: the last socket has just gone.
        let _ = self.signals.send(signal);
    }

    fn lock(&self) -> MutexGuard<'_, Sequence> {
        self.sequence.lock()
    }
}

#[cfg(test)]
mod tests;
