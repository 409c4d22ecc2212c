//! The one thread that writes. While it waits for the disk, jobs queue up, and it runs all queued jobs in one transaction, so
//! that many callers share one wait. It answers them only when the transaction is on the disk. Between two transactions it
//! does a little maintenance ([`Chores`]).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use parking_lot::Mutex;
use rusqlite::{Connection, ffi};
use tokio::sync::{mpsc, oneshot};

use super::chores::Chores;
use super::values::{Failure, is_transient};
use super::write_connection::WriteConnection;
use chat::error::Error;

/// The most jobs in one transaction. With more, the first job would wait too long for the last.
const BATCH: usize = 256;

/// The most jobs in the queue. Further callers wait for a place in it.
const QUEUE: usize = 4 * BATCH;

#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Command>,
    /// Whether data was removed that may still be in the write-ahead log.
    erased: Arc<AtomicBool>,
    copying: Arc<Mutex<Copying>>,
}

/// Whether the write-ahead log may be copied on another thread. The lock is held during a copy, since a copy keeps the closing
/// thread from emptying the log: SQLite does not wait for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Copying {
    Possible,
    Over,
}

/// How the writes of a job are undone when it fails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Undo {
    /// The job has a savepoint of its own.
    Savepoint,
    /// If the job fails after a write, the whole transaction is rolled back and all its jobs fail. This is for jobs that check
    /// everything before they write, so that only an error of the database can stop them later. It saves the savepoint, a good
    /// part of an append's cost.
    WholeBatch,
}

enum Command {
    Run(Box<dyn Job>),
    /// Empties the write-ahead log.
    Tidy(oneshot::Sender<Result<(), Error>>),
    /// The sender is dropped, unused, when everything is done.
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the thread. It commits the queued jobs and ends when the writer is closed or dropped.
    pub fn start(connection: WriteConnection) -> std::io::Result<Self> {
        let (queue, commands) = mpsc::channel(QUEUE);
        let erased = Arc::new(AtomicBool::new(false));
        let copying = Arc::new(Mutex::new(Copying::Possible));
        let (writer, chores) = (Self { queue, erased, copying }, Chores::default());
        let Self { erased, copying, .. } = writer.clone();
        let thread = WriterThread { connection, chores, erased, copying };
        thread::Builder::new().name("store-writer".into()).spawn(move || thread.run(commands))?;
        Ok(writer)
    }

    /// Runs `work` in a transaction and returns its result after the commit. If `work` fails, its writes are undone as `undo`
    /// says. The work goes on even if the caller stops waiting for the result.
    pub async fn run<T, F>(&self, undo: Undo, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Task { work: Some(work), undo, result: None, reply });
        self.queue.send(Command::Run(job)).await.map_err(|_| Error::Unavailable)?;
        answer.await.map_err(|_| Error::Unavailable)?
    }

    /// Like [`Writer::run`], for work that also returns whether it has removed or overwritten data. If it has, the next
    /// [`Writer::tidy`] erases that data from the files.
    pub async fn erase<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<(T, bool), Failure> + Send + 'static,
    {
        let erased = Arc::clone(&self.erased);
        let noting = move |db: &Connection| {
            let (result, has_erased) = work(db)?;
            // Setting the flag before the commit is safe: a tidy that sees it is queued behind the commit.
            erased.fetch_or(has_erased, Ordering::SeqCst);
            Ok(result)
        };
        self.run(Undo::Savepoint, noting).await
    }

    /// Empties the write-ahead log if data was removed since it was last emptied. First `copy` copies most of it into the
    /// database on another thread, so that little is left for the thread that writes.
    pub async fn tidy(&self, copy: impl FnOnce() + Send + 'static) -> Result<(), Error> {
        if !self.erased.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let copying = Arc::clone(&self.copying);
        let copied = tokio::task::spawn_blocking(move || {
            let copying = copying.lock();
            if *copying == Copying::Possible {
                copy();
            }
        });
        let _ = copied.await;
        let (reply, answer) = oneshot::channel();
        self.queue.send(Command::Tidy(reply)).await.map_err(|_| Error::Unavailable)?;
        answer.await.map_err(|_| Error::Unavailable)?
    }

    /// Commits the queued jobs, waits for a copy of the write-ahead log that has begun, and closes the database.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Command::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

struct WriterThread {
    connection: WriteConnection,
    chores: Chores,
    erased: Arc<AtomicBool>,
    copying: Arc<Mutex<Copying>>,
}

