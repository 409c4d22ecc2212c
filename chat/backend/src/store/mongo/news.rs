//! The news of a room: the entries that announce a change, on their way from the room's document into the log (an outbox).
//!
//! They are stored with the change, then appended to the log, and then removed from the document. Any node can repeat each
//! step, and the room is not changed again before all steps are done. So no entry is lost or appended twice, and the log
//! announces the changes in their order.

use std::borrow::Cow;
use std::collections::HashMap;

use mongodb::bson::doc;
use mongodb::bson::oid::ObjectId;
use tokio::time::Instant;

use super::emptying::empty_message;
use super::entry_doc::{EntryDoc, FactDoc};
use super::failure::Failure;
use super::room_doc::RoomDoc;
use super::schema::Db;
use super::values::{AsBson, Author, int};
use super::{RETRY_FOR, entries, pause};
use chat::entry::{Entry, Showing, What};
use chat::error::Error;
use chat::id::RoomId;
use chat::record::NewEntry;

/// Makes sure that all these facts are in the log, in their order, and that messages are empty whose removal they announce.
/// Returns their entries. `end` is the number of the last entry in the log, as far as it is known.
pub async fn append(db: &Db, room: RoomId, facts: &[NewEntry], end: &mut Option<u64>) -> Result<Vec<Entry>, Error> {
    let facts = without_showing_what_is_gone(db, room, facts).await?;
    let facts = &facts[..];
    let mut stored: HashMap<_, Entry> = HashMap::new();
    let deadline = Instant::now() + RETRY_FOR;
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
            None => entries::end(db, room).await?,
        };
        let entries: Vec<_> = (last + 1..).zip(missing).map(|(seq, fact)| fact.clone().numbered(seq)).collect();
        let documents: Vec<_> =
            entries.iter().map(|entry| EntryDoc::new(ObjectId::new(), room, Author::SYSTEM, entry)).collect();
        match entries::insert(db, &documents).await {
            Ok(()) => {
                *end = Some(last + entries.len() as u64);
                stored.extend(entries.into_iter().map(|entry| (entry.client, entry)));
            }
            Err(Failure::Broken) => return Err(Error::Internal),
            // Other writers append too, or have appended these facts already, or the outcome is unknown.
            Err(Failure::DuplicateKey { .. } | Failure::Unavailable) => {
                *end = None;
                let clients = entries.iter().map(|entry| (Author::SYSTEM, entry.client));
                for found in entries::by_clients(db, room, clients).await? {
                    let entry = found.entry()?;
                    stored.insert(entry.client, entry);
                }
            }
        }
    }
    for fact in facts {
        if let What::Removal { seq } = fact.what {
            empty_message(db, room, seq).await?;
        }
    }
    let mut entries: Vec<_> = stored.into_values().collect();
    entries.sort_by_key(|entry| entry.seq);
    Ok(entries)
}

/// These facts, in which a new [`Showing`] of a message that is already removed is emptied, so that nothing about that
/// message is stored. (A later removal empties the entry itself.)
async fn without_showing_what_is_gone<'f>(
    db: &Db,
    room: RoomId,
    facts: &'f [NewEntry],
) -> Result<Cow<'f, [NewEntry]>, Error> {
    if !facts.iter().any(|fact| matches!(fact.what, What::Showing { .. })) {
        return Ok(Cow::Borrowed(facts));
    }
    let mut facts = facts.to_vec();
    for fact in &mut facts {
        if let What::Showing { seq, showing } = &mut fact.what
            && !entries::is_there(db, room, *seq).await?
        {
            *showing = Showing::default();
        }
    }
    Ok(Cow::Owned(facts))
}

/// Removes the news of the state `rev` from the room's document. False when the room has changed since.
pub async fn remove(db: &Db, room: RoomId, rev: u64, told: u64) -> Result<bool, Failure> {
    let state = doc! { "_id": room.bson(), "rev": int(rev) };
    let removal = doc! { "$set": { "news": [] }, "$max": { "told": int(told) } };
    let removed = db.run("rooms.strike", db.rooms.update_one(state, removal)).await?;
    Ok(removed.matched_count == 1)
}

/// Appends the news in a room's document and removes it there. Returns the number up to which the log has all of it.
pub async fn flush(db: &Db, document: &mut RoomDoc, end: &mut Option<u64>) -> Result<u64, Error> {
    let news = std::mem::take(&mut document.news);
    let facts: Vec<_> = news.into_iter().map(FactDoc::fact).collect::<Result<_, _>>()?;
    let entries = append(db, document.id(), &facts, end).await?;
    let told = entries.last().map_or(0, |last| last.seq).max(document.told);
    // (If the room has changed since, the writer that changed it did all this first.)
    remove(db, document.id(), document.rev, told).await?;
    document.told = told;
    Ok(told)
}
