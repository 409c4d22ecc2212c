//! The port that carries events between nodes. It may lose events: the store has everything, and nodes read it from there.

#[cfg(test)]
pub mod cases;
pub mod local;
pub mod nats;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

use chat::id::{RoomId, VisitorId};
use chat::room::RoomCard;
use chat::time::Timestamp;

/// One event of one room. Its frame is encoded once, for all sockets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    pub room: RoomId,
    pub event: RoomEvent,
}

/// An event, with what a node needs to know of it without decoding its frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomEvent {
    Entry(Framed),
    /// An event that is not stored: a socket frame for everybody in the room except the visitor who caused it.
    Passing {
        from: VisitorId,
        frame: Bytes,
    },
    /// Something was found out about a GIF that the room shows. It is not stored with the room.
    Gif(Notice),
    /// The room has ended.
    Gone,
}

/// An entry as a socket frame, with what a node needs to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Framed {
    pub seq: u64,
    /// JSON of [`chat::event::Down::Entry`].
    pub frame: Bytes,
    /// The visitor whose seat ended with this entry.
    pub leaver: Option<VisitorId>,
    /// The only two visitors who may receive it. `None` when it is for everybody in the room.
    pub audience: Option<[VisitorId; 2]>,
    /// It empties an earlier entry, so nodes must drop any copy of that one.
    pub empties: bool,
    /// Pages that speak the previous version of the protocol do not understand it.
    pub is_new: bool,
}

/// A frame that is sent and not stored. Pages of the previous protocol do not understand it, so they are not sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// JSON of a [`chat::event::Down`].
    pub frame: Bytes,
    /// See [`Framed::audience`].
    pub audience: Option<[VisitorId; 2]>,
}

#[cfg(test)]
impl Framed {
    /// An entry that is for everybody and changes no other entry.
    pub fn plain(seq: u64, frame: Bytes) -> Self {
        Self { seq, frame, leaver: None, audience: None, empties: false, is_new: false }
    }
}

/// A change that the lobby of every node has to know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LobbyNews {
    /// A room is new or has changed.
    Room {
        card: RoomCard,
        rev: u64,
    },
    /// A message to everybody was sent in this room.
    Spoke {
        room: RoomId,
        at: Timestamp,
    },
    Gone {
        room: RoomId,
    },
}

/// The node to which a bus delivers. Its methods must not block.
pub trait Inbox: Send + Sync + 'static {
    fn deliver(&self, envelope: Envelope);
    fn deliver_to_lobby(&self, news: LobbyNews);
    /// Events of this room may be missing here, because they were not understood, came too fast or were lost on the way. The
    /// node compares with the store.
    fn doubt(&self, room: RoomId);
    /// News for the lobby may be missing here, because they came too fast or were lost on the way.
    fn doubt_lobby(&self);
}

/// Whether what is published reaches the other nodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// There are no other nodes.
    Alone,
    Connected,
    /// The other nodes cannot be reached now. What is published meanwhile may be lost.
    Cut,
}

/// A bus. No method fails, and only `close` waits for the network. What cannot be sent is lost.
#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Delivers to this node at once, and to every other node that listens to the room. A caller's envelopes arrive in order.
    async fn publish(&self, envelope: Envelope);
    /// Delivers to this node at once, and to every other node.
    async fn tell_lobby(&self, news: LobbyNews);
    /// From now on this node receives what others publish for `room`. What they publish before the subscription is made may
    /// be lost. Once it is made, [`Inbox::doubt`] is called for the room (unless this node is alone).
    async fn listen(&self, room: RoomId);
    /// Stops what [`Bus::listen`] has started.
    async fn unlisten(&self, room: RoomId);
    fn reach(&self) -> Reach;
    /// Sends what is queued, and stops.
    async fn close(&self);
}

/// Opens a bus that delivers to `inbox`.
pub type Connect = Box<dyn FnOnce(Arc<dyn Inbox>) -> Arc<dyn Bus> + Send>;
