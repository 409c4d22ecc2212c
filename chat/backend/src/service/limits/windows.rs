//! Counters over time. Why no crate is used: docs/decisions/0003.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

use super::Rate;
use crate::address::Address;
use chat::error::Error;
use chat::id::{RoomId, VisitorId};
use chat::limit::Act;

/// What a counter is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key {
    Visitor(VisitorId),
    Address(Address),
    Everyone,
    /// The connections from an address.
    Connections(Address),
    Room(RoomId),
    /// A visitor in a room.
    Seat(RoomId, VisitorId),
    /// A visitor's reactions to a message.
    Message(RoomId, u64, VisitorId),
}

/// The least time between two sweeps of expired counters.
const SWEEP: Duration = Duration::from_secs(10);

/// Exact sliding windows: "10 in 10 s" means exactly that. Memory: up to `count` timestamps for each key that was active within
/// its window. Old keys are removed in passing.
#[derive(Debug)]
pub struct Limiter<K> {
    rate: Rate,
    state: Mutex<Windows<K>>,
}

#[derive(Debug)]
struct Windows<K> {
    times: HashMap<K, Window>,
    swept: Duration,
}

#[derive(Debug, Default)]
struct Window {
    times: VecDeque<Duration>,
    per: Duration,
}

impl<K> Default for Limiter<K> {
    fn default() -> Self {
        Self { rate: Rate::new(1, 1), state: Mutex::new(Windows { times: HashMap::new(), swept: Duration::ZERO }) }
    }
}

impl<K: Hash + Eq> Limiter<K> {
    /// Gives all keys this rate.
    pub fn new(rate: Rate) -> Self {
        Self { rate, ..Self::default() }
    }

    /// Counts one more at `now`, or says how long to wait.
    pub fn take(&self, key: K, now: Duration) -> Result<(), Error> {
        let taken = self.take_at(key, self.rate, now);
        taken.map_err(|wait| Error::TooMany { of: Act::default(), retry_after: super::whole_seconds(wait) })
    }

    /// Counts one more at `now` for a key with its own rate, or says how long to wait.
    pub fn take_at(&self, key: K, rate: Rate, now: Duration) -> Result<(), Duration> {
        let mut state = self.lock();
        state.sweep(now);
        let Window { times, per } = state.times.entry(key).or_default();
        *per = rate.per;
        while times.front().is_some_and(|first| *first + rate.per <= now) {
            times.pop_front();
        }
        if times.len() < rate.count as usize {
            times.push_back(now);
            return Ok(());
        }
        Err(times.front().map_or(rate.per, |first| (*first + rate.per).saturating_sub(now)))
    }

    /// Takes back the last count of `key`.
    pub fn give_back(&self, key: &K) {
        if let Some(window) = self.lock().times.get_mut(key) {
            window.times.pop_back();
        }
    }

    #[cfg(test)]
    pub fn keys(&self) -> usize {
        self.lock().times.len()
    }

    fn lock(&self) -> MutexGuard<'_, Windows<K>> {
        self.state.lock()
    }
}

impl<K: Hash + Eq> Windows<K> {
    /// Removes keys that have not been active within their window, at most every [`SWEEP`].
    fn sweep(&mut self, now: Duration) {
        if now.saturating_sub(self.swept) >= SWEEP {
            self.swept = now;
            self.times.retain(|_, window| window.times.back().is_some_and(|last| *last + window.per > now));
        }
    }
}

/// Buckets that hold `count` and fill up again within `per` (the generic cell rate algorithm). Each key takes one timestamp.
#[derive(Debug)]
pub struct Buckets<K> {
    state: Mutex<FullTimes<K>>,
}

#[derive(Debug)]
struct FullTimes<K> {
    /// When each bucket will be full again.
    at: HashMap<K, Duration>,
    swept: Duration,
}

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self { state: Mutex::new(FullTimes { at: HashMap::new(), swept: Duration::ZERO }) }
    }
}

impl<K: Hash + Eq> Buckets<K> {
    /// Takes one out at `now`, or says how long to wait for the next.
    pub fn take(&self, key: K, rate: Rate, now: Duration) -> Result<(), Duration> {
        let mut state = self.lock();
        if now.saturating_sub(state.swept) >= SWEEP {
            state.swept = now;
            state.at.retain(|_, at| *at > now);
        }
        let full_at = state.at.entry(key).or_default();
        let full_then = (*full_at).max(now) + one_of(rate);
        match full_then.checked_sub(now + rate.per) {
            Some(wait) if wait > Duration::ZERO => Err(wait),
            _ => {
                *full_at = full_then;
                Ok(())
            }
        }
    }

    /// Puts one back in.
    pub fn give_back(&self, key: &K, rate: Rate) {
        if let Some(full_at) = self.lock().at.get_mut(key) {
            *full_at = full_at.saturating_sub(one_of(rate));
        }
    }

    fn lock(&self) -> MutexGuard<'_, FullTimes<K>> {
        self.state.lock()
    }
}

/// How long a bucket takes to get one back.
fn one_of(rate: Rate) -> Duration {
    rate.per / rate.count.max(1)
}
