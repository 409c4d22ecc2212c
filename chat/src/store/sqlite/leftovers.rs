//! What is left of rooms that are gone: nobody sees it, and it is removed a little at a time.
//!
//! A room ends with its row, by which everything is asked. Its seats may be a thousand, its entries hundreds of thousands:
//! removed at once they would hold up everybody who writes. So the first of them go with the room, which for most rooms is
//! all; the table `gone` remembers where there are more (whoever reads the seats of all rooms leaves those out), and the
//! writer removes them between other work ([`Chores`]).
//!
//! [`Chores`]: super::chores::Chores

use rusqlite::{Connection, OptionalExtension, params};

use super::sql;
use super::values::Count;
use crate::error::Error;
use crate::id::RoomId;

/// Entries removed at a time: about a millisecond.
pub const STEP: u64 = 200;

/// The same for seats, and for passes: these have two indexes.
pub const FEW: u64 = 50;

/// The first of what a room held that has just gone.
pub fn begin(db: &Connection, room: RoomId) -> Result<(), Error> {
    if remove_some(db, room)? {
        db.prepare_cached(sql::ADD_GONE)?.execute([room])?;
    }
    Ok(())
}

/// A room of which something is left.
pub fn next(db: &Connection) -> Result<Option<RoomId>, Error> {
    Ok(db.prepare_cached(sql::A_GONE_ROOM)?.query_row([], |row| row.get(0)).optional()?)
}

/// Some more of a room that is gone.
pub fn go_on(db: &Connection, room: RoomId) -> Result<(), Error> {
    if !remove_some(db, room)? {
        db.prepare_cached(sql::REMOVE_GONE)?.execute([room])?;
    }
    Ok(())
}

/// All that is left of a room: before there is one of its id again.
pub fn finish(db: &Connection, room: RoomId) -> Result<(), Error> {
    while remove_some(db, room)? {}
    db.prepare_cached(sql::REMOVE_GONE)?.execute([room])?;
    Ok(())
}

/// True when there is more.
fn remove_some(db: &Connection, room: RoomId) -> Result<bool, Error> {
    for some in [sql::REMOVE_SEATS, sql::END_PASSES] {
        if db.prepare_cached(some)?.execute(params![room, Count(FEW)])? as u64 == FEW {
            return Ok(true);
        }
    }
    remove_entries(db, room)
}

fn remove_entries(db: &Connection, room: RoomId) -> Result<bool, Error> {
    let first = || db.prepare_cached(sql::FIRST_SEQ)?.query_row([room], |row| row.get(0)).optional();
    let Some(Count(seq)) = first()? else { return Ok(false) };
    let some = params![room, Count(seq + STEP)];
    db.prepare_cached(sql::DOUBT_GIFS_OF)?.execute(some)?;
    db.prepare_cached(sql::REMOVE_ENTRIES)?.execute(some)?;
    Ok(first()?.is_some())
}
