//! Which GIFs are held, in use or in doubt, and what is known of them.
//!
//! As in SQLite, a GIF that is known to be in use has no `held_until`. The others are held or in doubt, and only they are
//! checked (see [`condemning`](super::condemning)). Here no transaction reads entries and GIFs together, so every step that may
//! put a GIF to use increments its `touch`. The result of a check is stored only if the GIF's `touch` is still what it was when
//! the check began.

use std::collections::{BTreeSet, HashMap};

use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc, serialize_to_bson};
use mongodb::options::ReturnDocument;
use serde::Deserialize;

use super::failure::Failure;
use super::nodes;
use super::schema::Db;
use super::values::{AsBson, Sha, bytes_among, int, unwritable};
use crate::store::WriteId;
use chat::entry::Entry;
use chat::error::Error;
use chat::gif::{Facts, GifFacts, GifHash};
use chat::id::{NodeId, RoomId};
use chat::time::Timestamp;

/// How often a hold is tried while other callers hold and forget the same GIF.
const ATTEMPTS: usize = 10;

fn not_condemned(sha: GifHash) -> Document {
    doc! { "_id": sha.bson(), "condemned": { "$ne": true } }
}

pub async fn hold(db: &Db, sha: GifHash, until: Timestamp) -> Result<bool, Error> {
    hold_by(db, sha, doc! { "$max": { "held_until": until.bson() }, "$inc": { "touch": 1_i64 } }).await
}

/// Each write is a field of its own in the GIF's document, so that they begin and end independently. One that is never ended
/// stays there, and counts until its time has passed.
pub async fn begin_write(db: &Db, sha: GifHash, write: WriteId, until: Timestamp) -> Result<bool, Error> {
    let begin = doc! {
        "$max": { "held_until": until.bson() },
        "$inc": { "touch": 1_i64 },
        "$set": { format!("writes.{write}"): until.bson() },
    };
    hold_by(db, sha, begin).await
}

pub async fn end_write(db: &Db, sha: GifHash, write: WriteId) -> Result<(), Error> {
    let end = doc! { "$unset": { format!("writes.{write}"): "" } };
    Ok(db.run("gifs.end_write", db.gifs.update_one(doc! { "_id": sha.bson() }, end)).await.map(drop)?)
}

async fn hold_by(db: &Db, sha: GifHash, hold: Document) -> Result<bool, Error> {
    for _ in 0..ATTEMPTS {
        let update = db.gifs.update_one(not_condemned(sha), hold.clone()).upsert(true);
        match db.run("gifs.hold", update).await {
            Ok(_) => return Ok(true),
            // Either the GIF is condemned, so that the filter did not match, or another caller has just created it.
            Err(Failure::DuplicateKey { .. }) => {}
            Err(failure) => return Err(failure.into()),
        }
        let condemned = doc! { "_id": sha.bson(), "condemned": true };
        if db.run("gifs.condemned", db.gifs.find_one(condemned)).await?.is_some() {
            return Ok(false);
        }
    }
    Err(Error::Unavailable)
}

pub async fn set_facts(db: &Db, sha: GifHash, facts: Facts) -> Result<(), Error> {
    let facts = serialize_to_bson(&facts).map_err(unwritable)?;
    let set = doc! { "$set": { "facts": facts }, "$unset": { "copier": "" } };
    let update = db.gifs.update_one(not_condemned(sha), set);
    Ok(db.run("gifs.set_facts", update).await.map(drop)?)
}

pub async fn forget_facts(db: &Db, sha: GifHash) -> Result<(), Error> {
    let update = db.gifs.update_one(not_condemned(sha), doc! { "$unset": { "facts": "" } });
    Ok(db.run("gifs.forget_facts", update).await.map(drop)?)
}

/// A node that is just starting may not be listed yet, and its claim is then ignored. Two nodes may then make the same
/// copies, which does no harm.
pub async fn claim(db: &Db, sha: GifHash, node: NodeId) -> Result<bool, Error> {
    let living = nodes::all(db).await?.into_iter().map(|(living, _)| living);
    let others: Vec<Bson> = living.filter(|living| *living != node).map(|other| other.bson()).collect();
    let mut free = not_condemned(sha);
    free.insert("copier", doc! { "$nin": others });
    let claim = db.gifs.update_one(free, doc! { "$set": { "copier": node.bson() } });
    Ok(db.run("gifs.claim", claim).await?.matched_count == 1)
}

pub async fn unclaim(db: &Db, sha: GifHash, node: NodeId) -> Result<(), Error> {
    let claimed = doc! { "_id": sha.bson(), "copier": node.bson() };
    let update = db.gifs.update_one(claimed, doc! { "$unset": { "copier": "" } });
    Ok(db.run("gifs.unclaim", update).await.map(drop)?)
}

