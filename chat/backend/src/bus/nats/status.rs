//! The events of the NATS client, collected for `recovery`.

use async_nats::{ConnectErrorKind, Event};
use parking_lot::{Mutex, MutexGuard};
use tokio::sync::Notify;

#[derive(Default)]
pub struct Status {
    changes: Mutex<Changes>,
    /// Wakes `recovery`, which runs after any change.
    pub changed: Notify,
}

/// What has happened since the last [`Status::take`].
#[derive(Default)]
pub struct Changes {
    /// The connection was lost at least once.
    pub was_lost: bool,
    /// The connection was made, and not lost since.
    pub is_up: bool,
    /// Messages came faster than this node took them, and some were dropped.
    pub was_slow: bool,
    /// The last error of the server, such as a refused login.
    pub error: Option<String>,
}

impl Status {
    pub fn note(&self, event: Event) {
        let mut changes = self.lock();
        match event {
            Event::Connected => changes.is_up = true,
            Event::Disconnected => (changes.was_lost, changes.is_up) = (true, false),
            Event::SlowConsumer(_) => changes.was_slow = true,
            Event::ServerError(error) => changes.error = Some(error.to_string()),
            Event::ClientError(error) => {
                let reason = error.to_string();
                // Other errors mean that the server cannot be reached, which `was_lost` says. A refused login has to be logged.
                if reason.ends_with(&ConnectErrorKind::AuthorizationViolation.to_string()) {
                    changes.error = Some(reason);
                }
            }
            Event::LameDuckMode | Event::Draining | Event::Closed => {}
        }
        drop(changes);
        self.changed.notify_one();
    }

    /// Returns the changes and clears all of them except `is_up`.
    pub fn take(&self) -> Changes {
        let mut changes = self.lock();
        let is_up = changes.is_up;
        std::mem::replace(&mut *changes, Changes { is_up, ..Changes::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Changes> {
        self.changes.lock()
    }
}
