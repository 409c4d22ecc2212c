//! The lobby in memory: the cards of all rooms, newest first. Pages, title search and live changes come from here.

mod feed;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, btree_map};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{RwLock, RwLockReadGuard, RwLockWriteGuard};
use tokio::sync::{Notify, broadcast};

pub use self::feed::LobbyFeed;
use super::frame;
use crate::store::Listed;
use chat::event::{Down, LOBBY_PAGE, LobbyChange, LobbyPage, Totals};
use chat::id::{RoomId, VisitorId};
use chat::room::{RoomCard, Slow, searched_for};
use chat::time::Timestamp;

/// How many titles a search looks at before it releases the lock: about ten microseconds.
const TITLES_PER_LOCK: usize = 500;

/// The least time between two frames to watchers. Changes within it are sent together.
pub const CHANGE_INTERVAL: Duration = Duration::from_millis(250);

/// How often the totals are sent when nothing else is. With ten thousand rooms they change all the time.
const TOTALS_INTERVAL: Duration = Duration::from_secs(1);

/// "Last spoken" is shown in minutes, so a busy room updates it for watchers no more often than this.
const SPOKEN_INTERVAL_MS: u64 = 20_000;

/// How long a removed room is remembered, so that late news of an earlier state does not bring it back.
const TOMBSTONE: Duration = Duration::from_secs(60);

/// How many frames a watcher may be behind before it is closed as too slow: 16 seconds of a lobby that changes all the time.
const QUEUE: usize = 64;

pub struct Lobby {
    state: RwLock<State>,
    /// The frames that all watchers get. Sent while `state` is locked, so that a new watcher misses no change: its first page
    /// shows it, or a later frame does.
    frames: broadcast::Sender<Bytes>,
    /// The same for watchers that show more than the first page. Each picks the cards it shows.
    changes: broadcast::Sender<Arc<Changes>>,
    changed: Notify,
    /// The store may have changes that did not come here.
    is_doubted: AtomicBool,
}

#[derive(Default)]
struct State {
    rooms: BTreeMap<RoomId, KnownRoom>,
    people: u32,
    /// Rooms that were changed or removed since the last frame.
    dirty: BTreeSet<RoomId>,
    removed: HashMap<RoomId, Duration>,
    /// The number of calls of [`Lobby::put`] that had an effect.
    puts: u64,
    last_sent: LastSent,
}

/// What was last sent to the watchers.
#[derive(Default)]
struct LastSent {
    /// The rooms on the first page.
    first_page: Vec<RoomId>,
    totals: Totals,
    at: Duration,
}

/// The rooms that changed: their cards, or `None` for a removed room.
pub struct Changes {
    rooms: HashMap<RoomId, Option<RoomCard>>,
    totals: Totals,
}

impl Changes {
    /// A frame with the changes of the `shown` rooms, if there are any.
    pub fn of(&self, shown: &HashSet<RoomId>) -> Option<Bytes> {
        let mut change = LobbyChange { totals: self.totals, ..LobbyChange::default() };
        for (id, card) in self.rooms.iter().filter(|(id, _)| shown.contains(*id)) {
            match card {
                Some(card) => change.changed.push(card.clone()),
                None => change.removed.push(*id),
            }
        }
        (!change.changed.is_empty() || !change.removed.is_empty()).then(|| frame::encode(&Down::LobbyChange(change)))
    }
}

struct KnownRoom {
    card: RoomCard,
    /// The title in the form that searches compare.
    searched: Box<str>,
    rev: u64,
    /// The `spoken_at` that was last sent to watchers.
    sent_spoken: Option<Timestamp>,
    /// The value of [`State::puts`] when this room was last put.
    put: u64,
}

/// Marks a moment before the store is read: the value of [`State::puts`] at that time.
#[derive(Debug, Clone, Copy)]
pub struct Reading(u64);

impl Default for Lobby {
    fn default() -> Self {
        Self {
            state: RwLock::default(),
            frames: broadcast::Sender::new(QUEUE),
            changes: broadcast::Sender::new(QUEUE),
            changed: Notify::new(),
            is_doubted: AtomicBool::new(false),
        }
    }
}

impl Lobby {
    /// Must be called before the store is read for [`Lobby::load`].
    pub fn begin_reading(&self) -> Reading {
        Reading(self.read().puts)
    }

    /// Marks that changes may have been lost on their way here.
    pub fn doubt(&self) {
        self.is_doubted.store(true, Ordering::Relaxed);
    }

