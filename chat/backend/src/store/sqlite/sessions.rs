//! The visitors' sessions.

use rusqlite::{Connection, OptionalExtension, params};

use super::sql;
use super::values::{Count, Failure, time};
use crate::store::SessionRecord;
use chat::time::Timestamp;

pub fn create(db: &Connection, id: &str, record: &SessionRecord) -> Result<bool, Failure> {
    let added = db.prepare_cached(sql::ADD_SESSION)?.execute(params![id, record.data, Count(record.expires_at.0)])?;
    Ok(added == 1)
}

pub fn save(db: &Connection, id: &str, record: &SessionRecord) -> Result<(), Failure> {
    db.prepare_cached(sql::SET_SESSION)?.execute(params![id, record.data, Count(record.expires_at.0)])?;
    Ok(())
}

pub fn load(db: &Connection, id: &str, now: Timestamp) -> Result<Option<SessionRecord>, Failure> {
    let session = db
        .prepare_cached(sql::SESSION)?
        .query_row(params![id, Count(now.0)], |row| Ok(SessionRecord { data: row.get(0)?, expires_at: time(row, 1)? }))
        .optional()?;
    Ok(session)
}

pub fn after(db: &Connection, id: &str, limit: u32) -> Result<Vec<(String, SessionRecord)>, Failure> {
    let mut sessions = db.prepare_cached(sql::SESSIONS_AFTER)?;
    let sessions = sessions.query_map(params![id, limit], |row| {
        Ok((row.get(0)?, SessionRecord { data: row.get(1)?, expires_at: time(row, 2)? }))
    })?;
    Ok(sessions.collect::<Result<_, _>>()?)
}

pub fn delete(db: &Connection, id: &str) -> Result<(), Failure> {
    db.prepare_cached(sql::REMOVE_SESSION)?.execute([id])?;
    Ok(())
}

pub fn sweep(db: &Connection, now: Timestamp) -> Result<u64, Failure> {
    Ok(db.prepare_cached(sql::SWEEP_SESSIONS)?.execute([Count(now.0)])? as u64)
}
