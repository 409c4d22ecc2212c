//! What a session holds, as a type. tower-sessions keeps it by key, as the nodes of the previous version read and write it.

use app::page::Flash;
use chat::{Person, Timestamp};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tower_sessions::cookie::time::OffsetDateTime;
use tower_sessions::session::{Error, Expiry, Id, Session};

/// Everything a session holds. The previous version knows the first three fields as well.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SessionData {
    pub person: Option<Person>,
    /// The day the session was last renewed. Without it, the session exists only for a flash and is deleted with it.
    pub day: Option<u64>,
    pub flash: Option<StoredFlash>,
    /// Marks a session that this version has renewed. The cookie of the previous version no longer opens it, so those
    /// cookies expire without a fixed date in the code.
    pub is_renewed_here: bool,
    /// The day this version first saw a session of the previous version whose cookie had to stay in place.
    pub first_seen: Option<u64>,
}

/// A flash in a session, in a format that nodes of the previous version can also read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredFlash {
    #[serde(flatten)]
    pub flash: Flash,
    /// The flash is not shown from this time on. `None` in a flash that the previous version stored.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// The key of [`SessionData::person`].
pub const PERSON: &str = "person";
const DAY: &str = "day";
const FLASH: &str = "flash";
const RENEWED_HERE: &str = "ours";
const FIRST_SEEN: &str = "seen";

/// A session that was loaded, and what it holds.
#[derive(Debug, Clone)]
pub struct OpenSession {
    session: Session,
    /// Changes are stored by [`OpenSession::save`].
    pub data: SessionData,
    stored: SessionData,
}

impl OpenSession {
    /// Loads a session. One that the store does not have is empty.
    pub async fn load(session: Session) -> Result<Self, Error> {
        let stored = SessionData {
            person: session.get(PERSON).await?,
            day: session.get(DAY).await?,
            // A flash in the format of a later version must not cost the visitor their identity.
            flash: session.get(FLASH).await.ok().flatten(),
            is_renewed_here: session.get_value(RENEWED_HERE).await?.is_some(),
            first_seen: session.get(FIRST_SEEN).await?,
        };
        Ok(Self { session, data: stored.clone(), stored })
    }

    pub fn id(&self) -> Option<Id> {
        self.session.id()
    }

    /// Stores what was changed. The session expires at `until`.
    pub async fn save(&mut self, until: OffsetDateTime) -> Result<(), Error> {
        let (data, stored) = (&self.data, &self.stored);
        self.put(PERSON, &data.person, &stored.person).await?;
        self.put(DAY, &data.day, &stored.day).await?;
        self.put(FLASH, &data.flash, &stored.flash).await?;
        let mark = |is_renewed: bool| is_renewed.then_some(true);
        self.put(RENEWED_HERE, &mark(data.is_renewed_here), &mark(stored.is_renewed_here)).await?;
        self.put(FIRST_SEEN, &data.first_seen, &stored.first_seen).await?;
        self.session.set_expiry(Some(Expiry::AtDateTime(until)));
        self.session.save().await?;
        self.stored = self.data.clone();
        Ok(())
    }

    async fn put<T: Serialize + DeserializeOwned + PartialEq>(
        &self,
        key: &str,
        value: &Option<T>,
        stored: &Option<T>,
    ) -> Result<(), Error> {
        match value {
            _ if value == stored => Ok(()),
            Some(value) => self.session.insert(key, value).await,
            None => self.session.remove_value(key).await.map(drop),
        }
    }

    pub async fn delete(&self) -> Result<(), Error> {
        self.session.delete().await
    }
}
