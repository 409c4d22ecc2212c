//! The store on MongoDB, for one node or for many nodes, which need not know of each other.
//!
//! It uses no transactions, and relies only on unique indexes and on updates of one document being atomic. So it runs on
//! a standalone server, a replica set or a sharded cluster, and nothing here waits for a lock. A room with its seats is
//! one document, which is updated only if it is still as it was read (`write_queue::changes`). An entry is one document,
//! and a unique index guards its number (`write_queue::appends`). The entries that announce a change are stored in the
//! room's document first, and copied into the log from there (`news`). A write is acknowledged when a majority has it in
//! the journal on disk. Reads see only what a majority has.

mod condemning;
mod emptying;
mod entries;
mod entry_doc;
mod failure;
mod gifs;
pub(crate) mod health;
mod log;
mod lookup;
mod news;
mod nodes;
mod open;
mod passes;
mod port;
mod refusal;
mod room_doc;
mod rooms;
mod schema;
mod sessions;
mod shelves;
mod slow;
#[cfg(test)]
pub mod tests;
mod uri;
mod values;
mod write_queue;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use mongodb::bson::Document;
use mongodb::options::WriteConcern;
use mongodb::{Collection, Database, IndexModel};
use tokio::time::Instant;

use self::health::Health;
pub use self::refusal::OpenError;
use self::schema::Db;
pub use self::uri::MongoUri;
use self::write_queue::WriteQueues;
use chat::error::Error;

/// How long an operation is retried while other writers get in its way, or while its outcome is unknown.
const RETRY_FOR: Duration = Duration::from_secs(8);

/// See the [module](self).
pub struct MongoStore {
    uri: MongoUri,
    /// Until this moment the start retries failures that may pass.
    deadline: Instant,
    db: Arc<Db>,
    write_queues: WriteQueues,
}

impl MongoStore {
    /// Connects, waits for a server for at most `wait`, and makes the missing indexes. The indexes may take longer than `wait`,
    /// because this returns only when they are built.
    pub async fn open(uri: &MongoUri, wait: Duration) -> Result<Self, OpenError> {
        let deadline = Instant::now() + wait;
        let db = Arc::new(open::open(uri, deadline).await?);
        Ok(Self { uri: uri.clone(), deadline, write_queues: WriteQueues::new(Arc::clone(&db)), db })
    }

    /// The id of this deployment (all nodes that share this database). It is random, and made once. Reading it is retried for a
    /// while.
    pub async fn deployment_id(&self) -> Result<String, Error> {
        let _guard = self.db.health.enter()?;
        let deadline = Instant::now() + RETRY_FOR;
        for attempt in 0.. {
            match nodes::deployment_id(&self.db).await {
                Err(Error::Unavailable) if Instant::now() < deadline => pause(attempt).await,
                result => return result,
            }
        }
        Err(Error::Unavailable)
    }

    /// Makes indexes for another part that shares the client, in the same way as the store's own.
    pub(crate) async fn make_indexes(&self, indexes: Vec<(Collection<Document>, IndexModel)>) -> Result<(), OpenError> {
        open::make_indexes(&self.uri, indexes, self.deadline).await
    }

    /// The confirmation that every write waits for.
    pub(crate) fn write_concern(&self) -> WriteConcern {
        open::write_concern()
    }

    /// The database, for other parts that share the client.
    pub(crate) fn database(&self) -> Database {
        self.db.database.clone()
    }

    /// Runs the operations of every part that shares the client.
    pub(crate) fn health(&self) -> Health {
        self.db.health.clone()
    }
}

/// Waits before the next attempt: not at all at first, then for a random and growing time (below 128 ms), so that two
/// writers that were in each other's way do not meet again.
async fn pause(attempt: u32) {
    if attempt > 1 {
        let longest = 1_u64 << attempt.min(7);
        let random = RandomState::new().build_hasher().finish();
        tokio::time::sleep(Duration::from_millis(random % longest)).await;
    }
}
