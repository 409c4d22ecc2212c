//! Sessions.

use rusqlite::{Connection, OptionalExtension, params};

use super::sql;
use crate::error::Error;
use crate::store::SessionRecord;
use crate::time::Timestamp;

pub fn create(db: &Connection, id: &str, record: &SessionRecord) -> Result<bool, Error> {
    let added = db.prepare_cached(sql::ADD_SESSION)?.execute(params![id, record.data, record.expires_at])?;
    Ok(added == 1)
}

pub fn save(db: &Connection, id: &str, record: &SessionRecord) -> Result<(), Error> {
    db.prepare_cached(sql::SET_SESSION)?.execute(params![id, record.data, record.expires_at])?;
    Ok(())
}

pub fn load(db: &Connection, id: &str, now: Timestamp) -> Result<Option<SessionRecord>, Error> {
    let session = db
        .prepare_cached(sql::SESSION)?
        .query_row(params![id, now], |row| Ok(SessionRecord { data: row.get(0)?, expires_at: row.get(1)? }))
        .optional()?;
    Ok(session)
}

pub fn after(db: &Connection, id: &str, limit: u32) -> Result<Vec<(String, SessionRecord)>, Error> {
    let mut sessions = db.prepare_cached(sql::SESSIONS_AFTER)?;
    let sessions = sessions.query_map(params![id, limit], |row| {
        Ok((row.get(0)?, SessionRecord { data: row.get(1)?, expires_at: row.get(2)? }))
    })?;
    Ok(sessions.collect::<Result<_, _>>()?)
}

pub fn delete(db: &Connection, id: &str) -> Result<(), Error> {
    db.prepare_cached(sql::REMOVE_SESSION)?.execute([id])?;
    Ok(())
}

pub fn sweep(db: &Connection, now: Timestamp) -> Result<u64, Error> {
    Ok(db.prepare_cached(sql::SWEEP_SESSIONS)?.execute([now])? as u64)
}
