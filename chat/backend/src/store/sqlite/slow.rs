//! When each visitor has last said something in a room with slow mode.

use rusqlite::{Connection, OptionalExtension, params};

use super::sql;
use super::values::{Count, Failure, time};
use crate::store::SlowTurn;
use chat::id::ClientId;
use chat::policy;
use chat::room::Slow;
use chat::time::Timestamp;

/// Whether the visitor already has the turn for this client id. Fails when they still have to wait for a new one.
pub fn has_taken(db: &Connection, turn: &SlowTurn) -> Result<bool, Failure> {
    let SlowTurn { room, visitor, client, at, slow } = *turn;
    let last = db
        .prepare_cached(sql::TURN)?
        .query_row(params![room.0, visitor.0], |row| Ok((ClientId(row.get(0)?), time(row, 1)?)))
        .optional()?;
    match last {
        Some((last, _)) if last == client => Ok(true),
        Some((_, last)) => Ok(policy::may_speak_again(slow, last, at).map(|()| false)?),
        None => Ok(false),
    }
}

/// Takes the turn. False when the visitor already has it.
pub fn take(db: &Connection, turn: &SlowTurn) -> Result<bool, Failure> {
    if has_taken(db, turn)? {
        return Ok(false);
    }
    db.prepare_cached(sql::TAKE_TURN)?.execute(params![
        turn.room.0,
        turn.visitor.0,
        turn.client.0,
        Count(turn.at.0)
    ])?;
    Ok(true)
}

pub fn give_back(db: &Connection, turn: &SlowTurn) -> Result<(), Failure> {
    db.prepare_cached(sql::GIVE_BACK_TURN)?.execute(params![turn.room.0, turn.visitor.0, turn.client.0])?;
    Ok(())
}

/// Removes the turns that are older than the longest slow mode.
pub fn sweep(db: &Connection, now: Timestamp) -> Result<(), Failure> {
    db.prepare_cached(sql::SWEEP_TURNS)?.execute([Count(now.0.saturating_sub(Slow::LONGEST_MS))])?;
    Ok(())
}
