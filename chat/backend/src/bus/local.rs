//! The bus of a single node, which delivers what is published at once.

use std::sync::Arc;

use async_trait::async_trait;

use super::{Bus, Envelope, Inbox, LobbyNews, Reach};
use chat::id::RoomId;

/// A bus without a network.
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

    async fn tell_lobby(&self, news: LobbyNews) {
        self.inbox.deliver_to_lobby(news);
    }

    /// Does nothing, because the hub drops events of rooms that nobody watches.
    async fn listen(&self, _room: RoomId) {}

    async fn unlisten(&self, _room: RoomId) {}

    fn reach(&self) -> Reach {
        Reach::Alone
    }

    async fn close(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::cases::{self, Node, Recorder};

    async fn driver(count: usize) -> (Vec<Node>, ()) {
        let node = || {
            let inbox = Arc::new(Recorder::default());
            Node { bus: Arc::new(LocalBus::new(inbox.clone())), inbox }
        };
        (std::iter::repeat_with(node).take(count).collect(), ())
    }

    cases::own_cases!(driver, 1);
}
