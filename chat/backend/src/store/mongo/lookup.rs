//! Looking up one room or one of its seats.

use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use serde::Deserialize;

use super::entry_doc::PersonDoc;
use super::failure::Failure;
use super::room_doc::{BarDoc, RoomDoc};
use super::schema::Db;
use super::values::{AsBson, Id, int};
use chat::error::Error;
use chat::id::{RoomId, VisitorId};
use chat::record::Room;
use chat::time::Timestamp;
use chat::visitor::Person;

/// Matches this room, unless it is gone.
fn living(id: RoomId) -> Document {
    doc! { "_id": id.bson(), "gone_at": { "$exists": false } }
}

/// The room as it is stored.
pub async fn document(db: &Db, id: RoomId) -> Result<RoomDoc, Error> {
    db.run("rooms.find", db.rooms.find_one(living(id))).await?.ok_or(Error::NotFound)
}

pub async fn load(db: &Db, id: RoomId) -> Result<Room, Error> {
    Ok(document(db, id).await?.room())
}

pub async fn exists(db: &Db, id: RoomId) -> Result<bool, Error> {
    let rooms = db.rooms.clone_with_type::<Document>();
    let found = db.run("rooms.exists", rooms.find_one(living(id)).projection(doc! { "_id": 1 })).await?;
    Ok(found.is_some())
}

/// The room's `spoken_at`. The outer `None` says that the room is no longer in the state `rev`.
pub async fn spoken_at(db: &Db, id: RoomId, rev: u64) -> Result<Option<Option<Timestamp>>, Failure> {
    #[derive(Deserialize)]
    struct Spoken {
        #[serde(default)]
        spoken_at: Option<Timestamp>,
    }
    let rooms = db.rooms.clone_with_type::<Spoken>();
    let state = doc! { "_id": id.bson(), "rev": int(rev) };
    let found = db.run("rooms.state", rooms.find_one(state).projection(doc! { "spoken_at": 1 })).await?;
    Ok(found.map(|found| found.spoken_at))
}

/// Applies the rule of [`chat::policy::seat_of`] without reading the other seats.
pub async fn seat(db: &Db, id: RoomId, visitor: VisitorId) -> Result<Person, Error> {
    #[derive(Deserialize)]
    struct Seats {
        #[serde(default)]
        seats: Vec<PersonDoc>,
        #[serde(default)]
        bars: Vec<BarDoc>,
    }
    let rooms = db.rooms.clone_with_type::<Seats>();
    let theirs = doc! {
        "seats": { "$elemMatch": { "id": visitor.bson() } },
        "bars": { "$elemMatch": { "person.id": visitor.bson() } },
    };
    let found = db.run("rooms.seat", rooms.find_one(living(id)).projection(theirs)).await?;
    let Seats { seats, bars } = found.ok_or(Error::NotFound)?;
    let none = if bars.is_empty() { Error::NotSeated } else { Error::Barred };
    seats.into_iter().next().map(PersonDoc::person).ok_or(none)
}

/// The rooms where a visitor sits.
pub async fn rooms_of(db: &Db, visitor: VisitorId) -> Result<Vec<RoomId>, Failure> {
    #[derive(Deserialize)]
    struct Named {
        #[serde(rename = "_id")]
        id: Id,
    }
    let rooms = db.rooms.clone_with_type::<Named>();
    let theirs = doc! { "seats.id": visitor.bson(), "gone_at": { "$exists": false } };
    let found = async { rooms.find(theirs).projection(doc! { "_id": 1 }).await?.try_collect::<Vec<_>>().await };
    Ok(db.run("rooms.of_visitor", found).await?.into_iter().map(|room| RoomId(room.id.0)).collect())
}
