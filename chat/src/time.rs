//! Points in time. They label what is shown; order comes from `seq`, never from a clock.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01T00:00:00Z by the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);
crate::wire::wire_newtype!(Timestamp);

impl Timestamp {
    /// Milliseconds from `earlier` to here; 0 when `earlier` is later (clocks step back).
    pub fn millis_since(self, earlier: Timestamp) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
