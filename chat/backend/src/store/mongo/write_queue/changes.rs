//! Changes of a room. They are applied one after the other in memory, and then stored in one update, on condition that
//! the stored room has not changed meanwhile.

use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use serde::Deserialize;
use tokio::time::Instant;

use super::{Job, Memory, State, Work, difference};
use crate::store::mongo::entry_doc::FactDoc;
use crate::store::mongo::failure::Failure;
use crate::store::mongo::room_doc::stamped;
use crate::store::mongo::schema::Db;
use crate::store::mongo::values::{AsBson, Author, int};
use crate::store::mongo::{RETRY_FOR, entries, news, pause, rooms};
use crate::store::{RoomChange, Updated};
use chat::entry::Entry;
use chat::error::Error;
use chat::id::{ClientId, RoomId};
use chat::record::{NewEntry, Room};
use chat::time::Timestamp;

/// The most changes that are stored together.
pub const BATCH: usize = 64;

/// A change to be made.
pub struct Change(pub RoomChange);

impl Work for Change {
    type Output = Updated;

    fn queue(state: &mut State) -> &mut VecDeque<Job<Self>> {
        &mut state.changes
    }
}

pub(super) async fn change(db: &Db, room: RoomId, memory: &mut Memory, jobs: Vec<Job<Change>>) {
    let deadline = Instant::now() + RETRY_FOR;
    let mut batch = Batch { id: room, jobs: &jobs, stamp: ObjectId::new(), unconfirmed: None };
    let mut result = Ok(None);
    for attempt in 0.. {
        if !matches!(result, Ok(None)) {
            break;
        }
        if Instant::now() > deadline {
            result = Err(Error::Unavailable);
            break;
        }
        pause(attempt).await;
        result = batch.attempt(db, memory).await;
    }
    let done = match result {
        Ok(done) => done.unwrap_or_default(),
        Err(error) => {
            *memory = Memory::default();
            for job in jobs {
                job.answer(Err(error.clone()));
            }
            return;
        }
    };
    let last = done.iter().filter_map(|result| result.as_ref().ok()).flat_map(|updated| &updated.entries).last();
    let told = last.map(|entry| entry.seq);
    for (job, result) in jobs.into_iter().zip(done) {
        job.answer(result);
    }
    // No caller waits for this. If it fails, the next operation that finds the news repeats it.
    if let (Some(told), Some(state)) = (told, &memory.room)
        && !matches!(news::remove(db, room, state.rev, told).await, Ok(true))
    {
        memory.room = None;
    }
}

/// Changes that are stored together, with the state of the attempts to do so.
struct Batch<'a> {
    id: RoomId,
    jobs: &'a [Job<Change>],
    /// The same in every attempt. A room that has this stamp contains these changes.
    stamp: ObjectId,
    /// An attempt that got no answer, and may be stored or not.
    unconfirmed: Option<Attempt>,
}

/// An attempt to store all changes of a batch.
struct Attempt {
    plan: Plan,
    /// The `rev` of the state that it changes.
    rev: u64,
    /// The number of the last entry in the log, if the changes end the room.
    end: Option<u64>,
}

/// What became of an attempt that got no answer.
enum Outcome {
    Stored,
    /// A majority of the replicas still has the room as it was. The attempt may yet be stored, and may be repeated.
    Pending,
    /// The room has changed without this attempt.
    Lost,
}

