//! Changes of a room: applied one after the other in memory, then stored together, on condition that nobody else has
//! changed the room.

use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use serde::Deserialize;
use tokio::time::Instant;

use super::{Memory, Order, State, Work, difference};
use crate::entry::Entry;
use crate::error::Error;
use crate::id::{ClientId, RoomId};
use crate::record::{NewEntry, Room};
use crate::store::mongo::entry_doc::FactDoc;
use crate::store::mongo::failure::Failure;
use crate::store::mongo::room_doc::stamped;
use crate::store::mongo::schema::Db;
use crate::store::mongo::values::{AsBson, Author, int};
use crate::store::mongo::{PATIENCE, log, news, pause, rooms};
use crate::store::{RoomChange, Updated};
use crate::time::Timestamp;

/// Changes that are stored together.
pub const BATCH: usize = 64;

/// A change to be made.
pub struct Change(pub RoomChange);

impl Work for Change {
    type Output = Updated;

    fn queue(state: &mut State) -> &mut VecDeque<Order<Self>> {
        &mut state.changes
    }
}

pub(super) async fn change(db: &Db, room: RoomId, memory: &mut Memory, orders: Vec<Order<Change>>) {
    let deadline = Instant::now() + PATIENCE;
    let mut batch = Batch { id: room, orders: &orders, stamp: ObjectId::new(), unsure: None };
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
            for order in orders {
                order.answer(Err(error.clone()));
            }
            return;
        }
    };
    let last = done.iter().filter_map(|result| result.as_ref().ok()).flat_map(|updated| &updated.entries).last();
    let told = last.map(|entry| entry.seq);
    for (order, result) in orders.into_iter().zip(done) {
        order.answer(result);
    }
    // Nobody needs to wait for this: whoever finds news there sees to it.
    if let (Some(told), Some(state)) = (told, &memory.room)
        && !matches!(news::strike(db, room, state.rev, told).await, Ok(true))
    {
        memory.room = None;
    }
}

/// Changes that are stored together, until that has worked.
struct Batch<'a> {
    id: RoomId,
    orders: &'a [Order<Change>],
    /// The same in every attempt: a room that bears it has these changes.
    stamp: ObjectId,
    /// What an attempt has stored, or not.
    unsure: Option<Unsure>,
}

struct Unsure {
    plan: Plan,
    /// The state that it was to change.
    rev: u64,
    /// Where the log ended that goes with the room.
    end: Option<u64>,
}

/// What has become of an attempt that got no answer.
enum Fate {
    Stored,
    /// The room is, as far as a majority knows, as it was: it may be stored yet, and may be tried again.
    Open,
    /// The room has become something else.
    Lost,
}

impl Batch<'_> {
    /// What each order is answered. `None` when somebody else has changed the room meanwhile, or nobody knows.
    async fn attempt(&mut self, db: &Db, memory: &mut Memory) -> Result<Option<Vec<Result<Updated, Error>>>, Error> {
        if let Some(unsure) = self.unsure.take() {
            match fate(db, self.id, self.stamp, unsure.rev).await? {
                Fate::Stored => return self.finish(db, memory, unsure).await.map(Some),
                Fate::Open => self.unsure = Some(unsure),
                Fate::Lost => {}
            }
        }
        let before = match memory.room(db, self.id).await {
            // It has become something else since it was asked: what of it is ours has to be asked again.
            Ok(before) if self.unsure.as_ref().is_some_and(|unsure| unsure.rev != before.rev) => return Ok(None),
            Err(Error::NotFound) if self.unsure.is_some() => return Ok(None),
            before => before?,
        };
        let plan = Plan::make(db, &before, self.orders).await?;
        let rev = before.rev;
        if plan.result.rev == rev {
            return Ok(Some(plan.answers(&[])));
        }
        let (update, end) = if plan.result.is_gone() {
            // Nothing of its log is left, but whoever is there is told of the end.
            (end_of(&plan, self.stamp), Some(log::end(db, self.id).await?))
        } else {
            let news = plan.facts.iter().map(FactDoc::new).collect();
            (difference::update(&before, &plan.result, news, self.stamp)?, None)
        };
        let state = doc! { "_id": self.id.bson(), "rev": int(rev) };
        match db.run("rooms.change", db.rooms.update_one(state, update)).await {
            Ok(stored) if stored.matched_count == 1 => {
                memory.room = Some(plan.result.clone());
                self.finish(db, memory, Unsure { plan, rev, end }).await.map(Some)
            }
            Ok(_) => {
                memory.room = None;
                Ok(None)
            }
            Err(Failure::Unavailable) => {
                memory.room = None;
                self.unsure = Some(Unsure { plan, rev, end });
                Ok(None)
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// All is stored: tells of it, and what to answer.
    async fn finish(&self, db: &Db, memory: &mut Memory, stored: Unsure) -> Result<Vec<Result<Updated, Error>>, Error> {
        let Unsure { plan, end, .. } = stored;
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

/// Whether the room bears this stamp: for who got no answer to a change of its state `rev`.
async fn fate(db: &Db, id: RoomId, stamp: ObjectId, rev: u64) -> Result<Fate, Error> {
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
        Some(found) if found.stamps.contains(&stamp) => Fate::Stored,
        Some(found) if found.rev == rev => Fate::Open,
        _ => Fate::Lost,
    })
}

/// What one change after the other leads to.
struct Plan {
    steps: Vec<Result<Step, Error>>,
    facts: Vec<NewEntry>,
    result: Room,
}

struct Step {
    room: Room,
    /// What it tells, as places in the plan's facts.
    facts: std::ops::Range<usize>,
}

impl Plan {
    async fn make(db: &Db, before: &Room, orders: &[Order<Change>]) -> Result<Self, Error> {
        let mut plan = Self { steps: Vec::with_capacity(orders.len()), facts: Vec::new(), result: before.clone() };
        let mut told = HashSet::new();
        for order in orders {
            let step = plan.step(db, &order.work, &mut told).await;
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
            // Only what was never told before is a change then.
            let clients = facts.iter().map(|fact| (Author::SYSTEM, fact.client));
            let stored = log::by_clients(db, before.id, clients).await?;
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

    /// Each change's own room and entries.
    fn answers(self, told: &[Entry]) -> Vec<Result<Updated, Error>> {
        let facts = self.facts;
        let updated = |step: Step| {
            let own = |entry: &&Entry| facts[step.facts.clone()].iter().any(|fact| fact.client == entry.client);
            Updated { entries: told.iter().filter(own).cloned().collect(), room: step.room }
        };
        self.steps.into_iter().map(|step| step.map(updated)).collect()
    }
}

/// The update that marks a room gone, and leaves nothing of it but the mark.
fn end_of(plan: &Plan, stamp: ObjectId) -> Document {
    let at = plan.facts.iter().map(|fact| fact.at).max().unwrap_or_else(now);
    let end = doc! {
        "$set": {
            "rev": int(plan.result.rev), "gone_at": at.bson(), "seats": [], "bars": [], "unattended": 0_i64, "news": [],
        },
        "$unset": {
            "title": "", "capacity": "", "owner": "", "password": "", "created_at": "", "spoken_at": "", "card": "",
            "told": "", "password_rev": "", "slow": "",
        },
    };
    stamped(end, stamp)
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp(since.map_or(0, |since| since.as_millis() as u64))
}
