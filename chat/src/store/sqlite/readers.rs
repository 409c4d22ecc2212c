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
    state: Mutex<State>,
    turns: Arc<Semaphore>,
}

enum State {
    /// Connections nobody uses just now.
    Many(Vec<Connection>),
    /// Nothing can be written, so that there can be only one; who reads waits for it. `None` when it was lost.
    One(Option<Connection>),
    Closed,
}

impl Readers {
    pub fn new(path: &Path) -> Self {
        Self::of(path, State::Many(Vec::new()))
    }

    /// With nobody beside this connection: not even the one that writes.
    pub fn alone(path: &Path, db: Connection) -> Self {
        Self::of(path, State::One(Some(db)))
    }

    fn of(path: &Path, state: State) -> Self {
        Self { path: path.to_owned(), state: Mutex::new(state), turns: Arc::new(Semaphore::new(READERS)) }
    }

    /// Closes the only connection, and lets everybody wait while `open` finds a connection to write with, so that there can
    /// be many again, or else a new one to read with.
    pub fn instead_of_the_one(
        &self,
        open: impl FnOnce() -> Result<(Option<Connection>, Option<Connection>), ()>,
    ) -> Option<Connection> {
        let mut state = self.state();
        match &mut *state {
            State::One(one) => drop(one.take()),
            State::Many(_) | State::Closed => return None,
        }
        let (writer, reader) = open().unwrap_or_default();
        *state = if writer.is_some() { State::Many(Vec::new()) } else { State::One(reader) };
        writer
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
        let db = match &mut *self.state() {
            State::Many(idle) => idle.pop(),
            State::One(Some(db)) => return one_moment(db, work),
            State::One(None) | State::Closed => return Err(Error::Unavailable),
        };
        let opened = match db {
            Some(db) => Ok(db),
            None => schema::open_reader(&self.path).map_err(Error::from),
        };
        let (db, result) = match opened {
            Ok(db) => {
                let result = one_moment(&db, work);
                (Some(db), result)
            }
            Err(error) => (None, Err(error)),
        };
        if matches!(result, Err(Error::Unavailable)) {
            tracing::warn!("the database cannot be read now");
        }
        if let (State::Many(idle), Some(db)) = (&mut *self.state(), db)
            && idle.len() < READERS
        {
            idle.push(db);
        }
        result
    }

    /// Lets no new read begin. Those that are under way end.
    pub fn close(&self) {
        *self.state() = State::Closed;
    }

    /// Whoever panics while it is locked reads: what they had begun is undone.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All that `work` reads is of one moment.
fn one_moment<T>(db: &Connection, work: impl FnOnce(&Connection) -> Result<T, Error>) -> Result<T, Error> {
    let transaction = db.unchecked_transaction()?;
    let result = work(&transaction);
    transaction.finish()?;
    result
}
