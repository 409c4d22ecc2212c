//! Which GIFs are in use.
//!
//! A sweep must not look at every GIF, since their number only grows. A GIF that is known to be used has no `held_until`,
//! and a sweep looks only at the others. A hold sets `held_until`, and so does the removal of a room, a message or a
//! shelf's item that used the GIF (the GIF is then in doubt). It is cleared when an entry or a shelf uses the GIF, or
//! when a sweep finds one that does. While a GIF is condemned, `held_until` is [`Condemned::until`].

use std::collections::{HashMap, HashSet};

use parking_lot::Mutex;
use rusqlite::{Connection, OptionalExtension, params};

use super::sql;
use super::values::{Count, Failure, Json};
use crate::store::{Condemned, Sight, WriteId};
use chat::error::Error;
use chat::gif::{Facts, GifFacts, GifHash};
use chat::id::{NodeId, RoomId, VisitorId};
use chat::time::Timestamp;

pub fn hold(db: &Connection, sha: GifHash, until: Timestamp) -> Result<bool, Failure> {
    Ok(db.prepare_cached(sql::HOLD_GIF)?.execute(params![sha.0, Count(until.0)])? == 1)
}

pub fn set_facts(db: &Connection, sha: GifHash, facts: Facts) -> Result<(), Failure> {
    db.prepare_cached(sql::SET_GIF_FACTS)?.execute(params![sha.0, Json(facts)])?;
    Ok(())
}

pub fn forget_facts(db: &Connection, sha: GifHash) -> Result<(), Failure> {
    db.prepare_cached(sql::FORGET_GIF_FACTS)?.execute([sha.0])?;
    Ok(())
}

/// Whether this GIF is in use or held, and not condemned.
pub fn is_known(db: &Connection, sha: GifHash) -> Result<bool, Failure> {
    Ok(db.prepare_cached(sql::KNOWS_GIF)?.exists([sha.0])?)
}

/// Which node copies which GIF. Only one process uses this database, so the claims are kept in its memory.
#[derive(Debug, Default)]
pub struct Claims(Mutex<HashMap<GifHash, NodeId>>);

impl Claims {
    /// As [`Gifs::claim_gif`](crate::store::Gifs::claim_gif). The claim of a node that is not among `living` does not
    /// count.
    pub fn claim(&self, sha: GifHash, node: NodeId, living: &[(NodeId, u64)]) -> bool {
        let mut claims = self.0.lock();
        let holder = claims.entry(sha).or_insert(node);
        let is_free = *holder == node || !living.iter().any(|(living, _)| living == holder);
        if is_free {
            *holder = node;
        }
        is_free
    }

    /// Ends the claim of this node, or with `None` that of any node.
    pub fn end(&self, sha: GifHash, node: Option<NodeId>) {
        let mut claims = self.0.lock();
        if node.is_none_or(|node| claims.get(&sha) == Some(&node)) {
            claims.remove(&sha);
        }
    }
}

/// Which GIFs have bytes that are being stored, and until when at most. Only one process uses this database, so this is kept in
/// its memory. Writes begin in the transaction that holds their GIF, and such transactions run one after the other. So the one that
/// condemns GIFs sees every write that has begun before it.
#[derive(Debug, Default)]
pub struct Writes(Mutex<Vec<(GifHash, WriteId, Timestamp)>>);

impl Writes {
    pub fn begin(&self, sha: GifHash, write: WriteId, until: Timestamp) {
        self.0.lock().push((sha, write, until));
    }

    pub fn end(&self, sha: GifHash, write: WriteId) {
        self.0.lock().retain(|(written, other, _)| (*written, *other) != (sha, write));
    }

    /// The GIFs that are written at `now`. Forgets the writes that nobody has ended in time.
    fn at(&self, now: Timestamp) -> HashSet<GifHash> {
        let mut writes = self.0.lock();
        writes.retain(|(_, _, until)| *until > now);
        writes.iter().map(|(sha, ..)| *sha).collect()
    }
}

pub fn facts(db: &Connection, gifs: &[GifHash]) -> Result<Vec<GifFacts>, Failure> {
    let mut read = db.prepare_cached(sql::GIF_FACTS)?;
    let mut known = Vec::new();
    for sha in gifs {
        let facts = read.query_row([sha.0], |row| row.get(0)).optional()?;
        known.extend(facts.map(|Json(facts)| GifFacts { sha: *sha, facts }));
    }
    Ok(known)
}

/// Ends the hold of a GIF, because an entry or a shelf will use it. Fails with [`Error::NotFound`] if it is unknown or
/// condemned.
pub fn put_to_use(db: &Connection, sha: GifHash) -> Result<(), Failure> {
    match db.prepare_cached(sql::USE_GIF)?.execute([sha.0])? {
        0 => Err(Error::NotFound.into()),
        _ => Ok(()),
    }
}

pub fn shown_to(db: &Connection, room: RoomId, visitor: VisitorId, sha: GifHash) -> Result<Sight, Failure> {
    let mut shown = db.prepare_cached(sql::GIF_SHOWN_TO)?;
    let is_whispered = shown.query_row(params![sha.0, room.0, visitor.0], |row| row.get(0)).optional()?;
    Ok(if is_whispered.ok_or(Error::NotFound)? { Sight::Whispered } else { Sight::Public })
}

/// Puts a GIF in doubt, because an entry or a shelf no longer uses it.
pub fn doubt(db: &Connection, sha: GifHash) -> Result<(), Failure> {
    db.prepare_cached(sql::DOUBT_GIF)?.execute([sha.0])?;
    Ok(())
}

pub fn condemn(
    db: &Connection,
    writes: &Writes,
    now: Timestamp,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<Condemned>, Failure> {
    db.prepare_cached(sql::CLEAR_USED_GIFS)?.execute([Count(now.0)])?;
    let written = writes.at(now);
    let mut unused = db.prepare_cached(sql::UNUSED_GIFS)?;
    let most = Count(u64::from(limit) + written.len() as u64);
    let unused = unused.query_map(params![Count(now.0), most], |row| row.get(0).map(GifHash))?;
    let mut unused: Vec<_> = unused.collect::<Result<_, _>>()?;
    unused.retain(|sha| !written.contains(sha));
    unused.truncate(limit as usize);
    let mut condemn = db.prepare_cached(sql::CONDEMN_GIF)?;
    for sha in &unused {
        condemn.execute(params![sha.0, Count(until.0)])?;
    }
    Ok(unused.into_iter().map(|sha| Condemned { sha, until }).collect())
}

pub fn forget(db: &Connection, condemned: Condemned) -> Result<(), Failure> {
    db.prepare_cached(sql::FORGET_GIF)?.execute(params![condemned.sha.0, Count(condemned.until.0)])?;
    Ok(())
}

pub fn after(db: &Connection, sha: Option<GifHash>, limit: u32) -> Result<Vec<GifHash>, Failure> {
    let after = sha.as_ref().map_or(&[][..], |sha| &sha.0);
    let mut gifs = db.prepare_cached(sql::GIFS_AFTER)?;
    let gifs = gifs.query_map(params![after, limit], |row| row.get(0).map(GifHash))?;
    Ok(gifs.collect::<Result<_, _>>()?)
}
