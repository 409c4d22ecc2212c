//! Which seats have an open socket on this node, and since when the others have had none.
//!
//! This is kept in memory only. After a restart every seat that nobody watches counts as away since the start, so each gets a
//! new grace period. Where several nodes share a store, [`super::nodes`] tells the store which seats are watched here.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use super::clock::Clock;
use chat::id::{RoomId, VisitorId};
use chat::record;

pub struct Presence {
    clock: Arc<dyn Clock>,
    /// The least time between two reports to the store that a visitor without a socket was seen.
    seen_report_interval: Duration,
    seats: Mutex<HashMap<Seat, State>>,
}

/// A seat, by its room and visitor.
pub type Seat = (RoomId, VisitorId);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    /// The number of its sockets on this node. Two tabs are one person.
    sockets: u32,
    /// Since when it has had no socket, by the monotonic clock.
    since: Duration,
    /// The last known value of [`record::Seat::renewed`].
    renewed: u64,
    /// Whether the store lists this node for the seat.
    is_reported: bool,
    /// When the visitor was first seen without a socket since the store was last told of it.
    seen: Option<Duration>,
    /// When the store was last told that the visitor was seen.
    seen_reported: Option<Duration>,
}

/// What the store should be told about a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Report {
    /// The seat is watched here.
    Watched,
    /// The seat is not watched here any more.
    Unwatched,
    /// Its visitor was seen without a socket.
    Seen,
}

/// How long a seat has to be without a socket before the store is told. Most reloads are over by then.
const RELOAD_TIME: Duration = Duration::from_secs(2);

/// How often one seat may cause a write just because its visitor looks at a page (a GET).
const SEEN_REPORT_INTERVAL: Duration = Duration::from_secs(10);

/// Counts as a socket of a seat until it is dropped.
pub struct SocketGuard {
    presence: Arc<Presence>,
    seat: Seat,
}

impl Presence {
    /// `grace`: how long a seat is kept without a socket. If it is short, the store is told often enough to keep the seat.
    pub fn new(clock: Arc<dyn Clock>, grace: Duration) -> Self {
        Self { clock, seen_report_interval: SEEN_REPORT_INTERVAL.min(grace / 3), seats: Mutex::default() }
    }

    pub fn add_socket(self: &Arc<Self>, seat: Seat) -> SocketGuard {
        self.with(seat, |state, _| state.sockets += 1);
        SocketGuard { presence: self.clone(), seat }
    }

    /// The seat was just taken, or its visitor was just seen without a socket. Its grace period starts anew.
    pub fn renew(&self, seat: Seat) {
        self.with(seat, |state, now| {
            state.since = now;
            state.seen.get_or_insert(now);
        });
    }

    /// According to the store nobody watches this seat. Its grace period runs from `since`, if the seat is new here.
    pub fn track(&self, seat: Seat, renewed: u64, since: Duration) {
        let mut seats = self.lock();
        let state = seats.entry(seat).or_insert(State { renewed, ..State::away(since) });
        if state.renewed != renewed {
            (state.renewed, state.since) = (renewed, self.clock.monotonic());
        }
        // The store does not list this node, whatever it was told before.
        state.is_reported = false;
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
        self.lock().values_mut().filter(|state| state.sockets == 0).for_each(|state| state.since = now);
    }

    /// The seat has ended, or other nodes watch it. It stays known while it has sockets here.
    pub fn forget(&self, seat: Seat) {
        let mut seats = self.lock();
        if seats.get(&seat).is_some_and(|state| state.sockets == 0) {
            seats.remove(&seat);
        }
    }

    /// Whether this node knows the seat. Only existing seats are known, but one taken on another node may be unknown here.
    pub fn knows(&self, seat: Seat) -> bool {
        self.lock().contains_key(&seat)
    }

