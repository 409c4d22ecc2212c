//! What a change of a room tells, on its way from the room's document into the log.
//!
//! It is stored with the change, then appended, then struck from the document. Each step can be repeated, by any node,
//! and nobody changes the room again before it is done: so nothing is lost or told twice, and the log tells the changes
//! in their order.

use std::collections::HashMap;

use mongodb::bson::doc;
use mongodb::bson::oid::ObjectId;
use tokio::time::Instant;

use super::entry_doc::{EntryDoc, FactDoc};
use super::failure::Failure;
use super::room_doc::RoomDoc;
use super::schema::Db;
use super::values::{AsBson, Author, int};
use super::{PATIENCE, log, pause};
use crate::entry::{Entry, What};
use crate::error::Error;
use crate::id::RoomId;
use crate::record::NewEntry;

/// Sees to it that all of this is in the log, in its order, that messages it says are removed are empty, and gives the
/// entries it became. `end` is where the log
/// ends, as far as that is known.
pub async fn append(db: &Db, room: RoomId, facts: &[NewEntry], end: &mut Option<u64>) -> Result<Vec<Entry>, Error> {
    let mut stored: HashMap<_, Entry> = HashMap::new();
    let deadline = Instant::now() + PATIENCE;
    for attempt in 0.. {
        let missing: Vec<_> = facts.iter().filter(|fact| !stored.contains_key(&fact.client)).collect();
        if missing.is_empty() {
            break;
        }
        if Instant::now() > deadline {
            return Err(Error::Unavailable);
        }
        pause(attempt).await;
        let last = match *end {
            Some(last) => last,
            None => log::end(db, room).await?,
        };
        let entries: Vec<_> = (last + 1..).zip(missing).map(|(seq, fact)| fact.clone().numbered(seq)).collect();
        let documents: Vec<_> =
            entries.iter().map(|entry| EntryDoc::new(ObjectId::new(), room, Author::SYSTEM, entry)).collect();
        match log::insert(db, &documents).await {
            Ok(()) => {
                *end = Some(last + entries.len() as u64);
                stored.extend(entries.into_iter().map(|entry| (entry.client, entry)));
            }
            Err(Failure::Broken) => return Err(Error::Internal),
            // Others write too, or did this before us, or nobody knows.
            Err(Failure::Taken { .. } | Failure::Unavailable) => {
                *end = None;
                let clients = entries.iter().map(|entry| (Author::SYSTEM, entry.client));
                for found in log::by_clients(db, room, clients).await? {
                    let entry = found.entry()?;
                    stored.insert(entry.client, entry);
                }
            }
        }
    }
    for fact in facts {
        if let What::Removal { seq } = fact.what {
            log::empty(db, room, seq).await?;
        }
    }
    let mut entries: Vec<_> = stored.into_values().collect();
    entries.sort_by_key(|entry| entry.seq);
    Ok(entries)
}

/// Strikes the news of this state from the room's document. False when the room has changed since.
pub async fn strike(db: &Db, room: RoomId, rev: u64, told: u64) -> Result<bool, Failure> {
    let state = doc! { "_id": room.bson(), "rev": int(rev) };
    let strike = doc! { "$set": { "news": [] }, "$max": { "told": int(told) } };
    let struck = db.run("rooms.strike", db.rooms.update_one(state, strike)).await?;
    Ok(struck.matched_count == 1)
}

/// Appends the news in a room's document and strikes it; says where the log has all of it.
pub async fn flush(db: &Db, document: &mut RoomDoc, end: &mut Option<u64>) -> Result<u64, Error> {
    let news = std::mem::take(&mut document.news);
    let facts: Vec<_> = news.into_iter().map(FactDoc::fact).collect::<Result<_, _>>()?;
    let entries = append(db, document.id(), &facts, end).await?;
    let told = entries.last().map_or(0, |last| last.seq).max(document.told);
    // (Changed since: then whoever changed it has done all this before.)
    strike(db, document.id(), document.rev, told).await?;
    document.told = told;
    Ok(told)
}
