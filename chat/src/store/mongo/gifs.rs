//! Which GIFs are in use.
//!
//! As in SQLite, a GIF that is known to be used has no `held_until`, and only the others are looked at. Here nothing
//! looks at entries and GIFs at one moment, so every step that makes a GIF used counts its `touch` up, and whoever
//! judges one does so on condition that nobody has touched it since they looked.

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};
use mongodb::options::ReturnDocument;
use serde::Deserialize;

use super::failure::Failure;
use super::rooms;
use super::schema::Db;
use super::values::{AsBson, Id, Sha, bytes_among, int};
use crate::entry::{Entry, What};
use crate::error::Error;
use crate::gif::GifHash;
use crate::id::{RoomId, VisitorId};
use crate::store::Condemned;
use crate::time::Timestamp;

/// GIFs in doubt that one call looks at; the next looks at the next.
const LOOKS: i64 = 1000;

/// How often a hold is tried while others hold and forget the same GIF.
const ATTEMPTS: usize = 10;

fn not_condemned(sha: GifHash) -> Document {
    doc! { "_id": sha.bson(), "condemned": { "$ne": true } }
}

pub async fn hold(db: &Db, sha: GifHash, until: Timestamp) -> Result<bool, Error> {
    let hold = doc! { "$max": { "held_until": until.bson() }, "$inc": { "touch": 1_i64 } };
    for _ in 0..ATTEMPTS {
        let update = db.gifs.update_one(not_condemned(sha), hold.clone()).upsert(true);
        match db.run("gifs.hold", update).await {
            Ok(_) => return Ok(true),
            // There is one that it did not match, or somebody has just made one.
            Err(Failure::Taken { .. }) => {}
            Err(failure) => return Err(failure.into()),
        }
        let condemned = doc! { "_id": sha.bson(), "condemned": true };
        if db.run("gifs.condemned", db.gifs.find_one(condemned)).await?.is_some() {
            return Ok(false);
        }
    }
    Err(Error::Unavailable)
}

/// Before an entry shows it. Says how often it has been touched.
pub async fn touch(db: &Db, sha: GifHash) -> Result<i64, Error> {
    let touch = doc! { "$inc": { "touch": 1_i64 } };
    let gifs = db.gifs.clone_with_type::<Seen>();
    let touched = gifs.find_one_and_update(not_condemned(sha), touch).return_document(ReturnDocument::After);
    db.run("gifs.touch", touched).await?.map(|gif| gif.touch).ok_or(Error::NotFound)
}

/// An entry shows it now: ends its hold, unless somebody else has touched it since. (When this fails the hold runs out by
/// itself.)
pub async fn end_hold(db: &Db, sha: GifHash, touch: i64) -> Result<(), Failure> {
    let as_touched = doc! { "_id": sha.bson(), "touch": touch, "condemned": { "$ne": true } };
    let end = doc! { "$unset": { "held_until": "" }, "$inc": { "touch": 1_i64 } };
    db.run("gifs.end_hold", db.gifs.update_one(as_touched, end)).await.map(drop)
}

/// The GIFs that these entries show.
pub fn shown(entries: &[Entry]) -> BTreeSet<GifHash> {
    let sha = |entry: &Entry| match &entry.what {
        What::Gif(gif) => Some(gif.sha),
        _ => None,
    };
    entries.iter().filter_map(sha).collect()
}

pub async fn may_see(db: &Db, room: RoomId, visitor: VisitorId, sha: GifHash) -> Result<(), Error> {
    rooms::seat(db, room, visitor).await?;
    // The rule of `policy::may_see`. (Facts show no GIFs: an author is the person named.)
    let to_all_or_theirs = [
        doc! { "what.to": { "$exists": false } },
        doc! { "what.to.id": visitor.bson() },
        doc! { "author": visitor.bson() },
    ];
    let shown = doc! { "what.gif.sha": sha.bson(), "room": room.bson(), "$or": to_all_or_theirs };
    match room_with(db, shown).await? {
        Some(_) => Ok(()),
        None => Err(Error::NotFound),
    }
}

