//! A clock that tests can replace.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use chat::time::Timestamp;

/// Two clocks: one for timestamps, and one for measuring durations.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock. It may jump.
    fn now(&self) -> Timestamp;
    /// Never goes back. Its zero is arbitrary.
    fn monotonic(&self) -> Duration;
}

/// The machine's clocks.
#[derive(Debug)]
pub struct SystemClock {
    started: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { started: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    fn monotonic(&self) -> Duration {
        self.started.elapsed()
    }
}
