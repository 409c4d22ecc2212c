//! A room's log: appending to it and reading from it.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use serde::{Deserialize, Serialize};

use super::values::{Count, Json};
use super::{gifs, rooms, sql};
use crate::entry::{Entry, Page, Reply, Saying, What};
use crate::error::Error;
use crate::id::{ClientId, RoomId, VisitorId};
use crate::policy;
use crate::record::NewEntry;
use crate::store::{Appended, Snapshot, shown};
use crate::time::Timestamp;
use crate::visitor::Person;

/// How late a room's `spoken_at` may be: it is shown in minutes.
const SPOKEN_STEP_MS: u64 = 20_000;

/// Whom an entry names and what it says, as the column `body` keeps it.
#[derive(Serialize, Deserialize)]
struct Body<P, W, R> {
    person: P,
    what: W,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    to: Option<P>,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    reply: Option<R>,
}

/// A visitor's place in a room, as far as its log needs to know.
pub struct SeatInLog {
    pub person: Person,
    pub last_seq: u64,
}

/// The rule of [`policy::seat_of`], without reading the other seats.
pub fn seat_of(db: &Connection, room: RoomId, visitor: VisitorId) -> Result<SeatInLog, Error> {
    let (name, Count(last_seq)) = db
        .prepare_cached(sql::SEAT_OF)?
        .query_row(params![room, visitor], |row| Ok((row.get::<_, Option<Json<_>>>(0)?, row.get(1)?)))
        .optional()?
        .ok_or(Error::NotFound)?;
    let Some(Json(name)) = name else {
        let is_barred = rooms::bars(db, room)?.iter().any(|bar| bar.person.id == visitor);
        return Err(if is_barred { Error::Barred } else { Error::NotSeated });
    };
    Ok(SeatInLog { person: Person { id: visitor, name }, last_seq })
}

pub fn append(
    db: &Connection,
    room: RoomId,
    author: VisitorId,
    client: ClientId,
    saying: Saying,
    at: Timestamp,
) -> Result<Appended, Error> {
    let seat = seat_of(db, room, author)?;
    if let What::Gif(gif) = &saying.what {
        gifs::put_to_use(db, gif.sha)?;
    }
    let entry = NewEntry::said(at, seat.person, client, saying).numbered(seat.last_seq + 1);
    if !add(db, room, &entry)? {
        let entry = one(db, sql::ENTRY_BY_CLIENT, params![room, author, client])?;
        return Ok(Appended { entry, is_new: false });
    }
    if entry.is_public_message() {
        db.prepare_cached(sql::SET_SPOKEN)?.execute(params![room, at, Count(SPOKEN_STEP_MS)])?;
    }
    Ok(Appended { entry, is_new: true })
}