/// Some room with such an entry.
async fn room_with(db: &Db, entry: Document) -> Result<Option<RoomId>, Failure> {
    #[derive(Deserialize)]
    struct Showing {
        room: Id,
    }
    let entries = db.entries.clone_with_type::<Showing>();
    let found = db.run("entries.with_gif", entries.find_one(entry).projection(doc! { "room": 1 })).await?;
    Ok(found.map(|entry| RoomId(entry.room.0)))
}

/// Before a gone room's entries up to this one are removed: their GIFs may be unused afterwards.
pub async fn doubt_those_of(db: &Db, room: RoomId, upto: u64) -> Result<(), Failure> {
    let theirs = doc! { "room": room.bson(), "seq": { "$lte": int(upto) }, "what.gif.sha": { "$exists": true } };
    let shas = bytes_among(db.run("entries.gifs", db.entries.distinct("what.gif.sha", theirs)).await?).into_iter();
    let shas: Vec<Bson> = shas.map(|sha| GifHash(sha).bson()).collect();
    for some in shas.chunks(1000) {
        let doubt = doc! { "$max": { "held_until": 0_i64 }, "$inc": { "touch": 1_i64 } };
        let of_them = doc! { "_id": { "$in": some } };
        db.run("gifs.doubt", db.gifs.update_many(of_them, doubt)).await?;
    }
    Ok(())
}

/// An entry that showed it does not any more.
pub async fn doubt(db: &Db, sha: GifHash) -> Result<(), Failure> {
    let doubt = doc! { "$max": { "held_until": 0_i64 }, "$inc": { "touch": 1_i64 } };
    db.run("gifs.doubt", db.gifs.update_one(doc! { "_id": sha.bson() }, doubt)).await.map(drop)
}

/// A GIF as it was looked at.
#[derive(Deserialize)]
struct Seen {
    #[serde(rename = "_id")]
    sha: Sha,
    touch: i64,
    #[serde(default)]
    condemned: bool,
}

pub async fn condemn(db: &Db, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Condemned>, Error> {
    let gifs = db.gifs.clone_with_type::<Seen>();
    let in_doubt = doc! { "held_until": { "$lte": now.bson() } };
    let found =
        async { gifs.find(in_doubt).sort(doc! { "held_until": 1 }).limit(LOOKS).await?.try_collect::<Vec<_>>().await };
    let mut condemned = Vec::new();
    for gif in db.run("gifs.in_doubt", found).await? {
        if condemned.len() >= limit as usize {
            break;
        }
        let sha = GifHash(gif.sha.0);
        // One that is condemned is shown by nobody.
        let user = match gif.condemned {
            true => None,
            false => room_with(db, doc! { "what.gif.sha": sha.bson() }).await?,
        };
        let as_seen = doc! { "_id": sha.bson(), "touch": gif.touch };
        match user {
            None => {
                let condemn = doc! {
                    "$set": { "condemned": true, "held_until": until.bson() },
                    "$inc": { "touch": 1_i64 },
                };
                let done = db.run("gifs.condemn", db.gifs.update_one(as_seen, condemn)).await?;
                if done.matched_count == 1 {
                    condemned.push(Condemned { sha, until });
                }
            }
            // No longer in doubt; but the end of a room decides when its entries are removed.
            Some(room) if rooms::exists(db, room).await? => {
                let clear = doc! { "$unset": { "held_until": "" } };
                db.run("gifs.clear", db.gifs.update_one(as_seen, clear)).await?;
            }
            Some(_) => {}
        }
    }
    Ok(condemned)
}

pub async fn forget(db: &Db, condemned: Condemned) -> Result<(), Error> {
    let as_condemned = doc! { "_id": condemned.sha.bson(), "condemned": true, "held_until": int(condemned.until.0) };
    db.run("gifs.forget", db.gifs.delete_one(as_condemned)).await?;
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
