//! The lobby in memory: cards of all rooms, newest first. Pages, search over titles and live changes come from here.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, btree_map};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, broadcast};

use super::frame;
use crate::event::{Down, LobbyChange, LobbyPage, Totals};
use crate::id::{RoomId, VisitorId};
use crate::room::{RoomCard, Slow, searched_for};
use crate::store::Listed;
use crate::time::Timestamp;

/// Rooms on one page.
pub const PAGE: usize = 50;

/// Titles that a search looks at in one go: some ten microseconds.
const STRETCH: usize = 500;

/// The least time between two frames to those who watch. Changes within it go together.
pub const CHANGE_INTERVAL: Duration = Duration::from_millis(250);

/// "Last spoken" is shown in minutes: a busy room tells its watchers no more often than this.
const SPOKEN_STEP_MS: u64 = 20_000;

/// How long a removed room is remembered, so that a slower answer about its last state does not bring it back.
const TOMBSTONE: Duration = Duration::from_secs(60);

/// Frames that a watcher may be behind before it is closed as too slow: 16 seconds of a lobby that never rests.
const QUEUE: usize = 64;

pub struct Lobby {
    state: RwLock<State>,
    /// Sent while `state` is locked, so that a watch sees either a change or the state after it.
    frames: broadcast::Sender<Bytes>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    rooms: BTreeMap<RoomId, Known>,
    people: u32,
    /// Changed or removed since the last frame.
    dirty: BTreeSet<RoomId>,
    gone: HashMap<RoomId, Duration>,
    /// Counts what was put.
    puts: u64,
}

struct Known {
    card: RoomCard,
    /// The title, as searches see it.
    searched: Box<str>,
    rev: u64,
    /// The `spoken_at` the watchers know.
    told_spoken: Option<Timestamp>,
    /// [`State::puts`] when it was put last.
    put: u64,
}

/// A moment before the store is read.
#[derive(Debug, Clone, Copy)]
pub struct Reading(u64);

impl Default for Lobby {
    fn default() -> Self {
        Self { state: RwLock::default(), frames: broadcast::Sender::new(QUEUE), changed: Notify::new() }
    }
}

impl Lobby {
    /// To be called before the store is asked for what [`Lobby::load`] is given.
    pub fn begin_reading(&self) -> Reading {
        Reading(self.read().puts)
    }

    /// All rooms as the store has them. What came in since the reading began is newer, and stays.
    pub fn load(&self, reading: Reading, listed: Vec<Listed>, now: Duration) {
        let there: HashSet<RoomId> = listed.iter().map(|listed| listed.card.id).collect();
        let is_over = |(id, known): (&RoomId, &Known)| (known.put <= reading.0 && !there.contains(id)).then_some(*id);
        let over: Vec<RoomId> = self.read().rooms.iter().filter_map(is_over).collect();
        for room in over {
            self.remove(room, now);
        }
        for Listed { card, rev } in listed {
            self.put(card, rev);
        }
    }

    /// The first [`PAGE`] rooms older than `before`.
    pub fn page(&self, before: Option<RoomId>) -> LobbyPage {
        self.read().page(before)
    }

    /// The first [`PAGE`] of them whose titles match. Looks at every title when few match: not for an async thread. Lets go
    /// of the lobby in between, so that nobody who changes it waits for more than [`STRETCH`] titles.
    pub fn search(&self, query: &str, before: Option<RoomId>) -> LobbyPage {
        let sought = searched_for(query);
        let (mut cards, mut before) = (Vec::new(), before);
        loop {
            let state = self.read();
            let mut seen = 0;
            for (id, known) in state.older_than(before).rev().take(STRETCH) {
                (seen, before) = (seen + 1, Some(*id));
                if known.searched.contains(&sought) {
                    if cards.len() == PAGE {
                        return LobbyPage { cards, more: true, totals: state.totals() };
                    }
                    cards.push(known.card.clone());
                }
            }
            if seen < STRETCH {
                return LobbyPage { cards, more: false, totals: state.totals() };
            }
            drop(state);
            // Once begun, a thread has the core for milliseconds, niced or not: longer than anybody's message takes.
            thread::yield_now();
        }
    }

    pub fn totals(&self) -> Totals {
        self.read().totals()
    }

    /// Seats taken in a room, as far as known here.
    pub fn people(&self, room: RoomId) -> Option<u16> {
        self.read().rooms.get(&room).map(|known| known.card.people)
    }

