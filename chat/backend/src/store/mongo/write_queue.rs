//! Each room that this node writes to has one queue, and one task works on it. So the writers of a room on one node never
//! conflict, and their work is stored together.

mod appends;
mod changes;
pub mod difference;

use std::collections::{HashMap, VecDeque};
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, MutexGuard};

use tokio::sync::oneshot;

pub use self::appends::Append;
pub use self::changes::Change;
use super::health::CallGuard;
use super::schema::Db;
use super::{entries, lookup, news};
use chat::error::Error;
use chat::id::RoomId;
use chat::record::Room;

/// How long an idle queue is kept, with its memory.
const KEEP_IDLE: Duration = Duration::from_secs(60);

/// All queues of this node.
pub struct WriteQueues {
    db: Arc<Db>,
    all: Mutex<Queues>,
}

struct Queues {
    queues: HashMap<RoomId, Arc<WriteQueue>>,
    checked: Instant,
}

struct WriteQueue(Mutex<State>);

pub struct State {
    appends: VecDeque<Job<Append>>,
    changes: VecDeque<Job<Change>>,
    /// Whether a worker is running. The worker then holds the memory.
    is_busy: bool,
    memory: Memory,
    used: Instant,
}

/// Work, and the channel for its result. It keeps the store open until it is done.
pub struct Job<W: Work> {
    work: W,
    reply: oneshot::Sender<Result<W::Output, Error>>,
    _guard: CallGuard,
}

type Jobs<W> = Vec<Job<W>>;

/// A kind of work, which has a queue of its own in each room.
pub trait Work: Sized {
    type Output;
    fn queue(state: &mut State) -> &mut VecDeque<Job<Self>>;
}

impl<W: Work> Job<W> {
    /// Sends the result, for which the caller may have stopped waiting.
    fn answer(self, result: Result<W::Output, Error>) {
        let _ = self.reply.send(result);
    }
}

/// What a queue knows about its room. This may be out of date, in which case a write that relies on it fails.
#[derive(Default)]
struct Memory {
    /// The number of the last entry in the log.
    end: Option<u64>,
    /// A state of the room whose news is in the log.
    room: Option<Room>,
}

impl WriteQueues {
    pub fn new(db: Arc<Db>) -> Self {
        Self { db, all: Mutex::new(Queues { queues: HashMap::new(), checked: Instant::now() }) }
    }

    /// Puts work into a room's queue and waits for its result. The work is done even when the caller stops waiting.
    pub async fn put<W: Work>(&self, room: RoomId, work: W, guard: CallGuard) -> Result<W::Output, Error> {
        let (reply, answer) = oneshot::channel();
        {
            let mut all = lock(&self.all);
            all.drop_idle();
            let queue = all.queues.entry(room).or_insert_with(WriteQueue::new);
            let mut state = lock(&queue.0);
            W::queue(&mut state).push_back(Job { work, reply, _guard: guard });
            if !mem::replace(&mut state.is_busy, true) {
                let memory = mem::take(&mut state.memory);
                let (queue, db, guard) = (Arc::clone(queue), Arc::clone(&self.db), self.db.health.keep_open());
                let worker = Worker { queue, db, room, memory, is_over: false, _guard: guard };
                tokio::spawn(worker.work());
            }
        }
        answer.await.map_err(|_| Error::Unavailable)?
    }
}

impl Queues {
    fn drop_idle(&mut self) {
        if self.checked.elapsed() < KEEP_IDLE {
            return;
        }
        self.checked = Instant::now();
        self.queues.retain(|_, queue| {
            let state = lock(&queue.0);
            state.is_busy || state.used.elapsed() < KEEP_IDLE
        });
    }
}

impl WriteQueue {
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

/// The task that works on a queue until it is empty.
struct Worker {
    queue: Arc<WriteQueue>,
    db: Arc<Db>,
    room: RoomId,
    memory: Memory,
    is_over: bool,
    _guard: CallGuard,
}

impl Worker {
    async fn work(mut self) {
        while let Some((appends, changes)) = self.next() {
            // Appends come first, so that people who speak and leave at the same moment have spoken.
            if !appends.is_empty() {
                appends::append(&self.db, self.room, &mut self.memory, appends).await;
            }
            if !changes.is_empty() {
                changes::change(&self.db, self.room, &mut self.memory, changes).await;
            }
        }
    }

    /// The next batches of waiting work, oldest first. `None` when the queue is empty, which ends this worker.
    fn next(&mut self) -> Option<(Jobs<Append>, Jobs<Change>)> {
        let mut state = lock(&self.queue.0);
        if state.appends.is_empty() && state.changes.is_empty() {
            state.memory = mem::take(&mut self.memory);
            state.is_busy = false;
            state.used = Instant::now();
            self.is_over = true;
            return None;
        }
        let some = state.appends.len().min(entries::BATCH);
        let appends = state.appends.drain(..some).collect();
        let some = state.changes.len().min(changes::BATCH);
        let changes = state.changes.drain(..some).collect();
        Some((appends, changes))
    }
}

/// After a panic, or at the end of the runtime, waiting jobs are dropped so that no caller waits forever.
impl Drop for Worker {
    fn drop(&mut self) {
        if !self.is_over {
            let mut state = lock(&self.queue.0);
            state.appends.clear();
            state.changes.clear();
            state.is_busy = false;
        }
    }
}

impl Memory {
    /// The number of the last entry in the log, now or a moment ago.
    async fn end(&mut self, db: &Db, room: RoomId) -> Result<u64, Error> {
        let end = match self.end {
            Some(end) => end,
            None => entries::end(db, room).await?,
        };
        self.end = Some(end);
        Ok(end)
    }

    /// The room as it is now, read after the end of the log that is known. All of its news is in the log.
    async fn room(&mut self, db: &Db, id: RoomId) -> Result<Room, Error> {
        loop {
            if let Some(mut room) = self.room.take()
                && let Some(spoken_at) = lookup::spoken_at(db, id, room.rev).await?
            {
                room.spoken_at = spoken_at;
                self.room = Some(room.clone());
                return Ok(room);
            }
            let mut document = lookup::document(db, id).await?;
            if document.news.is_empty() {
                let room = document.room();
                self.room = Some(room.clone());
                return Ok(room);
            }
            // Flushing the news takes time, and may move the known end of the log beyond the state of the room that was
            // read. So the room is read again.
            news::flush(db, &mut document, &mut self.end).await?;
            self.room = Some(document.room());
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock()
}
