//! The readiness check: whether the store accepts writes. Many callers may ask, but each try is a durable write, so they
//! share the answer of the last one for some seconds.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::Chat;
use crate::finish::Finish;
use chat::error::Error;

/// How long an answer is used again, even if it is an error. Nothing is tried while nobody asks.
const GOOD_FOR: Duration = Duration::from_secs(5);

/// The last answer and its time. The lock is held while the store is asked, so that others wait for the same answer.
#[derive(Default)]
pub struct Probe(Mutex<Option<(Duration, Result<(), Error>)>>);

impl Chat {
    /// Whether a message sent now would be stored. The answer may be some seconds old.
    pub async fn ready(self: &Arc<Self>) -> Result<(), Error> {
        let chat = self.clone();
        // This runs to its end, so that callers who hang up leave an answer behind instead of causing a write each.
        Finish::new(async move {
            let mut last = chat.probe.0.lock().await;
            if let Some((at, answer)) = &*last
                && chat.clock.monotonic().saturating_sub(*at) < GOOD_FOR
            {
                return answer.clone();
            }
            let answer = chat.store.ready().await;
            *last = Some((chat.clock.monotonic(), answer.clone()));
            answer
        })
        .await
    }
}
