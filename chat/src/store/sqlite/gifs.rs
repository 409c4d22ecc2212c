//! Which GIFs are in use.
//!
//! What grows with every GIF must not be looked at in every sweep: a GIF that is known to be used has no
//! `held_until`, and only the others are looked at. One gets its `held_until` from a hold or from the removal of a room
//! or a message that showed it, and loses it when an entry uses it or a sweep finds one that does. While a GIF is condemned, the
//! column says until when it is its remover's.

use rusqlite::{Connection, OptionalExtension, params};

use super::sql;
use crate::error::Error;
use crate::gif::GifHash;
use crate::id::{RoomId, VisitorId};
use crate::store::Condemned;
use crate::time::Timestamp;

pub fn hold(db: &Connection, sha: GifHash, until: Timestamp) -> Result<bool, Error> {
    Ok(db.prepare_cached(sql::HOLD_GIF)?.execute(params![sha, until])? == 1)
}

/// Ends the hold of a GIF for the entry that is to use it.
pub fn put_to_use(db: &Connection, sha: GifHash) -> Result<(), Error> {
    match db.prepare_cached(sql::USE_GIF)?.execute([sha])? {
        0 => Err(Error::NotFound),
        _ => Ok(()),
    }
}

pub fn shown_to(db: &Connection, room: RoomId, visitor: VisitorId, sha: GifHash) -> Result<(), Error> {
    let mut shown = db.prepare_cached(sql::GIF_SHOWN_TO)?;
    shown.query_row(params![sha, room, visitor], |_| Ok(())).optional()?.ok_or(Error::NotFound)
}

/// An entry that showed it does not any more.
pub fn doubt(db: &Connection, sha: GifHash) -> Result<(), Error> {
    db.prepare_cached(sql::DOUBT_GIF)?.execute([sha])?;
    Ok(())
}

pub fn condemn(db: &Connection, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Condemned>, Error> {
    db.prepare_cached(sql::CLEAR_USED_GIFS)?.execute([now])?;
    let mut condemn = db.prepare_cached(sql::CONDEMN_GIFS)?;
    let condemned = condemn.query_map(params![now, until, limit], |row| Ok(Condemned { sha: row.get(0)?, until }))?;
    Ok(condemned.collect::<Result<_, _>>()?)
}

pub fn forget(db: &Connection, condemned: Condemned) -> Result<(), Error> {
    db.prepare_cached(sql::FORGET_GIF)?.execute(params![condemned.sha, condemned.until])?;
    Ok(())
}

pub fn after(db: &Connection, sha: Option<GifHash>, limit: u32) -> Result<Vec<GifHash>, Error> {
    let after = sha.as_ref().map_or(&[][..], |sha| &sha.0);
    let mut gifs = db.prepare_cached(sql::GIFS_AFTER)?;
    let gifs = gifs.query_map(params![after, limit], |row| row.get(0))?;
    Ok(gifs.collect::<Result<_, _>>()?)
}
