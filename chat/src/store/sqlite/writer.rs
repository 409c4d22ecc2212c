//! The one thread that writes. While it waits for the disk, jobs queue up; what is queued it runs in one transaction,
//! so that many senders share one wait. Only when that transaction is on the disk does anybody get an answer.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use rusqlite::{Connection, ffi};
use tokio::sync::{mpsc, oneshot};

use crate::error::Error;

/// Jobs of one transaction. More would make the first wait long for the last.
const BATCH: usize = 256;

/// Jobs that may wait; who comes later waits for room in the queue.
const QUEUE: usize = 4 * BATCH;

#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Order>,
}

/// How what a job has done is undone when it fails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Undo {
    /// By a savepoint of its own.
    Alone,
    /// For jobs that judge first and write then, so that only the database itself can make them fail after they have
    /// written: that fails all who share the transaction. Saves the savepoint, a good part of an append's work.
    Together,
}

enum Order {
    Run(Box<dyn Job>),
    /// Answered by being dropped, when all is done.
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the thread. It ends when it is closed or the writer is dropped, after committing what is queued.
    pub fn start(db: Connection) -> std::io::Result<Self> {
        let (queue, orders) = mpsc::channel(QUEUE);
        thread::Builder::new().name("store-writer".into()).spawn(move || write(db, orders))?;
        Ok(Self { queue })
    }

    /// Runs `work` in a transaction and returns its result once that is committed. An error of `work` undoes what it
    /// did, and only that. Who stops waiting for the result does not stop the work.
    pub async fn run<T, F>(&self, undo: Undo, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Task { work: Some(work), undo, result: None, reply });
        self.queue.send(Order::Run(job)).await.map_err(|_| Error::Unavailable)?;
        answer.await.map_err(|_| Error::Unavailable)?
    }

    /// Commits what is queued and closes the database.
    pub async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Order::Close(done)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

/// The thread.
fn write(db: Connection, mut orders: mpsc::Receiver<Order>) {
    let mut received = Vec::with_capacity(BATCH);
    let mut batch = Vec::with_capacity(BATCH);
    let mut closing = Vec::new();
    while orders.blocking_recv_many(&mut received, BATCH) > 0 {
        for order in received.drain(..) {
            match order {
                Order::Run(job) => batch.push(job),
                Order::Close(done) => {
                    // What is in the queue is still taken; nothing more gets in.
                    orders.close();
                    closing.push(done);
                }
            }
        }
        let committed = commit(&db, &mut batch);
        for job in batch.drain(..) {
            job.answer(committed.clone());
        }
    }
    // One file again, easy to copy; should it fail, the next start does it.
    if let Err(error) = db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())) {
        tracing::warn!(%error, "the write-ahead log stays");
    }
    drop(db);
    drop(closing);
}

/// Runs the batch in one transaction. An error is for all of them: nothing was changed by any.
fn commit(db: &Connection, batch: &mut [Box<dyn Job>]) -> Result<(), Error> {
    if batch.is_empty() {
        return Ok(());
    }
    let committed = run_in_transaction(db, batch);
    if committed.is_err()
        && !db.is_autocommit()
        && let Err(error) = statement(db, "ROLLBACK")
    {
        tracing::error!(%error, "a transaction cannot be rolled back");
    }
    committed.map_err(|error| {
        tracing::error!(%error, jobs = batch.len(), "a transaction could not be stored");
        Error::Unavailable
    })
}

fn run_in_transaction(db: &Connection, batch: &mut [Box<dyn Job>]) -> rusqlite::Result<()> {
    statement(db, "BEGIN IMMEDIATE")?;
    for job in batch {
        match job.undo() {
            Undo::Alone => {
                statement(db, "SAVEPOINT job")?;
                if !job.run(db) {
                    statement(db, "ROLLBACK TO job")?;
                }
                statement(db, "RELEASE job")?;
            }
            Undo::Together => {
                let before = db.total_changes();
                if !job.run(db) && db.total_changes() != before {
                    return Err(aborted());
                }
            }
        }
        // After some errors SQLite has undone the whole transaction, and what came next would be stored by itself.
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

/// Work of any result type.
trait Job: Send {
    fn undo(&self) -> Undo;
    /// Does the work and keeps the result; false when it failed.
    fn run(&mut self, db: &Connection) -> bool;
    /// Gives the result away, or the error that kept it from being stored.
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
    F: FnOnce(&Connection) -> Result<T, Error> + Send,
{
    fn undo(&self) -> Undo {
        self.undo
    }

    fn run(&mut self, db: &Connection) -> bool {
        let Some(work) = self.work.take() else { return false };
        // Safe to go on after a panic: what the job has written is rolled back, what it held in memory is gone.
        let result = catch_unwind(AssertUnwindSafe(|| work(db))).unwrap_or_else(|_| {
            tracing::error!("a job of the store panicked");
            Err(Error::Internal)
        });
        self.result.insert(result).is_ok()
    }

    fn answer(self: Box<Self>, committed: Result<(), Error>) {
        let Self { result, reply, .. } = *self;
        let result = committed.and_then(|()| result.unwrap_or(Err(Error::Internal)));
        // Nobody may be waiting any more.
        let _ = reply.send(result);
    }
}
