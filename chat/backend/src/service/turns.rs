//! Turns for work that takes a core and memory for a while. A few turns run at once. The others wait in turn by address, so
//! that one address cannot delay another.
//!
//! A turn moves into the work, so it is not freed before the work has ended, even if its caller hangs up. Callers who hang up
//! while they wait lose their place.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::oneshot;

use crate::address::Address;
use crate::background;
use chat::error::Error;
use chat::id::VisitorId;
use chat::limit::Act;

/// After how many seconds a caller who was refused a place may try again.
const RETRY_AFTER: u32 = 2;

/// How long the work of [`Turns::run`] takes at most when it gets a core.
const LONGEST: Duration = Duration::from_secs(1);

/// The visitor who wants a turn, and their address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Requester {
    pub visitor: VisitorId,
    pub address: Option<Address>,
}

impl Requester {
    pub fn new(visitor: VisitorId, address: Option<Address>) -> Self {
        Self { visitor, address }
    }

    /// New visitors cost nothing, so all visitors of an address share one queue. Without addresses each visitor has their own.
    fn key(self) -> Key {
        self.address.map_or(Key::Visitor(self.visitor), Key::Address)
    }
}

/// How many may wait, not counting those whose turn it is.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub per_visitor: usize,
    pub per_address: usize,
    pub addresses: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Address(Address),
    Visitor(VisitorId),
}

/// Hands out turns, as many at once as there are resources. A resource is what a turn works with, made once and used again.
pub struct Turns<T> {
    state: Shared<T>,
    bounds: Bounds,
    resources: usize,
}

type Shared<T> = Arc<Mutex<State<T>>>;

struct State<T> {
    /// The free resources. There are none while somebody waits.
    idle: Vec<T>,
    /// The queue whose turn is next comes first. No queue is empty.
    queues: VecDeque<Queue<T>>,
    /// The number of the requester who joined a queue last.
    number: u64,
}

struct Queue<T> {
    key: Key,
    waiting: VecDeque<Waiting<T>>,
}

struct Waiting<T> {
    number: u64,
    visitor: VisitorId,
    call: oneshot::Sender<Turn<T>>,
}

/// A turn, with its resource. Dropping it calls the next requester.
pub struct Turn<T> {
    resource: Option<T>,
    state: Shared<T>,
}

/// A place in a queue. Dropping it gives it up.
struct Place<T> {
    number: u64,
    state: Shared<T>,
}

impl<T: Send + 'static> Turns<T> {
    pub fn new(resources: impl IntoIterator<Item = T>, bounds: Bounds) -> Self {
        let idle: Vec<T> = resources.into_iter().collect();
        let resources = idle.len();
        let state = Arc::new(Mutex::new(State { idle, queues: VecDeque::new(), number: 0 }));
        Self { state, bounds, resources }
    }

    /// Waits for a turn. Fails at once with [`Error::TooMany`] if this visitor or address already waits too often, and with
    /// [`Error::Unavailable`] if too many addresses wait.
    pub async fn turn(&self, who: Requester) -> Result<Turn<T>, Error> {
        let (place, called) = {
            let mut state = lock(&self.state);
            if let Some(resource) = state.idle.pop() {
                return Ok(Turn { resource: Some(resource), state: Arc::clone(&self.state) });
            }
            let (number, called) = state.join(who, &self.bounds)?;
            (Place { number, state: Arc::clone(&self.state) }, called)
        };
        let turn = called.await.map_err(|_| Error::Unavailable);
        drop(place);
        turn
    }

    /// Runs `work` in the background when its turn comes. Fails like [`Turns::turn`].
    pub async fn run<R: Send + 'static>(
        &self,
        who: Requester,
        work: impl FnOnce(&mut T) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        let mut turn = self.turn(who).await?;
        let ended = background::compute(LONGEST, move || turn.resource.as_mut().ok_or(Error::Internal).and_then(work));
        ended.await.unwrap_or_else(|error| {
            tracing::error!(%error, "work that had its turn ended early");
            Err(Error::Internal)
        })
    }

    /// Whether nobody has a turn or waits for one.
    pub fn is_idle(&self) -> bool {
        lock(&self.state).idle.len() == self.resources
    }

    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        lock(&self.state).queues.iter().map(|queue| queue.waiting.len()).sum()
    }
}

impl<T> State<T> {
    fn join(&mut self, who: Requester, bounds: &Bounds) -> Result<(u64, oneshot::Receiver<Turn<T>>), Error> {
        let everybody = self.queues.iter().flat_map(|queue| &queue.waiting);
        let key = who.key();
        let theirs = self.queues.iter().position(|queue| queue.key == key);
        let in_queue = theirs.and_then(|place| self.queues.get(place)).map_or(0, |queue| queue.waiting.len());
        if everybody.filter(|waiting| waiting.visitor == who.visitor).count() >= bounds.per_visitor
            || in_queue >= bounds.per_address
        {
            return Err(Error::TooMany { of: Act::Wait, retry_after: RETRY_AFTER });
        }
        if theirs.is_none() && self.queues.len() >= bounds.addresses {
            return Err(Error::Unavailable);
        }
        self.number += 1;
        let (call, called) = oneshot::channel();
        let waiting = Waiting { number: self.number, visitor: who.visitor, call };
        match theirs.and_then(|place| self.queues.get_mut(place)) {
            Some(queue) => queue.waiting.push_back(waiting),
            None => self.queues.push_back(Queue { key, waiting: VecDeque::from([waiting]) }),
        }
        Ok((self.number, called))
    }

    /// Takes the first requester of the next queue. That queue goes to the end.
    fn next(&mut self) -> Option<Waiting<T>> {
        let mut queue = self.queues.pop_front()?;
        let next = queue.waiting.pop_front();
        if !queue.waiting.is_empty() {
            self.queues.push_back(queue);
        }
        next
    }

    fn remove(&mut self, number: u64) {
        for queue in &mut self.queues {
            queue.waiting.retain(|waiting| waiting.number != number);
        }
        self.queues.retain(|queue| !queue.waiting.is_empty());
    }
}

/// Gives the resource to the next requester who waits, or keeps it for whoever comes.
fn pass_on<T>(shared: &Shared<T>, mut resource: T) {
    loop {
        let next = {
            let mut state = lock(shared);
            match state.next() {
                Some(next) => next,
                None => return state.idle.push(resource),
            }
        };
        match next.call.send(Turn { resource: Some(resource), state: Arc::clone(shared) }) {
            Ok(()) => return,
            // The caller has just hung up.
            Err(mut turn) => match turn.resource.take() {
                Some(back) => resource = back,
                None => return,
            },
        }
    }
}

impl<T> Drop for Turn<T> {
    fn drop(&mut self) {
        if let Some(resource) = self.resource.take() {
            pass_on(&self.state, resource);
        }
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        lock(&self.state).remove(self.number);
    }
}

/// Held for a few instructions, never across an await.
fn lock<T>(state: &Shared<T>) -> MutexGuard<'_, State<T>> {
    state.lock()
}
