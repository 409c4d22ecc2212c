//! The port to the list of nodes that share a store.

use async_trait::async_trait;

use chat::error::Error;
use chat::id::{NodeId, RoomId};

/// The answer to a node's heartbeat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beats {
    /// False for a node's first heartbeat, and for its first one after others have forgotten it.
    pub was_known: bool,
    /// The heartbeat counter of every node, this one included. The counter of a living node keeps growing.
    pub counters: Vec<(NodeId, u64)>,
}

/// Which nodes exist, and whose seats they watch. Fails as [`Store`](super::Store) says.
#[async_trait]
pub trait Nodes: Send + Sync + 'static {
    /// Increments the node's heartbeat counter, which starts at 1 when the node is not known or was forgotten.
    async fn beat(&self, node: NodeId) -> Result<Beats, Error>;

    /// Removes a node that has stopped or died. Succeeds when the node is not known.
    async fn forget_node(&self, node: NodeId) -> Result<(), Error>;

    /// Every room with a seat that is watched by nodes which are not among `known`, with those nodes.
    async fn rooms_of_others(&self, known: &[NodeId]) -> Result<Vec<(RoomId, Vec<NodeId>)>, Error>;
}
