//! A number of acts per time.

use std::time::Duration;

/// At most `count` in any period of length `per`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    pub count: u32,
    pub per: Duration,
}

impl Rate {
    pub const fn new(count: u32, seconds: u64) -> Self {
        Self { count, per: Duration::from_secs(seconds) }
    }

    /// The same period with `times` as many.
    pub(super) const fn times(self, times: u32) -> Self {
        Self { count: self.count.saturating_mul(times), per: self.per }
    }
}