    /// Whether [`Lobby::doubt`] was called since the last call of this.
    pub fn take_doubt(&self) -> bool {
        self.is_doubted.swap(false, Ordering::Relaxed)
    }

    /// Loads all rooms as the store has them. Whatever came in since `reading` began is newer, and stays.
    pub fn load(&self, reading: Reading, listed: Vec<Listed>, now: Duration) {
        let there: HashSet<RoomId> = listed.iter().map(|listed| listed.card.id).collect();
        let is_over =
            |(id, known): (&RoomId, &KnownRoom)| (known.put <= reading.0 && !there.contains(id)).then_some(*id);
        let over: Vec<RoomId> = self.read().rooms.iter().filter_map(is_over).collect();
        for room in over {
            self.remove(room, now);
        }
        for Listed { card, rev } in listed {
            self.put(card, rev);
        }
    }

    /// The first [`LOBBY_PAGE`] rooms older than `before`.
    pub fn page(&self, before: Option<RoomId>) -> LobbyPage {
        self.read().page(before)
    }

    /// The first [`LOBBY_PAGE`] rooms older than `before` whose titles match. Not for an async thread: it looks at every title
    /// if few match. The lock is released after every `TITLES_PER_LOCK` titles, so that changes to the lobby never wait long.
    pub fn search(&self, query: &str, before: Option<RoomId>) -> LobbyPage {
        let sought = searched_for(query);
        let (mut cards, mut before) = (Vec::new(), before);
        loop {
            let state = self.read();
            let mut seen = 0;
            for (id, known) in state.older_than(before).rev().take(TITLES_PER_LOCK) {
                (seen, before) = (seen + 1, Some(*id));
                if known.searched.contains(&sought) {
                    if cards.len() == LOBBY_PAGE {
                        return LobbyPage { cards, more: true, totals: state.totals() };
                    }
                    cards.push(known.card.clone());
                }
            }
            if seen < TITLES_PER_LOCK {
                return LobbyPage { cards, more: false, totals: state.totals() };
            }
            drop(state);
            // A running thread keeps its core for milliseconds, even at low priority: longer than handling a message takes.
            thread::yield_now();
        }
    }

    pub fn totals(&self) -> Totals {
        self.read().totals()
    }

    /// The number of seats taken in a room, as far as this node knows.
    pub fn people(&self, room: RoomId) -> Option<u16> {
        self.read().rooms.get(&room).map(|known| known.card.people)
    }

    /// How long `visitor` waits between two messages in a room, as far as this node knows. The owner never has to wait.
    pub fn slow_for(&self, visitor: VisitorId, room: RoomId) -> Slow {
        let state = self.read();
        let card = state.rooms.get(&room).map(|known| &known.card);
        card.filter(|card| card.owner.id != visitor).map_or(Slow::OFF, |card| card.slow)
    }

    /// Adds or updates a room. Ignored if the known revision is newer, or the room was removed.
    pub fn put(&self, mut card: RoomCard, rev: u64) {
        let mut state = self.write();
        let id = card.id;
        if state.removed.contains_key(&id) || state.rooms.get(&id).is_some_and(|known| known.rev > rev) {
            return;
        }
        state.puts += 1;
        let put = state.puts;
        let known = state.rooms.remove(&id);
        let sent_spoken = known.as_ref().map_or(card.spoken_at, |known| known.sent_spoken);
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
        state.rooms.insert(id, KnownRoom { card, searched, rev, sent_spoken, put });
        if is_news {
            self.mark_dirty(state, id);
        }
    }

    pub fn remove(&self, room: RoomId, now: Duration) {
        let mut state = self.write();
        state.removed.insert(room, now);
        if let Some(known) = state.rooms.remove(&room) {
            state.people -= u32::from(known.card.people);
            self.mark_dirty(state, room);
        }
    }

    /// Notes a message in the room. Returns true if this is worth publishing, because the minute shown may have changed.
    pub fn spoke(&self, room: RoomId, at: Timestamp) -> bool {
        let mut state = self.write();
        let Some(known) = state.rooms.get_mut(&room) else { return false };
        known.card.spoken_at = known.card.spoken_at.max(Some(at));
        let is_news = known.sent_spoken.is_none_or(|last_sent| at.millis_since(last_sent) >= SPOKEN_INTERVAL_MS);
        if is_news {
            known.sent_spoken = Some(at);
            self.mark_dirty(state, room);
        }
        is_news
    }

