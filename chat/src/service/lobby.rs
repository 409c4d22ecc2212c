//! The lobby in memory: cards of all rooms, newest first. Pages, search over titles and live changes come from here.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Notify, broadcast};

use super::frame;
use crate::event::{Down, LobbyChange, LobbyPage, Totals};
use crate::id::RoomId;
use crate::record::Room;
use crate::room::RoomCard;
use crate::time::Timestamp;

/// Rooms on one page.
pub const PAGE: usize = 50;

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
}

struct Known {
    card: RoomCard,
    rev: u64,
    /// The `spoken_at` the watchers know.
    told_spoken: Option<Timestamp>,
}

impl Lobby {
    pub fn new(cards: Vec<RoomCard>) -> Self {
        let mut state = State::default();
        for card in cards {
            state.people += u32::from(card.people);
            state.rooms.insert(card.id, Known { told_spoken: card.spoken_at, card, rev: 0 });
        }
        Self { state: RwLock::new(state), frames: broadcast::Sender::new(QUEUE), changed: Notify::new() }
    }

    /// Up to [`PAGE`] rooms whose titles match, older than `before`.
    pub fn page(&self, query: &str, before: Option<RoomId>) -> LobbyPage {
        self.read().page(query, before)
    }

    pub fn totals(&self) -> Totals {
        self.read().totals()
    }

    /// Seats taken in a room, as far as known here.
    pub fn people(&self, room: RoomId) -> Option<u16> {
        self.read().rooms.get(&room).map(|known| known.card.people)
    }

    /// A room is new or has changed. Older news than what is known is ignored.
    pub fn put(&self, room: &Room) {
        let mut state = self.write();
        if state.gone.contains_key(&room.id) || state.rooms.get(&room.id).is_some_and(|known| known.rev > room.rev) {
            return;
        }
        let mut card = room.card();
        let known = state.rooms.remove(&room.id);
        let told_spoken = known.as_ref().and_then(|known| known.told_spoken);
        let people_before = known.as_ref().map_or(0, |known| known.card.people);
        card.spoken_at = card.spoken_at.max(known.and_then(|known| known.card.spoken_at));
        state.people = state.people + u32::from(card.people) - u32::from(people_before);
        state.rooms.insert(room.id, Known { card, rev: room.rev, told_spoken });
        self.mark(state, room.id);
    }

    pub fn remove(&self, room: RoomId, now: Duration) {
        let mut state = self.write();
        state.gone.insert(room, now);
        if let Some(known) = state.rooms.remove(&room) {
            state.people -= u32::from(known.card.people);
            self.mark(state, room);
        }
    }

    /// Somebody said something.
    pub fn spoke(&self, room: RoomId, at: Timestamp) {
        let mut state = self.write();
        let Some(known) = state.rooms.get_mut(&room) else { return };
        known.card.spoken_at = known.card.spoken_at.max(Some(at));
        if known.told_spoken.is_none_or(|told| at.millis_since(told) >= SPOKEN_STEP_MS) {
            known.told_spoken = Some(at);
            self.mark(state, room);
        }
    }

    /// The first page as a frame, and the frames from then on.
    pub fn watch(&self) -> (Bytes, broadcast::Receiver<Bytes>) {
        let state = self.read();
        let frames = self.frames.subscribe();
        (frame::encode(&Down::Lobby(state.page("", None))), frames)
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
    fn page(&self, query: &str, before: Option<RoomId>) -> LobbyPage {
        let older = match before {
            Some(before) => self.rooms.range(..before),
            None => self.rooms.range(..),
        };
        let newest_first = older.rev().map(|(_, known)| &known.card);
        let mut matching = newest_first.filter(|card| query.is_empty() || card.title.matches(query));
        let cards: Vec<_> = matching.by_ref().take(PAGE).cloned().collect();
        LobbyPage { cards, more: matching.next().is_some(), totals: self.totals() }
    }

    fn totals(&self) -> Totals {
        Totals { rooms: u32::try_from(self.rooms.len()).unwrap_or(u32::MAX), people: self.people }
    }
}
