//! A change of a room is stored once, and only the difference is written.

use std::time::Instant;

use mongodb::bson::{Document, oid::ObjectId};

use super::engine::{Engine, LogLines};
use super::*;
use crate::store::mongo::room_doc::RoomDoc;
use crate::store::mongo::values::{AsBson, int};
use crate::store::mongo::write_queue::difference;
use chat::visitor::likeness::Named;

/// A majority confirms the change too late for every attempt. The first attempt stores it, and no other does.
#[tokio::test]
async fn a_change_is_made_once_however_late_a_majority_has_it() {
    let engine = Engine::stand_in(&[]);
    let database = TestDatabase::on(&engine.uri());
    let mongo = database.open().await;
    let store = Arc::clone(&mongo) as AnyStore;
    let id = room_of(&store, &[1, 2]).await;
    let before = store.room(id).await.expect("the room");
    let (lines, _guard) = LogLines::capture();

    engine.hold_majority(true).await;
    let renew = |room: &mut Room| {
        room.renew_seat(visitor(2));
        Ok(Vec::new())
    };
    let renewed = store.update_room(id, Arc::new(renew));
    let let_go = async {
        let begun = Instant::now();
        // It was stored, and tried again. (Such failures are logged once a second.)
        while lines.with("a write was not confirmed").len() < 2 {
            assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", lines.with(""));
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(store.room(id).await.as_ref(), Ok(&before), "what a majority has not is not shown");
        engine.hold_majority(false).await;
    };
    let (renewed, ()) = tokio::join!(renewed, let_go);
    let renewed = renewed.expect("a change").room;
    assert_eq!((renewed.rev, renewed.seats[1].renewed), (before.rev + 1, 1));
    assert_eq!(store.room(id).await, Ok(renewed));
}

/// The same holds for the end of a room, although there is no room any more to look at.
#[tokio::test]
async fn who_left_last_has_left_however_late_a_majority_has_it() {
    let engine = Engine::stand_in(&[]);
    let database = TestDatabase::on(&engine.uri());
    let store: AnyStore = database.open().await;
    let id = room_of(&store, &[1]).await;
    let (lines, _guard) = LogLines::capture();
    engine.hold_majority(true).await;
    let let_go = async {
        while lines.with("a write was not confirmed").is_empty() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        engine.hold_majority(false).await;
    };
    let (left, ()) = tokio::join!(leave(&store, id, 1), let_go);
    let left = left.expect("a seat");
    assert!(left.room.is_gone());
    assert_eq!(seqs(&left.entries), [2]);
    assert_eq!(store.room(id).await, Err(Error::NotFound));
}

/// Random numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }
}

/// Does a random act, which may change the room.
fn act(room: &mut Room, dice: &mut Dice) {
    let somebody = |room: &Room, dice: &mut Dice| room.seats[dice.throw(room.seats.len() as u64) as usize].person.id;
    let who = somebody(room, dice);
    match dice.throw(9) {
        0 | 1 => drop(room.take_seat(&Named::new(person(dice.throw(500) as u16)), NOW)),
        2 if room.seats.len() > 1 => drop(room.end_seat(who, NOW)),
        3 => drop(room.watch_seat(who, node(dice.throw(3) as u8))),
        4 => room.unwatch_seat(who, node(dice.throw(3) as u8)),
        5 => room.renew_seat(who),
        6 => room.drop_node(node(dice.throw(3) as u8)),
        7 => room.spoken_at = (dice.throw(2) == 1).then(|| Timestamp(NOW.0 + dice.throw(1000))),
        _ if who != room.owner => drop(room.throw_out(room.owner, who, None, NOW)),
        _ => {}
    }
}

#[tokio::test]
async fn writing_the_difference_is_writing_all() {
    let database = TestDatabase::new();
    let mongo = database.open().await;
    let rooms = mongo.database().collection::<Document>("rooms");
    let mut dice = Dice(7);
    let people: Vec<u16> = (1..=30).collect();
    let (mut room, _) = new_room(&people, 1000);
    // One room is changed by differences, and the other is written as a whole.
    let other = RoomId::generate();
    for id in [room.id, other] {
        let document = RoomDoc::new(&Room { id, ..room.clone() }, Vec::new());
        mongo.db.rooms.insert_one(document).await.expect("inserted");
    }
    for _ in 0..rounds(150) {
        let before = room.clone();
        for _ in 0..=dice.throw(3) {
            act(&mut room, &mut dice);
        }
        room.rev += 1;
        let state = |id: RoomId| doc! { "_id": id.bson(), "rev": int(before.rev) };
        let update = difference::update(&before, &room, Vec::new(), ObjectId::new()).expect("an update");
        let done = rooms.update_one(state(room.id), update.clone()).await.expect("updated");
        assert_eq!(done.matched_count, 1);
        let mut all = RoomDoc::new(&room, Vec::new()).into_changes().expect("a document");
        let mut unset = doc! { "nothing": "" };
        match room.spoken_at {
            Some(at) => drop(all.insert("spoken_at", at.bson())),
            None => drop(unset.insert("spoken_at", "")),
        }
        rooms.update_one(state(other), doc! { "$set": all, "$unset": unset }).await.expect("updated");

        let mut found = Vec::new();
        for id in [room.id, other] {
            let mut document = rooms.find_one(doc! { "_id": id.bson() }).await.expect("found").expect("a room");
            let stamps = document.get_array("stamps").map_or(0, Vec::len);
            assert!(stamps <= 32 && (id == other) == (stamps == 0), "{stamps} stamps");
            for own in ["_id", "stamp", "stamps"] {
                document.remove(own);
            }
            // (A field that is set again may be in another place.)
            let mut fields: Vec<_> = document.into_iter().collect();
            fields.sort_by(|one, other| one.0.cmp(&other.0));
            found.push(fields);
        }
        assert_eq!(found[0], found[1], "{update:?}");
        let stored = mongo.db.rooms.find_one(doc! { "_id": room.id.bson() }).await.expect("found").expect("a room");
        assert!(stored.room() == room);
    }
}
