//! CPU time of the thread, rather than the time of day: a busy machine must not make a worse copy.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// A limit of CPU time, counted since `start`.
pub(crate) struct Budget {
    start: Duration,
    limit: Duration,
}

impl Budget {
    pub fn start(limit: Duration) -> Self {
        Self { start: now(), limit }
    }

    pub fn spent(&self) -> Duration {
        now().saturating_sub(self.start)
    }

    pub fn left(&self) -> Duration {
        self.limit.saturating_sub(self.spent())
    }

    pub fn is_spent(&self) -> bool {
        self.left().is_zero()
    }
}

fn now() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}
