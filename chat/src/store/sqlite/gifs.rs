//! Which GIFs are in use.
//!
//! What grows with every GIF must not be looked at in every sweep: a GIF that is known to be used has no
//! `held_until`, and only the others are looked at. One gets its `held_until` from a hold or from the removal of a room
//! that showed it, and loses it when an entry uses it or a sweep finds one that does.

use rusqlite::{Connection, OptionalExtension, params};

use super::sql;
use crate::error::Error;
use crate::gif::GifHash;
use crate::id::RoomId;
use crate::time::Timestamp;

pub fn hold(db: &Connection, sha: GifHash, until: Timestamp) -> Result<(), Error> {
    db.prepare_cached(sql::HOLD_GIF)?.execute(params![sha, until])?;
    Ok(())
}

/// Ends the hold of a GIF for the entry that is to use it.
pub fn put_to_use(db: &Connection, sha: GifHash) -> Result<(), Error> {
    match db.prepare_cached(sql::USE_GIF)?.execute([sha])? {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

pub fn shown_in(db: &Connection, room: RoomId, sha: GifHash) -> Result<(), Error> {
    db.prepare_cached(sql::GIF_SHOWN_IN)?.query_row(params![sha, room], |_| Ok(())).optional()?.ok_or(Error::NotFound)
}

pub fn forget_unused(db: &Connection, now: Timestamp, limit: u32) -> Result<Vec<GifHash>, Error> {
    db.prepare_cached(sql::CLEAR_USED_GIFS)?.execute([now])?;
    let mut forget = db.prepare_cached(sql::FORGET_GIFS)?;
    let forgotten = forget.query_map(params![now, limit], |row| row.get(0))?;
    Ok(forgotten.collect::<Result<_, _>>()?)
}
