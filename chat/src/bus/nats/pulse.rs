//! What the connection tells about itself, from the client's events to the keeper.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_nats::{ConnectErrorKind, Event};
use tokio::sync::Notify;

#[derive(Default)]
pub struct Pulse {
    told: Mutex<Told>,
    pub raised: Notify,
}

/// What was told since it was asked last.
#[derive(Default)]
pub struct Told {
    /// It was lost, at least once.
    pub was_lost: bool,
    /// It was made, and not lost since.
    pub is_up: bool,
    /// Messages came faster than they were delivered, and some were dropped.
    pub was_slow: bool,
    pub complaint: Option<String>,
}

impl Pulse {
    pub fn note(&self, event: Event) {
        let mut told = self.lock();
        match event {
            Event::Connected => told.is_up = true,
            Event::Disconnected => (told.was_lost, told.is_up) = (true, false),
            Event::SlowConsumer(_) => told.was_slow = true,
            Event::ServerError(error) => told.complaint = Some(error.to_string()),
            Event::ClientError(error) => {
                let reason = error.to_string();
                // Not reaching the server is known. Not being let in has to be heard.
                if reason.ends_with(&ConnectErrorKind::AuthorizationViolation.to_string()) {
                    told.complaint = Some(reason);
                }
            }
            Event::LameDuckMode | Event::Draining | Event::Closed => {}
        }
        drop(told);
        self.raised.notify_one();
    }

    /// Forgets all but whether it is up.
    pub fn take(&self) -> Told {
        let mut told = self.lock();
        let is_up = told.is_up;
        std::mem::replace(&mut *told, Told { is_up, ..Told::default() })
    }

    fn lock(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
