//! Creating, listing and removing rooms. `lookup` reads a single room, and `write_queue` changes it.

use std::collections::HashSet;

use futures_util::TryStreamExt;
use mongodb::bson::{Bson, Document, doc};
use serde::Deserialize;

use super::entry_doc::FactDoc;
use super::failure::Failure;
use super::room_doc::{ListedDoc, RoomDoc};
use super::schema::Db;
use super::values::{AsBson, Id, bytes_among};
use super::{entries, gifs, news, passes, shelves};
use crate::store::{Listed, Unattended, Updated};
use chat::error::Error;
use chat::id::{NodeId, RoomId, VisitorId};
use chat::record::{AddressTag, NewEntry, Parting, Room};
use chat::time::Timestamp;

/// How long the tombstone of a gone room is kept: longer than any operation that began before the room's end can take.
const TOMBSTONE_MS: u64 = 60 * 60 * 1000;

pub async fn create(db: &Db, mut room: Room, facts: Vec<NewEntry>) -> Result<Updated, Error> {
    room.rev += 1;
    let document = RoomDoc::new(&room, facts.iter().map(FactDoc::new).collect());
    db.run("rooms.insert", db.rooms.insert_one(&document)).await?;
    let entries = news::append(db, room.id, &facts, &mut Some(0)).await?;
    if let Some(last) = entries.last() {
        news::remove(db, room.id, room.rev, last.seq).await?;
    }
    Ok(Updated { room, entries })
}

pub async fn restore(db: &Db, room: Room) -> Result<bool, Error> {
    let document = RoomDoc::new(&room, Vec::new());
    match db.run("rooms.insert", db.rooms.insert_one(&document)).await {
        Ok(_) => Ok(true),
        Err(Failure::DuplicateKey { .. }) => Ok(false),
        Err(failure) => Err(failure.into()),
    }
}

pub async fn listed(db: &Db) -> Result<Vec<Listed>, Error> {
    let fields: Document = ListedDoc::FIELDS.into_iter().map(|field| (field.to_owned(), Bson::Int32(1))).collect();
    let rooms = db.rooms.clone_with_type::<ListedDoc>();
    let all = doc! { "gone_at": { "$exists": false } };
    let found = async { rooms.find(all).projection(fields).await?.try_collect::<Vec<_>>().await };
    let found = db.run("rooms.list", found).await?;
    let mut listed: Vec<_> =
        found.into_iter().map(|document| Listed { rev: document.rev, card: document.card() }).collect();
    listed.sort_by_key(|listed| std::cmp::Reverse(listed.card.id));
    Ok(listed)
}

/// A room's seats, with the nodes that watch them.
#[derive(Deserialize)]
struct WatchedDoc {
    #[serde(rename = "_id")]
    id: Id,
    #[serde(default)]
    seats: Vec<WatchedSeatDoc>,
}

#[derive(Deserialize)]
struct WatchedSeatDoc {
    id: Id,
    #[serde(default)]
    nodes: Vec<Id>,
    #[serde(default)]
    renewed: u64,
    #[serde(default)]
    parting: Parting,
    #[serde(default)]
    address: Option<AddressTag>,
}

async fn watched(db: &Db, name: &'static str, filter: Document) -> Result<Vec<WatchedDoc>, Failure> {
    let rooms = db.rooms.clone_with_type::<WatchedDoc>();
    let fields = doc! {
        "seats.id": 1,
        "seats.nodes": 1,
        "seats.renewed": 1,
        "seats.parting": 1,
        "seats.address": 1,
    };
    let found = async { rooms.find(filter).projection(fields).await?.try_collect().await };
    db.run(name, found).await
}

