//! Nodes that share a store. (This driver serves one process, which needs none of it; but a driver does all of the port.)

use rusqlite::Connection;

use super::sql;
use super::values::Count;
use crate::error::Error;
use crate::id::NodeId;
use crate::store::Beats;

pub fn beat(db: &Connection, node: NodeId) -> Result<Beats, Error> {
    let Count(beat) = db.prepare_cached(sql::BEAT)?.query_row([node], |row| row.get(0))?;
    let mut counters = db.prepare_cached(sql::ALL_NODES)?;
    let counters = counters.query_map([], |row| Ok((row.get(0)?, row.get::<_, Count>(1)?.0)))?;
    Ok(Beats { was_known: beat > 1, counters: counters.collect::<Result<_, _>>()? })
}

pub fn forget(db: &Connection, node: NodeId) -> Result<(), Error> {
    db.prepare_cached(sql::REMOVE_NODE)?.execute([node])?;
    Ok(())
}
