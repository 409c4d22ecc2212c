//! Which seats have an open socket on this node, and since when the others have had none.
//!
//! The times are kept in memory only. After a restart every seat that nobody watches counts as away since the start, so
//! each gets a new grace period. How a seat was left is in the store. Where several nodes share a store, [`super::nodes`]
//! also tells it which seats are watched here.

mod pages;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use self::pages::{Ending, Pages};
use super::clock::Clock;
use crate::store::Unattended;
use chat::id::{PageId, RoomId, VisitorId};
use chat::policy::Sitting;
use chat::record::{self, AddressTag, EndedPages, Parting};

pub struct Presence {
    clock: Arc<dyn Clock>,
    /// Other nodes may share the store. If not, the store is told only what it has to know after a restart.
    is_shared: bool,
    /// The least time between two reports to the store that a visitor without a socket was seen.
    seen_report_interval: Duration,
    rooms: Mutex<HashMap<RoomId, WatchedRoom>>,
    /// The node stops, so nobody comes back within [`RELOAD_TIME`].
    is_closing: AtomicBool,
}

/// A seat, by its room and visitor.
pub type Seat = (RoomId, VisitorId);

/// What is known of a room with seats that are watched here or nowhere.
#[derive(Default)]
struct WatchedRoom {
    seats: HashMap<VisitorId, State>,
    /// When a visitor was last known to have a live feed here, or to come or go without one.
    last_live: Duration,
}

#[derive(Debug, Clone)]
struct State {
    /// The pages with sockets on this node, and those that have ended since the store was told. Two tabs are one person.
    pages: Pages,
    /// Since when it has had no socket, by the monotonic clock.
    since: Duration,
    /// The last known value of [`record::Seat::renewed`].
    renewed: u64,
    /// Whether the store knows that the seat is watched here.
    is_reported: bool,
    /// How the seat was left, or will count as left if its sockets end without a goodbye.
    parting: Parting,
    address: Option<AddressTag>,
    /// When the visitor was first seen without a socket since the store was last told of it.
    seen: Option<Duration>,
    /// When the store was last told that the visitor was seen.
    seen_reported: Option<Duration>,
}

/// What the store should be told about a seat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// The seat is watched here.
    Watched,
    /// The seat is not watched here any more. Its pages ended like this.
    Left(EndedPages),
    /// Its visitor was seen without a socket.
    Seen,
}

/// How long a seat has to be without a socket before the store is told. Most reloads are over by then.
const RELOAD_TIME: Duration = Duration::from_secs(2);

/// The least time between two writes that one seat causes just because its visitor looks at a page (a GET).
const SEEN_REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// The seats of a room that have no socket here.
pub struct Absent {
    pub room: RoomId,
    pub seats: Vec<Sitting>,
    pub has_sockets: bool,
    pub idle: Duration,
}

/// Counts as a socket of a seat until it is dropped.
pub struct SocketGuard {
    presence: Arc<Presence>,
    seat: Seat,
    page: PageId,
    /// Sockets of a page that were opened later have larger numbers.
    number: u64,
    has_said_goodbye: bool,
}

impl SocketGuard {
    /// Notes that the page is gone for good. (Without this it counts as cut off.)
    pub fn say_goodbye(&mut self) {
        self.has_said_goodbye = true;
    }
}

impl Presence {
    /// `grace`: how long a seat without a live feed is kept. If it is short, the store is told often enough to keep the seat.
    pub fn new(clock: Arc<dyn Clock>, grace: Duration, is_shared: bool) -> Self {
        let seen_report_interval = SEEN_REPORT_INTERVAL.min(grace / 3);
        Self { clock, is_shared, seen_report_interval, rooms: Mutex::default(), is_closing: AtomicBool::new(false) }
    }

    /// From now on the store should be told at once how a seat was left.
    pub fn expect_no_reloads(&self) {
        self.is_closing.store(true, Ordering::Relaxed);
    }

