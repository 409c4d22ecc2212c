//! The store on SQLite: one file, for one process.
//!
//! All writing is done by one thread, which commits together what is queued together (`writer`); reading by
//! connections of their own (`readers`), which in WAL mode neither wait for it nor hold it up. Every statement is in
//! `sql`, the tables are in `schema`.

mod chores;
mod gifs;
mod leftovers;
mod log;
mod nodes;
mod passes;
mod readers;
mod room_cache;
mod rooms;
mod schema;
mod session_cache;
mod sessions;
mod slow;
mod source;
mod sql;
#[cfg(test)]
pub mod tests;
mod values;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;

use self::readers::Readers;
use self::room_cache::RoomCache;
pub use self::schema::{Compacted, compact};
use self::session_cache::SessionCache;
use self::source::Source;
use self::writer::{Undo, Writer};
use super::{
    Appended, Beats, Condemned, Listed, RoomChange, SessionRecord, SlowTurn, Snapshot, Store, Unattended, Updated,
};
use crate::entry::{Entry, Page, Saying, What};
use crate::error::Error;
use crate::finish::Finish;
use crate::gif::GifHash;
use crate::id::{ClientId, NodeId, RoomId, VisitorId};
use crate::record::{NewEntry, Pass, Room};
use crate::time::Timestamp;
use crate::visitor::Person;

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("the database was written by a newer version (its schema is {found}, this version knows up to {known})")]
    Newer { found: i64, known: i64 },
    #[error(
        "the database was written by an older version (its schema is {found}, this version's {known}), and nothing can be \
         written now to bring it up to date: make room on the disk"
    )]
    Older { found: i64, known: i64 },
    #[error("the database cannot be opened: {0}")]
    Sqlite(#[from] rusqlite::Error),
    #[error("the database cannot be opened: {0}")]
    Io(#[from] std::io::Error),
}

impl OpenError {
    /// Whether it may be the disk that is full.
    fn is_passing(&self) -> bool {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match self {
            OpenError::Sqlite(error) => values::is_passing(error),
            OpenError::Io(error) => matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge),
            OpenError::Newer { .. } | OpenError::Older { .. } => false,
        }
    }
}

/// See the [module](self). Stops, after committing what is queued, when closed or dropped.
pub struct SqliteStore {
    path: PathBuf,
    writer: Writer,
    readers: Arc<Readers>,
    sessions: Arc<SessionCache>,
    rooms: Arc<RoomCache>,
}

