//! What strangers can cause is told of now and then, with a count, so that nobody can fill the log with it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The least time between two lines of one kind.
const EVERY: Duration = Duration::from_secs(60);

/// Counts what happens, by kind, and says when it is time for a line.
#[derive(Debug)]
pub struct Throttle<K> {
    kinds: Mutex<BTreeMap<K, Count>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    /// Since the last line.
    untold: u64,
    told_at: Option<Duration>,
}

impl<K> Default for Throttle<K> {
    fn default() -> Self {
        Self { kinds: Mutex::default() }
    }
}

impl<K: Ord + Copy> Throttle<K> {
    /// Counts one more at `now`. How many there are to tell of, this one among them, when it is time to.
    pub fn count(&self, kind: K, now: Duration) -> Option<u64> {
        let mut kinds = self.lock();
        let count = kinds.entry(kind).or_default();
        count.untold += 1;
        count.due(now)
    }

    /// What has come since the last line of each kind, where its minute is over.
    pub fn due(&self, now: Duration) -> Vec<(K, u64)> {
        self.lock().iter_mut().filter_map(|(kind, count)| count.due(now).map(|untold| (*kind, untold))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<K, Count>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Count {
    fn due(&mut self, now: Duration) -> Option<u64> {
        if self.untold == 0 || self.told_at.is_some_and(|told| now.saturating_sub(told) < EVERY) {
            return None;
        }
        self.told_at = Some(now);
        Some(std::mem::take(&mut self.untold))
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