pub async fn facts(db: &Db, gifs: &[GifHash]) -> Result<Vec<GifFacts>, Error> {
    #[derive(Deserialize)]
    struct FactsDoc {
        #[serde(rename = "_id")]
        sha: Sha,
        facts: Facts,
    }
    if gifs.is_empty() {
        return Ok(Vec::new());
    }
    let shas: Vec<Bson> = gifs.iter().map(GifHash::bson).collect();
    let known = db.gifs.clone_with_type::<FactsDoc>();
    let found = known.find(doc! { "_id": { "$in": shas }, "facts": { "$exists": true } });
    let found = async { found.await?.try_collect::<Vec<_>>().await };
    let known = db.run("gifs.facts", found).await?.into_iter();
    Ok(known.map(|FactsDoc { sha, facts }| GifFacts { sha: GifHash(sha.0), facts }).collect())
}

/// What is stored of a GIF's use.
#[derive(Deserialize)]
pub struct GifState {
    #[serde(rename = "_id")]
    pub sha: Sha,
    pub touch: i64,
    #[serde(default)]
    pub condemned: bool,
    /// Until when the bytes of the GIF are written at most, by the id of the write.
    #[serde(default)]
    writes: HashMap<String, i64>,
}

impl GifState {
    pub fn is_written_at(&self, now: Timestamp) -> bool {
        self.writes.values().any(|until| *until > now.0 as i64)
    }
}

/// Announces that an entry or a shelf is about to use the GIF. Returns its new `touch`. Fails with [`Error::NotFound`] if
/// the GIF is unknown or condemned.
pub async fn touch(db: &Db, sha: GifHash) -> Result<i64, Error> {
    let touch = doc! { "$inc": { "touch": 1_i64 } };
    let gifs = db.gifs.clone_with_type::<GifState>();
    let touched = gifs.find_one_and_update(not_condemned(sha), touch).return_document(ReturnDocument::After);
    db.run("gifs.touch", touched).await?.map(|gif| gif.touch).ok_or(Error::NotFound)
}

/// Ends the hold of a GIF that is in use now, unless it was touched again since `touch`. (If this fails, the hold expires
/// by itself.)
pub async fn end_hold(db: &Db, sha: GifHash, touch: i64) -> Result<(), Failure> {
    let as_touched = doc! { "_id": sha.bson(), "touch": touch, "condemned": { "$ne": true } };
    let end = doc! { "$unset": { "held_until": "" }, "$inc": { "touch": 1_i64 } };
    db.run("gifs.end_hold", db.gifs.update_one(as_touched, end)).await.map(drop)
}

/// The GIFs that these entries show.
pub fn shown(entries: &[Entry]) -> BTreeSet<GifHash> {
    entries.iter().filter_map(|entry| entry.what.gif()).map(|gif| gif.sha).collect()
}

/// Puts the GIFs of a gone room's entries up to `upto` in doubt, before the entries are removed.
pub async fn doubt_gifs_of(db: &Db, room: RoomId, upto: u64) -> Result<(), Failure> {
    let theirs = doc! { "room": room.bson(), "seq": { "$lte": int(upto) }, "what.gif.sha": { "$exists": true } };
    let shas = bytes_among(db.run("entries.gifs", db.entries.distinct("what.gif.sha", theirs)).await?).into_iter();
    doubt_all(db, &shas.map(GifHash).collect::<Vec<_>>()).await
}

/// Puts GIFs in doubt, because an entry or a shelf stops using them.
pub async fn doubt_all(db: &Db, shas: &[GifHash]) -> Result<(), Failure> {
    for some in shas.chunks(1000) {
        let some: Vec<Bson> = some.iter().map(AsBson::bson).collect();
        let doubt = doc! { "$max": { "held_until": 0_i64 }, "$inc": { "touch": 1_i64 } };
        let of_them = doc! { "_id": { "$in": some } };
        db.run("gifs.doubt", db.gifs.update_many(of_them, doubt)).await?;
    }
    Ok(())
}

pub async fn after(db: &Db, after: Option<GifHash>, limit: u32) -> Result<Vec<GifHash>, Error> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(rename = "_id")]
        sha: Sha,
    }
    if limit == 0 {
        return Ok(Vec::new());
    }
    let mut filter = doc! { "condemned": { "$ne": true } };
    if let Some(after) = after {
        filter.insert("_id", doc! { "$gt": after.bson() });
    }
    let gifs = db.gifs.clone_with_type::<Named>();
    let found =
        async { gifs.find(filter).sort(doc! { "_id": 1 }).limit(limit.into()).await?.try_collect::<Vec<_>>().await };
    Ok(db.run("gifs.after", found).await?.into_iter().map(|gif| GifHash(gif.sha.0)).collect())
}
