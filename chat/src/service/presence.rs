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
    /// How long after one look of a visitor without a socket the store is told of the next.
    seen_every: Duration,
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
    /// The visitor was seen without a socket, first then, and the store does not know.
    seen: Option<Duration>,
    /// When the store was told last that they were.
    told_seen: Option<Duration>,
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

/// Looking at a page is a GET: it may write so often at most, for one seat.
const SEEN_EVERY: Duration = Duration::from_secs(10);

/// A socket that watches for a seat. Dropping it says that the socket is gone.
pub struct Arrival {
    presence: Arc<Presence>,
    seat: Seat,
}

impl Presence {
    /// `grace`: how long a seat is kept without a socket. A short one has to be renewed in time, by the other nodes' clocks.
    pub fn new(clock: Arc<dyn Clock>, grace: Duration) -> Self {
        Self { clock, seen_every: SEEN_EVERY.min(grace / 3), seats: Mutex::default() }
    }

    pub fn arrive(self: &Arc<Self>, seat: Seat) -> Arrival {
        self.with(seat, |state, _| state.sockets += 1);
        Arrival { presence: self.clone(), seat }
    }

    /// The seat was just taken, or its visitor was just seen without a socket: its grace begins anew.
    pub fn renew(&self, seat: Seat) {
        self.with(seat, |state, now| {
            state.since = now;
            state.seen.get_or_insert(now);
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

    /// Whether the seat is known here: only those who have one are. Who came by another node may have one all the same.
    pub fn knows(&self, seat: Seat) -> bool {
        self.lock().contains_key(&seat)
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
        let untold = |state: &State| state.untold(now, self.seen_every);
        seats.iter().filter_map(|(seat, state)| untold(state).map(|untold| (*seat, untold))).collect()
    }

    pub fn untold_of(&self, seat: Seat) -> Option<Untold> {
        let now = self.clock.monotonic();
        self.lock().get(&seat).and_then(|state| state.untold(now, self.seen_every))
    }

    /// The store knows now; it has counted `renewed` renewals.
    pub fn told(&self, seat: Seat, untold: Untold, renewed: u64) {
        let now = self.clock.monotonic();
        if let Some(state) = self.lock().get_mut(&seat) {
            match untold {
                Untold::Watched => state.is_told = true,
                Untold::Unwatched => state.is_told = false,
                Untold::Seen => (state.seen, state.told_seen) = (None, Some(now)),
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
        Self { sockets: 0, since, renewed: 0, is_told: false, seen: None, told_seen: None }
    }

    fn untold(&self, now: Duration, seen_every: Duration) -> Option<Untold> {
        if self.sockets > 0 {
            return (!self.is_told).then_some(Untold::Watched);
        }
        let is_no_reload = |since: Duration| now.saturating_sub(since) >= RELOAD;
        let is_soon = self.told_seen.is_some_and(|told| now.saturating_sub(told) < seen_every);
        match (self.is_told, self.seen) {
            (true, _) if is_no_reload(self.since) => Some(Untold::Unwatched),
            (false, Some(seen)) if is_no_reload(seen) && !is_soon => Some(Untold::Seen),
            _ => None,
        }
    }
}

impl Drop for Arrival {
    fn drop(&mut self) {
        self.presence.depart(self.seat);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::time::Timestamp;

    const SEAT: Seat = (RoomId([1; 16]), VisitorId([2; 16]));

    #[derive(Default)]
    struct Seconds(AtomicU64);

    impl Clock for Seconds {
        fn now(&self) -> Timestamp {
            Timestamp::default()
        }

        fn monotonic(&self) -> Duration {
            Duration::from_secs(self.0.load(Ordering::SeqCst))
        }
    }

    /// When the store is told of somebody who looks every second for a minute.
    fn told_of_one_who_looks(grace: u64) -> Vec<u64> {
        let clock = Arc::new(Seconds::default());
        let presence = Presence::new(clock.clone(), Duration::from_secs(grace));
        let mut told = Vec::new();
        for second in 0..60 {
            clock.0.store(second, Ordering::SeqCst);
            presence.renew(SEAT);
            if let Some(untold) = presence.untold_of(SEAT) {
                assert_eq!(untold, Untold::Seen);
                presence.told(SEAT, untold, second);
                told.push(second);
            }
        }
        told
    }

    #[test]
    fn looking_writes_every_ten_seconds_at_most() {
        assert_eq!(told_of_one_who_looks(30), [2, 12, 22, 32, 42, 52]);
        assert_eq!(told_of_one_who_looks(3600).len(), 6);
    }

    #[test]
    fn a_short_grace_is_renewed_in_time() {
        assert!(told_of_one_who_looks(9).is_sorted_by(|earlier, later| later - earlier <= 3));
    }
}
