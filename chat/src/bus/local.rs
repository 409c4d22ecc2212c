//! One node, one process: what is published is delivered at once.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Bus, Envelope, Inbox};
use crate::id::RoomId;

/// A bus without a wire.
pub struct LocalBus {
    inbox: Arc<dyn Inbox>,
}

impl LocalBus {
    pub fn new(inbox: Arc<dyn Inbox>) -> Self {
        Self { inbox }
    }
}

#[async_trait]
impl Bus for LocalBus {
    async fn publish(&self, envelope: Envelope) {
        self.inbox.deliver(envelope);
    }

    /// Nothing to do: a hub drops what nobody watches.
    async fn listen(&self, _room: RoomId) {}

    async fn unlisten(&self, _room: RoomId) {}
}
