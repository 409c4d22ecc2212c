//! How long tests wait.

use std::time::{Duration, Instant};

/// How long anything may take that has no time limit of its own.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Looks until there is something to be seen.
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