    pub fn add_socket(self: &Arc<Self>, seat: Seat, page: PageId) -> SocketGuard {
        let mut number = 0;
        self.with(seat, |state, _| {
            number = state.pages.open(page);
            state.parting = Parting::Cut;
        });
        SocketGuard { presence: self.clone(), seat, page, number, has_said_goodbye: false }
    }

    /// The seat was just taken from this address. Its grace period begins.
    pub fn took_seat(&self, seat: Seat, address: Option<AddressTag>) {
        self.renew(seat);
        self.with(seat, |state, _| state.address = address);
    }

    /// The visitor was just seen without a socket. The grace period of their seat starts anew.
    pub fn renew(&self, seat: Seat) {
        self.with(seat, |state, now| {
            state.since = now;
            state.seen.get_or_insert(now);
        });
    }

    /// According to the store nobody watches this seat. Its grace period runs from `since`, if that is new here.
    pub fn track(&self, unattended: &Unattended, since: Duration) {
        let Unattended { room, visitor, renewed, parting, address } = *unattended;
        let mut rooms = self.lock();
        let known = rooms.entry(room).or_default();
        let mut is_news = !known.seats.contains_key(&visitor);
        let state = known.seats.entry(visitor).or_insert_with(|| State { renewed, ..State::away(since) });
        if state.renewed != renewed {
            (state.renewed, state.since, is_news) = (renewed, since, true);
        }
        // The store does not list this node, whatever it was told before.
        state.is_reported = false;
        if state.pages.is_empty() {
            (state.parting, state.address) = (parting, address);
        }
        if is_news {
            known.last_live = known.last_live.max(since);
        }
    }

    /// Forgets the seats without a socket that are not in `unattended`: they have ended, or other nodes watch them.
    /// `unattended` has the seats that nobody watched when the store was asked, at `asked`, so seats that were left later
    /// stay.
    pub fn forget_others(&self, unattended: &HashSet<Seat>, asked: Duration) {
        let mut rooms = self.lock();
        rooms.retain(|room, known| {
            known.seats.retain(|visitor, state| {
                let is_settled = state.pages.is_empty() && !state.is_reported && state.since < asked;
                !is_settled || unattended.contains(&(*room, *visitor))
            });
            !known.seats.is_empty()
        });
    }

    /// Notes the store's number of renewals. A new one means that the visitor was seen elsewhere: their grace starts anew.
    pub fn note_renewals(&self, seat: Seat, renewed: u64) {
        self.with(seat, |state, now| {
            if state.renewed != renewed {
                (state.renewed, state.since) = (renewed, now);
            }
        });
    }

    /// Restarts the grace period of every seat without a socket, because nobody could come back until now.
    pub fn restart_graces(&self) {
        let now = self.clock.monotonic();
        for known in self.lock().values_mut() {
            known.last_live = now;
            known.seats.values_mut().filter(|state| !state.pages.has_socket()).for_each(|state| state.since = now);
        }
    }

    /// The seat has ended, or other nodes watch it. It stays known while it has sockets here.
    pub fn forget(&self, (room, visitor): Seat) {
        let mut rooms = self.lock();
        let Some(known) = rooms.get_mut(&room) else { return };
        if known.seats.get(&visitor).is_some_and(|state| !state.pages.has_socket()) {
            known.seats.remove(&visitor);
        }
        if known.seats.is_empty() {
            rooms.remove(&room);
        }
    }

    /// Whether this node knows the seat. Only existing seats are known, but one taken on another node may be unknown here.
    pub fn knows(&self, (room, visitor): Seat) -> bool {
        self.lock().get(&room).is_some_and(|known| known.seats.contains_key(&visitor))
    }

    /// For how long the seat has had no socket here. `None` while it has one, and for a seat that is not known here.
    pub fn away_for(&self, (room, visitor): Seat) -> Option<Duration> {
        let now = self.clock.monotonic();
        let rooms = self.lock();
        rooms.get(&room)?.seats.get(&visitor)?.away_for(now)
    }

