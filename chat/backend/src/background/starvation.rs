//! Notices when the threads of the scheduling policy `idle` get no core, because other threads use all of it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long idle threads are given no new job after that.
const PAUSE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub struct Starvation {
    /// When each unfinished job should have ended, by its number.
    running: BTreeMap<u64, Instant>,
    number: u64,
    until: Option<Instant>,
}

impl Starvation {
    pub const fn new() -> Self {
        Self { running: BTreeMap::new(), number: 0, until: None }
    }

    /// Counts a job that begins, and returns its number. `longest` is how long it takes at most when it gets the core. When
    /// it takes longer, the core is too busy.
    pub fn begin(&mut self, now: Instant, longest: Duration) -> u64 {
        self.number += 1;
        self.running.insert(self.number, now + longest);
        self.number
    }

    pub fn end(&mut self, job: u64, now: Instant) {
        if self.running.remove(&job).is_some_and(|due| now > due) {
            self.until = Some(now + PAUSE);
        }
    }

    /// Whether a job takes too long now, or one that took too long ended less than [`PAUSE`] ago.
    pub fn is_on(&self, now: Instant) -> bool {
        self.running.values().any(|due| now > *due) || self.until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_job_that_gets_no_core_is_noticed_before_it_ends() {
        let (mut starvation, start) = (Starvation::new(), Instant::now());
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
        let (quick, slow) = (starvation.begin(at(0.0), SECOND), starvation.begin(at(0.5), SECOND));
        starvation.end(quick, at(0.9));
        assert!(!starvation.is_on(at(1.4)));
        assert!(starvation.is_on(at(1.6)));
        starvation.end(slow, at(5.0));
        assert!(starvation.is_on(at(14.9)));
        assert!(!starvation.is_on(at(15.1)), "idle threads are tried again");
    }

    #[test]
    fn a_job_that_takes_long_by_itself_is_no_sign_of_it() {
        let (mut starvation, start) = (Starvation::new(), Instant::now());
        let at = |seconds: f64| start + Duration::from_secs_f64(seconds);
        let (long, longer) = (starvation.begin(at(0.0), 20 * SECOND), starvation.begin(at(0.0), 20 * SECOND));
        assert!(!starvation.is_on(at(19.0)));
        starvation.end(long, at(19.0));
        assert!(!starvation.is_on(at(19.0)));
        let quick = starvation.begin(at(15.0), SECOND);
        assert!(starvation.is_on(at(16.5)), "it is late, though it began last");
        starvation.end(quick, at(15.5));
        assert!(!starvation.is_on(at(19.5)));
        assert!(starvation.is_on(at(20.5)));
        starvation.end(longer, at(21.0));
        assert!(starvation.is_on(at(30.9)));
    }
}