pub async fn unattended(db: &Db) -> Result<Vec<Unattended>, Error> {
    let some = doc! { "unattended": { "$gt": 0 }, "gone_at": { "$exists": false } };
    let rooms = watched(db, "rooms.unattended", some).await?;
    let of_room = |room: WatchedDoc| {
        let unattended = room.seats.into_iter().filter(|seat| seat.nodes.is_empty());
        let id = RoomId(room.id.0);
        unattended.map(move |seat| Unattended {
            room: id,
            visitor: VisitorId(seat.id.0),
            renewed: seat.renewed,
            parting: seat.parting,
            address: seat.address,
        })
    };
    Ok(rooms.into_iter().flat_map(of_room).collect())
}

pub async fn of_others(db: &Db, known: &[NodeId]) -> Result<Vec<(RoomId, Vec<NodeId>)>, Error> {
    let nodes = bytes_among(db.run("rooms.nodes", db.rooms.distinct("seats.nodes", doc! {})).await?).into_iter();
    let others: HashSet<NodeId> = nodes.map(NodeId).filter(|node| !known.contains(node)).collect();
    if others.is_empty() {
        return Ok(Vec::new());
    }
    let any: Vec<Bson> = others.iter().map(AsBson::bson).collect();
    let some = doc! { "seats.nodes": { "$in": any }, "gone_at": { "$exists": false } };
    let rooms = watched(db, "rooms.of_nodes", some).await?;
    let of_room = |room: WatchedDoc| {
        let nodes = room.seats.into_iter().flat_map(|seat| seat.nodes).map(|node| NodeId(node.0));
        let mut nodes: Vec<_> =
            nodes.filter(|node| others.contains(node)).collect::<HashSet<_>>().into_iter().collect();
        nodes.sort();
        (RoomId(room.id.0), nodes)
    };
    Ok(rooms.into_iter().map(of_room).filter(|(_, nodes)| !nodes.is_empty()).collect())
}

pub async fn after(db: &Db, after: Option<RoomId>, limit: u32) -> Result<Vec<Room>, Error> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let mut filter = doc! { "gone_at": { "$exists": false } };
    if let Some(after) = after {
        filter.insert("_id", doc! { "$gt": after.bson() });
    }
    let found = async { db.rooms.find(filter).sort(doc! { "_id": 1 }).limit(limit.into()).await?.try_collect().await };
    let documents: Vec<RoomDoc> = db.run("rooms.after", found).await?;
    let mut rooms = Vec::with_capacity(documents.len());
    for mut document in documents {
        // The news belongs to the room's log, which the caller reads next.
        news::flush(db, &mut document, &mut None).await?;
        rooms.push(document.room());
    }
    Ok(rooms)
}

/// Removes everything that a gone room held, in steps that are short enough for the time limit. May be repeated.
pub async fn clear(db: &Db, id: RoomId) -> Result<(), Error> {
    const STEP: u64 = 5000;
    passes::end_all(db, id).await?;
    let end = entries::end(db, id).await?;
    let mut upto = 0;
    while upto < end {
        upto = (upto + STEP).min(end);
        gifs::doubt_gifs_of(db, id, upto).await?;
        shelves::remove_sent_in(db, id, upto).await?;
        entries::remove(db, id, upto).await?;
    }
    Ok(())
}

/// Clears every gone room once more, in case of a late append, and removes old tombstones.
pub async fn sweep(db: &Db, now: Timestamp) -> Result<(), Error> {
    #[derive(Deserialize)]
    struct Gone {
        #[serde(rename = "_id")]
        id: Id,
        gone_at: Timestamp,
    }
    let rooms = db.rooms.clone_with_type::<Gone>();
    let all = doc! { "gone_at": { "$exists": true } };
    let found = async { rooms.find(all).projection(doc! { "gone_at": 1 }).await?.try_collect::<Vec<_>>().await };
    for gone in db.run("rooms.gone", found).await? {
        let id = RoomId(gone.id.0);
        clear(db, id).await?;
        if now.millis_since(gone.gone_at) > TOMBSTONE_MS {
            let tombstone = doc! { "_id": id.bson(), "gone_at": { "$exists": true } };
            db.run("rooms.forget", db.rooms.delete_one(tombstone)).await?;
        }
    }
    Ok(())
}
