//! The connection that writes. If the disk is full when the database is opened, there is none: the database can only be
//! read, and opening it for writing is tried again until the disk has space. It is logged once that writing fails, and
//! once that it works again.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::readers::Readers;
use super::values::is_transient;
use super::{OpenError, schema, sql};

/// The shortest time between two attempts, while nothing can be written.
const RETRY_INTERVAL: Duration = Duration::from_secs(1);

/// More bytes than opening the database writes.
const PROBE_BYTES: usize = 256 * 1024;

pub struct WriteConnection {
    path: PathBuf,
    readers: Arc<Readers>,
    db: Option<Connection>,
    /// Whether writing fails, which has then been logged.
    is_refusing: bool,
    last_try: Option<Instant>,
}

impl WriteConnection {
    /// Opens the database for writing, or only for reading when the disk is full.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let mut connection = match schema::open(path) {
            Ok(db) => Self::new(path, Some(db), Readers::new(path)),
            Err(error) if error.is_transient() => match schema::open_exclusive(path) {
                Ok(reader) => {
                    let mut connection = Self::new(path, None, Readers::single(path, reader));
                    connection.start_refusing(&error);
                    connection
                }
                // The database is new, and has nothing to read.
                Err(OpenError::Older { found: 0, .. }) => return Err(error),
                Err(OpenError::Sqlite(_)) => return Err(error),
                Err(worse) => return Err(worse),
            },
            Err(error) => return Err(error),
        };
        connection.probe();
        Ok(connection)
    }

    fn new(path: &Path, db: Option<Connection>, readers: Readers) -> Self {
        Self { path: path.to_owned(), readers: Arc::new(readers), db, is_refusing: false, last_try: None }
    }

    pub fn readers(&self) -> Arc<Readers> {
        Arc::clone(&self.readers)
    }

    /// The connection that writes. If there is none, this tries to open it again.
    pub fn db(&mut self) -> Option<&mut Connection> {
        if self.db.is_none() && self.may_retry() && has_space(&self.path) {
            self.open_again();
        }
        self.db.as_mut()
    }

    fn open_again(&mut self) {
        let path = &self.path;
        let opened = self.readers.replace_single(|| match schema::open(path) {
            Ok(db) => Ok((Some(db), None)),
            Err(error) => schema::open_exclusive(path).map(|reader| (None, Some(reader))).map_err(|worse| {
                tracing::error!(%error, %worse, "the database cannot be read any more");
            }),
        });
        self.db = opened;
        self.probe();
    }

    fn may_retry(&mut self) -> bool {
        let may_retry = self.last_try.is_none_or(|last_try| last_try.elapsed() >= RETRY_INTERVAL);
        if may_retry {
            self.last_try = Some(Instant::now());
        }
        may_retry
    }

    /// Notes that a write failed for a reason that may pass.
    pub fn note_failure(&mut self) {
        if !self.is_refusing {
            self.probe();
        }
    }

    /// Notes that a write succeeded. After failures this may prove little, since the write may have been small.
    pub fn note_success(&mut self) {
        if self.is_refusing && self.may_retry() {
            self.probe();
        }
    }

    /// Writes as much as a few long messages, and logs if writing has begun to fail or works again.
    fn probe(&mut self) {
        let Some(db) = &self.db else { return };
        match db.prepare_cached(sql::WRITE_PROBE).and_then(|mut touch| touch.execute([])) {
            Ok(_) if self.is_refusing => {
                self.is_refusing = false;
                tracing::info!("writing works again");
            }
            Ok(_) => {}
            Err(error) if is_transient(&error) => self.start_refusing(&error),
            Err(error) => tracing::error!(%error, "the database failed"),
        }
    }

    fn start_refusing(&mut self, error: &dyn std::fmt::Display) {
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
        // This leaves one file, which is easy to copy. If it fails, the next start copies the write-ahead log.
        match schema::truncate(&db) {
            Ok(true) => {}
            Ok(false) => tracing::warn!("the write-ahead log stays: somebody reads"),
            Err(error) => tracing::warn!(%error, "the write-ahead log stays"),
        }
    }
}

/// Whether a file of [`PROBE_BYTES`] can be written beside the database. This is checked first, because opening the
/// database for writing means closing the only reader.
fn has_space(path: &Path) -> bool {
    let mut beside = path.as_os_str().to_owned();
    beside.push("-room");
    let beside = Path::new(&beside);
    let write = || {
        let mut file = std::fs::File::create(beside)?;
        file.write_all(&vec![0; PROBE_BYTES])?;
        file.sync_all()
    };
    let written = write();
    let removed = std::fs::remove_file(beside);
    written.and(removed).is_ok()
}
