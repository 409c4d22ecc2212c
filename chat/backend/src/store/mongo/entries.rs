//! The collection of all entries: looking them up, inserting them and removing them.

use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc, serialize_to_bson};
use serde::Deserialize;

use super::entry_doc::{EntryDoc, WhatDoc};
use super::failure::Failure;
use super::schema::Db;
use super::values::{AsBson, Author, int, unwritable};
use super::{gifs, shelves};
use chat::entry::{Entry, What};
use chat::error::Error;
use chat::gif::GifHash;
use chat::id::{ClientId, RoomId, VisitorId};

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

/// Removes the content of a message, the changes of its [`Showing`](chat::entry::Showing), the GIFs of its reactions, and
/// the items on shelves that came from them. What remains is that the message existed, whose it was and, for a whisper,
/// whom it was for. May be repeated.
pub async fn empty(db: &Db, room: RoomId, seq: u64) -> Result<(), Error> {
    let Some(document) = find_one(db, room, seq).await? else { return Ok(()) };
    let message = document.entry()?;
    let empty = serialize_to_bson(&WhatDoc::new(&What::Removed, message.to.as_ref())).map_err(unwritable)?;
    let update = doc! { "$set": { "what": empty }, "$unset": { "reply": "", "showing": "" } };
    let gif = message.what.gif().map(|gif| gif.sha);
    // This is done before the update, because a repetition no longer knows the GIF, and again at the end, in case a sweep
    // came in between.
    if let Some(sha) = gif {
        gifs::doubt_all(db, &[sha]).await?;
    }
    db.run("entries.empty", db.entries.update_one(doc! { "room": room.bson(), "seq": int(seq) }, update)).await?;
    let about = doc! { "room": room.bson(), "what.about": int(seq), "what.showing": { "$exists": true } };
    let forget = doc! { "$unset": { "what.showing": "" } };
    db.run("entries.empty_about", db.entries.update_many(about, forget)).await?;
    shelves::remove_from(db, room, seq).await?;
    empty_reactions(db, room, seq).await?;
    if let Some(sha) = gif {
        gifs::doubt_all(db, &[sha]).await?;
    }
    Ok(())
}

/// Removes the GIFs of the reactions to a message.
async fn empty_reactions(db: &Db, room: RoomId, seq: u64) -> Result<(), Error> {
    let with = |field: &str| doc! { "room": room.bson(), "what.about": int(seq), field: { "$exists": true } };
    let reactions = read(find(db, "entries.reactions", with("what.gif.sha"), Document::new(), 0).await?)?;
    let shown: Vec<GifHash> = gifs::shown(&reactions).into_iter().collect();
    gifs::doubt_all(db, &shown).await?;
    let forget = doc! { "$unset": { "what.gif": "", "what.gif_off": "" } };
    for field in ["what.gif", "what.gif_off"] {
        db.run("entries.empty_reactions", db.entries.update_many(with(field), forget.clone())).await?;
    }
    for reaction in &reactions {
        shelves::remove_from(db, room, reaction.seq).await?;
    }
    Ok(gifs::doubt_all(db, &shown).await?)
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
