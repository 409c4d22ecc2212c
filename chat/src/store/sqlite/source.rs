//! The connection that writes, or the hope of one: a database whose disk is full when it is opened is read until there is
//! room. And how it is said that nothing can be written: once, and once that it can again.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::readers::Readers;
use super::values::is_passing;
use super::{OpenError, schema, sql};

/// While nothing can be written, how often that is tried at most.
const TRY_EVERY: Duration = Duration::from_secs(1);

/// More than opening takes.
const ROOM: usize = 256 * 1024;

pub struct Source {
    path: PathBuf,
    readers: Arc<Readers>,
    db: Option<Connection>,
    /// Nothing could be written of late, and that has been said.
    is_refusing: bool,
    tried: Option<Instant>,
}

impl Source {
    /// For writing where that can be, else for reading.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let mut source = match schema::open(path) {
            Ok(db) => Self::new(path, Some(db), Readers::new(path)),
            Err(error) if error.is_passing() => match schema::open_alone(path) {
                Ok(reader) => {
                    let mut source = Self::new(path, None, Readers::alone(path, reader));
                    source.refuses(&error);
                    source
                }
                // There is nothing to be read yet.
                Err(OpenError::Older { found: 0, .. }) => return Err(error),
                Err(OpenError::Sqlite(_)) => return Err(error),
                Err(worse) => return Err(worse),
            },
            Err(error) => return Err(error),
        };
        source.probe();
        Ok(source)
    }

    fn new(path: &Path, db: Option<Connection>, readers: Readers) -> Self {
        Self { path: path.to_owned(), readers: Arc::new(readers), db, is_refusing: false, tried: None }
    }

    pub fn readers(&self) -> Arc<Readers> {
        Arc::clone(&self.readers)
    }

    /// The connection, which is looked for again when there is none.
    pub fn db(&mut self) -> Option<&mut Connection> {
        if self.db.is_none() && self.is_time() && has_room(&self.path) {
            self.open_again();
        }
        self.db.as_mut()
    }

    fn open_again(&mut self) {
        let path = &self.path;
        let opened = self.readers.instead_of_the_one(|| match schema::open(path) {
            Ok(db) => Ok((Some(db), None)),
            Err(error) => schema::open_alone(path).map(|reader| (None, Some(reader))).map_err(|worse| {
                tracing::error!(%error, %worse, "the database cannot be read any more");
            }),
        });
        self.db = opened;
        self.probe();
    }

    fn is_time(&mut self) -> bool {
        let is_time = self.tried.is_none_or(|tried| tried.elapsed() >= TRY_EVERY);
        if is_time {
            self.tried = Some(Instant::now());
        }
        is_time
    }

    /// Something could not be written, now and perhaps for some time.
    pub fn failed(&mut self) {
        if !self.is_refusing {
            self.probe();
        }
    }

    /// Something was written. After a time of refusing that proves little: it may have been small.
    pub fn wrote(&mut self) {
        if self.is_refusing && self.is_time() {
            self.probe();
        }
    }

    /// Writes as much as a few long messages, and says so when that makes a difference.
    fn probe(&mut self) {
        let Some(db) = &self.db else { return };
        match db.prepare_cached(sql::TOUCH).and_then(|mut touch| touch.execute([])) {
            Ok(_) if self.is_refusing => {
                self.is_refusing = false;
                tracing::info!("writing works again");
            }
            Ok(_) => {}
            Err(error) if is_passing(&error) => self.refuses(&error),
            Err(error) => tracing::error!(%error, "the database failed"),
        }
    }

    fn refuses(&mut self, error: &dyn std::fmt::Display) {
        if !std::mem::replace(&mut self.is_refusing, true) {
            tracing::warn!(
                "nothing can be written: {error}. Is the disk full? What is kept can be read; all else is refused until \
                 there is room, which is noticed without a restart."
            );
        }
    }

    /// Closes the connection.
    pub fn close(self) {
        let Some(db) = self.db else { return };
        // One file again, easy to copy; should it fail, the next start does it.
        match schema::truncate(&db) {
            Ok(true) => {}
            Ok(false) => tracing::warn!("the write-ahead log stays: somebody reads"),
            Err(error) => tracing::warn!(%error, "the write-ahead log stays"),
        }
    }
}

/// Whether a file of some size can be written beside the database. Asked before the one who reads is disturbed.
fn has_room(path: &Path) -> bool {
    let mut beside = path.as_os_str().to_owned();
    beside.push("-room");
    let beside = Path::new(&beside);
    let write = || {
        let mut file = std::fs::File::create(beside)?;
        file.write_all(&vec![0; ROOM])?;
        file.sync_all()
    };
    let written = write();
    let removed = std::fs::remove_file(beside);
    written.and(removed).is_ok()
}
