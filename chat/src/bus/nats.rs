//! Events between nodes over NATS: core NATS, which keeps nothing and promises nothing.
//!
//! A room is the subject `gifchat.HOUSE.room.ID`, the lobby `gifchat.HOUSE.lobby`; the house keeps apart those who share
//! a NATS and no store. Events of rooms are written as [`wire`] says, news for the lobby as JSON.
//!
//! Nothing waits for the server. What could not be sent, or may have been lost with the connection, is noted, and made up
//! for as soon as it can be: others are told that they lack something of the room, and get the last news for the lobby.

mod address;
mod ears;
mod keeper;
mod ledger;
mod line;
mod pulse;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::task::AbortHandle;

pub use self::address::OpenError;
use self::ears::Ears;
use self::line::Line;
use super::{Bus, Envelope, Inbox, LobbyNews, Reach};
use crate::id::{NodeId, RoomId};

/// A connection that delivers to nobody yet.
pub struct NatsLink {
    line: Line,
    is_up: bool,
}

/// The bus of one of several nodes.
pub struct NatsBus {
    inbox: Arc<dyn Inbox>,
    line: Arc<Line>,
    ears: Arc<Ears>,
    keeper: AbortHandle,
}

impl NatsBus {
    /// Connects to `nats://[USER:PASSWORD@]HOST[:PORT]`, as this node of that house. A server that cannot be reached is no
    /// error: the bus is [`Reach::Cut`] until it can.
    pub async fn open(url: &str, house: &str, node: NodeId) -> Result<NatsLink, OpenError> {
        let (line, is_up) = Line::open(url, house, node).await?;
        Ok(NatsLink { line, is_up })
    }
}

impl NatsLink {
    /// Starts to deliver. To be called where tokio runs.
    pub fn bus(self, inbox: Arc<dyn Inbox>) -> Arc<dyn Bus> {
        let line = Arc::new(self.line);
        let ears = Arc::new(Ears::new(line.clone(), inbox.clone()));
        ears.listen_to_lobby();
        let keeper = tokio::spawn(keeper::keep(line.clone(), ears.clone(), self.is_up)).abort_handle();
        Arc::new(NatsBus { inbox, line, ears, keeper })
    }
}

#[async_trait]
impl Bus for NatsBus {
    async fn publish(&self, envelope: Envelope) {
        self.inbox.deliver(envelope.clone());
        self.line.publish(&envelope);
    }

    async fn tell_lobby(&self, news: LobbyNews) {
        self.inbox.deliver_to_lobby(news.clone());
        self.line.tell_lobby(news);
    }

    async fn listen(&self, room: RoomId) {
        self.ears.listen(room);
    }

    async fn unlisten(&self, room: RoomId) {
        self.ears.unlisten(room);
    }

    fn reach(&self) -> Reach {
        if self.line.is_up() { Reach::Connected } else { Reach::Cut }
    }

    async fn close(&self) {
        self.line.close().await;
        self.keeper.abort();
        self.ears.stop();
    }
}

impl Drop for NatsBus {
    fn drop(&mut self) {
        self.line.end();
        self.keeper.abort();
        self.ears.stop();
    }
}
