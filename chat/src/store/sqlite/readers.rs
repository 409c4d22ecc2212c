//! Connections that only read. In WAL mode each sees the last commit as of its first look, and waits for nobody.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::schema;
use crate::error::Error;

/// Reads at once on threads of their own; as many connections are kept open.
const READERS: usize = 4;

pub struct Readers {
    path: PathBuf,
    /// Connections nobody uses just now; `None` when closed.
    idle: Mutex<Option<Vec<Connection>>>,
    turns: Arc<Semaphore>,
}

impl Readers {
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), idle: Mutex::new(Some(Vec::new())), turns: Arc::new(Semaphore::new(READERS)) }
    }

    /// Reads many rows: on a thread where it holds up nobody.
    pub async fn run<T, F>(self: &Arc<Self>, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| Error::Unavailable)?;
        let readers = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            readers.run_here(work)
        });
        read.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a read of the store did not end");
            Err(if error.is_panic() { Error::Internal } else { Error::Unavailable })
        })
    }

    /// Finds one row by its key, at once, on this thread: a few microseconds, less than it takes to wake another one.
    pub fn run_here<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
        let db = self.take()?;
        let result = one_moment(&db, work);
        if let Some(idle) = &mut *self.idle()
            && idle.len() < READERS
        {
            idle.push(db);
        }
        result
    }

    /// Lets no new read begin. Those that are under way end.
    pub fn close(&self) {
        *self.idle() = None;
    }

    fn take(&self) -> Result<Connection, Error> {
        let known = self.idle().as_mut().ok_or(Error::Unavailable)?.pop();
        match known {
            Some(db) => Ok(db),
            None => Ok(schema::open_reader(&self.path)?),
        }
    }

    /// Nothing panics while it is locked, and a list of connections is whole at any time.
    fn idle(&self) -> MutexGuard<'_, Option<Vec<Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All that `work` reads is of one moment.
fn one_moment<T>(db: &Connection, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
    let transaction = db.unchecked_transaction()?;
    let result = work(&transaction);
    transaction.finish()?;
    result
}
