//! All operations run through [`Health`]. While MongoDB is known to be away, they fail at once, so that no caller waits
//! in vain.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mongodb::Database;
use mongodb::bson::doc;
use mongodb::error::Error as MongoError;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::failure::{Failure, classify, describe};
use chat::error::Error;

/// No operation may take longer than this, so that a server that has stopped answering does not hold callers up.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);

/// How many operations run at one time, each on its own connection. When a server stops answering, the running operations find
/// that out, and the waiting ones then fail at once.
pub(super) const CONNECTIONS: usize = 32;

/// How often MongoDB is pinged while it is away.
const PROBE_EVERY: Duration = Duration::from_millis(500);

/// Failures that may pass are logged at most this often, because every request may fail.
const LOG_EVERY: Duration = Duration::from_secs(1);

/// The state of one client. Every part that uses the client has a clone of this.
#[derive(Clone)]
pub(crate) struct Health(Arc<State>);

struct State {
    database: Database,
    away: AtomicBool,
    /// How often MongoDB has come back. A failure of an operation that began before the last time says nothing about now.
    returns: AtomicU64,
    closed: AtomicBool,
    permits: Semaphore,
    /// How many calls are open.
    calls: watch::Sender<usize>,
    throttle: Mutex<LogThrottle>,
}

/// When a failure that may pass was last logged, and how many have been left out since.
#[derive(Default)]
struct LogThrottle {
    last: Option<Instant>,
    left_out: u64,
}

/// An open call, which ends when this is dropped. Closing waits for it.
pub(crate) struct CallGuard(Arc<State>);

impl Drop for CallGuard {
    fn drop(&mut self) {
        self.0.calls.send_modify(|calls| *calls -= 1);
    }
}

impl Health {
    pub(crate) fn new(database: Database) -> Self {
        Self(Arc::new(State {
            database,
            away: AtomicBool::new(false),
            returns: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            permits: Semaphore::new(CONNECTIONS),
            calls: watch::Sender::new(0),
            throttle: Mutex::default(),
        }))
    }

    /// Runs one operation as a call of its own, within a time limit. `name` is for the log. Fails at once when MongoDB is known
    /// to be away, or when this is closed.
    pub(crate) async fn run<T>(
        &self,
        name: &'static str,
        operation: impl IntoFuture<Output = Result<T, MongoError>>,
    ) -> Result<T, Error> {
        let _guard = self.enter()?;
        Ok(self.attempt(name, operation).await?)
    }

    /// Begins a call, unless this is closed.
    pub(super) fn enter(&self) -> Result<CallGuard, Error> {
        let guard = self.keep_open();
        match self.0.closed.load(Ordering::SeqCst) {
            true => Err(Error::Unavailable),
            false => Ok(guard),
        }
    }

    /// Makes closing wait for work that goes on after a call. This is possible even when closing has begun.
    pub(super) fn keep_open(&self) -> CallGuard {
        self.0.calls.send_modify(|calls| *calls += 1);
        CallGuard(Arc::clone(&self.0))
    }

    /// Refuses new calls and waits for the open ones.
    pub(super) async fn close(&self) {
        self.0.closed.store(true, Ordering::SeqCst);
        // (It cannot fail, because the sender lives as long as `self`.)
        let _ = self.0.calls.subscribe().wait_for(|calls| *calls == 0).await;
    }

    /// Runs one operation of an open call.
    pub(super) async fn attempt<T>(
        &self,
        name: &'static str,
        operation: impl IntoFuture<Output = Result<T, MongoError>>,
    ) -> Result<T, Failure> {
        let permit = match self.0.away.load(Ordering::SeqCst) {
            true => return Err(Failure::Unavailable),
            false => self.0.permits.acquire().await,
        };
        // (The semaphore is never closed.)
        if permit.is_err() || self.0.away.load(Ordering::SeqCst) {
            return Err(Failure::Unavailable);
        }
        let returns = self.0.returns.load(Ordering::SeqCst);
        let begun = Instant::now();
        let result = timeout(OPERATION_TIMEOUT, operation.into_future()).await;
        let ms = begun.elapsed().as_secs_f64() * 1000.0;
        match result {
            Ok(Ok(value)) => {
                tracing::debug!(name, ms, "done");
                Ok(value)
            }
            Ok(Err(error)) => {
                let classified = classify(&error);
                let outcome = describe(&error);
                tracing::debug!(name, ms, outcome, "failed");
                if classified.is_away {
                    self.went_away(returns, &outcome);
                } else if classified.failure == Failure::Broken {
                    tracing::error!(name, outcome, "MongoDB failed");
                } else if classified.failure == Failure::Unavailable {
                    self.0.log_failure(name, &outcome);
                }
                Err(classified.failure)
            }
            Err(_) => {
                tracing::debug!(name, ms, "no answer");
                self.went_away(returns, "it does not answer");
                Err(Failure::Unavailable)
            }
        }
    }

    /// Logs once that MongoDB is away, and pings it until it is back.
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
    fn log_failure(&self, name: &'static str, outcome: &str) {
        let mut throttle = self.throttle.lock();
        if throttle.last.is_some_and(|last| last.elapsed() < LOG_EVERY) {
            throttle.left_out += 1;
            return;
        }
        let left_out = mem::take(&mut throttle.left_out);
        throttle.last = Some(Instant::now());
        tracing::warn!(name, outcome, left_out, "MongoDB cannot do it now");
    }

    async fn answers(&self) -> bool {
        let ping = self.database.run_command(doc! { "ping": 1 });
        matches!(timeout(OPERATION_TIMEOUT, ping.into_future()).await, Ok(Ok(_)))
    }
}
