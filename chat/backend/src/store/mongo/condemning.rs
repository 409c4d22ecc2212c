//! Finds the GIFs that nothing uses, and condemns them until their bytes are removed.

use futures_util::TryStreamExt;
use mongodb::bson::doc;

use super::failure::Failure;
use super::gifs::GifState;
use super::schema::Db;
use super::values::{AsBson, int};
use super::{entries, lookup, shelves};
use crate::store::Condemned;
use chat::error::Error;
use chat::gif::GifHash;
use chat::id::RoomId;
use chat::time::Timestamp;

/// The most GIFs in doubt that one call checks.
const CHECKS_PER_CALL: i64 = 1000;

pub async fn condemn(db: &Db, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Condemned>, Error> {
    let gifs = db.gifs.clone_with_type::<GifState>();
    let in_doubt = doc! { "held_until": { "$lte": now.bson() } };
    let found = async {
        gifs.find(in_doubt).sort(doc! { "held_until": 1 }).limit(CHECKS_PER_CALL).await?.try_collect::<Vec<_>>().await
    };
    let mut condemned = Vec::new();
    for gif in db.run("gifs.in_doubt", found).await? {
        if condemned.len() >= limit as usize {
            break;
        }
        if gif.is_written_at(now) {
            continue;
        }
        let sha = GifHash(gif.sha.0);
        // A condemned GIF has no users.
        let user = if gif.condemned { None } else { user_of(db, sha).await? };
        let as_read = doc! { "_id": sha.bson(), "touch": gif.touch };
        match user {
            None => {
                let condemn = doc! {
                    "$set": { "condemned": true, "held_until": until.bson() },
                    "$inc": { "touch": 1_i64 },
                };
                let done = db.run("gifs.condemn", db.gifs.update_one(as_read, condemn)).await?;
                if done.matched_count == 1 {
                    condemned.push(Condemned { sha, until });
                }
            }
            // The GIF of a gone room stays in doubt until its entry is removed.
            Some(User::Room(room)) if !lookup::exists(db, room).await? => {}
            Some(User::Room(_) | User::Shelf) => {
                let clear = doc! { "$unset": { "held_until": "" } };
                db.run("gifs.clear", db.gifs.update_one(as_read, clear)).await?;
            }
        }
    }
    Ok(condemned)
}

/// What keeps a GIF from being removed.
enum User {
    Shelf,
    /// An entry there.
    Room(RoomId),
}

async fn user_of(db: &Db, sha: GifHash) -> Result<Option<User>, Failure> {
    if shelves::is_kept(db, sha).await? {
        return Ok(Some(User::Shelf));
    }
    Ok(entries::room_with(db, doc! { "what.gif.sha": sha.bson() }).await?.map(User::Room))
}

pub async fn forget(db: &Db, condemned: Condemned) -> Result<(), Error> {
    let as_condemned = doc! { "_id": condemned.sha.bson(), "condemned": true, "held_until": int(condemned.until.0) };
    db.run("gifs.forget", db.gifs.delete_one(as_condemned)).await?;
    Ok(())
}
