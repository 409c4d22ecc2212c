//! The seats, passes and entries that are left of gone rooms. No query returns them, and they are removed a little at a
//! time.
//!
//! A room ends when its row is removed, because every query looks for the row. A room may have a thousand seats and
//! hundreds of thousands of entries, and removing them all at once would delay every other write. So the transaction that
//! ends the room removes only the first of them, which for most rooms is all. The table `gone` lists the rooms that have
//! more; queries over the seats of all rooms leave these out, and the writer removes the rest between transactions
//! ([`Chores`]).
//!
//! [`Chores`]: super::chores::Chores

use rusqlite::{Connection, OptionalExtension, params};

use super::sql;
use super::values::{Count, Failure};
use chat::id::RoomId;

/// Entries removed in one step, which takes about a millisecond.
pub const ENTRIES_PER_STEP: u64 = 200;

/// Seats or passes removed in one step. Beside its table, each seat is in two indexes, and each pass in one.
pub const ROWS_PER_STEP: u64 = 50;

/// Removes the first leftovers of a room that has just been removed.
pub fn begin(db: &Connection, room: RoomId) -> Result<(), Failure> {
    if remove_some(db, room)? {
        db.prepare_cached(sql::ADD_GONE)?.execute([room.0])?;
    }
    Ok(())
}

/// A gone room that still has leftovers.
pub fn next(db: &Connection) -> Result<Option<RoomId>, Failure> {
    Ok(db.prepare_cached(sql::ANY_GONE_ROOM)?.query_row([], |row| row.get(0).map(RoomId)).optional()?)
}

/// Removes some more leftovers of a gone room.
pub fn remove_more(db: &Connection, room: RoomId) -> Result<(), Failure> {
    if !remove_some(db, room)? {
        db.prepare_cached(sql::REMOVE_GONE)?.execute([room.0])?;
    }
    Ok(())
}

/// Removes all leftovers of a room, before a room with the same id is stored.
pub fn finish(db: &Connection, room: RoomId) -> Result<(), Failure> {
    while remove_some(db, room)? {}
    db.prepare_cached(sql::REMOVE_GONE)?.execute([room.0])?;
    Ok(())
}

/// Removes one step's worth of leftovers. True when there are more.
fn remove_some(db: &Connection, room: RoomId) -> Result<bool, Failure> {
    for some in [sql::REMOVE_SEATS, sql::END_PASSES] {
        if db.prepare_cached(some)?.execute(params![room.0, Count(ROWS_PER_STEP)])? as u64 == ROWS_PER_STEP {
            return Ok(true);
        }
    }
    remove_entries(db, room)
}

fn remove_entries(db: &Connection, room: RoomId) -> Result<bool, Failure> {
    let first = || db.prepare_cached(sql::FIRST_SEQ)?.query_row([room.0], |row| row.get(0)).optional();
    let Some(Count(seq)) = first()? else { return Ok(false) };
    let some = params![room.0, Count(seq + ENTRIES_PER_STEP)];
    db.prepare_cached(sql::DOUBT_GIFS_OF)?.execute(some)?;
    db.prepare_cached(sql::REMOVE_SENT_IN)?.execute(some)?;
    db.prepare_cached(sql::REMOVE_ENTRIES)?.execute(some)?;
    Ok(first()?.is_some())
}
