//! Who is here: seats with an open socket on this node, and since when the others have had none.
//!
//! In memory only: after a restart every seat that nobody watches counts as away since the start, which gives each a fresh
//! grace. Where several nodes share a store, [`super::nodes`] tells it which seats are watched here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::Clock;
use crate::id::{RoomId, VisitorId};
use crate::record;

pub struct Presence {
    clock: Arc<dyn Clock>,
    seats: Mutex<HashMap<Seat, State>>,
}

/// A seat by its room and visitor.
pub type Seat = (RoomId, VisitorId);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    /// So many sockets watch for it here: two tabs are one person.
    sockets: u32,
    /// Without a socket since then, by the monotonic clock.
    since: Duration,
    /// [`record::Seat::renewed`] as known here.
    renewed: u64,
    /// The store lists this node for the seat.
    is_told: bool,
    /// The store does not know that the visitor was seen.
    is_seen: bool,
}

/// What the store is to be told of a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Untold {
    /// It is watched here.
    Watched,
    /// Not any more.
    Unwatched,
    /// Its visitor was seen without a socket.
    Seen,
}

/// How long a seat has to be without a socket before the store is told: most reloads are over by then.
const RELOAD: Duration = Duration::from_secs(2);

/// A socket that watches for a seat. Dropping it says that the socket is gone.
pub struct Arrival {
    presence: Arc<Presence>,
    seat: Seat,
}

impl Presence {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, seats: Mutex::default() }
    }

    pub fn arrive(self: &Arc<Self>, seat: Seat) -> Arrival {
        self.with(seat, |state, _| state.sockets += 1);
        Arrival { presence: self.clone(), seat }
    }

    /// The seat was just taken, or its visitor was just seen without a socket: its grace begins anew.
    pub fn renew(&self, seat: Seat) {
        self.with(seat, |state, now| {
            state.since = now;
            state.is_seen = true;
        });
    }

    /// Nobody watches for this seat, as the store says: its grace runs, since `since` when it is news here.
    pub fn track(&self, seat: Seat, renewed: u64, since: Duration) {
        let mut seats = self.lock();
        let state = seats.entry(seat).or_insert(State { renewed, ..State::away(since) });
        if state.renewed != renewed {
            (state.renewed, state.since) = (renewed, self.clock.monotonic());
        }
        // The store does not list this node, whatever was told.
        state.is_told = false;
    }

    /// The store has counted so many renewals: when that is news, somebody was seen elsewhere.
    pub fn renewed(&self, seat: Seat, renewed: u64) {
        self.with(seat, |state, now| {
            if state.renewed != renewed {
                (state.renewed, state.since) = (renewed, now);
            }
        });
    }

    /// Nobody could have come back until now: whoever is away is away since now.
    pub fn look_away(&self) {
        let now = self.clock.monotonic();
        self.lock().values_mut().filter(|state| state.sockets == 0).for_each(|state| state.since = now);
    }

    /// The seat has ended, or others watch for it. Sockets that still do so here go on counting.
    pub fn forget(&self, seat: Seat) {
        let mut seats = self.lock();
        if seats.get(&seat).is_some_and(|state| state.sockets == 0) {
            seats.remove(&seat);
        }
    }

    /// For how long nobody has watched for this seat here; `None` while somebody does.
    pub fn away_for(&self, seat: Seat) -> Option<Duration> {
        let state = self.lock().get(&seat).copied()?;
        (state.sockets == 0).then(|| self.clock.monotonic().saturating_sub(state.since))
    }

    /// Seats that nobody has watched here for so long or longer.
    pub fn away_at_least(&self, grace: Duration) -> Vec<Seat> {
        let now = self.clock.monotonic();
        let is_overdue = |state: &State| state.sockets == 0 && now.saturating_sub(state.since) >= grace;
        self.lock().iter().filter(|(_, state)| is_overdue(state)).map(|(seat, _)| *seat).collect()
    }

    /// Whether the seat's grace, as timed here, is the one the store knows: nobody has been seen elsewhere since.
    pub fn is_current(&self, seat: Seat, stored: &record::Seat) -> bool {
        self.lock().get(&seat).is_some_and(|state| state.renewed == stored.renewed)
    }

    /// What the store is to be told now.
    pub fn untold(&self) -> Vec<(Seat, Untold)> {
        let now = self.clock.monotonic();
        let seats = self.lock();
        seats.iter().filter_map(|(seat, state)| state.untold(now).map(|untold| (*seat, untold))).collect()
    }

    pub fn untold_of(&self, seat: Seat) -> Option<Untold> {
        let now = self.clock.monotonic();
        self.lock().get(&seat).and_then(|state| state.untold(now))
    }

    /// The store knows now; it has counted `renewed` renewals.
    pub fn told(&self, seat: Seat, untold: Untold, renewed: u64) {
        if let Some(state) = self.lock().get_mut(&seat) {
            match untold {
                Untold::Watched => state.is_told = true,
                Untold::Unwatched => state.is_told = false,
                Untold::Seen => state.is_seen = false,
            }
            state.renewed = renewed;
        }
    }

    /// The others took this node for dead: what it told the store is not true any more.
    pub fn tell_all_again(&self) {
        self.lock().values_mut().for_each(|state| state.is_told = false);
    }

    fn depart(&self, seat: Seat) {
        let now = self.clock.monotonic();
        if let Some(state) = self.lock().get_mut(&seat) {
            state.sockets = state.sockets.saturating_sub(1);
            state.since = now;
        }
    }

    fn with(&self, seat: Seat, change: impl FnOnce(&mut State, Duration)) {
        let now = self.clock.monotonic();
        change(self.lock().entry(seat).or_insert(State::away(now)), now);
    }

    /// A std mutex: held for a few instructions, never across an await.
    fn lock(&self) -> MutexGuard<'_, HashMap<Seat, State>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn away(since: Duration) -> Self {
        Self { sockets: 0, since, renewed: 0, is_told: false, is_seen: false }
    }

    fn untold(&self, now: Duration) -> Option<Untold> {
        if self.sockets > 0 {
            return (!self.is_told).then_some(Untold::Watched);
        }
        let is_no_reload = now.saturating_sub(self.since) >= RELOAD;
        match (self.is_told, self.is_seen) {
            (true, _) if is_no_reload => Some(Untold::Unwatched),
            (false, true) if is_no_reload => Some(Untold::Seen),
            _ => None,
        }
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        self.presence.depart(self.seat);
    }
}
