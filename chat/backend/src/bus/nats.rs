//! The bus over core NATS, which stores nothing and guarantees no delivery.
//!
//! A room has the subject `gifchat.DEPLOYMENT.room.ID`, and the lobby has `gifchat.DEPLOYMENT.lobby`. A deployment is all nodes
//! that share one store and one NATS server; its id keeps apart deployments on the same server. Events of rooms are encoded by
//! [`wire`], and news for the lobby are JSON.
//!
//! Publishing does not wait for the server. When something could not be sent, or may have been lost with the connection, the
//! node tells the others as soon as possible (`gifchat.DEPLOYMENT.lost`). They read the store, and see from the numbers of
//! entries what they lack.

mod address;
mod connection;
mod recovery;
mod status;
mod subscriptions;
#[cfg(test)]
mod tests;
mod wire;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::task::AbortHandle;

pub use self::address::OpenError;
use self::connection::Connection;
use self::subscriptions::Subscriptions;
use super::{Bus, Envelope, Inbox, LobbyNews, Reach};
use chat::id::{NodeId, RoomId};

/// A connection to NATS that does not deliver to a node yet.
pub struct NatsLink {
    connection: Connection,
    is_up: bool,
}

/// The bus of one node among several.
pub struct NatsBus {
    inbox: Arc<dyn Inbox>,
    connection: Arc<Connection>,
    subscriptions: Arc<Subscriptions>,
    recovery: AbortHandle,
}

impl NatsBus {
    /// Connects this node of the deployment to `url`: `nats://HOST:PORT` or `tls://HOST:PORT`, with `USER:PASSWORD@` or `TOKEN@`
    /// before `HOST` if the server asks for it. It is no error if the server cannot be reached; the bus is [`Reach::Cut`] until
    /// then.
    pub async fn open(url: &str, deployment: &str, node: NodeId) -> Result<NatsLink, OpenError> {
        let (connection, is_up) = Connection::open(url, deployment, node).await?;
        Ok(NatsLink { connection, is_up })
    }
}

impl NatsLink {
    /// Starts to deliver to `inbox`. Must be called inside a tokio runtime.
    pub fn bus(self, inbox: Arc<dyn Inbox>) -> Arc<dyn Bus> {
        let connection = Arc::new(self.connection);
        let subscriptions = Arc::new(Subscriptions::new(connection.clone(), inbox.clone()));
        subscriptions.listen_to_all_nodes();
        let recovery =
            tokio::spawn(recovery::run(connection.clone(), subscriptions.clone(), self.is_up)).abort_handle();
        Arc::new(NatsBus { inbox, connection, subscriptions, recovery })
    }
}

#[async_trait]
impl Bus for NatsBus {
    async fn publish(&self, envelope: Envelope) {
        self.inbox.deliver(envelope.clone());
        self.connection.publish(&envelope);
    }

    async fn tell_lobby(&self, news: LobbyNews) {
        self.connection.tell_lobby(&news);
        self.inbox.deliver_to_lobby(news);
    }

    async fn listen(&self, room: RoomId) {
        self.subscriptions.listen(room);
    }

    async fn unlisten(&self, room: RoomId) {
        self.subscriptions.unlisten(room);
    }

    fn reach(&self) -> Reach {
        if self.connection.is_up() { Reach::Connected } else { Reach::Cut }
    }

    async fn close(&self) {
        self.connection.close().await;
        self.recovery.abort();
        self.subscriptions.stop();
    }
}

impl Drop for NatsBus {
    fn drop(&mut self) {
        self.connection.end();
        self.recovery.abort();
        self.subscriptions.stop();
    }
}
