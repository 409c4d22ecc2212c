//! The collection of all entries: looking them up, inserting them and removing them.

use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};
use serde::Deserialize;

use super::entry_doc::EntryDoc;
use super::failure::Failure;
use super::lookup;
use super::schema::Db;
use super::values::{AsBson, Author, Id, int};
use crate::store::Sight;
use chat::entry::Entry;
use chat::error::Error;
use chat::gif::GifHash;
use chat::id::{ClientId, RoomId, VisitorId};
use chat::policy;

/// The most entries that are inserted together.
pub const BATCH: usize = 256;

/// The number of the last entry that is stored, or 0. The room may be gone.
pub async fn end(db: &Db, room: RoomId) -> Result<u64, Failure> {
    #[derive(Deserialize)]
    struct Numbered {
        seq: u64,
    }
    let entries = db.entries.clone_with_type::<Numbered>();
    let last = entries.find_one(doc! { "room": room.bson() }).sort(doc! { "seq": -1 }).projection(doc! { "seq": 1 });
    Ok(db.run("entries.last", last).await?.map_or(0, |last| last.seq))
}

/// Inserts entries in their order, up to the first one whose number or client id is taken.
pub async fn insert(db: &Db, entries: &[EntryDoc]) -> Result<(), Failure> {
    db.run("entries.insert", db.entries.insert_many(entries)).await.map(drop)
}

/// The stored entries that have one of these client ids.
pub async fn by_clients(
    db: &Db,
    room: RoomId,
    clients: impl IntoIterator<Item = (Author, ClientId)>,
) -> Result<Vec<EntryDoc>, Failure> {
    let any: Vec<Document> = clients
        .into_iter()
        .map(|(author, client)| doc! { "room": room.bson(), "author": author.bson(), "client": client.bson() })
        .collect();
    match any.is_empty() {
        true => Ok(Vec::new()),
        false => {
            let found = async { db.entries.find(doc! { "$or": any }).await?.try_collect().await };
            db.run("entries.by_client", found).await
        }
    }
}

/// Up to `limit` of these entries (0: all of them), in this order.
pub async fn find(
    db: &Db,
    name: &'static str,
    filter: Document,
    order: Document,
    limit: u64,
) -> Result<Vec<EntryDoc>, Failure> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let found = async { db.entries.find(filter).sort(order).limit(limit).await?.try_collect().await };
    db.run(name, found).await
}

/// The rule of [`chat::policy::may_see`] for what people say, as alternatives of a filter.
pub fn visible_to(visitor: VisitorId) -> Vec<Document> {
    let everybody = doc! { "what.to": { "$exists": false } };
    vec![everybody, doc! { "what.to.id": visitor.bson() }, doc! { "author": visitor.bson() }]
}

/// [`visible_to`] for entries that show a GIF in `rooms`, which is a room or a condition. First come those that everybody sees,
/// and then those that only whispers show. Each alternative has an index, so that no whispers of other people are read.
pub fn showing(sha: GifHash, rooms: impl Into<Bson>, visitor: VisitorId) -> [Document; 3] {
    let rooms = rooms.into();
    // (A missing field counts as null.)
    [("what.to.id", Bson::Null), ("what.to.id", visitor.bson()), ("author", visitor.bson())]
        .map(|(field, value)| doc! { "what.gif.sha": sha.bson(), "room": rooms.clone(), field: value })
}

/// Converts documents to entries.
pub fn read(documents: Vec<EntryDoc>) -> Result<Vec<Entry>, Error> {
    documents.into_iter().map(EntryDoc::entry).collect()
}

/// The entry with this number.
pub async fn find_one(db: &Db, room: RoomId, seq: u64) -> Result<Option<EntryDoc>, Failure> {
    db.run("entries.one", db.entries.find_one(doc! { "room": room.bson(), "seq": int(seq) })).await
}

/// An entry, for a visitor who is seated there and may see it. As in `log.rs`, the room is read last.
pub async fn seen_by(db: &Db, room: RoomId, visitor: VisitorId, seq: u64) -> Result<Entry, Error> {
    let found = find_one(db, room, seq).await?;
    lookup::seat(db, room, visitor).await?;
    let entry = found.map(EntryDoc::entry).transpose()?;
    entry.filter(|entry| policy::may_see(entry, visitor)).ok_or(Error::Removed)
}

/// How a visitor sees a GIF in a room.
pub async fn sight(db: &Db, room: RoomId, visitor: VisitorId, sha: GifHash) -> Result<Sight, Error> {
    lookup::seat(db, room, visitor).await?;
    // (System lines show no GIFs, so the author is the person of the entry. If everybody saw the author's entry, the first
    // filter would have found it.)
    let [public, to_them, by_them] = showing(sha, room.bson(), visitor);
    for (sight, filter) in [(Sight::Public, public), (Sight::Whispered, doc! { "$or": [to_them, by_them] })] {
        if room_with(db, filter).await?.is_some() {
            return Ok(sight);
        }
    }
    Err(Error::NotFound)
}

/// A room with an entry that matches this filter.
pub async fn room_with(db: &Db, entry: Document) -> Result<Option<RoomId>, Failure> {
    #[derive(Deserialize)]
    struct Showing {
        room: Id,
    }
    let entries = db.entries.clone_with_type::<Showing>();
    let found = db.run("entries.with_gif", entries.find_one(entry).projection(doc! { "room": 1 })).await?;
    Ok(found.map(|entry| RoomId(entry.room.0)))
}

/// Whether this message is there and was not removed.
pub async fn is_there(db: &Db, room: RoomId, seq: u64) -> Result<bool, Error> {
    let found = find_one(db, room, seq).await?.map(EntryDoc::entry).transpose()?;
    Ok(found.is_some_and(|entry| entry.what.is_there()))
}

/// Removes a gone room's entries up to number `upto`.
pub async fn remove(db: &Db, room: RoomId, upto: u64) -> Result<(), Failure> {
    let some = doc! { "room": room.bson(), "seq": { "$lte": int(upto) } };
    db.run("entries.remove", db.entries.delete_many(some)).await.map(drop)
}
