//! Passes.

use mongodb::bson::{Document, doc};
use serde::Deserialize;

use super::failure::Failure;
use super::rooms;
use super::schema::Db;
use super::values::{AsBson, int};
use crate::error::Error;
use crate::id::{RoomId, VisitorId};
use crate::record::Pass;
use crate::time::Timestamp;

fn theirs(room: RoomId, visitor: VisitorId) -> Document {
    doc! { "room": room.bson(), "visitor": visitor.bson() }
}

pub async fn give(db: &Db, pass: &Pass) -> Result<(), Error> {
    // (Should the room go in this moment, its end is swept after it.)
    if !rooms::exists(db, pass.room).await? {
        return Ok(());
    }
    let worth = doc! { "$set": { "password_rev": int(pass.password_rev), "until": pass.until.bson() } };
    loop {
        let give = db.passes.update_one(theirs(pass.room, pass.visitor), worth.clone()).upsert(true);
        match db.run("passes.give", give).await {
            Ok(_) => return Ok(()),
            // Somebody has made it in this moment: now there is one to change.
            Err(Failure::Taken { .. }) => {}
            Err(failure) => return Err(failure.into()),
        }
    }
}

pub async fn load(db: &Db, room: RoomId, visitor: VisitorId) -> Result<Option<Pass>, Error> {
    #[derive(Deserialize)]
    struct Worth {
        password_rev: u64,
        until: Timestamp,
    }
    let passes = db.passes.clone_with_type::<Worth>();
    let found = db.run("passes.find", passes.find_one(theirs(room, visitor))).await?;
    Ok(found.map(|Worth { password_rev, until }| Pass { room, visitor, password_rev, until }))
}

pub async fn end(db: &Db, room: RoomId, visitor: VisitorId) -> Result<(), Error> {
    db.run("passes.end", db.passes.delete_many(theirs(room, visitor))).await?;
    Ok(())
}

/// All of a gone room.
pub async fn end_those_of(db: &Db, room: RoomId) -> Result<(), Failure> {
    db.run("passes.end_all", db.passes.delete_many(doc! { "room": room.bson() })).await.map(drop)
}

pub async fn sweep(db: &Db, now: Timestamp) -> Result<u64, Error> {
    let over = doc! { "until": { "$lte": now.bson() } };
    Ok(db.run("passes.sweep", db.passes.delete_many(over)).await?.deleted_count)
}
