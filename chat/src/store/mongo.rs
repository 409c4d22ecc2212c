//! The store on MongoDB: for one node or many, which need not know of each other.
//!
//! Single-document operations and unique indexes only: it runs on a standalone server as on a replica set or a sharded
//! cluster, and nothing here waits for a lock. A room with its seats is one document, changed on condition that it is
//! still as it was read (`desk::changes`); an entry is one document, whose number nobody else can have
//! (`desk::appends`); what a change tells goes from the one into the others (`news`). Writes are acknowledged by a
//! majority, journaled; reads are of what a majority has.

mod desk;
mod entry_doc;
mod failure;
mod gifs;
pub(crate) mod health;
mod log;
mod news;
mod nodes;
mod open;
mod passes;
mod refusal;
mod room_doc;
mod rooms;
mod schema;
mod sessions;
mod slow;
#[cfg(test)]
pub mod tests;
mod uri;
mod values;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use mongodb::bson::Document;
use mongodb::options::WriteConcern;
use mongodb::{Collection, Database, IndexModel};
use tokio::time::Instant;

use self::desk::{Append, Change, Desks};
use self::entry_doc::EntryDoc;
use self::health::Health;
pub use self::refusal::OpenError;
use self::schema::Db;
pub use self::uri::MongoUri;
use self::values::Author;
use super::{
    Appended, Beats, Condemned, Listed, RoomChange, SessionRecord, SlowTurn, Snapshot, Store, Unattended, Updated,
};
use crate::entry::{Entry, Page, Saying};
use crate::error::Error;
use crate::gif::GifHash;
use crate::id::{ClientId, NodeId, RoomId, VisitorId};
use crate::record::{NewEntry, Pass, Room};
use crate::time::Timestamp;
use crate::visitor::Person;

/// How long something is tried again that others were in the way of.
const PATIENCE: Duration = Duration::from_secs(8);

/// See the [module](self).
pub struct MongoStore {
    uri: MongoUri,
    /// Until when the start waits for what may pass.
    deadline: Instant,
    db: Arc<Db>,
    desks: Desks,
}

impl MongoStore {
    /// Connects, waiting for a server up to `wait`, and makes the indexes that are not there yet. That may take longer: an
    /// index that is being built is waited for.
    pub async fn open(uri: &MongoUri, wait: Duration) -> Result<Self, OpenError> {
        let deadline = Instant::now() + wait;
        let db = Arc::new(open::open(uri, deadline).await?);
        Ok(Self { uri: uri.clone(), deadline, desks: Desks::new(Arc::clone(&db)), db })
    }

    /// A random id of this database, made once: no two databases have the same. What may pass is waited for a while.
    pub async fn house(&self) -> Result<String, Error> {
        let _busy = self.db.health.enter()?;
        let deadline = Instant::now() + PATIENCE;
        for attempt in 0.. {
            match nodes::house(&self.db).await {
                Err(Error::Unavailable) if Instant::now() < deadline => pause(attempt).await,
                house => return house,
            }
        }
        Err(Error::Unavailable)
    }

    /// Makes indexes of what shares the client, as those of its own.
    pub(crate) async fn make_indexes(&self, indexes: Vec<(Collection<Document>, IndexModel)>) -> Result<(), OpenError> {
        open::make_indexes(&self.uri, indexes, self.deadline).await
    }

    /// How all that is written has to be confirmed.
    pub(crate) fn write_concern(&self) -> WriteConcern {
        open::write_concern()
    }

    /// The database, for what shares the client.
    pub(crate) fn database(&self) -> Database {
        self.db.database.clone()
    }

    /// What runs the operations of all that share the client.
    pub(crate) fn health(&self) -> Health {
        self.db.health.clone()
    }
}

/// Before trying again: at first at once, then a random while, so that two who are in each other's way get out of it.
async fn pause(attempt: u32) {
    if attempt > 1 {
        let longest = 1_u64 << attempt.min(7);
        let random = RandomState::new().build_hasher().finish();
        tokio::time::sleep(Duration::from_millis(random % longest)).await;
    }
}