impl Batch<'_> {
    /// The answer to each job. `None` when another attempt is needed: the room was changed meanwhile, or the outcome is unknown.
    async fn attempt(&mut self, db: &Db, memory: &mut Memory) -> Result<Option<Vec<Result<Updated, Error>>>, Error> {
        if let Some(attempt) = self.unconfirmed.take() {
            match outcome(db, self.id, self.stamp, attempt.rev).await? {
                Outcome::Stored => return self.finish(db, memory, attempt).await.map(Some),
                Outcome::Pending => self.unconfirmed = Some(attempt),
                Outcome::Lost => {}
            }
        }
        let before = match memory.room(db, self.id).await {
            // The room has changed since the outcome was looked up, so it has to be looked up again.
            Ok(before) if self.unconfirmed.as_ref().is_some_and(|attempt| attempt.rev != before.rev) => {
                return Ok(None);
            }
            Err(Error::NotFound) if self.unconfirmed.is_some() => return Ok(None),
            before => before?,
        };
        let plan = Plan::make(db, &before, self.jobs).await?;
        let rev = before.rev;
        if plan.result.rev == rev {
            return Ok(Some(plan.answers(&[])));
        }
        let (update, end) = if plan.result.is_gone() {
            // Nothing of the log will be left, but the people who are there still get numbered entries about the end.
            (tombstone(&plan, self.stamp), Some(entries::end(db, self.id).await?))
        } else {
            let news = plan.facts.iter().map(FactDoc::new).collect();
            (difference::update(&before, &plan.result, news, self.stamp)?, None)
        };
        let state = doc! { "_id": self.id.bson(), "rev": int(rev) };
        match db.run("rooms.change", db.rooms.update_one(state, update)).await {
            Ok(stored) if stored.matched_count == 1 => {
                memory.room = Some(plan.result.clone());
                self.finish(db, memory, Attempt { plan, rev, end }).await.map(Some)
            }
            Ok(_) => {
                memory.room = None;
                Ok(None)
            }
            Err(Failure::Unavailable) => {
                memory.room = None;
                self.unconfirmed = Some(Attempt { plan, rev, end });
                Ok(None)
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Appends the news of changes that are stored, or clears the room if they end it. Returns the answer to each job.
    async fn finish(
        &self,
        db: &Db,
        memory: &mut Memory,
        stored: Attempt,
    ) -> Result<Vec<Result<Updated, Error>>, Error> {
        let Attempt { plan, end, .. } = stored;
        let Some(end) = end else {
            let told = match plan.facts.is_empty() {
                true => Vec::new(),
                false => news::append(db, self.id, &plan.facts, &mut memory.end).await?,
            };
            return Ok(plan.answers(&told));
        };
        *memory = Memory::default();
        if rooms::clear(db, self.id).await.is_err() {
            tracing::warn!(room = %self.id, "what a gone room held stays until the next sweep");
        }
        let told: Vec<Entry> = (end + 1..).zip(plan.facts.clone()).map(|(seq, fact)| fact.numbered(seq)).collect();
        Ok(plan.answers(&told))
    }
}

/// What became of a change of the room's state `rev` that got no answer: whether the room has its stamp.
async fn outcome(db: &Db, id: RoomId, stamp: ObjectId, rev: u64) -> Result<Outcome, Error> {
    #[derive(Deserialize)]
    struct Stamped {
        rev: u64,
        #[serde(default)]
        stamps: Vec<ObjectId>,
    }
    let rooms = db.rooms.clone_with_type::<Stamped>();
    let fields = doc! { "rev": 1, "stamps": 1 };
    let found = db.run("rooms.stamp", rooms.find_one(doc! { "_id": id.bson() }).projection(fields)).await?;
    Ok(match found {
        Some(found) if found.stamps.contains(&stamp) => Outcome::Stored,
        Some(found) if found.rev == rev => Outcome::Pending,
        _ => Outcome::Lost,
    })
}

/// The result of applying all changes of a batch, one after the other.
struct Plan {
    steps: Vec<Result<Step, Error>>,
    facts: Vec<NewEntry>,
    result: Room,
}

struct Step {
    room: Room,
    /// The range of the plan's facts that this change added.
    facts: std::ops::Range<usize>,
}

impl Plan {
    async fn make(db: &Db, before: &Room, jobs: &[Job<Change>]) -> Result<Self, Error> {
        let mut plan = Self { steps: Vec::with_capacity(jobs.len()), facts: Vec::new(), result: before.clone() };
        let mut told = HashSet::new();
        for job in jobs {
            let step = plan.step(db, &job.work, &mut told).await;
            plan.steps.push(step);
        }
        Ok(plan)
    }

    async fn step(&mut self, db: &Db, change: &Change, told: &mut HashSet<ClientId>) -> Result<Step, Error> {
        let before = &self.result;
        if before.is_gone() {
            return Err(Error::NotFound);
        }
        let mut room = before.clone();
        let applied = catch_unwind(AssertUnwindSafe(|| (change.0)(&mut room))).unwrap_or_else(|_| {
            tracing::error!("a change of a room panicked");
            Err(Error::Internal)
        });
        let mut facts = applied?;
        facts.retain(|fact| !told.contains(&fact.client));
        if room == *before && !facts.is_empty() {
            // Facts alone are a change only if they are not in the log yet.
            let clients = facts.iter().map(|fact| (Author::SYSTEM, fact.client));
            let stored = entries::by_clients(db, before.id, clients).await?;
            facts.retain(|fact| stored.iter().all(|entry| entry.client() != fact.client));
        }
        if room != *before || !facts.is_empty() {
            room.rev = before.rev + 1;
        }
        let begin = self.facts.len();
        facts.retain(|fact| told.insert(fact.client));
        self.facts.extend(facts);
        self.result = room.clone();
        Ok(Step { room, facts: begin..self.facts.len() })
    }

    /// The room and the entries that each change led to.
    fn answers(self, told: &[Entry]) -> Vec<Result<Updated, Error>> {
        let facts = self.facts;
        let updated = |step: Step| {
            let own = |entry: &&Entry| facts[step.facts.clone()].iter().any(|fact| fact.client == entry.client);
            Updated { entries: told.iter().filter(own).cloned().collect(), room: step.room }
        };
        self.steps.into_iter().map(|step| step.map(updated)).collect()
    }
}

/// The update that turns a room into a tombstone, which records when the room ended.
fn tombstone(plan: &Plan, stamp: ObjectId) -> Document {
    let at = plan.facts.iter().map(|fact| fact.at).max().unwrap_or_else(now);
    let end = doc! {
        "$set": {
            "rev": int(plan.result.rev), "gone_at": at.bson(), "seats": [], "bars": [], "unattended": 0_i64, "news": [],
        },
        "$unset": {
            "title": "", "capacity": "", "owner": "", "password": "", "created_at": "", "spoken_at": "", "card": "",
            "told": "", "password_rev": "", "slow": "", "outside": "", "veil": "",
        },
    };
    stamped(end, stamp)
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp(since.map_or(0, |since| since.as_millis() as u64))
}
