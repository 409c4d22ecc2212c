//! A room's log: reading from it, and putting numbered entries into it.

use futures_util::TryStreamExt;
use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Document, doc, serialize_to_bson};
use serde::Deserialize;
use tokio::time::Instant;

use super::entry_doc::{EntryDoc, WhatDoc};
use super::failure::Failure;
use super::schema::Db;
use super::values::{AsBson, Author, int, unwritable};
use super::{PATIENCE, gifs, news, rooms};
use crate::entry::{Entry, Page, What};
use crate::error::Error;
use crate::id::{ClientId, RoomId, VisitorId};
use crate::policy;
use crate::store::{Snapshot, shown};

/// Entries that go in together.
pub const BATCH: usize = 256;

/// Entries read at first for a page, for each message of it: mostly there are fewer system lines than messages.
const LINES_PER_MESSAGE: u64 = 2;

/// The end of the log as it is stored, whatever the room is.
pub async fn end(db: &Db, room: RoomId) -> Result<u64, Failure> {
    #[derive(Deserialize)]
    struct Numbered {
        seq: u64,
    }
    let entries = db.entries.clone_with_type::<Numbered>();
    let last = entries.find_one(doc! { "room": room.bson() }).sort(doc! { "seq": -1 }).projection(doc! { "seq": 1 });
    Ok(db.run("entries.last", last).await?.map_or(0, |last| last.seq))
}

/// Inserts entries in their order; what comes after one whose number or client id is taken is not inserted.
pub async fn insert(db: &Db, entries: &[EntryDoc]) -> Result<(), Failure> {
    db.run("entries.insert", db.entries.insert_many(entries)).await.map(drop)
}

/// Which of these client ids are stored, with the entries they became.
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

async fn find(
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

fn entries(documents: Vec<EntryDoc>) -> Result<Vec<Entry>, Error> {
    documents.into_iter().map(EntryDoc::entry).collect()
}

// What is read of the log is read before the room: when the room is there then, none of its entries had been removed.

pub async fn last_seq(db: &Db, room: RoomId) -> Result<u64, Error> {
    let seq = end(db, room).await?;
    Ok(if rooms::exists(db, room).await? { seq } else { 0 })
}

pub async fn log(db: &Db, room: RoomId, after: u64, limit: u32) -> Result<Vec<Entry>, Error> {
    let read = read_after(db, room, after, limit).await?;
    Ok(if rooms::exists(db, room).await? { read } else { Vec::new() })
}

async fn read_after(db: &Db, room: RoomId, after: u64, limit: u32) -> Result<Vec<Entry>, Error> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let filter = doc! { "room": room.bson(), "seq": { "$gt": int(after) } };
    entries(find(db, "entries.after", filter, doc! { "seq": 1 }, limit.into()).await?)
}

pub async fn page_before(db: &Db, room: RoomId, visitor: VisitorId, before: u64, messages: u32) -> Result<Page, Error> {
    let seq = end(db, room).await?;
    let (page, _) = read_page(db, room, visitor, before, messages, seq).await?;
    rooms::seat(db, room, visitor).await?;
    Ok(page)
}

pub async fn entry(db: &Db, room: RoomId, visitor: VisitorId, seq: u64) -> Result<Entry, Error> {
    let found = find_one(db, room, seq).await?;
    rooms::seat(db, room, visitor).await?;
    let entry = found.map(EntryDoc::entry).transpose()?;
    entry.filter(|entry| policy::may_see(entry, visitor)).ok_or(Error::Removed)
}

async fn find_one(db: &Db, room: RoomId, seq: u64) -> Result<Option<EntryDoc>, Failure> {
    db.run("entries.one", db.entries.find_one(doc! { "room": room.bson(), "seq": int(seq) })).await
}

/// Leaves of a message that it was there, and whose. May be repeated.
pub async fn empty(db: &Db, room: RoomId, seq: u64) -> Result<(), Error> {
    let Some(document) = find_one(db, room, seq).await? else { return Ok(()) };
    let message = document.entry()?;
    let empty = serialize_to_bson(&WhatDoc::new(&What::Removed, message.to.as_ref())).map_err(unwritable)?;
    let update = doc! { "$set": { "what": empty }, "$unset": { "reply": "" } };
    let gif = match message.what {
        What::Gif(gif) => Some(gif.sha),
        _ => None,
    };
    // Before, because who does this again does not know the GIF any more; and after, should a sweep have come between.
    if let Some(sha) = gif {
        gifs::doubt(db, sha).await?;
    }
    db.run("entries.empty", db.entries.update_one(doc! { "room": room.bson(), "seq": int(seq) }, update)).await?;
    if let Some(sha) = gif {
        gifs::doubt(db, sha).await?;
    }
    Ok(())
}

