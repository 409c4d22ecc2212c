//! How often somebody may do something: exact sliding windows.
//!
//! Why not a crate: wrong passwords have to be taken back when the password was right, which rate limiters on the GCRA
//! cannot do, and "10 in 10 s" has to mean just that.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::Error;

/// At most `count` in any stretch of `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub count: u32,
    pub per: Duration,
}

impl Rate {
    pub const fn new(count: u32, seconds: u64) -> Self {
        Self { count, per: Duration::from_secs(seconds) }
    }
}

/// Counts per key. Memory: up to `count` points in time per key that was active within `per`.
pub struct Limiter<K> {
    rate: Rate,
    times: Mutex<HashMap<K, VecDeque<Duration>>>,
}

impl<K: Hash + Eq> Limiter<K> {
    pub fn new(rate: Rate) -> Self {
        Self { rate, times: Mutex::default() }
    }

    /// Counts one more at `now`, or says how long to wait.
    pub fn take(&self, key: K, now: Duration) -> Result<(), Error> {
        let mut times = self.lock();
        let times = times.entry(key).or_default();
        while times.front().is_some_and(|first| *first + self.rate.per <= now) {
            times.pop_front();
        }
        if times.len() < self.rate.count as usize {
            times.push_back(now);
            return Ok(());
        }
        let wait = times.front().map_or(self.rate.per, |first| (*first + self.rate.per).saturating_sub(now));
        Err(Error::TooMany { retry_after: u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1) })
    }

    /// Takes the last one of `key` back.
    pub fn give_back(&self, key: &K) {
        if let Some(times) = self.lock().get_mut(key) {
            times.pop_back();
        }
    }

    /// Forgets keys that have not been active within the window.
    pub fn sweep(&self, now: Duration) {
        self.lock().retain(|_, times| times.back().is_some_and(|last| *last + self.rate.per > now));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<K, VecDeque<Duration>>> {
        self.times.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn so_many_in_any_stretch_and_the_wait_is_exact() {
        let limiter = Limiter::new(Rate::new(2, 10));
        assert_eq!(limiter.take("a", at(0)), Ok(()));
        assert_eq!(limiter.take("a", at(4000)), Ok(()));
        assert_eq!(limiter.take("a", at(5500)), Err(Error::TooMany { retry_after: 5 }));
        assert_eq!(limiter.take("b", at(5500)), Ok(()));
        assert_eq!(limiter.take("a", at(10_000)), Ok(()));
        assert_eq!(limiter.take("a", at(10_001)), Err(Error::TooMany { retry_after: 4 }));
    }

    #[test]
    fn what_is_given_back_does_not_count() {
        let limiter = Limiter::new(Rate::new(1, 10));
        for n in 0..5 {
            assert_eq!(limiter.take("a", at(n)), Ok(()));
            limiter.give_back(&"a");
        }
    }

    #[test]
    fn idle_keys_are_forgotten() {
        let limiter = Limiter::new(Rate::new(1, 10));
        limiter.take("a", at(0)).expect("the first");
        limiter.sweep(at(9_999));
        assert_eq!(limiter.lock().len(), 1);
        limiter.sweep(at(10_000));
        assert_eq!(limiter.lock().len(), 0);
    }
}
