//! Who is here: seats with an open socket, and since when the others have had none.
//!
//! In memory only. After a restart every seat counts as away since the start, which gives each a fresh grace.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::clock::Clock;
use crate::id::{RoomId, VisitorId};

pub struct Presence {
    clock: Arc<dyn Clock>,
    seats: Mutex<HashMap<Seat, State>>,
}

/// A seat by its room and visitor.
pub type Seat = (RoomId, VisitorId);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// So many sockets watch for it: two tabs are one person.
    Here(u32),
    /// None since then, by the monotonic clock.
    Away(Duration),
}

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
        let mut seats = self.lock();
        let state = seats.entry(seat).or_insert(State::Here(0));
        *state = match *state {
            State::Here(sockets) => State::Here(sockets + 1),
            State::Away(_) => State::Here(1),
        };
        Arrival { presence: self.clone(), seat }
    }

    /// The seat was just taken, or its visitor was just seen without a socket: its grace begins anew.
    pub fn renew(&self, seat: Seat) {
        let now = self.clock.monotonic();
        let mut seats = self.lock();
        let state = seats.entry(seat).or_insert(State::Away(now));
        if let State::Away(since) = state {
            *since = now;
        }
    }

    /// The seat has ended.
    pub fn forget(&self, seat: Seat) {
        self.lock().remove(&seat);
    }

    /// For how long nobody has watched for this seat; `None` while somebody does.
    pub fn away_for(&self, seat: Seat) -> Option<Duration> {
        match self.lock().get(&seat) {
            Some(State::Away(since)) => Some(self.clock.monotonic().saturating_sub(*since)),
            _ => None,
        }
    }

    /// Seats that nobody has watched for so long or longer.
    pub fn away_at_least(&self, grace: Duration) -> Vec<Seat> {
        let now = self.clock.monotonic();
        let is_overdue = |state: &State| matches!(state, State::Away(since) if now.saturating_sub(*since) >= grace);
        self.lock().iter().filter(|(_, state)| is_overdue(state)).map(|(seat, _)| *seat).collect()
    }

    fn depart(&self, seat: Seat) {
        let now = self.clock.monotonic();
        if let Entry::Occupied(mut state) = self.lock().entry(seat) {
            state.insert(match *state.get() {
                State::Here(sockets @ 2..) => State::Here(sockets - 1),
                _ => State::Away(now),
            });
        }
    }

    /// A std mutex: held for a few instructions, never across an await.
    fn lock(&self) -> MutexGuard<'_, HashMap<Seat, State>> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        self.presence.depart(self.seat);
    }
}