impl WriterThread {
    fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut received = Vec::with_capacity(BATCH);
        let mut batch = Vec::with_capacity(BATCH);
        let (mut tidying, mut closing) = (Vec::new(), Vec::new());
        if let Some(db) = self.connection.db() {
            self.chores.check_leftovers(db);
        }
        while receive(&mut commands, &mut received, self.chores.are_pending()) {
            for command in received.drain(..) {
                match command {
                    Command::Run(job) => batch.push(job),
                    Command::Tidy(done) => tidying.push(done),
                    Command::Close(done) => {
                        // Queued commands are still received, but no new ones are accepted.
                        commands.close();
                        closing.push(done);
                    }
                }
            }
            let is_idle = batch.is_empty();
            let committed = self.commit(&mut batch);
            for job in batch.drain(..) {
                job.answer(committed.clone());
            }
            for done in tidying.drain(..) {
                let _ = done.send(self.tidy());
            }
            self.do_chores(is_idle);
        }
        let mut copying = self.copying.lock();
        *copying = Copying::Over;
        self.connection.close();
        drop(closing);
    }

    fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), Error> {
        if batch.is_empty() {
            return Ok(());
        }
        let Some(db) = self.connection.db() else { return Err(Error::Unavailable) };
        let committed = commit(db, batch);
        self.chores.check_leftovers(db);
        match &committed {
            Ok(()) if batch.iter().all(|job| job.is_stored()) => self.connection.note_success(),
            Ok(()) => {}
            Err(Error::Unavailable) => self.connection.note_failure(),
            Err(_) => {}
        }
        if batch.iter().any(|job| job.is_unavailable()) {
            self.connection.note_failure();
        }
        committed
    }

    fn tidy(&mut self) -> Result<(), Error> {
        let tidied = match self.connection.db() {
            Some(db) => self.chores.tidy(db).map_err(Error::from),
            None => Err(Error::Unavailable),
        };
        if tidied != Ok(true) {
            // The flag makes the next call try again.
            self.erased.store(true, Ordering::SeqCst);
        }
        tidied.map(drop)
    }

    fn do_chores(&mut self, is_idle: bool) {
        if !self.chores.are_pending() {
            return;
        }
        let done = match self.connection.db() {
            Some(db) => self.chores.step(db, is_idle).map_err(Error::from),
            None => Err(Error::Unavailable),
        };
        match done {
            Ok(has_erased) => {
                self.erased.fetch_or(has_erased, Ordering::SeqCst);
            }
            Err(_) => self.chores.postpone(),
        }
    }
}

/// Receives commands, and waits for them unless chores are pending. False when all were received and the queue is closed.
fn receive(commands: &mut mpsc::Receiver<Command>, received: &mut Vec<Command>, has_chores: bool) -> bool {
    if !has_chores {
        return commands.blocking_recv_many(received, BATCH) > 0;
    }
    while received.len() < BATCH {
        match commands.try_recv() {
            Ok(command) => received.push(command),
            Err(mpsc::error::TryRecvError::Empty) => break,
            Err(mpsc::error::TryRecvError::Disconnected) => return !received.is_empty(),
        }
    }
    true
}

/// Runs the batch in one transaction. After an error, none of the jobs has changed anything.
fn commit(db: &Connection, batch: &mut [Box<dyn Job>]) -> Result<(), Error> {
    let committed = run_in_transaction(db, batch);
    if committed.is_err()
        && !db.is_autocommit()
        && let Err(error) = statement(db, "ROLLBACK")
    {
        tracing::error!(%error, "a transaction cannot be rolled back");
    }
    committed.map_err(|error| {
        match is_transient(&error) {
            true => tracing::debug!(%error, jobs = batch.len(), "a transaction could not be stored"),
            false => tracing::error!(%error, jobs = batch.len(), "a transaction could not be stored"),
        }
        Error::Unavailable
    })
}

fn run_in_transaction(db: &Connection, batch: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    statement(db, "BEGIN IMMEDIATE")?;
    for job in batch {
        match job.undo() {
            Undo::Savepoint => {
                statement(db, "SAVEPOINT job")?;
                if !job.run(db) {
                    statement(db, "ROLLBACK TO job")?;
                }
                statement(db, "RELEASE job")?;
            }
            Undo::WholeBatch => {
                let before = db.total_changes();
                if !job.run(db) && db.total_changes() != before {
                    return Err(aborted());
                }
            }
        }
        // SQLite rolls back the whole transaction after some errors. Further writes would commit one by one.
        if db.is_autocommit() {
            return Err(aborted());
        }
    }
    statement(db, "COMMIT")
}

fn aborted() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_ABORT_ROLLBACK), None)
}

fn statement(db: &Connection, sql: &str) -> rusqlite::Result<()> {
    db.prepare_cached(sql)?.execute([]).map(drop)
}

/// Queued work, whatever its result type is.
trait Job: Send {
    fn undo(&self) -> Undo;
    /// Does the work and stores the result for [`Job::answer`]. False when the work failed.
    fn run(&mut self, db: &Connection) -> bool;
    fn is_stored(&self) -> bool;
    /// Whether the work failed because the database could not do it now.
    fn is_unavailable(&self) -> bool;
    /// Sends the result to the caller, or the error of the commit.
    fn answer(self: Box<Self>, committed: Result<(), Error>);
}

struct Task<T, F> {
    work: Option<F>,
    undo: Undo,
    result: Option<Result<T, Error>>,
    reply: oneshot::Sender<Result<T, Error>>,
}

impl<T, F> Job for Task<T, F>
where
    T: Send,
    F: FnOnce(&Connection) -> Result<T, Failure> + Send,
{
    fn undo(&self) -> Undo {
        self.undo
    }

    fn run(&mut self, db: &Connection) -> bool {
        let Some(work) = self.work.take() else { return false };
        // It is safe to go on after a panic: the job's writes are rolled back, and its memory is dropped.
        let result = catch_unwind(AssertUnwindSafe(|| work(db).map_err(Error::from))).unwrap_or_else(|_| {
            tracing::error!("a job of the store panicked");
            Err(Error::Internal)
        });
        self.result.insert(result).is_ok()
    }

    fn is_stored(&self) -> bool {
        matches!(self.result, Some(Ok(_)))
    }

    fn is_unavailable(&self) -> bool {
        matches!(self.result, Some(Err(Error::Unavailable)))
    }

    fn answer(self: Box<Self>, committed: Result<(), Error>) {
        let Self { result, reply, .. } = *self;
        let result = committed.and_then(|()| result.unwrap_or(Err(Error::Internal)));
        // This fails if the caller has stopped waiting.
        let _ = reply.send(result);
    }
}
