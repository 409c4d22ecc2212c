//! A room's log: appending to it, and reading single entries. Pages of it are in `pages`.

use rusqlite::{Connection, OptionalExtension, Params, Row, params};
use serde::{Deserialize, Serialize};

use super::values::{Count, Failure, Json, time};
use super::{gifs, lookup, shelves, sql};
use crate::store::{Appended, REPEATS, SEARCHED, seen_once};
use chat::entry::{Entry, Reply, Saying, Showing, What};
use chat::error::Error;
use chat::id::{ClientId, RoomId, VisitorId};
use chat::policy;
use chat::record::NewEntry;
use chat::shelf::Seen;
use chat::time::Timestamp;
use chat::visitor::Person;

/// How far a room's `spoken_at` may be behind. It is shown in minutes.
const SPOKEN_AT_LAG_MS: u64 = 20_000;

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

pub fn append(
    db: &Connection,
    room: RoomId,
    author: VisitorId,
    client: ClientId,
    saying: Saying,
    at: Timestamp,
) -> Result<Appended, Failure> {
    let seat = seat_of(db, room, author)?;
    if let Some(gif) = saying.what.gif() {
        // If the message was stored before, its GIF is not put to use, because no sweep would find a GIF without a use or a hold.
        if let Some(entry) = read_many(db, sql::ENTRY_BY_CLIENT, params![room.0, author.0, client.0])?.pop() {
            return Ok(Appended { entry, is_new: false });
        }
        // The removal of a message also removes the GIFs of its reactions, so a removed message gets no new ones.
        if let Some(seq) = saying.what.about()
            && !read_one(db, sql::ENTRY, params![room.0, Count(seq)])?.what.is_there()
        {
            return Err(Error::Removed.into());
        }
        if saying.by_sight {
            shelves::seen(db, author, gif.sha)?;
        }
        gifs::put_to_use(db, gif.sha)?;
    }
    let entry = NewEntry::said(at, seat.person, client, saying).numbered(seat.last_seq + 1);
    if !add(db, room, &entry)? {
        let entry = read_one(db, sql::ENTRY_BY_CLIENT, params![room.0, author.0, client.0])?;
        return Ok(Appended { entry, is_new: false });
    }
    if entry.is_public_message() {
        db.prepare_cached(sql::SET_SPOKEN)?.execute(params![room.0, Count(at.0), Count(SPOKEN_AT_LAG_MS)])?;
    }
    Ok(Appended { entry, is_new: true })
}

/// Appends the entries that report a change of the room, except those that are stored already.
pub fn add_facts(db: &Connection, room: RoomId, facts: Vec<NewEntry>) -> Result<Vec<Entry>, Failure> {
    let mut entries = Vec::with_capacity(facts.len());
    if facts.is_empty() {
        return Ok(entries);
    }
    let mut seq = last_seq(db, room)?;
    for fact in facts {
        let mut entry = fact.numbered(seq + 1);
        if let What::Showing { seq, showing } = &mut entry.what
            && !read_one(db, sql::ENTRY, params![room.0, Count(*seq)])?.what.is_there()
        {
            *showing = Showing::default();
        }
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

/// Empties a message, the entries that changed its [`Showing`], and its reactions with GIFs. What remains is that the
/// message existed, whose it was and, for a whisper, whom it was for.
fn empty(db: &Connection, room: RoomId, seq: u64) -> Result<(), Failure> {
    let mut message = read_one(db, sql::ENTRY, params![room.0, Count(seq)])?;
    let what = std::mem::replace(&mut message.what, What::Removed);
    (message.reply, message.showing) = (None, Showing::default());
    replace(db, room, &message)?;
    for mut about in read_many(db, sql::CHANGES_OF, params![room.0, Count(seq)])? {
        let shown = about.what.gif().map(|gif| gif.sha);
        match &mut about.what {
            What::Showing { showing, .. } => *showing = Showing::default(),
            What::GifReaction { gif, .. } => *gif = None,
            _ => continue,
        }
        replace(db, room, &about)?;
        if let Some(sha) = shown {
            shelves::remove_from(db, room, about.seq)?;
            gifs::doubt(db, sha)?;
        }
    }
    if let Some(gif) = what.gif() {
        shelves::remove_from(db, room, seq)?;
        gifs::doubt(db, gif.sha)?;
    }
    Ok(())
}

/// Stores the remains of an entry, which no longer shows a GIF.
fn replace(db: &Connection, room: RoomId, entry: &Entry) -> Result<(), Failure> {
    db.prepare_cached(sql::EMPTY_ENTRY)?.execute(params![room.0, Count(entry.seq), Json(Body::of(entry))])?;
    Ok(())
}

/// Stores entries as they are, after the last one that is stored.
pub fn restore(db: &Connection, room: RoomId, entries: &[Entry]) -> Result<(), Failure> {
    if !lookup::exists(db, room)? {
        return Err(Error::NotFound.into());
    }
    let last = last_seq(db, room)?;
    for (seq, entry) in (last + 1..).zip(entries.iter().skip_while(|entry| entry.seq <= last)) {
        if let Some(gif) = entry.what.gif() {
            gifs::put_to_use(db, gif.sha)?;
        }
        if entry.seq != seq || !add(db, room, entry)? {
            tracing::error!(%room, seq, found = entry.seq, "an entry that does not continue its room's log");
            return Err(Error::Internal.into());
        }
    }
    Ok(())
}

/// Stores an entry. False when its author already has an entry with this client id.
fn add(db: &Connection, room: RoomId, entry: &Entry) -> Result<bool, Failure> {
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

pub fn entry(db: &Connection, room: RoomId, visitor: VisitorId, seq: u64) -> Result<Entry, Failure> {
    seat_of(db, room, visitor)?;
    let found = db.prepare_cached(sql::ENTRY)?.query_row(params![room.0, Count(seq)], read_entry).optional()?;
    found.filter(|entry| policy::may_see(entry, visitor)).ok_or(Error::Removed.into())
}

pub fn after(db: &Connection, room: RoomId, after: u64, limit: u32) -> Result<Vec<Entry>, Failure> {
    read_many(db, sql::ENTRIES_AFTER, params![room.0, Count(after), limit])
}

fn read_one(db: &Connection, query: &str, params: impl Params) -> Result<Entry, Failure> {
    Ok(db.prepare_cached(query)?.query_row(params, read_entry)?)
}

pub fn read_many(db: &Connection, query: &str, params: impl Params) -> Result<Vec<Entry>, Failure> {
    Ok(db.prepare_cached(query)?.query_map(params, read_entry)?.collect::<Result<_, _>>()?)
}

pub fn gifs_of_room(db: &Connection, room: RoomId, visitor: VisitorId, limit: u32) -> Result<Vec<Seen>, Failure> {
    let first = seat_of(db, room, visitor)?.last_seq.saturating_sub(SEARCHED);
    let found = params![room.0, visitor.0, Count(first), limit.saturating_mul(REPEATS)];
    Ok(seen_once(&read_many(db, sql::GIFS_OF_ROOM, found)?, limit))
}

/// Reads an entry from the columns that every query here selects.
fn read_entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let Json(Body { person, what, to, reply, showing }) = row.get(3)?;
    let (client, showing) = (ClientId(row.get(2)?), showing.unwrap_or_default());
    let entry = NewEntry { at: time(row, 1)?, person, client, what, to, reply, showing };
    Ok(entry.numbered(row.get::<_, Count>(0)?.0))
}
