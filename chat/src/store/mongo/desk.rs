//! One desk for each room that this node writes to: what waits there is done by one task, so that those who write to one
//! room through one node never contend, and share what they have to wait for.

mod appends;
mod changes;
pub mod difference;

use std::collections::{HashMap, VecDeque};
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

pub use self::appends::Append;
pub use self::changes::Change;
use super::health::Busy;
use super::schema::Db;
use super::{news, rooms};
use crate::error::Error;
use crate::id::RoomId;
use crate::record::Room;

/// A desk without work is kept for so long, with what it remembers.
const KEPT: Duration = Duration::from_secs(60);

/// All desks of this node.
pub struct Desks {
    db: Arc<Db>,
    all: Mutex<All>,
}

struct All {
    desks: HashMap<RoomId, Arc<Desk>>,
    tidied: Instant,
}

struct Desk(Mutex<State>);

pub struct State {
    appends: VecDeque<Order<Append>>,
    changes: VecDeque<Order<Change>>,
    /// A task is working. It has the memory then.
    is_busy: bool,
    memory: Memory,
    used: Instant,
}

/// Work, and who waits for it. Holds the store open until it is done.
pub struct Order<W: Work> {
    work: W,
    reply: oneshot::Sender<Result<W::Output, Error>>,
    _busy: Busy,
}

type Orders<W> = Vec<Order<W>>;

pub trait Work: Sized {
    type Output;
    fn queue(state: &mut State) -> &mut VecDeque<Order<Self>>;
}

impl<W: Work> Order<W> {
    /// Nobody may be waiting any more.
    fn answer(self, result: Result<W::Output, Error>) {
        let _ = self.reply.send(result);
    }
}

/// What a desk knows of its room. It may be out of date; what is written says so then.
#[derive(Default)]
struct Memory {
    /// The last number in the log.
    end: Option<u64>,
    /// A state without news.
    room: Option<Room>,
}

impl Desks {
    pub fn new(db: Arc<Db>) -> Self {
        Self { db, all: Mutex::new(All { desks: HashMap::new(), tidied: Instant::now() }) }
    }

    /// Leaves work at a room's desk and waits for what it leads to. It is done even when nobody waits any more.
    pub async fn order<W: Work>(&self, room: RoomId, work: W, busy: Busy) -> Result<W::Output, Error> {
        let (reply, answer) = oneshot::channel();
        {
            let mut all = lock(&self.all);
            all.tidy();
            let desk = all.desks.entry(room).or_insert_with(Desk::new);
            let mut state = lock(&desk.0);
            W::queue(&mut state).push_back(Order { work, reply, _busy: busy });
            if !mem::replace(&mut state.is_busy, true) {
                let memory = mem::take(&mut state.memory);
                let (desk, db, busy) = (Arc::clone(desk), Arc::clone(&self.db), self.db.health.stay());
                let shift = Shift { desk, db, room, memory, is_over: false, _busy: busy };
                tokio::spawn(shift.work());
            }
        }
        answer.await.map_err(|_| Error::Unavailable)?
    }
}

impl All {
    fn tidy(&mut self) {
        if self.tidied.elapsed() < KEPT {
            return;
        }
        self.tidied = Instant::now();
        self.desks.retain(|_, desk| {
            let state = lock(&desk.0);
            state.is_busy || state.used.elapsed() < KEPT
        });
    }
}

impl Desk {
    fn new() -> Arc<Self> {
        Arc::new(Self(Mutex::new(State {
            appends: VecDeque::new(),
            changes: VecDeque::new(),
            is_busy: false,
            memory: Memory::default(),
            used: Instant::now(),
        })))
    }
}

/// A task's time at a desk: until nothing waits there.
struct Shift {
    desk: Arc<Desk>,
    db: Arc<Db>,
    room: RoomId,
    memory: Memory,
    is_over: bool,
    _busy: Busy,
}

impl Shift {
    async fn work(mut self) {
        while let Some((appends, changes)) = self.next() {
            // Who speaks and leaves at once has spoken.
            if !appends.is_empty() {
                appends::append(&self.db, self.room, &mut self.memory, appends).await;
            }
            if !changes.is_empty() {
                changes::change(&self.db, self.room, &mut self.memory, changes).await;
            }
        }
    }

    /// What waits, in the order in which it came; at most as much as goes in together.
    fn next(&mut self) -> Option<(Orders<Append>, Orders<Change>)> {
        let mut state = lock(&self.desk.0);
        if state.appends.is_empty() && state.changes.is_empty() {
            state.memory = mem::take(&mut self.memory);
            state.is_busy = false;
            state.used = Instant::now();
            self.is_over = true;
            return None;
        }
        let some = state.appends.len().min(super::log::BATCH);
        let appends = state.appends.drain(..some).collect();
        let some = state.changes.len().min(changes::BATCH);
        let changes = state.changes.drain(..some).collect();
        Some((appends, changes))
    }
}

/// After a panic, or at the end of the runtime: nobody shall wait for ever.
impl Drop for Shift {
    fn drop(&mut self) {
        if !self.is_over {
            let mut state = lock(&self.desk.0);
            state.appends.clear();
            state.changes.clear();
            state.is_busy = false;
        }
    }
}

impl Memory {
    /// Where the log ends, or ended a moment ago.
    async fn end(&mut self, db: &Db, room: RoomId) -> Result<u64, Error> {
        let end = match self.end {
            Some(end) => end,
            None => super::log::end(db, room).await?,
        };
        self.end = Some(end);
        Ok(end)
    }

    /// The room as it is now, read after whatever is known of the log, and all it tells is in the log.
    async fn room(&mut self, db: &Db, id: RoomId) -> Result<Room, Error> {
        loop {
            if let Some(mut room) = self.room.take()
                && let Some(spoken_at) = rooms::spoken_at(db, id, room.rev).await?
            {
                room.spoken_at = spoken_at;
                self.room = Some(room.clone());
                return Ok(room);
            }
            let mut document = rooms::document(db, id).await?;
            if document.news.is_empty() {
                let room = document.room();
                self.room = Some(room.clone());
                return Ok(room);
            }
            // It takes time, and tells more than was known of the log: look again.
            news::flush(db, &mut document, &mut self.end).await?;
            self.room = Some(document.room());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
