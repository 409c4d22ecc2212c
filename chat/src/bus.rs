//! The port that carries events between nodes. It is a hint, never the truth: what it loses is read from the store.

pub mod local;

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::id::{RoomId, VisitorId};

/// One event of one room, encoded once for every socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    pub room: RoomId,
    pub event: RoomEvent,
}

/// What a node needs to know of an event without decoding it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RoomEvent {
    /// An entry: its number, and its socket frame (JSON of [`crate::event::Down::Entry`]).
    Entry {
        seq: u64,
        frame: Bytes,
        /// Whose seat ended with it.
        leaver: Option<VisitorId>,
    },
    /// The room is gone with all it held.
    Gone,
}

/// Where a bus delivers: a node's hub. Must not block.
pub trait Inbox: Send + Sync + 'static {
    fn deliver(&self, envelope: Envelope);
}

#[async_trait]
pub trait Bus: Send + Sync + 'static {
    /// Delivers to the inbox of every node that listens, this one too. Envelopes of one caller arrive in order.
    async fn publish(&self, envelope: Envelope);
    /// From now on this node gets what is published for `room`.
    async fn listen(&self, room: RoomId);
    /// No longer.
    async fn unlisten(&self, room: RoomId);
}

/// Opens a bus that delivers to `inbox`.
pub type Connect = Box<dyn FnOnce(Arc<dyn Inbox>) -> Arc<dyn Bus> + Send>;