#[async_trait]
impl Store for MongoStore {
    async fn create_room(&self, room: Room, entries: Vec<NewEntry>) -> Result<Updated, Error> {
        let _busy = self.db.health.enter()?;
        rooms::create(&self.db, room, entries).await
    }

    async fn room(&self, room: RoomId) -> Result<Room, Error> {
        let _busy = self.db.health.enter()?;
        rooms::load(&self.db, room).await
    }

    async fn update_room(&self, room: RoomId, change: RoomChange) -> Result<Updated, Error> {
        let busy = self.db.health.enter()?;
        self.desks.order(room, Change(change), busy).await
    }

    async fn cards(&self) -> Result<Vec<Listed>, Error> {
        let _busy = self.db.health.enter()?;
        rooms::listed(&self.db).await
    }

    async fn seat(&self, room: RoomId, visitor: VisitorId) -> Result<Person, Error> {
        let _busy = self.db.health.enter()?;
        rooms::seat(&self.db, room, visitor).await
    }

    async fn unattended(&self) -> Result<Vec<Unattended>, Error> {
        let _busy = self.db.health.enter()?;
        rooms::unattended(&self.db).await
    }

    async fn give_pass(&self, pass: Pass) -> Result<(), Error> {
        let _busy = self.db.health.enter()?;
        passes::give(&self.db, &pass).await
    }

    async fn pass(&self, room: RoomId, visitor: VisitorId) -> Result<Option<Pass>, Error> {
        let _busy = self.db.health.enter()?;
        passes::load(&self.db, room, visitor).await
    }

    async fn end_pass(&self, room: RoomId, visitor: VisitorId) -> Result<(), Error> {
        let _busy = self.db.health.enter()?;
        passes::end(&self.db, room, visitor).await
    }

    async fn sweep_passes(&self, now: Timestamp) -> Result<u64, Error> {
        let _busy = self.db.health.enter()?;
        passes::sweep(&self.db, now).await
    }

    async fn beat(&self, node: NodeId) -> Result<Beats, Error> {
        let _busy = self.db.health.enter()?;
        nodes::beat(&self.db, node).await
    }

    async fn forget_node(&self, node: NodeId) -> Result<(), Error> {
        let _busy = self.db.health.enter()?;
        nodes::forget(&self.db, node).await
    }

    async fn rooms_of_others(&self, known: &[NodeId]) -> Result<Vec<(RoomId, Vec<NodeId>)>, Error> {
        let _busy = self.db.health.enter()?;
        rooms::of_others(&self.db, known).await
    }

    async fn append(
        &self,
        room: RoomId,
        author: VisitorId,
        client: ClientId,
        saying: Saying,
        at: Timestamp,
    ) -> Result<Appended, Error> {
        let busy = self.db.health.enter()?;
        self.desks.order(room, Append::new(author, client, saying, at), busy).await
    }

    async fn take_slow_turn(&self, turn: SlowTurn) -> Result<bool, Error> {
        let _busy = self.db.health.enter()?;
        slow::take(&self.db, turn).await
    }

    async fn give_back_slow_turn(&self, turn: SlowTurn) -> Result<(), Error> {
        let _busy = self.db.health.enter()?;
        slow::give_back(&self.db, turn).await
    }

    async fn snapshot(&self, room: RoomId, visitor: VisitorId, messages: u32) -> Result<Snapshot, Error> {
        let _busy = self.db.health.enter()?;
        log::snapshot(&self.db, room, visitor, messages).await
    }

    async fn page_before(&self, room: RoomId, visitor: VisitorId, before: u64, messages: u32) -> Result<Page, Error> {
        let _busy = self.db.health.enter()?;
        log::page_before(&self.db, room, visitor, before, messages).await
    }

