//! The entries of all rooms: how they are stored, and reading those that a query finds.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use serde::{Deserialize, Serialize};

use super::values::{Count, Failure, Json, time};
use super::{lookup, sql};
use chat::entry::{Entry, Reply, Showing, What};
use chat::error::Error;
use chat::id::{ClientId, RoomId, VisitorId};
use chat::policy;
use chat::record::NewEntry;
use chat::visitor::Person;

/// The JSON in the column `body`: whom an entry names and what it says.
#[derive(Serialize, Deserialize)]
struct Body<P, W, R, S> {
    person: P,
    what: W,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    to: Option<P>,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    reply: Option<R>,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    showing: Option<S>,
}

impl<'a> Body<&'a Person, &'a What, &'a Reply, &'a Showing> {
    fn of(entry: &'a Entry) -> Self {
        let Entry { person, what, to, reply, showing, .. } = entry;
        let showing = (!showing.is_plain()).then_some(showing);
        Self { person, what, to: to.as_ref(), reply: reply.as_ref(), showing }
    }
}

/// The person in a seat, and the number of the last entry in their room.
pub struct SeatInLog {
    pub person: Person,
    pub last_seq: u64,
}

/// The rule of [`policy::seat_of`], without reading the other seats.
pub fn seat_of(db: &Connection, room: RoomId, visitor: VisitorId) -> Result<SeatInLog, Failure> {
    let (name, Count(last_seq)) = db
        .prepare_cached(sql::SEAT_OF)?
        .query_row(params![room.0, visitor.0], |row| Ok((row.get::<_, Option<Json<_>>>(0)?, row.get(1)?)))
        .optional()?
        .ok_or(Error::NotFound)?;
    let Some(Json(name)) = name else {
        let is_barred = lookup::bars(db, room)?.iter().any(|bar| bar.person.id == visitor);
        return Err(if is_barred { Error::Barred } else { Error::NotSeated }.into());
    };
    Ok(SeatInLog { person: Person { id: visitor, name }, last_seq })
}

/// Stores the remains of an entry, which no longer shows a GIF.
pub fn replace(db: &Connection, room: RoomId, entry: &Entry) -> Result<(), Failure> {
    db.prepare_cached(sql::EMPTY_ENTRY)?.execute(params![room.0, Count(entry.seq), Json(Body::of(entry))])?;
    Ok(())
}

/// Stores an entry. False when its author already has an entry with this client id.
pub fn add(db: &Connection, room: RoomId, entry: &Entry) -> Result<bool, Failure> {
    // System lines share an empty author id, so that their client ids are unique as well.
    let author: &[u8] = if entry.is_said() { &entry.person.id.0 } else { &[] };
    let Entry { what, to, .. } = entry;
    let added = db.prepare_cached(sql::ADD_ENTRY)?.execute(params![
        room.0,
        Count(entry.seq),
        author,
        entry.client.0,
        Count(entry.at.0),
        what.gif().map(|gif| gif.sha.0),
        to.as_ref().map(|to| to.id.0),
        what.about().map(Count),
        Json(Body::of(entry))
    ])?;
    Ok(added == 1)
}

pub fn last_seq(db: &Connection, room: RoomId) -> Result<u64, Failure> {
    let seq = db.prepare_cached(sql::LAST_SEQ)?.query_row([room.0], |row| row.get(0)).optional()?;
    Ok(seq.map_or(0, |Count(seq)| seq))
}

pub fn sent(db: &Connection, room: RoomId, author: VisitorId, client: ClientId) -> Result<Option<Entry>, Failure> {
    let mut sent = db.prepare_cached(sql::ENTRY_BY_CLIENT)?;
    Ok(sent.query_row(params![room.0, author.0, client.0], read_entry).optional()?)
}

/// An entry, for a visitor who is seated there and may see it.
pub fn seen_by(db: &Connection, room: RoomId, visitor: VisitorId, seq: u64) -> Result<Entry, Failure> {
    seat_of(db, room, visitor)?;
    let found = db.prepare_cached(sql::ENTRY)?.query_row(params![room.0, Count(seq)], read_entry).optional()?;
    found.filter(|entry| policy::may_see(entry, visitor)).ok_or(Error::Removed.into())
}

pub fn after(db: &Connection, room: RoomId, after: u64, limit: u32) -> Result<Vec<Entry>, Failure> {
    read_many(db, sql::ENTRIES_AFTER, params![room.0, Count(after), limit])
}

pub fn read_one(db: &Connection, query: &str, params: impl Params) -> Result<Entry, Failure> {
    Ok(db.prepare_cached(query)?.query_row(params, read_entry)?)
}

pub fn read_many(db: &Connection, query: &str, params: impl Params) -> Result<Vec<Entry>, Failure> {
    Ok(db.prepare_cached(query)?.query_map(params, read_entry)?.collect::<Result<_, _>>()?)
}

/// Reads an entry from the columns that every query here selects.
fn read_entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let Json(Body { person, what, to, reply, showing }) = row.get(3)?;
    let (client, showing) = (ClientId(row.get(2)?), showing.unwrap_or_default());
    let entry = NewEntry { at: time(row, 1)?, person, client, what, to, reply, showing };
    Ok(entry.numbered(row.get::<_, Count>(0)?.0))
}
