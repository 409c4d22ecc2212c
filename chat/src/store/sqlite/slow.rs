//! Who has said something last where slow mode is on.

use rusqlite::{Connection, OptionalExtension, params};

use super::sql;
use crate::error::Error;
use crate::id::ClientId;
use crate::policy;
use crate::room::Slow;
use crate::store::SlowTurn;
use crate::time::Timestamp;

/// Whether it is this visitor's turn: whether they had it already for what `client` names, or why not.
pub fn look(db: &Connection, turn: &SlowTurn) -> Result<bool, Error> {
    let SlowTurn { room, visitor, client, at, slow } = *turn;
    let last = db
        .prepare_cached(sql::TURN)?
        .query_row(params![room, visitor], |row| Ok((row.get::<_, ClientId>(0)?, row.get(1)?)))
        .optional()?;
    match last {
        Some((last, _)) if last == client => Ok(true),
        Some((_, last)) => policy::may_speak_again(slow, last, at).map(|()| false),
        None => Ok(false),
    }
}

/// True when the turn is taken by this.
pub fn take(db: &Connection, turn: &SlowTurn) -> Result<bool, Error> {
    if look(db, turn)? {
        return Ok(false);
    }
    db.prepare_cached(sql::TAKE_TURN)?.execute(params![turn.room, turn.visitor, turn.client, turn.at])?;
    Ok(true)
}

pub fn give_back(db: &Connection, turn: &SlowTurn) -> Result<(), Error> {
    db.prepare_cached(sql::GIVE_BACK_TURN)?.execute(params![turn.room, turn.visitor, turn.client])?;
    Ok(())
}

/// Forgets turns that nobody waits for any more, however slow.
pub fn sweep(db: &Connection, now: Timestamp) -> Result<(), Error> {
    db.prepare_cached(sql::SWEEP_TURNS)?.execute([Timestamp(now.0.saturating_sub(Slow::LONGEST_MS))])?;
    Ok(())
}