    /// Whether the seat has a socket here.
    pub fn has_socket(&self, (room, visitor): Seat) -> bool {
        let rooms = self.lock();
        rooms.get(&room).and_then(|known| known.seats.get(&visitor)).is_some_and(|state| state.pages.has_socket())
    }

    /// The rooms with a seat that has had no socket here for at least `grace`.
    pub fn absent(&self, grace: Duration) -> Vec<Absent> {
        let now = self.clock.monotonic();
        let rooms = self.lock();
        let of_room = |(room, known): (&RoomId, &WatchedRoom)| {
            let is_due = known.seats.values().any(|state| state.away_for(now).is_some_and(|away| away >= grace));
            is_due.then(|| {
                let seats = known.absent(now);
                let has_sockets = seats.len() < known.seats.len();
                Absent { room: *room, seats, has_sockets, idle: known.idle_for(now) }
            })
        };
        rooms.iter().filter_map(of_room).collect()
    }

    /// The seats of a room that have no socket here.
    pub fn absent_of(&self, room: RoomId) -> Vec<Sitting> {
        let now = self.clock.monotonic();
        self.lock().get(&room).map(|known| known.absent(now)).unwrap_or_default()
    }

    /// The seats of a room as the rules about kept seats see them, and for how long nobody there has had a live feed.
    /// `is_elsewhere`: whether another node watches a seat.
    pub fn sittings(
        &self,
        room: &record::Room,
        is_elsewhere: impl Fn(&record::Seat) -> bool,
    ) -> (Vec<Sitting>, Duration) {
        let now = self.clock.monotonic();
        let rooms = self.lock();
        let known = rooms.get(&room.id);
        let sitting = |stored: &record::Seat| {
            let state = known.and_then(|known| known.seats.get(&stored.person.id));
            let absent = match state {
                _ if is_elsewhere(stored) => None,
                // The visitor was seen on another node since, which this node has not heard yet.
                Some(state) if state.renewed != stored.renewed => Some(Duration::ZERO),
                Some(state) => state.away_for(now),
                // A seat is known here as soon as nobody watches it.
                None => Some(Duration::ZERO),
            };
            let is_cut = match state {
                // The store does not know yet how these pages have ended.
                Some(state) if !state.pages.is_empty() => state.pages.ended().leave_cut(&stored.cut),
                _ => stored.parting == Parting::Cut,
            };
            Sitting { visitor: stored.person.id, absent, is_cut, address: stored.address }
        };
        let idle = known.map_or(Duration::ZERO, |known| known.idle_for(now));
        (room.seats.iter().map(sitting).collect(), idle)
    }

    /// What the store should be told now.
    pub fn due_reports(&self) -> Vec<(Seat, Report)> {
        let now = self.clock.monotonic();
        let rooms = self.lock();
        let seats = rooms
            .iter()
            .flat_map(|(room, known)| known.seats.iter().map(|(visitor, state)| ((*room, *visitor), state)));
        seats.filter_map(|(seat, state)| self.due_report(state, now).map(|report| (seat, report))).collect()
    }

    /// What the store should be told now about one seat.
    pub fn due_report_of(&self, (room, visitor): Seat) -> Option<Report> {
        let now = self.clock.monotonic();
        let rooms = self.lock();
        self.due_report(rooms.get(&room)?.seats.get(&visitor)?, now)
    }

    fn due_report(&self, state: &State, now: Duration) -> Option<Report> {
        let is_closing = self.is_closing.load(Ordering::Relaxed);
        let is_no_reload = |since: Duration| is_closing || now.saturating_sub(since) >= RELOAD_TIME;
        if state.pages.has_socket() {
            return (!state.is_reported).then_some(Report::Watched);
        }
        if !state.pages.is_empty() || (self.is_shared && state.is_reported) {
            // A node alone need not tell of a cut-off seat, because the store takes watched seats for cut off after a restart.
            let is_news = self.is_shared || !state.is_reported || state.parting != Parting::Cut;
            return (is_news && is_no_reload(state.since)).then(|| Report::Left(state.pages.ended()));
        }
        let is_soon = state.seen_reported.is_some_and(|told| now.saturating_sub(told) < self.seen_report_interval);
        match state.seen {
            Some(seen) if self.is_shared && is_no_reload(seen) && !is_soon => Some(Report::Seen),
            _ => None,
        }
    }