/// Appends what a change of the room tells, leaving out what is told already.
pub fn add_facts(db: &Connection, room: RoomId, facts: Vec<NewEntry>) -> Result<Vec<Entry>, Error> {
    let mut entries = Vec::with_capacity(facts.len());
    if facts.is_empty() {
        return Ok(entries);
    }
    let mut seq = last_seq(db, room)?;
    for fact in facts {
        let entry = fact.numbered(seq + 1);
        if add(db, room, &entry)? {
            seq = entry.seq;
            if let What::Removal { seq } = entry.what {
                empty(db, room, seq)?;
            }
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// Leaves of a message that it was there, and whose.
fn empty(db: &Connection, room: RoomId, seq: u64) -> Result<(), Error> {
    let mut message = one(db, sql::ENTRY, params![room, Count(seq)])?;
    let what = std::mem::replace(&mut message.what, What::Removed);
    let body = Body { person: &message.person, what: &message.what, to: message.to.as_ref(), reply: None::<Reply> };
    db.prepare_cached(sql::EMPTY_ENTRY)?.execute(params![room, Count(seq), Json(body)])?;
    if let What::Gif(gif) = what {
        gifs::doubt(db, gif.sha)?;
    }
    Ok(())
}

/// Stores entries as they are, from the last one stored on.
pub fn restore(db: &Connection, room: RoomId, entries: &[Entry]) -> Result<(), Error> {
    if !rooms::exists(db, room)? {
        return Err(Error::NotFound);
    }
    let last = last_seq(db, room)?;
    for (seq, entry) in (last + 1..).zip(entries.iter().skip_while(|entry| entry.seq <= last)) {
        if let What::Gif(gif) = &entry.what {
            gifs::put_to_use(db, gif.sha)?;
        }
        if entry.seq != seq || !add(db, room, entry)? {
            tracing::error!(%room, seq, found = entry.seq, "an entry that does not continue its room's log");
            return Err(Error::Internal);
        }
    }
    Ok(())
}

/// Stores an entry, unless one of its author's with this client id is there.
fn add(db: &Connection, room: RoomId, entry: &Entry) -> Result<bool, Error> {
    // The system's lines have an author of their own, so that their client ids are unique among themselves too.
    let author: &[u8] = if entry.is_said() { &entry.person.id.0 } else { &[] };
    let gif = match &entry.what {
        What::Gif(gif) => Some(gif.sha),
        _ => None,
    };
    let Entry { person, what, to, reply, .. } = entry;
    let body = Json(Body { person, what, to: to.as_ref(), reply: reply.as_ref() });
    let added = db.prepare_cached(sql::ADD_ENTRY)?.execute(params![
        room,
        Count(entry.seq),
        author,
        entry.client,
        entry.at,
        gif,
        to.as_ref().map(|to| to.id),
        what.about().map(Count),
        body
    ])?;
    Ok(added == 1)
}

pub fn last_seq(db: &Connection, room: RoomId) -> Result<u64, Error> {
    let seq = db.prepare_cached(sql::LAST_SEQ)?.query_row([room], |row| row.get(0)).optional()?;
    Ok(seq.map_or(0, |Count(seq)| seq))
}

pub fn snapshot(db: &Connection, id: RoomId, visitor: VisitorId, messages: u32) -> Result<Snapshot, Error> {
    let room = rooms::load(db, id)?;
    policy::seat_of(&room, visitor)?;
    let seq = last_seq(db, id)?;
    let page = page_before(db, id, visitor, seq + 1, messages)?;
    Ok(Snapshot { room, page, seq })
}

/// A page begins with a message, so that each system line is on exactly one page; the first page begins with the log.
pub fn page_before(
    db: &Connection,
    room: RoomId,
    visitor: VisitorId,
    before: u64,
    messages: u32,
) -> Result<Page, Error> {
    let seq = last_seq(db, room)?;
    let before = before.min(seq + 1);
    // Seqs have no holes: so many below `before` are so many lines. One more, to see whether there is a message before.
    let longest = before.saturating_sub(Page::MAX_LINES).max(1);
    let starts: Vec<Count> = db
        .prepare_cached(sql::PAGE_STARTS)?
        .query_map(params![room, Count(before), messages.saturating_sub(1), Count(longest)], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let start = match starts[..] {
        [Count(first), _] => first,
        _ => longest,
    };
    let stretch = params![room, Count(start), Count(before)];
    let entries = many(db, sql::ENTRIES_BETWEEN, stretch)?;
    let changes = many(db, sql::CHANGES_BETWEEN, stretch)?;
    Ok(Page { entries: shown(entries, &changes, visitor), more: start > 1, first: start, seq })
}

pub fn sent(db: &Connection, room: RoomId, author: VisitorId, client: ClientId) -> Result<Option<Entry>, Error> {
    let mut sent = db.prepare_cached(sql::ENTRY_BY_CLIENT)?;
    Ok(sent.query_row(params![room, author, client], read_entry).optional()?)
}

pub fn entry(db: &Connection, room: RoomId, visitor: VisitorId, seq: u64) -> Result<Entry, Error> {
    seat_of(db, room, visitor)?;
    let found = db.prepare_cached(sql::ENTRY)?.query_row(params![room, Count(seq)], read_entry).optional()?;
    found.filter(|entry| policy::may_see(entry, visitor)).ok_or(Error::Removed)
}

pub fn after(db: &Connection, room: RoomId, after: u64, limit: u32) -> Result<Vec<Entry>, Error> {
    many(db, sql::ENTRIES_AFTER, params![room, Count(after), limit])
}

fn one(db: &Connection, query: &str, params: impl Params) -> Result<Entry, Error> {
    Ok(db.prepare_cached(query)?.query_row(params, read_entry)?)
}

fn many(db: &Connection, query: &str, params: impl Params) -> Result<Vec<Entry>, Error> {
    Ok(db.prepare_cached(query)?.query_map(params, read_entry)?.collect::<Result<_, _>>()?)
}

/// An entry as every query here lists it.
fn read_entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let Json(Body { person, what, to, reply }) = row.get(3)?;
    let entry = NewEntry { at: row.get(1)?, person, client: row.get(2)?, what, to, reply };
    Ok(entry.numbered(row.get::<_, Count>(0)?.0))
}
