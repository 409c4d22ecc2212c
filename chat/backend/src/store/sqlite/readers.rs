//! Connections that only read. In WAL mode a read transaction sees the last commit at its start, and waits for no writer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::schema;
use super::values::Failure;
use chat::error::Error;

/// How many reads run on blocking threads at once, and how many idle connections stay open.
const MAX_READERS: usize = 4;

pub struct Readers {
    path: PathBuf,
    state: Mutex<State>,
    permits: Arc<Semaphore>,
}

enum State {
    /// The idle connections.
    Many(Vec<Connection>),
    /// The only connection, for the time in which nothing can be written. All reads wait for it. `None` when it could not
    /// be opened again.
    Single(Option<Connection>),
    Closed,
}

impl Readers {
    pub fn new(path: &Path) -> Self {
        Self::with_state(path, State::Many(Vec::new()))
    }

    /// Readers for a database that `db` alone has open: there is no connection that writes.
    pub fn single(path: &Path, db: Connection) -> Self {
        Self::with_state(path, State::Single(Some(db)))
    }

    fn with_state(path: &Path, state: State) -> Self {
        Self { path: path.to_owned(), state: Mutex::new(state), permits: Arc::new(Semaphore::new(MAX_READERS)) }
    }

    /// Closes the only connection and calls `open`, while all reads wait. `open` returns either a connection that writes,
    /// which this function then returns and which allows many readers again, or a new connection that only reads.
    pub fn replace_single(
        &self,
        open: impl FnOnce() -> Result<(Option<Connection>, Option<Connection>), ()>,
    ) -> Option<Connection> {
        let mut state = self.state();
        match &mut *state {
            State::Single(single) => drop(single.take()),
            State::Many(_) | State::Closed => return None,
        }
        let (writer, reader) = open().unwrap_or_default();
        *state = if writer.is_some() { State::Many(Vec::new()) } else { State::Single(reader) };
        writer
    }

    /// Runs `work`, which reads many rows, on a blocking thread.
    pub async fn run<T, F>(self: &Arc<Self>, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Error::Unavailable)?;
        let readers = Arc::clone(self);
        let read = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            readers.run_here(work)
        });
        read.await.unwrap_or_else(|error| {
            tracing::error!(%error, "a read of the store did not end");
            Err(if error.is_panic() { Error::Internal } else { Error::Unavailable })
        })
    }

    /// Runs `work` on this thread. This is for work that finds a few rows by key: it takes some microseconds, less than
    /// waking another thread.
    pub fn run_here<T>(&self, work: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T, Error> {
        let db = match &mut *self.state() {
            State::Many(idle) => idle.pop(),
            State::Single(Some(db)) => return in_transaction(db, work),
            State::Single(None) | State::Closed => return Err(Error::Unavailable),
        };
        let opened = match db {
            Some(db) => Ok(db),
            None => schema::open_reader(&self.path).map_err(|error| Failure::from(error).into()),
        };
        let (db, result) = match opened {
            Ok(db) => {
                let result = in_transaction(&db, work);
                (Some(db), result)
            }
            Err(error) => (None, Err(error)),
        };
        if matches!(result, Err(Error::Unavailable)) {
            tracing::warn!("the database cannot be read now");
        }
        if let (State::Many(idle), Some(db)) = (&mut *self.state(), db)
            && idle.len() < MAX_READERS
        {
            idle.push(db);
        }
        result
    }

    /// Refuses new reads. Reads that have begun are finished.
    pub fn close(&self) {
        *self.state() = State::Closed;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

/// Runs `work` in a transaction, so that everything it reads is from the same moment.
fn in_transaction<T>(db: &Connection, work: impl FnOnce(&Connection) -> Result<T, Failure>) -> Result<T, Error> {
    let read = || {
        let transaction = db.unchecked_transaction()?;
        let result = work(&transaction);
        transaction.finish()?;
        result
    };
    read().map_err(Error::from)
}
