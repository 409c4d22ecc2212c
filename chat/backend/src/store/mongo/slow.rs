//! When visitors last spoke in rooms with slow mode.
//!
//! Each pair of a visitor and a room has one small document, for as long as the visitor may have to wait. There are so
//! few of them that the sweep once a minute needs no index.

use mongodb::Collection;
use mongodb::bson::{Document, doc};
use serde::Deserialize;

use super::failure::Failure;
use super::schema::Db;
use super::values::{AsBson, Id, binary, int};
use crate::store::SlowTurn;
use chat::error::Error;
use chat::id::{RoomId, VisitorId};
use chat::policy;
use chat::room::Slow;
use chat::time::Timestamp;

#[derive(Deserialize)]
struct TurnDoc {
    client: Id,
    at: Timestamp,
}

fn turns(db: &Db) -> Collection<TurnDoc> {
    db.database.collection("turns")
}

fn key(room: RoomId, visitor: VisitorId) -> Document {
    doc! { "_id": { "room": room.bson(), "visitor": visitor.bson() } }
}

pub async fn take(db: &Db, turn: SlowTurn) -> Result<bool, Error> {
    let SlowTurn { room, visitor, client, at, slow } = turn;
    let turns = turns(db);
    loop {
        let found = db.run("turns.find", turns.find_one(key(room, visitor))).await?;
        let mut state = key(room, visitor);
        match found {
            Some(last) if last.client.0 == client.0 => return Ok(false),
            Some(last) => {
                policy::may_speak_again(slow, last.at, at)?;
                state.insert("client", binary(&last.client.0));
            }
            None => {
                let mut turn = key(room, visitor);
                turn.extend(doc! { "client": client.bson(), "at": at.bson() });
                let turns = turns.clone_with_type::<Document>();
                match db.run("turns.insert", turns.insert_one(turn)).await {
                    Ok(_) => return Ok(true),
                    // Another call was faster, or an earlier attempt of this one.
                    Err(Failure::DuplicateKey { .. }) => continue,
                    Err(failure) => return Err(failure.into()),
                }
            }
        }
        let set = doc! { "$set": { "client": client.bson(), "at": at.bson() } };
        if db.run("turns.set", turns.update_one(state, set)).await?.matched_count == 1 {
            return Ok(true);
        }
    }
}

pub async fn give_back(db: &Db, SlowTurn { room, visitor, client, .. }: SlowTurn) -> Result<(), Error> {
    let mut turn = key(room, visitor);
    turn.insert("client", client.bson());
    db.run("turns.give_back", turns(db).delete_one(turn)).await?;
    Ok(())
}

/// Removes the turns after which no visitor has to wait any more, even in the slowest mode.
pub async fn sweep(db: &Db, now: Timestamp) -> Result<(), Error> {
    let old = doc! { "at": { "$lte": int(now.0.saturating_sub(Slow::LONGEST_MS)) } };
    db.run("turns.sweep", turns(db).delete_many(old)).await?;
    Ok(())
}
