//! tower-sessions' records in our store: JSON by session id.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use chat::Timestamp;
use chat::service::Chat;
use chat::store::SessionRecord;
use tower_sessions::SessionStore;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

/// The session methods of the store.
pub struct Records {
    chat: Arc<Chat>,
}

impl Records {
    pub fn new(chat: Arc<Chat>) -> Self {
        Self { chat }
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Records")
    }
}

#[async_trait]
impl SessionStore for Records {
    async fn create(&self, record: &mut Record) -> Result<()> {
        let kept = encode(record)?;
        while !self.chat.store().create_session(&record.id.to_string(), kept.clone()).await.map_err(backend)? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.chat.store().save_session(&record.id.to_string(), encode(record)?).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let kept = self.chat.store().load_session(&id.to_string(), self.chat.now()).await.map_err(backend)?;
        Ok(kept.and_then(|kept| decode(*id, &kept)))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        self.chat.store().delete_session(&id.to_string()).await.map_err(backend)
    }
}

fn encode(record: &Record) -> Result<SessionRecord> {
    let data = serde_json::to_vec(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
    let millis = record.expiry_date.unix_timestamp_nanos() / 1_000_000;
    Ok(SessionRecord { data, expires_at: Timestamp(u64::try_from(millis).unwrap_or_default()) })
}

/// A record that nobody can read (from a version to come, say) is no session.
fn decode(id: Id, kept: &SessionRecord) -> Option<Record> {
    let data = serde_json::from_slice(&kept.data)
        .inspect_err(|error| tracing::warn!(%error, "a session cannot be read"))
        .ok()?;
    let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(kept.expires_at.0) * 1_000_000).ok()?;
    Some(Record { id, data, expiry_date })
}

fn backend(error: chat::Error) -> Error {
    Error::Backend(error.to_string())
}
