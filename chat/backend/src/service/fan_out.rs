//! Fan-out: one task per room encodes what goes out once, and writes the same bytes to every socket in sync with the room.
//!
//! A socket is detached when it cannot take the bytes or must be sent something else. It then reads by itself from its cursor
//! (`feed`), and is attached again when it has had everything. So no socket waits for another, and nothing is queued for a
//! socket beyond what it has begun to take.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio::sync::{Notify, broadcast};
use tokio::task::yield_now;
use tokio::time::{Instant, sleep};

use super::frame::{self, put_text};
use crate::bus::{Framed, Notice};
use chat::id::VisitorId;

/// The most signals in a batch. Whatever comes in meanwhile goes into the next batch, so batches grow with the load.
const MAX_BATCH: usize = 64;

/// How many sockets are written to before the task yields to others. A message of another room is handed from task to task and
/// from thread to thread about five times until it is delivered, and each time it may have to wait for this task.
const YIELD_EVERY: usize = 8;

/// After a round of writing that took at least this long, the task pauses if some more came in meanwhile, but less than a batch.
/// The answers to the round's messages then go into the next batch, too. A round costs about the same for one message as for ten.
const LONG_ROUND: Duration = Duration::from_millis(2);

/// The part of the round's time for which it pauses, and the longest pause.
const PAUSE_PART: u32 = 4;
const MAX_PAUSE: Duration = Duration::from_millis(5);

/// What every socket of a room is sent.
#[derive(Debug, Clone)]
pub enum Signal {
    Entry(Framed),
    /// Not stored. For everybody except the visitor who caused it.
    Passing {
        from: VisitorId,
        frame: Bytes,
    },
    /// The list of absent people, or the facts about a GIF.
    News(Notice),
    Gone,
}

/// The outgoing side of a socket.
pub trait Sink: Send + Sync + 'static {
    /// Takes whole frames, or none of them, without waiting.
    fn take(&self, frames: &[u8]) -> Accepted;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accepted {
    /// All frames were sent.
    All,
    /// All frames were accepted, but some bytes are still unsent. The sink takes no more for now.
    Last,
    /// No frame was accepted. The sink takes no more for now.
    None,
}

/// A socket that the fan-out task writes to, until it is detached.
pub struct Subscriber {
    visitor: VisitorId,
    /// The page speaks the protocol before this one.
    is_old: bool,
    state: Mutex<State>,
    detached: Notify,
}

struct State {
    /// Everything up to this `seq` has been written.
    seq: u64,
    /// `None` once detached, so that a closed socket is not kept alive.
    sink: Option<Arc<dyn Sink>>,
}

impl Subscriber {
    /// Makes the subscriber of a socket that has been sent everything up to `seq`.
    pub fn new(visitor: VisitorId, is_old: bool, seq: u64, sink: Arc<dyn Sink>) -> Arc<Self> {
        Arc::new(Self { visitor, is_old, state: Mutex::new(State { seq, sink: Some(sink) }), detached: Notify::new() })
    }

    pub fn is_in_sync(&self) -> bool {
        self.state.lock().sink.is_some()
    }

    /// Waits until it is detached, and returns its cursor. Cancel-safe.
    pub async fn detached(&self) -> u64 {
        loop {
            {
                let state = self.state.lock();
                if state.sink.is_none() {
                    return state.seq;
                }
            }
            self.detached.notified().await;
        }
    }

    /// Nothing is written to the sink after this.
    pub fn detach(&self) {
        self.state.lock().sink = None;
        self.detached.notify_one();
    }

    /// Writes the part of the batch that is for this subscriber. Returns false when it is detached.
    fn write(&self, batch: &Batch) -> bool {
        let mut state = self.state.lock();
        let Some(sink) = &state.sink else { return false };
        let taken = if batch.is_common_to(self.visitor, state.seq) {
            (sink.take(batch.common(self.is_old)), batch.last.unwrap_or(state.seq), true)
        } else {
            let SocketFrames { frames, seq, is_all } = batch.part_for(self, state.seq);
            (if frames.is_empty() { Accepted::All } else { sink.take(&frames) }, seq, is_all)
        };
        let stays = match taken {
            (Accepted::All, seq, is_all) => {
                state.seq = seq;
                is_all
            }
            (Accepted::Last, seq, _) => {
                state.seq = seq;
                false
            }
            (Accepted::None, ..) => false,
        };
        if !stays {
            state.sink = None;
            self.detached.notify_one();
        }
        stays
    }
}

/// Signals that are written together.
struct Batch {
    signals: Vec<Signal>,
    /// The visitors who may be sent something other than everybody else.
    special: Vec<VisitorId>,
    /// The first and the last `seq` in the batch. There is no gap in between.
    first: Option<u64>,
    last: Option<u64>,
    is_end: bool,
    /// The bytes for everybody who is not `special`: for pages of this protocol, and of the one before.
    common: [OnceLock<Vec<u8>>; 2],
}

/// The part of a batch for one socket, up to the point where it is detached.
struct SocketFrames {
    frames: Vec<u8>,
    seq: u64,
    is_all: bool,
}