    /// Notes that the store was told, and that it keeps the seat as `stored` now.
    pub fn reported(&self, (room, visitor): Seat, report: &Report, stored: &record::Seat) {
        let now = self.clock.monotonic();
        let mut rooms = self.lock();
        if let Some(state) = rooms.get_mut(&room).and_then(|known| known.seats.get_mut(&visitor)) {
            match report {
                Report::Watched => state.is_reported = true,
                Report::Left(ended) => {
                    (state.is_reported, state.seen) = (false, None);
                    state.pages.forget(ended);
                    if state.pages.is_empty() {
                        state.parting = stored.parting;
                    }
                }
                Report::Seen => (state.seen, state.seen_reported) = (None, Some(now)),
            }
            state.renewed = stored.renewed;
        }
    }

    /// The other nodes took this node for dead, so the store has forgotten what it was told.
    pub fn report_all_again(&self) {
        self.lock().values_mut().flat_map(|known| known.seats.values_mut()).for_each(|state| state.is_reported = false);
    }

    fn remove_socket(&self, guard: &SocketGuard) {
        let now = self.clock.monotonic();
        let (room, visitor) = guard.seat;
        let mut rooms = self.lock();
        let Some(known) = rooms.get_mut(&room) else { return };
        if let Some(state) = known.seats.get_mut(&visitor) {
            let ending = if guard.has_said_goodbye { Ending::Goodbye } else { Ending::Cut };
            state.pages.close(guard.page, guard.number, ending);
            state.since = now;
            if !state.pages.has_socket() {
                state.parting = if state.pages.are_all_gone() { Parting::Goodbye } else { Parting::Cut };
                known.last_live = now;
            }
        }
    }

    fn with(&self, (room, visitor): Seat, change: impl FnOnce(&mut State, Duration)) {
        let now = self.clock.monotonic();
        let mut rooms = self.lock();
        let known = rooms.entry(room).or_default();
        if !known.seats.contains_key(&visitor) {
            known.last_live = now;
        }
        change(known.seats.entry(visitor).or_insert_with(|| State::away(now)), now);
    }

    /// Held for a few instructions, never across an await.
    fn lock(&self) -> MutexGuard<'_, HashMap<RoomId, WatchedRoom>> {
        self.rooms.lock()
    }
}

impl WatchedRoom {
    fn absent(&self, now: Duration) -> Vec<Sitting> {
        let sitting = |(visitor, state): (&VisitorId, &State)| Sitting {
            visitor: *visitor,
            absent: state.away_for(now),
            is_cut: state.parting == Parting::Cut,
            address: state.address,
        };
        self.seats.iter().map(sitting).filter(|seat| seat.absent.is_some()).collect()
    }

    fn idle_for(&self, now: Duration) -> Duration {
        let seen = self.seats.values().map(|state| if state.pages.has_socket() { now } else { state.since }).max();
        now.saturating_sub(self.last_live.max(seen.unwrap_or_default()))
    }
}

impl State {
    fn away(since: Duration) -> Self {
        Self {
            pages: Pages::default(),
            since,
            renewed: 0,
            is_reported: false,
            parting: Parting::NeverLive,
            address: None,
            seen: None,
            seen_reported: None,
        }
    }

    fn away_for(&self, now: Duration) -> Option<Duration> {
        (!self.pages.has_socket()).then(|| now.saturating_sub(self.since))
    }
}

impl Drop for SocketGuard {
    fn drop(&mut self) {
        self.presence.remove_socket(self);
    }
}

#[cfg(test)]
mod tests;
