//! Definitions that all measurements share.

use std::error::Error;
use std::time::Duration;

/// The result of a step. The error is meant for the person at the terminal.
pub type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// How long one load runs after [`WARM_UP`]. The server's CPU time is counted in ticks of 10 ms, so this gives two
/// good digits.
pub const LOAD: Duration = Duration::from_secs(8);
pub const WARM_UP: Duration = Duration::from_millis(500);
/// The longest time for one part. A part that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(240);

/// Runs one part, and prints its name.
pub async fn run_part(part: &str, measurement: impl Future<Output = Outcome<()>>) -> Outcome<()> {
    println!("bench: {part}");
    match tokio::time::timeout(PATIENCE, measurement).await {
        Ok(done) => done.map_err(|error| format!("{part}: {error}").into()),
        Err(_) => Err(format!("{part}: not done after {} s", PATIENCE.as_secs()).into()),
    }
}