    /// For how long the seat has had no socket here. `None` while it has one.
    pub fn away_for(&self, seat: Seat) -> Option<Duration> {
        let state = self.lock().get(&seat).copied()?;
        (state.sockets == 0).then(|| self.clock.monotonic().saturating_sub(state.since))
    }

    /// The seats that have had no socket here for at least `grace`.
    pub fn away_at_least(&self, grace: Duration) -> Vec<Seat> {
        let now = self.clock.monotonic();
        let is_overdue = |state: &State| state.sockets == 0 && now.saturating_sub(state.since) >= grace;
        self.lock().iter().filter(|(_, state)| is_overdue(state)).map(|(seat, _)| *seat).collect()
    }

    /// Whether this node knows of the seat's last renewal. If not, the visitor was seen on another node since.
    pub fn is_current(&self, seat: Seat, stored: &record::Seat) -> bool {
        self.lock().get(&seat).is_some_and(|state| state.renewed == stored.renewed)
    }

    /// What the store should be told now.
    pub fn due_reports(&self) -> Vec<(Seat, Report)> {
        let now = self.clock.monotonic();
        let seats = self.lock();
        let due = |state: &State| state.due_report(now, self.seen_report_interval);
        seats.iter().filter_map(|(seat, state)| due(state).map(|report| (*seat, report))).collect()
    }

    pub fn due_report_of(&self, seat: Seat) -> Option<Report> {
        let now = self.clock.monotonic();
        self.lock().get(&seat).and_then(|state| state.due_report(now, self.seen_report_interval))
    }

    /// The store was told, and has counted `renewed` renewals.
    pub fn reported(&self, seat: Seat, report: Report, renewed: u64) {
        let now = self.clock.monotonic();
        if let Some(state) = self.lock().get_mut(&seat) {
            match report {
                Report::Watched => state.is_reported = true,
                Report::Unwatched => state.is_reported = false,
                Report::Seen => (state.seen, state.seen_reported) = (None, Some(now)),
            }
            state.renewed = renewed;
        }
    }

    /// The other nodes took this node for dead, so the store has forgotten what it was told.
    pub fn report_all_again(&self) {
        self.lock().values_mut().for_each(|state| state.is_reported = false);
    }

    fn remove_socket(&self, seat: Seat) {
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

    /// Held for a few instructions, never across an await.
    fn lock(&self) -> MutexGuard<'_, HashMap<Seat, State>> {
        self.seats.lock()
    }
}

impl State {
    fn away(since: Duration) -> Self {
        Self { sockets: 0, since, renewed: 0, is_reported: false, seen: None, seen_reported: None }
    }

    fn due_report(&self, now: Duration, seen_report_interval: Duration) -> Option<Report> {
        if self.sockets > 0 {
            return (!self.is_reported).then_some(Report::Watched);
        }
        let is_no_reload = |since: Duration| now.saturating_sub(since) >= RELOAD_TIME;
        let is_soon = self.seen_reported.is_some_and(|told| now.saturating_sub(told) < seen_report_interval);
        match (self.is_reported, self.seen) {
            (true, _) if is_no_reload(self.since) => Some(Report::Unwatched),
            (false, Some(seen)) if is_no_reload(seen) && !is_soon => Some(Report::Seen),
            _ => None,
        }
    }
}

impl Drop for SocketGuard {
    fn drop(&mut self) {
        self.presence.remove_socket(self.seat);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use chat::time::Timestamp;

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

    /// The seconds at which the store is told about somebody who looks every second for a minute.
    fn told_of_one_who_looks(grace: u64) -> Vec<u64> {
        let clock = Arc::new(Seconds::default());
        let presence = Presence::new(clock.clone(), Duration::from_secs(grace));
        let mut told = Vec::new();
        for second in 0..60 {
            clock.0.store(second, Ordering::SeqCst);
            presence.renew(SEAT);
            if let Some(report) = presence.due_report_of(SEAT) {
                assert_eq!(report, Report::Seen);
                presence.reported(SEAT, report, second);
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
