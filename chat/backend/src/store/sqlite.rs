//! The store on SQLite: one file, for one process.
//!
//! One thread does all writing and commits queued writes together (`writer`). Reads have connections of their own
//! (`readers`); in WAL mode, readers and the writer do not wait for each other. Every statement is in `sql`, the tables are in
//! `schema`.

mod chores;
mod entries;
mod gifs;
mod leftovers;
mod log;
mod lookup;
mod nodes;
mod pages;
mod passes;
mod port;
mod readers;
mod room_cache;
mod rooms;
mod schema;
mod session_cache;
mod sessions;
mod shelves;
mod slow;
mod snapshot_cache;
mod sql;
mod stretch;
#[cfg(test)]
pub mod tests;
mod values;
mod write_connection;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

use self::gifs::{Claims, Writes};
use self::readers::Readers;
use self::room_cache::RoomCache;
pub use self::schema::{Compacted, compact};
use self::session_cache::SessionCache;
use self::snapshot_cache::SnapshotCache;
use self::values::Failure;
use self::write_connection::WriteConnection;
use self::writer::{Undo, Writer};
use crate::finish::Finish;
#[cfg(doc)]
use crate::store::Store;
use chat::error::Error;

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
    /// Whether opening may succeed later, for example because the disk is full now.
    fn is_transient(&self) -> bool {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match self {
            OpenError::Sqlite(error) => values::is_transient(error),
            OpenError::Io(error) => matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge),
            OpenError::Newer { .. } | OpenError::Older { .. } => false,
        }
    }
}

/// The store in one SQLite file. When it is closed or dropped, it commits the queued writes and stops.
pub struct SqliteStore {
    path: PathBuf,
    writer: Writer,
    readers: Arc<Readers>,
    sessions: Arc<SessionCache>,
    rooms: Arc<RoomCache>,
    snapshots: Arc<SnapshotCache>,
    claims: Claims,
    writes: Arc<Writes>,
}

impl SqliteStore {
    /// Opens the database in the file `path`, and creates or migrates it as needed. If the database exists and its disk is
    /// full, it is opened for reading, and writes are refused until the disk has space again. Blocks.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let connection = WriteConnection::open(path)?;
        let (path, readers) = (path.to_owned(), connection.readers());
        let writer = Writer::start(connection)?;
        let (sessions, rooms, snapshots, claims, writes) = Default::default();
        Ok(Self { path, writer, readers, sessions, rooms, snapshots, claims, writes })
    }

    /// Runs `work` in a transaction. If this succeeds, the writes of `work` are durable; if `work` fails, they are undone.
    async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        self.writer.run(Undo::Savepoint, work).await
    }

    /// Like [`SqliteStore::write`], for work that removes or overwrites data, which [`Store::tidy`] then erases from the
    /// files.
    async fn erase<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        self.writer.erase(move |db| Ok((work(db)?, true))).await
    }

    /// Writes one session and then drops it from the cache, even if the caller has stopped waiting. `work` returns whether it
    /// has removed or overwritten data.
    async fn write_session<T, F>(&self, id: &str, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection, &str) -> Result<(T, bool), Failure> + Send + 'static,
    {
        let (writer, cache, id) = (self.writer.clone(), Arc::clone(&self.sessions), id.to_owned());
        Finish::new(async move {
            let key = id.clone();
            let written = writer.erase(move |db| work(db, &key)).await;
            cache.forget(&id);
            written
        })
        .await
    }

    /// Runs `work` in a read transaction, on a thread for blocking work.
    async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        self.readers.run(work).await
    }
}
