//! The nodes that share a store. This driver serves one process, which does not need them, but a driver implements the whole
//! port.

use rusqlite::Connection;

use super::sql;
use super::values::{Count, Failure};
use crate::store::Beats;
use chat::id::NodeId;

pub fn beat(db: &Connection, node: NodeId) -> Result<Beats, Failure> {
    let Count(beat) = db.prepare_cached(sql::BEAT)?.query_row([node.0], |row| row.get(0))?;
    Ok(Beats { was_known: beat > 1, counters: all(db)? })
}

/// All nodes, with their heartbeat counters.
pub fn all(db: &Connection) -> Result<Vec<(NodeId, u64)>, Failure> {
    let mut counters = db.prepare_cached(sql::ALL_NODES)?;
    let counters = counters.query_map([], |row| Ok((NodeId(row.get(0)?), row.get::<_, Count>(1)?.0)))?;
    Ok(counters.collect::<Result<_, _>>()?)
}

pub fn forget(db: &Connection, node: NodeId) -> Result<(), Failure> {
    db.prepare_cached(sql::REMOVE_NODE)?.execute([node.0])?;
    Ok(())
}
