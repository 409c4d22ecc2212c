//! One door for all operations: it knows whether MongoDB is there, so that nobody waits for what cannot come.

use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use mongodb::Database;
use mongodb::bson::doc;
use mongodb::error::Error as MongoError;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::failure::{Failure, describe, judge};
use crate::error::Error;

/// Longer than any operation of ours takes: a server that has stopped answering must not hold anybody up.
const LIMIT: Duration = Duration::from_secs(5);

/// Operations at one time, each with a connection of its own. Who waits for their turn is not held up by a server that has
/// stopped answering: that is known then.
pub(super) const CONNECTIONS: usize = 32;

/// While MongoDB is away, how often it is asked.
const PROBE_EVERY: Duration = Duration::from_millis(500);

/// What fails for now is told at most so often: it may be every request.
const TOLD_EVERY: Duration = Duration::from_secs(1);

/// What shares one client shares this.
#[derive(Clone)]
pub(crate) struct Health(Arc<State>);

struct State {
    database: Database,
    away: AtomicBool,
    /// How often it has come back: what began before says nothing of how it is now.
    returns: AtomicU64,
    closed: AtomicBool,
    turns: Semaphore,
    /// Calls that have begun and not ended.
    busy: watch::Sender<usize>,
    told: Mutex<Told>,
}

/// When a failure that passes was told last, and how many were not since.
#[derive(Default)]
struct Told {
    last: Option<Instant>,
    left_out: u64,
}

/// A call that has begun. Closing waits for it.
pub(crate) struct Busy(Arc<State>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.send_modify(|calls| *calls -= 1);
    }
}

impl Health {
    pub(crate) fn new(database: Database) -> Self {
        Self(Arc::new(State {
            database,
            away: AtomicBool::new(false),
            returns: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            turns: Semaphore::new(CONNECTIONS),
            busy: watch::Sender::new(0),
            told: Mutex::default(),
        }))
    }

    /// Runs one operation, named in the log, within a time limit. Fails at once when MongoDB is known to be away, or
    /// after closing.
    pub(crate) async fn run<T>(
        &self,
        name: &'static str,
        operation: impl IntoFuture<Output = Result<T, MongoError>>,
    ) -> Result<T, Error> {
        let _busy = self.enter()?;
        Ok(self.attempt(name, operation).await?)
    }

    /// Begins a call, unless the store is closed.
    pub(super) fn enter(&self) -> Result<Busy, Error> {
        let busy = self.stay();
        match self.0.closed.load(Ordering::SeqCst) {
            true => Err(Error::Unavailable),
            false => Ok(busy),
        }
    }

    /// Keeps the store open for what has to be done after a call.
    pub(super) fn stay(&self) -> Busy {
        self.0.busy.send_modify(|calls| *calls += 1);
        Busy(Arc::clone(&self.0))
    }

    /// Refuses new calls and waits for those that have begun.
    pub(super) async fn close(&self) {
        self.0.closed.store(true, Ordering::SeqCst);
        // (The sender lives as long as this.)
        let _ = self.0.busy.subscribe().wait_for(|calls| *calls == 0).await;
    }

    /// One operation of a call that has begun.
    pub(super) async fn attempt<T>(
        &self,
        name: &'static str,
        operation: impl IntoFuture<Output = Result<T, MongoError>>,
    ) -> Result<T, Failure> {
        let turn = match self.0.away.load(Ordering::SeqCst) {
            true => return Err(Failure::Unavailable),
            false => self.0.turns.acquire().await,
        };
        // (It is never closed.)
        if turn.is_err() || self.0.away.load(Ordering::SeqCst) {
            return Err(Failure::Unavailable);
        }
        let returns = self.0.returns.load(Ordering::SeqCst);
        let begun = Instant::now();
        let result = timeout(LIMIT, operation.into_future()).await;
        let ms = begun.elapsed().as_secs_f64() * 1000.0;
        match result {
            Ok(Ok(value)) => {
                tracing::debug!(name, ms, "done");
                Ok(value)
            }
            Ok(Err(error)) => {
                let judged = judge(&error);
                let outcome = describe(&error);
                tracing::debug!(name, ms, outcome, "failed");
                if judged.is_away {
                    self.went_away(returns, &outcome);
                } else if judged.failure == Failure::Broken {
                    tracing::error!(name, outcome, "MongoDB failed");
                } else if judged.failure == Failure::Unavailable {
                    self.0.tell(name, &outcome);
                }
                Err(judged.failure)
            }
            Err(_) => {
                tracing::debug!(name, ms, "no answer");
                self.went_away(returns, "it does not answer");
                Err(Failure::Unavailable)
            }
        }
    }

    /// Says so once, and asks until it is back.
    fn went_away(&self, returns: u64, outcome: &str) {
        let state = &self.0;
        if state.returns.load(Ordering::SeqCst) != returns || state.away.swap(true, Ordering::SeqCst) {
            return;
        }
        tracing::warn!("MongoDB is away: {outcome}");
        let state = Arc::clone(state);
        tokio::spawn(async move {
            while !state.answers().await {
                if state.closed.load(Ordering::SeqCst) {
                    return;
                }
                sleep(PROBE_EVERY).await;
            }
            state.returns.fetch_add(1, Ordering::SeqCst);
            state.away.store(false, Ordering::SeqCst);
            tracing::info!("MongoDB is back");
        });
    }
}

impl State {
    fn tell(&self, name: &'static str, outcome: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.last.is_some_and(|last| last.elapsed() < TOLD_EVERY) {
            told.left_out += 1;
            return;
        }
        let left_out = mem::take(&mut told.left_out);
        told.last = Some(Instant::now());
        tracing::warn!(name, outcome, left_out, "MongoDB cannot do it now");
    }

    async fn answers(&self) -> bool {
        let ping = self.database.run_command(doc! { "ping": 1 });
        matches!(timeout(LIMIT, ping.into_future()).await, Ok(Ok(_)))
    }
}