/// A page begins with a message, so that each system line is on exactly one page; the first page begins with the log.
/// Changes up to `seq`, at least, are applied. Says also where the stretch ends.
async fn read_page(
    db: &Db,
    room: RoomId,
    visitor: VisitorId,
    before: u64,
    messages: u32,
    seq: u64,
) -> Result<(Page, u64), Error> {
    let messages = u64::from(messages.max(1));
    let filter = doc! { "room": room.bson(), "seq": { "$lt": int(before) } };
    let mut lines = (messages + 1).saturating_mul(LINES_PER_MESSAGE).min(Page::MAX_LINES);
    loop {
        let newest_first = find(db, "entries.page", filter.clone(), doc! { "seq": -1 }, lines).await?;
        let is_all = lines == Page::MAX_LINES || (newest_first.len() as u64) < lines;
        if let Some(length) = page_length(&newest_first, messages, is_all) {
            let mut stretch = entries(newest_first.into_iter().take(length).collect())?;
            stretch.reverse();
            let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else {
                return Ok((Page { entries: stretch, more: false, first: 1, seq }, 0));
            };
            let about = doc! { "$gte": int(first.seq), "$lte": int(last.seq) };
            let (first, last, more) = (first.seq, last.seq, first.seq > 1);
            let about = doc! { "room": room.bson(), "what.about": about };
            let changes = entries(find(db, "entries.about", about, doc! { "seq": 1 }, 0).await?)?;
            return Ok((Page { entries: shown(stretch, &changes, visitor), more, first, seq }, last));
        }
        lines = Page::MAX_LINES;
    }
}

/// How many of these lines the page has. `None` when that depends on older ones.
fn page_length(newest_first: &[EntryDoc], messages: u64, is_all: bool) -> Option<usize> {
    let mut places = newest_first.iter().enumerate().filter(|(_, entry)| entry.is_message());
    let first = places.nth(usize::try_from(messages - 1).unwrap_or(usize::MAX));
    match (first, places.next()) {
        (Some((place, _)), Some(_)) => Some(place + 1),
        _ => is_all.then_some(newest_first.len()),
    }
}

/// Room and log as they were at one moment, without anything that reads both at once:
///
/// - What a change of the room tells is in the log before the next change is made, and only after the change itself.
/// - So whatever the log tells up to its end, read first, the room knows, read then.
/// - And all that this state of the room tells is in the log up to `told`, once there is no news.
pub async fn snapshot(db: &Db, id: RoomId, visitor: VisitorId, messages: u32) -> Result<Snapshot, Error> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let end = end(db, id).await?;
        let mut document = rooms::document(db, id).await?;
        let told = match document.news.is_empty() {
            true => document.told,
            false => news::flush(db, &mut document, &mut None).await?,
        };
        let room = document.room();
        policy::seat_of(&room, visitor)?;
        let seq = end.max(told);
        let (page, last) = read_page(db, id, visitor, seq.saturating_add(1), messages, seq).await?;
        // Else the room has ended meanwhile.
        if last == seq {
            return Ok(Snapshot { room, page, seq });
        }
    }
    Err(Error::Unavailable)
}

pub async fn restore(db: &Db, room: RoomId, entries: Vec<Entry>) -> Result<(), Error> {
    if !rooms::exists(db, room).await? {
        return Err(Error::NotFound);
    }
    for gif in gifs::shown(&entries) {
        gifs::touch(db, gif).await?;
    }
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let end = end(db, room).await?;
        let mut documents = Vec::new();
        for (seq, entry) in (end + 1..).zip(entries.iter().filter(|entry| entry.seq > end)) {
            if entry.seq != seq {
                return Err(Error::Internal);
            }
            documents.push(EntryDoc::new(ObjectId::new(), room, Author::of(entry), entry));
        }
        if documents.is_empty() {
            return Ok(());
        }
        for batch in documents.chunks(BATCH) {
            match insert(db, batch).await {
                Ok(()) => {}
                // Somebody else restores it too.
                Err(Failure::Taken { .. }) => break,
                Err(failure) => return Err(failure.into()),
            }
        }
    }
    Err(Error::Unavailable)
}

/// Removes a gone room's entries up to this one.
pub async fn remove(db: &Db, room: RoomId, upto: u64) -> Result<(), Failure> {
    let some = doc! { "room": room.bson(), "seq": { "$lte": int(upto) } };
    db.run("entries.remove", db.entries.delete_many(some)).await.map(drop)
}