    /// How long `visitor` waits between two messages in a room, as far as known here: all but the owner do, where slow mode
    /// is on.
    pub fn slow_for(&self, visitor: VisitorId, room: RoomId) -> Slow {
        let state = self.read();
        let card = state.rooms.get(&room).map(|known| &known.card);
        card.filter(|card| card.owner.id != visitor).map_or(Slow::OFF, |card| card.slow)
    }

    /// A room is new or has changed. Older news than what is known is ignored.
    pub fn put(&self, mut card: RoomCard, rev: u64) {
        let mut state = self.write();
        let id = card.id;
        if state.gone.contains_key(&id) || state.rooms.get(&id).is_some_and(|known| known.rev > rev) {
            return;
        }
        state.puts += 1;
        let put = state.puts;
        let known = state.rooms.remove(&id);
        let told_spoken = known.as_ref().map_or(card.spoken_at, |known| known.told_spoken);
        card.spoken_at = card.spoken_at.max(known.as_ref().and_then(|known| known.card.spoken_at));
        let (is_news, people_before) = match &known {
            Some(known) => (known.card != card, known.card.people),
            None => (true, 0),
        };
        state.people = state.people + u32::from(card.people) - u32::from(people_before);
        let searched = match known {
            Some(known) if known.card.title == card.title => known.searched,
            _ => card.title.as_searched().into(),
        };
        state.rooms.insert(id, Known { card, searched, rev, told_spoken, put });
        if is_news {
            self.mark(state, id);
        }
    }

    pub fn remove(&self, room: RoomId, now: Duration) {
        let mut state = self.write();
        state.gone.insert(room, now);
        if let Some(known) = state.rooms.remove(&room) {
            state.people -= u32::from(known.card.people);
            self.mark(state, room);
        }
    }

    /// Somebody said something. True when that is worth telling: the minute shown may have changed.
    pub fn spoke(&self, room: RoomId, at: Timestamp) -> bool {
        let mut state = self.write();
        let Some(known) = state.rooms.get_mut(&room) else { return false };
        known.card.spoken_at = known.card.spoken_at.max(Some(at));
        let is_news = known.told_spoken.is_none_or(|told| at.millis_since(told) >= SPOKEN_STEP_MS);
        if is_news {
            known.told_spoken = Some(at);
            self.mark(state, room);
        }
        is_news
    }

    /// The first page as a frame, and the frames from then on.
    pub fn watch(&self) -> (Bytes, broadcast::Receiver<Bytes>) {
        let state = self.read();
        let frames = self.frames.subscribe();
        (frame::encode(&Down::Lobby(state.page(None))), frames)
    }

    /// Waits until something has changed since the last [`Lobby::tell`].
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Sends what has changed to those who watch.
    pub fn tell(&self) {
        let mut state = self.write();
        let dirty = std::mem::take(&mut state.dirty);
        if dirty.is_empty() || self.frames.receiver_count() == 0 {
            return;
        }
        let mut change = LobbyChange { totals: state.totals(), ..LobbyChange::default() };
        for id in dirty {
            match state.rooms.get(&id) {
                Some(known) => change.changed.push(known.card.clone()),
                None => change.removed.push(id),
            }
        }
        // No receiver is no error: nobody watches.
        let _ = self.frames.send(frame::encode(&Down::LobbyChange(change)));
    }

    /// Forgets rooms removed a while ago.
    pub fn sweep(&self, now: Duration) {
        self.write().gone.retain(|_, removed| now.saturating_sub(*removed) < TOMBSTONE);
    }

    fn mark(&self, mut state: RwLockWriteGuard<'_, State>, room: RoomId) {
        state.dirty.insert(room);
        drop(state);
        self.changed.notify_one();
    }

    /// A std lock: held for a page at most, never across an await.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn older_than(&self, before: Option<RoomId>) -> btree_map::Range<'_, RoomId, Known> {
        match before {
            Some(before) => self.rooms.range(..before),
            None => self.rooms.range(..),
        }
    }

    fn page(&self, before: Option<RoomId>) -> LobbyPage {
        let mut newest_first = self.older_than(before).rev().map(|(_, known)| &known.card);
        let cards: Vec<_> = newest_first.by_ref().take(PAGE).cloned().collect();
        LobbyPage { cards, more: newest_first.next().is_some(), totals: self.totals() }
    }

    fn totals(&self) -> Totals {
        Totals { rooms: u32::try_from(self.rooms.len()).unwrap_or(u32::MAX), people: self.people }
    }
}
