//! The passes with which people come back into a locked room.

use rusqlite::{Connection, OptionalExtension, params};

use super::sql;
use super::values::{Count, Failure, time};
use chat::id::{RoomId, VisitorId};
use chat::record::Pass;
use chat::time::Timestamp;

pub fn give(db: &Connection, pass: &Pass) -> Result<(), Failure> {
    let Pass { room, visitor, password_rev, until } = pass;
    db.prepare_cached(sql::GIVE_PASS)?.execute(params![room.0, visitor.0, Count(*password_rev), Count(until.0)])?;
    Ok(())
}

pub fn load(db: &Connection, room: RoomId, visitor: VisitorId) -> Result<Option<Pass>, Failure> {
    let pass = db
        .prepare_cached(sql::PASS)?
        .query_row(params![room.0, visitor.0], |row| {
            let Count(password_rev) = row.get(2)?;
            Ok(Pass { room: RoomId(row.get(0)?), visitor: VisitorId(row.get(1)?), password_rev, until: time(row, 3)? })
        })
        .optional()?;
    Ok(pass)
}

pub fn end(db: &Connection, room: RoomId, visitor: VisitorId) -> Result<(), Failure> {
    db.prepare_cached(sql::END_PASS)?.execute(params![room.0, visitor.0])?;
    Ok(())
}

pub fn sweep(db: &Connection, now: Timestamp) -> Result<u64, Failure> {
    Ok(db.prepare_cached(sql::SWEEP_PASSES)?.execute([Count(now.0)])? as u64)
}
