//! Reads a room's log for the port, and restores it.

use mongodb::bson::doc;
use mongodb::bson::oid::ObjectId;
use tokio::time::Instant;

use super::entries::{self, BATCH, find};
use super::entry_doc::EntryDoc;
use super::failure::Failure;
use super::schema::Db;
use super::values::{AsBson, Author, int};
use super::{RETRY_FOR, gifs, lookup, news};
use crate::store::{REPEATS, SEARCHED, Snapshot, seen_once, shown};
use chat::entry::{Entry, LogPage};
use chat::error::Error;
use chat::id::{RoomId, VisitorId};
use chat::policy;
use chat::shelf::Seen;

/// How many entries are read at first for each message of a page. Mostly there are fewer system lines than messages.
const LINES_PER_MESSAGE: u64 = 2;

// The log is read before the room. If the room still exists after that, none of the entries read had been removed.

pub async fn last_seq(db: &Db, room: RoomId) -> Result<u64, Error> {
    let seq = entries::end(db, room).await?;
    Ok(if lookup::exists(db, room).await? { seq } else { 0 })
}

pub async fn log(db: &Db, room: RoomId, after: u64, limit: u32) -> Result<Vec<Entry>, Error> {
    let read = read_after(db, room, after, limit).await?;
    Ok(if lookup::exists(db, room).await? { read } else { Vec::new() })
}

async fn read_after(db: &Db, room: RoomId, after: u64, limit: u32) -> Result<Vec<Entry>, Error> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let filter = doc! { "room": room.bson(), "seq": { "$gt": int(after) } };
    entries::read(find(db, "entries.after", filter, doc! { "seq": 1 }, limit.into()).await?)
}

pub async fn page_before(
    db: &Db,
    room: RoomId,
    visitor: VisitorId,
    before: u64,
    messages: u32,
) -> Result<LogPage, Error> {
    let seq = entries::end(db, room).await?;
    let (page, _) = read_page(db, room, visitor, before, messages, seq).await?;
    lookup::seat(db, room, visitor).await?;
    Ok(page)
}

pub async fn gifs_of_room(db: &Db, room: RoomId, visitor: VisitorId, limit: u32) -> Result<Vec<Seen>, Error> {
    lookup::seat(db, room, visitor).await?;
    if limit == 0 {
        return Ok(Vec::new());
    }
    let first = entries::end(db, room).await?.saturating_sub(SEARCHED);
    let filter = doc! {
        "room": room.bson(),
        "seq": { "$gt": int(first) },
        "what.gif.sha": { "$exists": true },
        "$or": entries::visible_to(visitor),
    };
    let found =
        find(db, "entries.gifs_of_room", filter, doc! { "seq": -1 }, limit.saturating_mul(REPEATS).into()).await?;
    Ok(seen_once(&entries::read(found)?, limit))
}

/// A page begins with a message, so that each system line is on exactly one page. Two pages may begin otherwise: the
/// oldest one, at the start of the log, and one that is cut at [`LogPage::MAX_LINES`]. Changes up to `seq`, at least, are
/// applied. Also returns the number of the last entry that was read (0 without one).
async fn read_page(
    db: &Db,
    room: RoomId,
    visitor: VisitorId,
    before: u64,
    messages: u32,
    seq: u64,
) -> Result<(LogPage, u64), Error> {
    let messages = u64::from(messages.max(1));
    let filter = doc! { "room": room.bson(), "seq": { "$lt": int(before) } };
    let mut lines = (messages + 1).saturating_mul(LINES_PER_MESSAGE).min(LogPage::MAX_LINES);
    loop {
        let newest_first = find(db, "entries.page", filter.clone(), doc! { "seq": -1 }, lines).await?;
        let is_all = lines == LogPage::MAX_LINES || (newest_first.len() as u64) < lines;
        if let Some(length) = page_length(&newest_first, messages, is_all) {
            let mut stretch = entries::read(newest_first.into_iter().take(length).collect())?;
            stretch.reverse();
            let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else {
                return Ok((LogPage { entries: stretch, more: false, first: 1, seq, gifs: Vec::new() }, 0));
            };
            let about = doc! { "$gte": int(first.seq), "$lte": int(last.seq) };
            let (first, last, more) = (first.seq, last.seq, first.seq > 1);
            let about = doc! { "room": room.bson(), "what.about": about };
            let changes = entries::read(find(db, "entries.about", about, doc! { "seq": 1 }, 0).await?)?;
            return Ok((
                LogPage { entries: shown(&stretch, &changes, visitor), more, first, seq, gifs: Vec::new() },
                last,
            ));
        }
        lines = LogPage::MAX_LINES;
    }
}

/// How many of these entries the page has. `None` when that depends on older ones.
fn page_length(newest_first: &[EntryDoc], messages: u64, is_all: bool) -> Option<usize> {
    let mut places = newest_first.iter().enumerate().filter(|(_, entry)| entry.is_message());
    let first = places.nth(usize::try_from(messages - 1).unwrap_or(usize::MAX));
    match (first, places.next()) {
        (Some((place, _)), Some(_)) => Some(place + 1),
        _ => is_all.then_some(newest_first.len()),
    }
}

/// The room and its log as they were at one moment, although nothing reads both at once:
///
/// - The news of a change is appended to the log after the change itself, and before the next change is made.
/// - So a room that is read after the end of the log contains every change that the log announces up to there.
/// - Once its news is appended, the log up to `told` announces every change that this room contains.
pub async fn snapshot(db: &Db, id: RoomId, visitor: VisitorId, messages: u32) -> Result<Snapshot, Error> {
    let deadline = Instant::now() + RETRY_FOR;
    while Instant::now() < deadline {
        let end = entries::end(db, id).await?;
        let mut document = lookup::document(db, id).await?;
        let told = match document.news.is_empty() {
            true => document.told,
            false => news::flush(db, &mut document, &mut None).await?,
        };
        let room = document.room();
        policy::seat_of(&room, visitor)?;
        let seq = end.max(told);
        let (page, last) = read_page(db, id, visitor, seq.saturating_add(1), messages, seq).await?;
        // If the last entries are missing, the room has ended meanwhile.
        if last == seq {
            return Ok(Snapshot { room, page, seq });
        }
    }
    Err(Error::Unavailable)
}

pub async fn restore(db: &Db, room: RoomId, entries: Vec<Entry>) -> Result<(), Error> {
    if !lookup::exists(db, room).await? {
        return Err(Error::NotFound);
    }
    for gif in gifs::shown(&entries) {
        gifs::touch(db, gif).await?;
    }
    let deadline = Instant::now() + RETRY_FOR;
    while Instant::now() < deadline {
        let end = entries::end(db, room).await?;
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
            match entries::insert(db, batch).await {
                Ok(()) => {}
                // Another caller restores the same log.
                Err(Failure::DuplicateKey { .. }) => break,
                Err(failure) => return Err(failure.into()),
            }
        }
    }
    Err(Error::Unavailable)
}
