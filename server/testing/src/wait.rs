//! Waiting for a condition, with a time limit.

use std::time::{Duration, Instant};

/// The time limit for everything that states no other.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// Calls `look` every 20 ms until it returns something. Panics with `what` if that takes longer than `within`.
pub async fn until<T>(what: &str, within: Duration, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(began.elapsed() < within, "not within {within:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
