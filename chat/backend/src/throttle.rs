//! Logs the number of events that strangers can cause, at most once a minute per kind, so that nobody can fill the log with
//! them.

use std::collections::BTreeMap;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

/// The least time between two log lines of one kind.
const MIN_INTERVAL: Duration = Duration::from_secs(60);

/// Counts events by kind, and says when a line may be logged.
#[derive(Debug)]
pub struct Throttle<K> {
    kinds: Mutex<BTreeMap<K, Count>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    /// The events since the last line.
    unlogged: u64,
    logged_at: Option<Duration>,
}

impl<K> Default for Throttle<K> {
    fn default() -> Self {
        Self { kinds: Mutex::default() }
    }
}

impl<K: Ord + Copy> Throttle<K> {
    /// Counts one more event at `now`. Returns the number to log, including this one, if a line is due.
    pub fn count(&self, kind: K, now: Duration) -> Option<u64> {
        let mut kinds = self.lock();
        let count = kinds.entry(kind).or_default();
        count.unlogged += 1;
        count.due(now)
    }

    /// The unlogged events of each kind for which a line is due.
    pub fn due(&self, now: Duration) -> Vec<(K, u64)> {
        self.lock().iter_mut().filter_map(|(kind, count)| count.due(now).map(|unlogged| (*kind, unlogged))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<K, Count>> {
        self.kinds.lock()
    }
}

impl Count {
    fn due(&mut self, now: Duration) -> Option<u64> {
        if self.unlogged == 0 || self.logged_at.is_some_and(|logged| now.saturating_sub(logged) < MIN_INTERVAL) {
            return None;
        }
        self.logged_at = Some(now);
        Some(std::mem::take(&mut self.unlogged))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_kind_and_minute() {
        let throttle = Throttle::default();
        let at = Duration::from_millis;
        assert_eq!((throttle.count("a", at(0)), throttle.count("b", at(1))), (Some(1), Some(1)));
        assert!((1..1000).all(|n| throttle.count("a", at(n)).is_none()));
        assert_eq!(throttle.due(at(59_999)), []);
        assert_eq!(throttle.due(at(60_000)), [("a", 999)]);
        assert_eq!(throttle.due(at(120_000)), [], "nothing has come since");
        assert_eq!(throttle.count("a", at(120_000)), Some(1));
    }
}
