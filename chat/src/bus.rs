//! The port that carries events between nodes. It is a hint, never the truth: what it loses is read from the store.

#[cfg(test)]
pub mod cases;
pub mod local;
pub mod nats;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::id::{RoomId, VisitorId};
use crate::room::RoomCard;
use crate::time::Timestamp;

/// One event of one room, encoded once for every socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    pub room: RoomId,
    pub event: RoomEvent,
}

/// What a node needs to know of an event without decoding it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomEvent {
    Entry(Framed),
    /// Passes by and is stored nowhere: a socket frame for all but who caused it.
    Passing {
        from: VisitorId,
        frame: Bytes,
    },
    /// The room is gone with all it held.
    Gone,
}

/// An entry as its socket frame, with what a node needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framed {
    pub seq: u64,
    /// JSON of [`crate::event::Down::Entry`].
    pub frame: Bytes,
    /// Whose seat ended with it.
    pub leaver: Option<VisitorId>,
    /// The only two who may know of it, if it is not for all.
    pub audience: Option<[VisitorId; 2]>,
    /// It empties an entry before it: what is kept of that one is to be forgotten.
    pub empties: bool,
    /// Pages of the protocol before this one do not understand it.
    pub is_new: bool,
}

#[cfg(test)]
impl Framed {
    /// One that is for all and changes nothing.
    pub fn plain(seq: u64, frame: Bytes) -> Self {
        Self { seq, frame, leaver: None, audience: None, empties: false, is_new: false }
    }
}

/// What the lobby of every node is to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LobbyNews {
    /// A room is new, or is not as before.
    Room {
        card: RoomCard,
        rev: u64,
    },
    /// Somebody said something there.
    Spoke {
        room: RoomId,
        at: Timestamp,
    },
    Gone {
        room: RoomId,
    },
}

/// Where a bus delivers: a node. Must not block.
pub trait Inbox: Send + Sync + 'static {
    fn deliver(&self, envelope: Envelope);
    fn deliver_to_lobby(&self, news: LobbyNews);
    /// Something of this room may be missing here: it came and was not understood, could not be taken, or was lost on its
    /// way. The store knows.
    fn doubt(&self, room: RoomId);
}

/// Whether what is published reaches the other nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// There are none.
    Alone,
    Connected,
    /// Not now. What was published meanwhile may be lost.
    Cut,
}

/// Nothing here fails or waits for a wire: what cannot be sent is lost, as on any other way.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Delivers to this node at once, and to every other node that listens to the room. Envelopes of one caller arrive in
    /// order.
    async fn publish(&self, envelope: Envelope);
    /// Delivers to this node at once, and to every other node.
    async fn tell_lobby(&self, news: LobbyNews);
    /// From now on this node gets what others publish for `room`. What they publish in this moment may be lost: where there
    /// are others, an [`Inbox::doubt`] follows when nothing more is.
    async fn listen(&self, room: RoomId);
    /// No longer.
    async fn unlisten(&self, room: RoomId);
    fn reach(&self) -> Reach;
    /// Sends what waits and stops.
    async fn close(&self);
}

/// Opens a bus that delivers to `inbox`.
pub type Connect = Box<dyn FnOnce(Arc<dyn Inbox>) -> Arc<dyn Bus> + Send>;
