//! Whose turn it is: work that takes a core and memory for a while, a few at once, the rest in turn by address, so that
//! one address cannot delay another's.
//!
//! A turn moves into the work: who hangs up while it runs does not free it before the work has ended. Who hangs up
//! while they wait is not waited for any more.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::address::Address;
use crate::background;
use crate::error::Error;
use crate::id::VisitorId;
use crate::limit::Act;

/// Seconds after which somebody for whom there was no place to wait may come again.
const COME_AGAIN: u32 = 2;

/// Who wants a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Who {
    pub visitor: VisitorId,
    pub address: Option<Address>,
}

impl Who {
    pub fn new(visitor: VisitorId, address: Option<Address>) -> Self {
        Self { visitor, address }
    }

    /// Visitors cost nothing, so an address waits in one line. Where addresses say nothing, each visitor has their own.
    fn line(self) -> Key {
        self.address.map_or(Key::Visitor(self.visitor), Key::Address)
    }
}

/// How many may wait, beside those whose turn it is.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    pub of_a_visitor: usize,
    pub of_an_address: usize,
    pub addresses: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    Address(Address),
    Visitor(VisitorId),
}

/// As many turns at once as there are tools: what a turn works with, made once and used again.
pub struct Turns<T> {
    queue: Shared<T>,
    bounds: Bounds,
    tools: usize,
}

type Shared<T> = Arc<Mutex<Queue<T>>>;

struct Queue<T> {
    /// None while somebody waits.
    idle: Vec<T>,
    /// Whose turn is next comes first. No line is empty.
    lines: VecDeque<Line<T>>,
    /// Tells apart those who wait.
    number: u64,
}

struct Line<T> {
    key: Key,
    waiting: VecDeque<Waiting<T>>,
}

struct Waiting<T> {
    number: u64,
    visitor: VisitorId,
    call: oneshot::Sender<Turn<T>>,
}

/// A turn, with its tool. Dropping it calls the next.
pub struct Turn<T> {
    tool: Option<T>,
    queue: Shared<T>,
}

/// Somebody's place in a line. Dropping it gives it up.
struct Place<T> {
    number: u64,
    queue: Shared<T>,
}

impl<T: Send + 'static> Turns<T> {
    pub fn new(tools: impl IntoIterator<Item = T>, bounds: Bounds) -> Self {
        let idle: Vec<T> = tools.into_iter().collect();
        let tools = idle.len();
        Self { queue: Arc::new(Mutex::new(Queue { idle, lines: VecDeque::new(), number: 0 })), bounds, tools }
    }

    /// Waits for a turn. [`Error::TooMany`] at once when this visitor or address waits often enough already, and
    /// [`Error::Unavailable`] when too many addresses do.
    pub async fn turn(&self, who: Who) -> Result<Turn<T>, Error> {
        let (place, called) = {
            let mut queue = lock(&self.queue);
            if let Some(tool) = queue.idle.pop() {
                return Ok(Turn { tool: Some(tool), queue: Arc::clone(&self.queue) });
            }
            let (number, called) = queue.join(who, &self.bounds)?;
            (Place { number, queue: Arc::clone(&self.queue) }, called)
        };
        let turn = called.await.map_err(|_| Error::Unavailable);
        drop(place);
        turn
    }

    /// Runs `work` in the background when it is this one's turn; errors as [`Turns::turn`].
    pub async fn run<R: Send + 'static>(
        &self,
        who: Who,
        work: impl FnOnce(&mut T) -> Result<R, Error> + Send + 'static,
    ) -> Result<R, Error> {
        let mut turn = self.turn(who).await?;
        let ended = background::run(move || turn.tool.as_mut().ok_or(Error::Internal).and_then(work));
        ended.await.unwrap_or_else(|error| {
            tracing::error!(%error, "work that had its turn ended early");
            Err(Error::Internal)
        })
    }

    /// Nobody has a turn or waits for one.
    pub fn is_idle(&self) -> bool {
        lock(&self.queue).idle.len() == self.tools
    }

    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        lock(&self.queue).lines.iter().map(|line| line.waiting.len()).sum()
    }
}

impl<T> Queue<T> {
    fn join(&mut self, who: Who, bounds: &Bounds) -> Result<(u64, oneshot::Receiver<Turn<T>>), Error> {
        let everybody = self.lines.iter().flat_map(|line| &line.waiting);
        let key = who.line();
        let theirs = self.lines.iter().position(|line| line.key == key);
        let in_line = theirs.and_then(|place| self.lines.get(place)).map_or(0, |line| line.waiting.len());
        if everybody.filter(|waiting| waiting.visitor == who.visitor).count() >= bounds.of_a_visitor
            || in_line >= bounds.of_an_address
        {
            return Err(Error::TooMany { of: Act::Wait, retry_after: COME_AGAIN });
        }
        if theirs.is_none() && self.lines.len() >= bounds.addresses {
            return Err(Error::Unavailable);
        }
        self.number += 1;
        let (call, called) = oneshot::channel();
        let waiting = Waiting { number: self.number, visitor: who.visitor, call };
        match theirs.and_then(|place| self.lines.get_mut(place)) {
            Some(line) => line.waiting.push_back(waiting),
            None => self.lines.push_back(Line { key, waiting: VecDeque::from([waiting]) }),
        }
        Ok((self.number, called))
    }

    /// The first of the line that is next. That line is last then.
    fn next(&mut self) -> Option<Waiting<T>> {
        let mut line = self.lines.pop_front()?;
        let next = line.waiting.pop_front();
        if !line.waiting.is_empty() {
            self.lines.push_back(line);
        }
        next
    }

    fn give_up(&mut self, number: u64) {
        for line in &mut self.lines {
            line.waiting.retain(|waiting| waiting.number != number);
        }
        self.lines.retain(|line| !line.waiting.is_empty());
    }
}

/// Calls the next one, or keeps the tool for who comes.
fn pass_on<T>(shared: &Shared<T>, mut tool: T) {
    loop {
        let next = {
            let mut queue = lock(shared);
            match queue.next() {
                Some(next) => next,
                None => return queue.idle.push(tool),
            }
        };
        match next.call.send(Turn { tool: Some(tool), queue: Arc::clone(shared) }) {
            Ok(()) => return,
            // They have just hung up.
            Err(mut turn) => match turn.tool.take() {
                Some(back) => tool = back,
                None => return,
            },
        }
    }
}

impl<T> Drop for Turn<T> {
    fn drop(&mut self) {
        if let Some(tool) = self.tool.take() {
            pass_on(&self.queue, tool);
        }
    }
}

impl<T> Drop for Place<T> {
    fn drop(&mut self) {
        lock(&self.queue).give_up(self.number);
    }
}

/// A std mutex: held for a few instructions, never across an await.
fn lock<T>(queue: &Shared<T>) -> MutexGuard<'_, Queue<T>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}
