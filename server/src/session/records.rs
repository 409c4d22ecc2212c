//! Stores the session records of tower-sessions in our store: JSON by session id.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use backend::service::Chat;
use backend::store::SessionRecord;
use chat::{Person, Timestamp, VisitorId};
use sha2::{Digest, Sha512};
use tower_sessions::SessionStore;
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result};

use super::data::PERSON;
use crate::settings::Secret;

/// Implements tower-sessions' store on top of ours.
pub struct Records {
    chat: Arc<Chat>,
    /// The hash state that makes session ids unguessable.
    key: Sha512,
}

impl Records {
    pub fn new(chat: Arc<Chat>, secret: &Secret) -> Self {
        let key = Sha512::new().chain_update("gifchat: the id of a visitor's session\0").chain_update(&secret.0);
        Self { chat, key }
    }

    /// The id of the only session that a visitor can have.
    pub fn id_of(&self, visitor: VisitorId) -> Id {
        let hash = self.key.clone().chain_update(visitor.0).finalize();
        Id(hash.iter().take(16).fold(0, |id, byte| (id << 8) | i128::from(*byte)))
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Records")
    }
}

#[async_trait]
impl SessionStore for Records {
    /// Stores a session under the id derived from its visitor. When two requests create it at once, the later one
    /// wins.
    async fn create(&self, record: &mut Record) -> Result<()> {
        let person = record.data.get(PERSON).cloned().unwrap_or_default();
        let person: Person = serde_json::from_value(person).map_err(|error| Error::Encode(error.to_string()))?;
        record.id = self.id_of(person.id);
        self.save(record).await
    }

    async fn save(&self, record: &Record) -> Result<()> {
        self.chat.store().save_session(&record.id.to_string(), encode(record)?).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let stored = self.chat.store().load_session(&id.to_string(), self.chat.now()).await.map_err(backend)?;
        Ok(stored.and_then(|stored| decode(*id, &stored)))
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

/// A record that cannot be decoded (say, one of a later version) counts as no session.
fn decode(id: Id, stored: &SessionRecord) -> Option<Record> {
    let data = serde_json::from_slice(&stored.data)
        .inspect_err(|error| tracing::warn!(%error, "a session cannot be read"))
        .ok()?;
    let expiry_date = OffsetDateTime::from_unix_timestamp_nanos(i128::from(stored.expires_at.0) * 1_000_000).ok()?;
    Some(Record { id, data, expiry_date })
}

fn backend(error: chat::Error) -> Error {
    Error::Backend(error.to_string())
}