impl Batch {
    /// Takes `first` and every signal that is already there. `None` when signals were lost.
    fn begin(first: Signal, signals: &mut broadcast::Receiver<Signal>) -> Option<Self> {
        let common = [OnceLock::new(), OnceLock::new()];
        let mut batch =
            Self { signals: Vec::new(), special: Vec::new(), first: None, last: None, is_end: false, common };
        batch.add(first);
        while batch.signals.len() < MAX_BATCH {
            match signals.try_recv() {
                Ok(signal) => batch.add(signal),
                Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                Err(TryRecvError::Lagged(_)) => return None,
            }
        }
        Some(batch)
    }

    fn add(&mut self, signal: Signal) {
        match &signal {
            Signal::Gone => self.is_end = true,
            Signal::News(notice) => self.special.extend(notice.audience.into_iter().flatten()),
            Signal::Passing { from, .. } => self.special.push(*from),
            Signal::Entry(entry) => {
                self.special.extend(entry.leaver);
                self.special.extend(entry.audience.into_iter().flatten());
                self.first = self.first.or(Some(entry.seq));
                self.last = Some(entry.seq);
            }
        }
        self.signals.push(signal);
    }

    fn is_common_to(&self, visitor: VisitorId, seq: u64) -> bool {
        !self.is_end && self.first.is_none_or(|first| first == seq + 1) && !self.special.contains(&visitor)
    }

    fn common(&self, is_old: bool) -> &[u8] {
        self.common[usize::from(is_old)].get_or_init(|| {
            let mut frames = Vec::new();
            for signal in &self.signals {
                match signal {
                    Signal::Entry(entry) => put_text(&mut frames, &frame::for_others(entry, is_old)),
                    Signal::Passing { frame, .. } => put_text(&mut frames, frame),
                    Signal::News(Notice { frame, audience: None }) if !is_old => put_text(&mut frames, frame),
                    Signal::News(_) | Signal::Gone => {}
                }
            }
            frames
        })
    }

    fn part_for(&self, subscriber: &Subscriber, mut seq: u64) -> SocketFrames {
        let mut frames = Vec::new();
        for signal in &self.signals {
            match signal {
                Signal::Gone => return SocketFrames { frames, seq, is_all: false },
                Signal::Passing { from, .. } if *from == subscriber.visitor => {}
                Signal::Passing { frame, .. } => put_text(&mut frames, frame),
                Signal::News(notice) => {
                    if let Some(frame) = frame::notice_for(notice, subscriber.visitor, subscriber.is_old) {
                        put_text(&mut frames, &frame);
                    }
                }
                // A visitor who has left asks the store, which knows how the seat ended.
                Signal::Entry(entry) if entry.leaver == Some(subscriber.visitor) || entry.seq > seq + 1 => {
                    return SocketFrames { frames, seq, is_all: false };
                }
                Signal::Entry(entry) if entry.seq <= seq => {}
                Signal::Entry(entry) => {
                    seq = entry.seq;
                    put_text(&mut frames, &frame::for_visitor(entry, subscriber.visitor, subscriber.is_old));
                }
            }
        }
        SocketFrames { frames, seq, is_all: true }
    }
}

/// Writes what goes out in a room to its subscribers, until the room's channel is dropped. `attached` takes the subscribers that
/// were attached since its last call; it gives `None` when the channel is dropped.
pub async fn run(mut signals: broadcast::Receiver<Signal>, mut attached: impl FnMut() -> Option<Vec<Arc<Subscriber>>>) {
    let mut subscribers: Vec<Arc<Subscriber>> = Vec::new();
    loop {
        let batch = match signals.recv().await {
            Ok(first) => {
                // Messages that were stored together are sent by several tasks, and the first of them wakes this one at once.
                // After the others have had their turn, all go out in one batch.
                yield_now().await;
                Batch::begin(first, &mut signals)
            }
            Err(RecvError::Lagged(_)) => None,
            Err(RecvError::Closed) => return,
        };
        // This has to come after receiving, so that everybody who was attached before the signal was sent is written to.
        let Some(mut new) = attached() else { return };
        subscribers.append(&mut new);
        let Some(batch) = batch else {
            subscribers.drain(..).for_each(|subscriber| subscriber.detach());
            continue;
        };
        let began = Instant::now();
        let mut stay = Vec::with_capacity(subscribers.len());
        for (n, subscriber) in subscribers.drain(..).enumerate() {
            if n % YIELD_EVERY == YIELD_EVERY - 1 {
                yield_now().await;
                // The store's writer may wait for this core, and the system would let it wait for milliseconds.
                std::thread::yield_now();
            }
            if subscriber.write(&batch) {
                stay.push(subscriber);
            }
        }
        subscribers = stay;
        let took = began.elapsed();
        if took >= LONG_ROUND && (1..MAX_BATCH).contains(&signals.len()) {
            sleep((took / PAUSE_PART).min(MAX_PAUSE)).await;
        }
    }
}

#[cfg(test)]
mod tests;
