//! Passes, with which visitors come back without the password.

use mongodb::bson::{Document, doc};
use serde::Deserialize;

use super::failure::Failure;
use super::lookup;
use super::schema::Db;
use super::values::{AsBson, int};
use chat::error::Error;
use chat::id::{RoomId, VisitorId};
use chat::record::Pass;
use chat::time::Timestamp;

fn theirs(room: RoomId, visitor: VisitorId) -> Document {
    doc! { "room": room.bson(), "visitor": visitor.bson() }
}

pub async fn give(db: &Db, pass: &Pass) -> Result<(), Error> {
    // (If the room ends right after this, the next sweep removes the pass.)
    if !lookup::exists(db, pass.room).await? {
        return Ok(());
    }
    let terms = doc! { "$set": { "password_rev": int(pass.password_rev), "until": pass.until.bson() } };
    loop {
        let give = db.passes.update_one(theirs(pass.room, pass.visitor), terms.clone()).upsert(true);
        match db.run("passes.give", give).await {
            Ok(_) => return Ok(()),
            // Another caller has created the pass at the same moment, so there is one to update now.
            Err(Failure::DuplicateKey { .. }) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
}

pub async fn load(db: &Db, room: RoomId, visitor: VisitorId) -> Result<Option<Pass>, Error> {
    #[derive(Deserialize)]
    struct PassDoc {
        password_rev: u64,
        until: Timestamp,
    }
    let passes = db.passes.clone_with_type::<PassDoc>();
    let found = db.run("passes.find", passes.find_one(theirs(room, visitor))).await?;
    Ok(found.map(|PassDoc { password_rev, until }| Pass { room, visitor, password_rev, until }))
}

pub async fn end(db: &Db, room: RoomId, visitor: VisitorId) -> Result<(), Error> {
    db.run("passes.end", db.passes.delete_many(theirs(room, visitor))).await?;
    Ok(())
}

/// Removes all passes of a gone room.
pub async fn end_all(db: &Db, room: RoomId) -> Result<(), Failure> {
    db.run("passes.end_all", db.passes.delete_many(doc! { "room": room.bson() })).await.map(drop)
}

pub async fn sweep(db: &Db, now: Timestamp) -> Result<u64, Error> {
    let over = doc! { "until": { "$lte": now.bson() } };
    Ok(db.run("passes.sweep", db.passes.delete_many(over)).await?.deleted_count)
}