    async fn sent(&self, room: RoomId, author: VisitorId, client: ClientId) -> Result<Option<Entry>, Error> {
        let _busy = self.db.health.enter()?;
        let found = log::by_clients(&self.db, room, [(Author(Some(author)), client)]).await?;
        found.into_iter().next().map(EntryDoc::entry).transpose()
    }

    async fn entry(&self, room: RoomId, visitor: VisitorId, seq: u64) -> Result<Entry, Error> {
        let _busy = self.db.health.enter()?;
        log::entry(&self.db, room, visitor, seq).await
    }

    async fn last_seq(&self, room: RoomId) -> Result<u64, Error> {
        let _busy = self.db.health.enter()?;
        log::last_seq(&self.db, room).await
    }

    async fn log(&self, room: RoomId, after: u64, limit: u32) -> Result<Vec<Entry>, Error> {
        let _busy = self.db.health.enter()?;
        log::log(&self.db, room, after, limit).await
    }

    async fn may_see_gif(&self, room: RoomId, visitor: VisitorId, sha: GifHash) -> Result<(), Error> {
        let _busy = self.db.health.enter()?;
        gifs::may_see(&self.db, room, visitor, sha).await
    }

    async fn hold_gif(&self, sha: GifHash, until: Timestamp) -> Result<bool, Error> {
        let _busy = self.db.health.enter()?;
        gifs::hold(&self.db, sha, until).await
    }

    async fn condemn_gifs(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Condemned>, Error> {
        let _busy = self.db.health.enter()?;
        gifs::condemn(&self.db, now, until, limit).await
    }

    async fn forget_gif(&self, condemned: Condemned) -> Result<(), Error> {
        let _busy = self.db.health.enter()?;
        gifs::forget(&self.db, condemned).await
    }

    async fn create_session(&self, id: &str, record: SessionRecord) -> Result<bool, Error> {
        let _busy = self.db.health.enter()?;
        sessions::create(&self.db, id, &record).await
    }

    async fn save_session(&self, id: &str, record: SessionRecord) -> Result<(), Error> {
        let _busy = self.db.health.enter()?;
        sessions::save(&self.db, id, &record).await
    }

    async fn load_session(&self, id: &str, now: Timestamp) -> Result<Option<SessionRecord>, Error> {
        let _busy = self.db.health.enter()?;
        sessions::load(&self.db, id, now).await
    }

    async fn delete_session(&self, id: &str) -> Result<(), Error> {
        let _busy = self.db.health.enter()?;
        sessions::delete(&self.db, id).await
    }

    async fn sweep_sessions(&self, now: Timestamp) -> Result<u64, Error> {
        let _busy = self.db.health.enter()?;
        let swept = sessions::sweep(&self.db, now).await?;
        rooms::sweep(&self.db, now).await?;
        slow::sweep(&self.db, now).await?;
        Ok(swept)
    }

    async fn rooms_after(&self, after: Option<RoomId>, limit: u32) -> Result<Vec<Room>, Error> {
        let _busy = self.db.health.enter()?;
        rooms::after(&self.db, after, limit).await
    }

    async fn sessions_after(&self, after: &str, limit: u32) -> Result<Vec<(String, SessionRecord)>, Error> {
        let _busy = self.db.health.enter()?;
        sessions::after(&self.db, after, limit).await
    }

    async fn gifs_after(&self, after: Option<GifHash>, limit: u32) -> Result<Vec<GifHash>, Error> {
        let _busy = self.db.health.enter()?;
        gifs::after(&self.db, after, limit).await
    }

    async fn restore_room(&self, room: Room) -> Result<bool, Error> {
        let _busy = self.db.health.enter()?;
        rooms::restore(&self.db, room).await
    }

    async fn restore_entries(&self, room: RoomId, entries: Vec<Entry>) -> Result<(), Error> {
        let _busy = self.db.health.enter()?;
        log::restore(&self.db, room, entries).await
    }

    async fn ready(&self) -> Result<(), Error> {
        let _busy = self.db.health.enter()?;
        nodes::pulse(&self.db).await
    }

    async fn close(&self) {
        self.db.health.close().await;
    }
}
