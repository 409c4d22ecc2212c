//! The port to sessions.

use async_trait::async_trait;

use chat::error::Error;
use chat::time::Timestamp;

/// A visitor's session, encoded by the server's session layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    pub data: Vec<u8>,
    pub expires_at: Timestamp,
}

/// The sessions, by id. Fails as [`Store`](super::Store) says.
#[async_trait]
pub trait Sessions: Send + Sync + 'static {
    /// Stores a session under a new id. False, and nothing is stored, when the id is taken.
    async fn create_session(&self, id: &str, record: SessionRecord) -> Result<bool, Error>;

    /// Stores a session, in place of an earlier one with this id.
    async fn save_session(&self, id: &str, record: SessionRecord) -> Result<(), Error>;

    /// The session, unless it has expired at `now`.
    async fn load_session(&self, id: &str, now: Timestamp) -> Result<Option<SessionRecord>, Error>;

    async fn delete_session(&self, id: &str) -> Result<(), Error>;
}
