//! Who has said something last where slow mode is on.
//!
//! One small document a visitor and room, for as long as anybody may have to wait for it. Few enough to be gone through
//! once a minute without an index.

use mongodb::Collection;
use mongodb::bson::{Document, doc};
use serde::Deserialize;

use super::failure::Failure;
use super::schema::Db;
use super::values::{AsBson, Id, binary, int};
use crate::error::Error;
use crate::id::{RoomId, VisitorId};
use crate::policy;
use crate::room::Slow;
use crate::store::SlowTurn;
use crate::time::Timestamp;

#[derive(Deserialize)]
struct TurnDoc {
    client: Id,
    at: Timestamp,
}

fn turns(db: &Db) -> Collection<TurnDoc> {
    db.database.collection("turns")
}

fn of(room: RoomId, visitor: VisitorId) -> Document {
    doc! { "_id": { "room": room.bson(), "visitor": visitor.bson() } }
}

pub async fn take(db: &Db, turn: SlowTurn) -> Result<bool, Error> {
    let SlowTurn { room, visitor, client, at, slow } = turn;
    let turns = turns(db);
    loop {
        let found = db.run("turns.find", turns.find_one(of(room, visitor))).await?;
        let mut state = of(room, visitor);
        match found {
            Some(last) if last.client.0 == client.0 => return Ok(false),
            Some(last) => {
                policy::may_speak_again(slow, last.at, at)?;
                state.insert("client", binary(&last.client.0));
            }
            None => {
                let mut turn = of(room, visitor);
                turn.extend(doc! { "client": client.bson(), "at": at.bson() });
                let turns = turns.clone_with_type::<Document>();
                match db.run("turns.insert", turns.insert_one(turn)).await {
                    Ok(_) => return Ok(true),
                    // Somebody was faster: perhaps an attempt of this very call.
                    Err(Failure::Taken { .. }) => continue,
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
    let mut turn = of(room, visitor);
    turn.insert("client", client.bson());
    db.run("turns.give_back", turns(db).delete_one(turn)).await?;
    Ok(())
}

/// Forgets turns that nobody waits for any more, however slow.
pub async fn sweep(db: &Db, now: Timestamp) -> Result<(), Error> {
    let old = doc! { "at": { "$lte": int(now.0.saturating_sub(Slow::LONGEST_MS)) } };
    db.run("turns.sweep", turns(db).delete_many(old)).await?;
    Ok(())
}