impl SqliteStore {
    /// Opens the database in the file `path`, making or migrating it as needed. One that is there and whose disk is full
    /// is opened for reading: writing is refused until there is room, and works then. Blocks.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let source = Source::open(path)?;
        let (path, readers) = (path.to_owned(), source.readers());
        let writer = Writer::start(source)?;
        Ok(Self { path, writer, readers, sessions: Arc::default(), rooms: Arc::default() })
    }

    /// Runs `work` in a transaction; its result is durable, or it never happened.
    async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        self.writer.run(Undo::Alone, work).await
    }

    /// The same for work that removes something, or puts something else in its place.
    async fn erase<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        self.writer.erase(move |db| Ok((work(db)?, true))).await
    }

    /// Writes one session, and then forgets what was known of it: also when nobody waits for it any more. `work` says
    /// whether it has removed something.
    async fn write_session<T, F>(&self, id: &str, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &str) -> Result<(T, bool), Error> + Send + 'static,
    {
        let (writer, known, id) = (self.writer.clone(), Arc::clone(&self.sessions), id.to_owned());
        Finish::new(async move {
            let key = id.clone();
            let written = writer.erase(move |db| work(db, &key)).await;
            known.forget(&id);
            written
        })
        .await
    }

    /// Runs `work` on one moment's state of the database.
    async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        self.readers.run(work).await
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn create_room(&self, room: Room, entries: Vec<NewEntry>) -> Result<Updated, Error> {
        self.write(move |db| rooms::create(db, room, entries)).await
    }

    async fn room(&self, room: RoomId) -> Result<Room, Error> {
        self.read(move |db| rooms::load(db, room)).await
    }

    async fn update_room(&self, room: RoomId, change: RoomChange) -> Result<Updated, Error> {
        let known = Arc::clone(&self.rooms);
        let update = move |db: &Connection| {
            let updated = rooms::update(db, &known, room, &*change)?;
            // Who enters takes nothing away; all else may.
            let has_erased = updated.entries.iter().any(|entry| entry.what != What::Entered);
            Ok((updated, has_erased))
        };
        self.writer.erase(update).await
    }

    async fn cards(&self) -> Result<Vec<Listed>, Error> {
        self.read(rooms::cards).await
    }

    async fn seat(&self, room: RoomId, visitor: VisitorId) -> Result<Person, Error> {
        self.readers.run_here(|db| Ok(log::seat_of(db, room, visitor)?.person))
    }

    async fn unattended(&self) -> Result<Vec<Unattended>, Error> {
        self.read(rooms::unattended).await
    }

    async fn give_pass(&self, pass: Pass) -> Result<(), Error> {
        self.write(move |db| passes::give(db, &pass)).await
    }

    async fn pass(&self, room: RoomId, visitor: VisitorId) -> Result<Option<Pass>, Error> {
        self.readers.run_here(|db| passes::load(db, room, visitor))
    }

    async fn end_pass(&self, room: RoomId, visitor: VisitorId) -> Result<(), Error> {
        // Most who leave an open room never had one, and need no commit for that.
        if self.pass(room, visitor).await?.is_none() {
            return Ok(());
        }
        self.erase(move |db| passes::end(db, room, visitor)).await
    }

    async fn sweep_passes(&self, now: Timestamp) -> Result<u64, Error> {
        let sweep = move |db: &Connection| {
            let swept = passes::sweep(db, now)?;
            Ok((swept, swept > 0))
        };
        self.writer.erase(sweep).await
    }

    async fn beat(&self, node: NodeId) -> Result<Beats, Error> {
        self.write(move |db| nodes::beat(db, node)).await
    }

    async fn forget_node(&self, node: NodeId) -> Result<(), Error> {
        self.erase(move |db| nodes::forget(db, node)).await
    }

    async fn rooms_of_others(&self, known: &[NodeId]) -> Result<Vec<(RoomId, Vec<NodeId>)>, Error> {
        let known = known.to_vec();
        self.read(move |db| rooms::of_others(db, &known)).await
    }

    async fn append(
        &self,
        room: RoomId,
        author: VisitorId,
        client: ClientId,
        saying: Saying,
        at: Timestamp,
    ) -> Result<Appended, Error> {
        self.writer.run(Undo::Together, move |db| log::append(db, room, author, client, saying, at)).await
    }

    async fn take_slow_turn(&self, turn: SlowTurn) -> Result<bool, Error> {
        // Who has to wait costs the writer nothing.
        if self.readers.run_here(|db| slow::look(db, &turn))? {
            return Ok(false);
        }
        self.write(move |db| slow::take(db, &turn)).await
    }

    async fn give_back_slow_turn(&self, turn: SlowTurn) -> Result<(), Error> {
        self.write(move |db| slow::give_back(db, &turn)).await
    }

    async fn snapshot(&self, room: RoomId, visitor: VisitorId, messages: u32) -> Result<Snapshot, Error> {
        self.read(move |db| log::snapshot(db, room, visitor, messages)).await
    }

    async fn page_before(&self, room: RoomId, visitor: VisitorId, before: u64, messages: u32) -> Result<Page, Error> {
        self.read(move |db| {
            log::seat_of(db, room, visitor)?;
            log::page_before(db, room, visitor, before, messages)
        })
        .await
    }

    async fn sent(&self, room: RoomId, author: VisitorId, client: ClientId) -> Result<Option<Entry>, Error> {
        self.readers.run_here(|db| log::sent(db, room, author, client))
    }

    async fn entry(&self, room: RoomId, visitor: VisitorId, seq: u64) -> Result<Entry, Error> {
        self.readers.run_here(|db| log::entry(db, room, visitor, seq))
    }

    async fn last_seq(&self, room: RoomId) -> Result<u64, Error> {
        self.readers.run_here(|db| log::last_seq(db, room))
    }

    async fn log(&self, room: RoomId, after: u64, limit: u32) -> Result<Vec<Entry>, Error> {
        self.read(move |db| log::after(db, room, after, limit)).await
    }

    async fn may_see_gif(&self, room: RoomId, visitor: VisitorId, sha: GifHash) -> Result<(), Error> {
        self.readers.run_here(|db| {
            log::seat_of(db, room, visitor)?;
            gifs::shown_to(db, room, visitor, sha)
        })
    }

    async fn hold_gif(&self, sha: GifHash, until: Timestamp) -> Result<bool, Error> {
        self.write(move |db| gifs::hold(db, sha, until)).await
    }

    async fn condemn_gifs(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Condemned>, Error> {
        self.write(move |db| gifs::condemn(db, now, until, limit)).await
    }

    async fn forget_gif(&self, condemned: Condemned) -> Result<(), Error> {
        self.erase(move |db| gifs::forget(db, condemned)).await
    }

    async fn create_session(&self, id: &str, record: SessionRecord) -> Result<bool, Error> {
        self.write_session(id, move |db, id| Ok((sessions::create(db, id, &record)?, false))).await
    }

    async fn save_session(&self, id: &str, record: SessionRecord) -> Result<(), Error> {
        self.write_session(id, move |db, id| Ok((sessions::save(db, id, &record)?, true))).await
    }

    async fn load_session(&self, id: &str, now: Timestamp) -> Result<Option<SessionRecord>, Error> {
        let reading = match self.sessions.get(id) {
            Ok(record) => return Ok((record.expires_at > now).then_some(record)),
            Err(reading) => reading,
        };
        let record = self.readers.run_here(|db| sessions::load(db, id, now))?;
        if let Some(record) = &record {
            self.sessions.put(id, record, &reading);
        }
        Ok(record)
    }

    async fn delete_session(&self, id: &str) -> Result<(), Error> {
        self.write_session(id, |db, id| Ok((sessions::delete(db, id)?, true))).await
    }

    async fn sweep_sessions(&self, now: Timestamp) -> Result<u64, Error> {
        let sweep = move |db: &Connection| {
            slow::sweep(db, now)?;
            let swept = sessions::sweep(db, now)?;
            Ok((swept, swept > 0))
        };
        self.writer.erase(sweep).await
    }

    async fn rooms_after(&self, after: Option<RoomId>, limit: u32) -> Result<Vec<Room>, Error> {
        self.read(move |db| rooms::after(db, after, limit)).await
    }

    async fn sessions_after(&self, after: &str, limit: u32) -> Result<Vec<(String, SessionRecord)>, Error> {
        let after = after.to_owned();
        self.read(move |db| sessions::after(db, &after, limit)).await
    }

    async fn gifs_after(&self, after: Option<GifHash>, limit: u32) -> Result<Vec<GifHash>, Error> {
        self.read(move |db| gifs::after(db, after, limit)).await
    }

    async fn restore_room(&self, room: Room) -> Result<bool, Error> {
        self.write(move |db| rooms::restore(db, &room)).await
    }

    async fn restore_entries(&self, room: RoomId, entries: Vec<Entry>) -> Result<(), Error> {
        self.write(move |db| log::restore(db, room, &entries)).await
    }

    async fn ready(&self) -> Result<(), Error> {
        self.write(|db| {
            db.prepare_cached(sql::TOUCH)?.execute([])?;
            Ok(())
        })
        .await
    }

    async fn tidy(&self) -> Result<(), Error> {
        let path = self.path.clone();
        let copy = move || {
            if let Err(error) = schema::copy_log(&path) {
                tracing::debug!(%error, "the write-ahead log could not be copied beforehand");
            }
        };
        self.writer.tidy(copy).await
    }

    async fn close(&self) {
        self.readers.close();
        self.sessions.forget_all();
        self.writer.close().await;
    }
}
