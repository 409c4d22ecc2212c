//! Passes.

use rusqlite::{Connection, OptionalExtension, params};

use super::sql;
use super::values::Count;
use crate::error::Error;
use crate::id::{RoomId, VisitorId};
use crate::record::Pass;
use crate::time::Timestamp;

pub fn give(db: &Connection, pass: &Pass) -> Result<(), Error> {
    let Pass { room, visitor, password_rev, until } = pass;
    db.prepare_cached(sql::GIVE_PASS)?.execute(params![room, visitor, Count(*password_rev), until])?;
    Ok(())
}

pub fn load(db: &Connection, room: RoomId, visitor: VisitorId) -> Result<Option<Pass>, Error> {
    let pass = db
        .prepare_cached(sql::PASS)?
        .query_row(params![room, visitor], |row| {
            let Count(password_rev) = row.get(2)?;
            Ok(Pass { room: row.get(0)?, visitor: row.get(1)?, password_rev, until: row.get(3)? })
        })
        .optional()?;
    Ok(pass)
}

pub fn end(db: &Connection, room: RoomId, visitor: VisitorId) -> Result<(), Error> {
    db.prepare_cached(sql::END_PASS)?.execute(params![room, visitor])?;
    Ok(())
}

pub fn sweep(db: &Connection, now: Timestamp) -> Result<u64, Error> {
    Ok(db.prepare_cached(sql::SWEEP_PASSES)?.execute([now])? as u64)
}
