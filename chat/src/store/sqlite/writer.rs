//! The one thread that writes. While it waits for the disk, jobs queue up; what is queued it runs in one transaction,
//! so that many senders share one wait. Only when that transaction is on the disk does anybody get an answer. Between two
//! transactions it does a little of what waits ([`Chores`]).

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rusqlite::{Connection, ffi};
use tokio::sync::{mpsc, oneshot};

use super::chores::Chores;
use super::source::Source;
use super::values::is_passing;
use crate::error::Error;

/// Jobs of one transaction. More would make the first wait long for the last.
const BATCH: usize = 256;

/// Jobs that may wait; who comes later waits for room in the queue.
const QUEUE: usize = 4 * BATCH;

#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Order>,
    /// Something was removed that may still be in the log.
    erased: Arc<AtomicBool>,
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
    /// Empties the log.
    Tidy(oneshot::Sender<Result<(), Error>>),
    /// Answered by being dropped, when all is done.
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the thread. It ends when it is closed or the writer is dropped, after committing what is queued.
    pub fn start(source: Source) -> std::io::Result<Self> {
        let (queue, orders) = mpsc::channel(QUEUE);
        let erased = Arc::new(AtomicBool::new(false));
        let thread = Thread { source, chores: Chores::default(), erased: Arc::clone(&erased) };
        thread::Builder::new().name("store-writer".into()).spawn(move || thread.run(orders))?;
        Ok(Self { queue, erased })
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

    /// The same for work that says whether it has removed something, or put something else in its place: that is then not
    /// to stay in any file.
    pub async fn erase<T, F>(&self, work: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<(T, bool), Error> + Send + 'static,
    {
        let erased = Arc::clone(&self.erased);
        let noting = move |db: &Connection| {
            let (result, has_erased) = work(db)?;
            // (Before the commit: whoever asks for it to be gone waits behind that.)
            erased.fetch_or(has_erased, Ordering::SeqCst);
            Ok(result)
        };
        self.run(Undo::Alone, noting).await
    }

    /// Empties the log when something was removed since it was emptied last. First `copy` is given the time to copy most of
    /// it, on another thread: then there is little to wait for on this one.
    pub async fn tidy(&self, copy: impl FnOnce() + Send + 'static) -> Result<(), Error> {
        if !self.erased.swap(false, Ordering::SeqCst) {
            return Ok(());
        }
        let _ = tokio::task::spawn_blocking(copy).await;
        let (reply, answer) = oneshot::channel();
        self.queue.send(Order::Tidy(reply)).await.map_err(|_| Error::Unavailable)?;
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

struct Thread {
    source: Source,
    chores: Chores,
    erased: Arc<AtomicBool>,
}

impl Thread {
    fn run(mut self, mut orders: mpsc::Receiver<Order>) {
        let mut received = Vec::with_capacity(BATCH);
        let mut batch = Vec::with_capacity(BATCH);
        let (mut tidying, mut closing) = (Vec::new(), Vec::new());
        if let Some(db) = self.source.db() {
            self.chores.look(db);
        }
        while receive(&mut orders, &mut received, self.chores.wait()) {
            for order in received.drain(..) {
                match order {
                    Order::Run(job) => batch.push(job),
                    Order::Tidy(done) => tidying.push(done),
                    Order::Close(done) => {
                        // What is in the queue is still taken; nothing more gets in.
                        orders.close();
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
        self.source.close();
        drop(closing);
    }

    fn commit(&mut self, batch: &mut [Box<dyn Job>]) -> Result<(), Error> {
        if batch.is_empty() {
            return Ok(());
        }
        let Some(db) = self.source.db() else { return Err(Error::Unavailable) };
        let committed = commit(db, batch);
        self.chores.look(db);
        match &committed {
            Ok(()) if batch.iter().all(|job| job.is_stored()) => self.source.wrote(),
            Ok(()) => {}
            Err(Error::Unavailable) => self.source.failed(),
            Err(_) => {}
        }
        if batch.iter().any(|job| job.is_unavailable()) {
            self.source.failed();
        }
        committed
    }

    fn tidy(&mut self) -> Result<(), Error> {
        let tidied = match self.source.db() {
            Some(db) => self.chores.tidy(db),
            None => Err(Error::Unavailable),
        };
        if tidied != Ok(true) {
            // The next one tries again.
            self.erased.store(true, Ordering::SeqCst);
        }
        tidied.map(drop)
    }

    fn do_chores(&mut self, is_idle: bool) {
        if !self.chores.wait() {
            return;
        }
        let done = match self.source.db() {
            Some(db) => self.chores.step(db, is_idle),
            None => Err(Error::Unavailable),
        };
        match done {
            Ok(has_erased) => {
                self.erased.fetch_or(has_erased, Ordering::SeqCst);
            }
            Err(_) => self.chores.put_off(),
        }
    }
}

/// Waits for orders, unless there is something else to be done. False when there will be none.
fn receive(orders: &mut mpsc::Receiver<Order>, received: &mut Vec<Order>, has_chores: bool) -> bool {
    if !has_chores {
        return orders.blocking_recv_many(received, BATCH) > 0;
    }
    while received.len() < BATCH {
        match orders.try_recv() {
            Ok(order) => received.push(order),
            Err(mpsc::error::TryRecvError::Empty) => break,
            Err(mpsc::error::TryRecvError::Disconnected) => return !received.is_empty(),
        }
    }
    true
}

/// Runs the batch in one transaction. An error is for all of them: nothing was changed by any.
fn commit(db: &Connection, batch: &mut [Box<dyn Job>]) -> Result<(), Error> {
    let committed = run_in_transaction(db, batch);
    if committed.is_err()
        && !db.is_autocommit()
        && let Err(error) = statement(db, "ROLLBACK")
    {
        tracing::error!(%error, "a transaction cannot be rolled back");
    }
    committed.map_err(|error| {
        match is_passing(&error) {
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
    fn is_stored(&self) -> bool;
    /// It failed, as the database could not do it.
    fn is_unavailable(&self) -> bool;
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

    fn is_stored(&self) -> bool {
        matches!(self.result, Some(Ok(_)))
    }

    fn is_unavailable(&self) -> bool {
        matches!(self.result, Some(Err(Error::Unavailable)))
    }

    fn answer(self: Box<Self>, committed: Result<(), Error>) {
        let Self { result, reply, .. } = *self;
        let result = committed.and_then(|()| result.unwrap_or(Err(Error::Internal)));
        // Nobody may be waiting any more.
        let _ = reply.send(result);
    }
}
