//! Changes of a room: applied one after the other in memory, then stored together, on condition that nobody else has
//! changed the room.

use std::collections::{HashSet, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc};
use serde::Deserialize;
use tokio::time::Instant;

use super::{Memory, Order, State, Work};
use crate::entry::Entry;
use crate::error::Error;
use crate::id::{ClientId, RoomId};
use crate::record::{NewEntry, Room};
use crate::store::mongo::entry_doc::FactDoc;
use crate::store::mongo::failure::Failure;
use crate::store::mongo::room_doc::RoomDoc;
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
        result = attempt_all(db, room, memory, &orders).await;
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

/// What each order is answered. `None` when somebody else has changed the room meanwhile.
async fn attempt_all(
    db: &Db,
    id: RoomId,
    memory: &mut Memory,
    orders: &[Order<Change>],
) -> Result<Option<Vec<Result<Updated, Error>>>, Error> {
    let before = memory.room(db, id).await?;
    let plan = Plan::make(db, &before, orders).await?;
    if plan.result.rev == before.rev {
        return Ok(Some(plan.answers(&[])));
    }
    if plan.result.is_gone() {
        // Nothing of its log is left, but whoever is there is told of the end.
        let end = log::end(db, id).await?;
        if !store(db, &before, end_of(&plan)).await? {
            memory.room = None;
            return Ok(None);
        }
        *memory = Memory::default();
        if rooms::clear(db, id).await.is_err() {
            tracing::warn!(room = %id, "what a gone room held stays until the next sweep");
        }
        let told: Vec<Entry> = (end + 1..).zip(plan.facts.clone()).map(|(seq, fact)| fact.numbered(seq)).collect();
        return Ok(Some(plan.answers(&told)));
    }
    if !store(db, &before, changes_of(&before, &plan)?).await? {
        memory.room = None;
        return Ok(None);
    }
    memory.room = Some(plan.result.clone());
    let told = match plan.facts.is_empty() {
        true => Vec::new(),
        false => news::append(db, id, &plan.facts, &mut memory.end).await?,
    };
    Ok(Some(plan.answers(&told)))
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

/// The update that stores a plan.
fn changes_of(before: &Room, plan: &Plan) -> Result<Document, Error> {
    let room = &plan.result;
    let news = plan.facts.iter().map(FactDoc::new).collect();
    let mut set = RoomDoc::new(room, news).into_changes()?;
    let mut unset = Document::new();
    // Who speaks notes it by themselves: left alone, unless this change is about it.
    if room.spoken_at != before.spoken_at {
        match room.spoken_at {
            Some(at) => set.insert("spoken_at", at.bson()),
            None => unset.insert("spoken_at", ""),
        };
    }
    let mut update = doc! { "$set": set };
    if !unset.is_empty() {
        update.insert("$unset", unset);
    }
    Ok(update)
}

/// The update that marks a room gone, and leaves nothing of it but the mark.
fn end_of(plan: &Plan) -> Document {
    let at = plan.facts.iter().map(|fact| fact.at).max().unwrap_or_else(now);
    doc! {
        "$set": {
            "rev": int(plan.result.rev), "gone_at": at.bson(), "seats": [], "bars": [], "unattended": 0_i64, "news": [],
            "stamp": ObjectId::new(),
        },
        "$unset": {
            "title": "", "capacity": "", "owner": "", "password": "", "created_at": "", "spoken_at": "", "card": "",
            "told": "",
        },
    }
}

fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Timestamp(since.map_or(0, |since| since.as_millis() as u64))
}

/// Stores a change of exactly this state. False when the room is no longer in it.
async fn store(db: &Db, before: &Room, update: Document) -> Result<bool, Error> {
    let state = doc! { "_id": before.id.bson(), "rev": int(before.rev) };
    let stamp = update.get_document("$set").ok().and_then(|set| set.get_object_id("stamp").ok());
    match db.run("rooms.change", db.rooms.update_one(state, update)).await {
        Ok(stored) => Ok(stored.matched_count == 1),
        Err(Failure::Unavailable) => is_stored(db, before.id, stamp).await,
        Err(failure) => Err(failure.into()),
    }
}

/// Whether the room bears this stamp: for who got no answer.
async fn is_stored(db: &Db, id: RoomId, stamp: Option<ObjectId>) -> Result<bool, Error> {
    #[derive(Deserialize)]
    struct Stamped {
        stamp: ObjectId,
    }
    let rooms = db.rooms.clone_with_type::<Stamped>();
    let found =
        db.run("rooms.stamp", rooms.find_one(doc! { "_id": id.bson() }).projection(doc! { "stamp": 1 })).await?;
    Ok(found.is_some_and(|found| Some(found.stamp) == stamp))
}
