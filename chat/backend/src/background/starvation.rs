//! Notices when the threads of the scheduling policy `idle` get no core, because other threads use all of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// The longest that a job takes when it gets the core. When one takes longer, the core is too busy.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long idle threads are given no new job after that.
const PAUSE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Starvation {
    /// When each unfinished job began, by its number.
    running: BTreeMap<u64, Instant>,
    number: u64,
    until: Option<Instant>,
}

impl Starvation {
    pub const fn new() -> Self {
        Self { running: BTreeMap::new(), number: 0, until: None }
    }

    /// Counts a job that begins, and returns its number.
    pub fn begin(&mut self, now: Instant) -> u64 {
        self.number += 1;
        self.running.insert(self.number, now);
        self.number
    }

    pub fn end(&mut self, job: u64, now: Instant) {
        if self.running.remove(&job).is_some_and(|began| now - began > PATIENCE) {
            self.until = Some(now + PAUSE);
        }
    }

    /// Whether a job takes too long now, or one that took too long ended less than [`PAUSE`] ago.
    pub fn is_on(&self, now: Instant) -> bool {
        // Numbers rise with time, so the first job is the oldest.
        let oldest = self.running.first_key_value().map(|(_, began)| *began);
        oldest.is_some_and(|began| now - began > PATIENCE) || self.until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_that_gets_no_core_is_noticed_before_it_ends() {
        let (mut starvation, start) = (Starvation::new(), Instant::now());
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
        let (quick, slow) = (starvation.begin(at(0.0)), starvation.begin(at(0.5)));
        starvation.end(quick, at(0.9));
        assert!(!starvation.is_on(at(1.4)));
        assert!(starvation.is_on(at(1.6)));
        starvation.end(slow, at(5.0));
        assert!(starvation.is_on(at(14.9)));
        assert!(!starvation.is_on(at(15.1)), "idle threads are tried again");
    }
}