    /// The first page as a frame, and all later frames: changes of the first page, and the totals.
    pub fn watch(&self) -> (Bytes, broadcast::Receiver<Bytes>) {
        let state = self.read();
        let frames = self.frames.subscribe();
        (frame::encode(&Down::Lobby(state.page(None))), frames)
    }

    /// The current cards of these rooms as a frame, and all later changes.
    pub fn watch_cards(&self, rooms: &[RoomId]) -> (Option<Bytes>, broadcast::Receiver<Arc<Changes>>) {
        let state = self.read();
        let card = |id: &RoomId| (*id, state.rooms.get(id).map(|known| known.card.clone()));
        let now = Changes { rooms: rooms.iter().map(card).collect(), totals: state.totals() };
        (now.of(&rooms.iter().copied().collect()), self.changes.subscribe())
    }

    /// Waits until something has changed since the last [`Lobby::send_changes`].
    pub async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Sends to the watchers what has changed. The cost depends on the cards that somebody shows, not on the number of changed
    /// rooms.
    pub fn send_changes(&self, now: Duration) {
        let mut state = self.write();
        let dirty = std::mem::take(&mut state.dirty);
        // Sending without a receiver fails, which is no error: nobody watches.
        if self.changes.receiver_count() > 0 && !dirty.is_empty() {
            let card = |id: &RoomId| (*id, state.rooms.get(id).map(|known| known.card.clone()));
            let changes = Changes { rooms: dirty.iter().map(card).collect(), totals: state.totals() };
            let _ = self.changes.send(Arc::new(changes));
        }
        if self.frames.receiver_count() == 0 {
            return;
        }
        let change = state.change_of_first_page(&dirty);
        let is_news = !change.changed.is_empty() || !change.removed.is_empty();
        let has_other_totals = change.totals != state.last_sent.totals;
        if is_news || (has_other_totals && now.saturating_sub(state.last_sent.at) >= TOTALS_INTERVAL) {
            (state.last_sent.totals, state.last_sent.at) = (change.totals, now);
            let _ = self.frames.send(frame::encode(&Down::LobbyChange(change)));
        } else if has_other_totals {
            // The totals were not sent yet, so the sender must look again.
            self.changed.notify_one();
        }
    }

    /// Forgets rooms that were removed a while ago.
    pub fn sweep(&self, now: Duration) {
        self.write().removed.retain(|_, removed| now.saturating_sub(*removed) < TOMBSTONE);
    }

    fn mark_dirty(&self, mut state: RwLockWriteGuard<'_, State>, room: RoomId) {
        state.dirty.insert(room);
        drop(state);
        self.changed.notify_one();
    }

    /// Never held across an await.
    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read()
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write()
    }
}

impl State {
    fn older_than(&self, before: Option<RoomId>) -> btree_map::Range<'_, RoomId, KnownRoom> {
        match before {
            Some(before) => self.rooms.range(..before),
            None => self.rooms.range(..),
        }
    }

    fn page(&self, before: Option<RoomId>) -> LobbyPage {
        let mut newest_first = self.older_than(before).rev().map(|(_, known)| &known.card);
        let cards: Vec<_> = newest_first.by_ref().take(LOBBY_PAGE).cloned().collect();
        LobbyPage { cards, more: newest_first.next().is_some(), totals: self.totals() }
    }

    /// What has changed on the first page since the last call. A card that moved up onto the page counts as changed.
    fn change_of_first_page(&mut self, dirty: &BTreeSet<RoomId>) -> LobbyChange {
        let before = std::mem::take(&mut self.last_sent.first_page);
        let mut change = LobbyChange { totals: self.totals(), ..LobbyChange::default() };
        // The last room of the page now. A removed room above it may still be on somebody's first page, so its removal is sent.
        let end = self.rooms.keys().rev().nth(LOBBY_PAGE - 1);
        let is_over = |id: &&RoomId| !self.rooms.contains_key(*id) && end.is_none_or(|end| *id > end);
        change.removed.extend(dirty.iter().filter(is_over));
        for (id, known) in self.rooms.iter().rev().take(LOBBY_PAGE) {
            if dirty.contains(id) || !before.contains(id) {
                change.changed.push(known.card.clone());
            }
        }
        self.last_sent.first_page = self.rooms.keys().rev().take(LOBBY_PAGE).copied().collect();
        change
    }

    fn totals(&self) -> Totals {
        Totals { rooms: u32::try_from(self.rooms.len()).unwrap_or(u32::MAX), people: self.people }
    }
}
