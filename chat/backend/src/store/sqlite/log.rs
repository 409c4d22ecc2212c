//! A room's log: appending to it, and emptying what is removed. Pages of it are in `pages`.

use rusqlite::{Connection, params};

use super::entries::{add, last_seq, read_many, read_one, replace, seat_of};
use super::values::{Count, Failure};
use super::{gifs, lookup, shelves, sql};
use crate::store::{Appended, REPEATS, SEARCHED, seen_once};
use chat::entry::{Entry, Saying, Showing, What};
use chat::error::Error;
use chat::id::{ClientId, RoomId, VisitorId};
use chat::record::NewEntry;
use chat::shelf::Seen;
use chat::time::Timestamp;

/// How far a room's `spoken_at` may be behind. It is shown in minutes.
const SPOKEN_AT_LAG_MS: u64 = 20_000;

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

pub fn gifs_of_room(db: &Connection, room: RoomId, visitor: VisitorId, limit: u32) -> Result<Vec<Seen>, Failure> {
    let first = seat_of(db, room, visitor)?.last_seq.saturating_sub(SEARCHED);
    let found = params![room.0, visitor.0, Count(first), limit.saturating_mul(REPEATS)];
    Ok(seen_once(&read_many(db, sql::GIFS_OF_ROOM, found)?, limit))
}
