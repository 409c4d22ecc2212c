//! Whether the store takes what is sent, asked by as many as like and tried seldom: each try is a durable write.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;

use super::Chat;
use crate::error::Error;
use crate::finish::Finish;

/// How long an answer is good for, an error as well. Nothing is tried while nobody asks.
const GOOD_FOR: Duration = Duration::from_secs(5);

/// The last answer, and when it came. Held while the store is asked: whoever comes meanwhile waits for that answer.
#[derive(Default)]
pub struct Probe(Mutex<Option<(Duration, Result<(), Error>)>>);

impl Chat {
    /// Whether something sent now would be kept, as it was some seconds ago at most.
    pub async fn ready(self: &Arc<Self>) -> Result<(), Error> {
        let chat = self.clone();
        // To its end, so that who asks and hangs up leaves an answer behind, not a write each.
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
