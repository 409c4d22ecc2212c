//! What a node leaves behind when it dies in the middle of its work, and how others finish the work.

use mongodb::bson::oid::ObjectId;
use mongodb::bson::serialize_to_bson;

use super::*;
use crate::store::mongo::entry_doc::{EntryDoc, FactDoc};
use crate::store::mongo::values::{AsBson, Author, int};
use chat::entry::What;

/// What a visitor does next with the room, through another node.
#[derive(Clone, Copy)]
enum Next {
    Speak,
    Enter,
    Look,
    Export,
}

/// A room that person 2 has entered through a node that died before it appended the news or, if `is_told`, before it
/// removed the news from the room's document.
async fn entered_and_died(database: &TestDatabase, is_told: bool) -> (RoomId, Entry) {
    let node = database.open().await;
    let store = Arc::clone(&node) as AnyStore;
    let id = room_of(&store, &[1]).await;
    let entered = join(&store, id, 2).await.expect("a free seat").entries.remove(0);
    store.close().await;
    let fact = NewEntry::fact(entered.at, entered.person.clone(), entered.client, entered.what.clone());
    let news = serialize_to_bson(&FactDoc::new(&fact)).expect("a fact");
    let back = doc! { "$set": { "news": [news], "told": int(1) } };
    node.db.rooms.update_one(doc! { "_id": id.bson() }, back).await.expect("a step back");
    if !is_told {
        let line = doc! { "room": id.bson(), "seq": int(entered.seq) };
        node.db.entries.delete_one(line).await.expect("a step back");
    }
    (id, entered)
}

#[tokio::test]
async fn what_a_dead_node_has_not_told_is_told_by_the_next() {
    let database = TestDatabase::new();
    for is_told in [false, true] {
        for next in [Next::Speak, Next::Enter, Next::Look, Next::Export] {
            let (id, entered) = entered_and_died(&database, is_told).await;
            let node = database.open().await;
            let store = Arc::clone(&node) as AnyStore;
            match next {
                Next::Speak => assert_eq!(say(&store, id, 2, "나도").await.seq, 3),
                Next::Enter => assert_eq!(seqs(&join(&store, id, 3).await.expect("a free seat").entries), [3]),
                Next::Look => {
                    let snapshot = store.snapshot(id, visitor(1), 9).await.expect("a snapshot");
                    assert_eq!((snapshot.seq, snapshot.room.seats.len()), (2, 2));
                    assert_eq!(snapshot.page.entries[1], entered);
                }
                Next::Export => assert_ne!(store.rooms_after(None, 99).await, Ok(vec![])),
            }
            let lines = log(&store, id).await;
            assert_whole(&lines);
            assert_eq!(lines.iter().filter(|line| line.client == entered.client).count(), 1);
            assert_eq!(lines[1], entered);
            // (The node removes its own news after the answer, and closing waits for that.)
            store.close().await;
            let left = node.db.rooms.find_one(doc! { "_id": id.bson() }).await.expect("the room").expect("the room");
            assert!(left.news.is_empty());
        }
    }
}

/// The last step of a removal that a node did before it died.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Last {
    /// It stored the news.
    News,
    /// It appended the news to the log.
    Log,
    /// It emptied the message.
    Message,
}

/// A GIF that person 2 has shown and removed, through a node that died during the removal.
async fn removed_and_died(database: &TestDatabase, last: Last) -> (RoomId, Entry, Entry) {
    let node = database.open().await;
    let store = Arc::clone(&node) as AnyStore;
    let id = room_of(&store, &[1, 2]).await;
    let shown = show(&store, id, 2, 1).await;
    assert_eq!(condemn(&store, LATER).await, [], "in use, and no longer in doubt");
    let message = shown.clone();
    let remove = move |room: &mut Room| room.remove(visitor(2), &message, NOW);
    let removal = store.update_room(id, Arc::new(remove)).await.expect("removed").entries.remove(0);
    store.close().await;
    let fact = NewEntry::fact(removal.at, removal.person.clone(), removal.client, removal.what.clone());
    let news = serialize_to_bson(&FactDoc::new(&fact)).expect("a fact");
    let back = doc! { "$set": { "news": [news], "told": int(2) } };
    node.db.rooms.update_one(doc! { "_id": id.bson() }, back).await.expect("a step back");
    let line = |seq| doc! { "room": id.bson(), "seq": int(seq) };
    if last == Last::News {
        node.db.entries.delete_one(line(removal.seq)).await.expect("a step back");
    }
    if last != Last::Message {
        let document = EntryDoc::new(ObjectId::new(), id, Author::of(&shown), &shown);
        node.db.entries.delete_one(line(shown.seq)).await.expect("a step back");
        node.db.entries.insert_one(document).await.expect("a step back");
        let held = doc! { "$unset": { "held_until": "" } };
        node.db.gifs.update_one(doc! { "_id": hash(1).bson() }, held).await.expect("a step back");
    }
    (id, shown, removal)
}

#[tokio::test]
async fn what_a_dead_node_has_not_emptied_is_emptied_by_the_next() {
    for last in [Last::News, Last::Log, Last::Message] {
        for next in [Next::Speak, Next::Enter, Next::Look, Next::Export] {
            let database = TestDatabase::new();
            let (id, shown, removal) = removed_and_died(&database, last).await;
            let store: AnyStore = database.open().await;
            match next {
                Next::Speak => assert_eq!(say(&store, id, 1, "뭐였지").await.seq, 5),
                Next::Enter => assert_eq!(seqs(&join(&store, id, 3).await.expect("a free seat").entries), [5]),
                Next::Look => {
                    let snapshot = store.snapshot(id, visitor(1), 9).await.expect("a snapshot");
                    assert_eq!((snapshot.seq, &snapshot.page.entries[2].what), (4, &What::Removed));
                }
                Next::Export => assert_ne!(store.rooms_after(None, 99).await, Ok(vec![])),
            }
            let lines = log(&store, id).await;
            assert_whole(&lines);
            assert_eq!(lines[2], Entry { what: What::Removed, ..shown }, "{last:?}");
            assert_eq!(lines[3], removal, "{last:?}");
            assert_eq!(lines.iter().filter(|line| line.client == removal.client).count(), 1);
            assert_eq!(store.may_see_gif(id, visitor(2), hash(1)).await, Err(Error::NotFound));
            assert_eq!(condemn(&store, LATER).await, [hash(1)], "{last:?}");
            store.close().await;
        }
    }
}

#[tokio::test]
async fn an_append_that_nobody_waits_for_any_more_is_made_once() {
    let database = TestDatabase::new();
    let store: AnyStore = database.open().await;
    let id = room_of(&store, &[1]).await;
    for round in 0..rounds(20) as u64 {
        let client = ClientId::generate();
        let send = store.append(id, visitor(1), client, text("한 번").into(), NOW);
        // The time limits reach from before it is queued to after it is stored.
        let given_up = tokio::time::timeout(Duration::from_micros(round % 20 * 150), send).await;
        let appended = store.append(id, visitor(1), client, text("한 번").into(), NOW).await.expect("said");
        if let Ok(first) = given_up {
            assert_eq!(first.expect("said").entry, appended.entry);
        }
        let lines = log(&store, id).await;
        assert_whole(&lines);
        assert_eq!(lines.iter().filter(|line| line.client == client).count(), 1);
    }
}

/// The append was under way when the room ended.
#[tokio::test]
async fn what_comes_late_into_a_gone_room_is_swept() {
    let database = TestDatabase::new();
    let node = database.open().await;
    let store = Arc::clone(&node) as AnyStore;
    let id = room_of(&store, &[1]).await;
    leave(&store, id, 1).await.expect("a seat");
    let late = async |seq| {
        store.hold_gif(hash(1), NOW).await.expect("held");
        let entry = NewEntry::fact(NOW, person(1), ClientId::generate(), gif(1)).numbered(seq);
        let document = EntryDoc::new(ObjectId::new(), id, Author::of(&entry), &entry);
        node.db.entries.insert_one(document).await.expect("inserted");
    };
    let entries = async || node.db.entries.count_documents(doc! {}).await.expect("a count");
    let marks = async || node.db.rooms.clone_with_type::<mongodb::bson::Document>().count_documents(doc! {}).await;

    late(7).await;
    assert_eq!(store.last_seq(id).await, Ok(0));
    assert_eq!(store.log(id, 0, 99).await, Ok(vec![]));
    assert_eq!(store.cards().await, Ok(vec![]));
    assert_eq!(store.condemn_gifs(NOW, NOW, 9).await, Ok(vec![]), "who sweeps the room decides that");
    store.sweep(NOW).await.expect("swept");
    assert_eq!((entries().await, marks().await.expect("a count")), (0, 1));

    let later = |minutes: u64| Timestamp(NOW.0 + minutes * 60_000);
    late(8).await;
    store.sweep(later(59)).await.expect("swept");
    assert_eq!((entries().await, marks().await.expect("a count")), (0, 1));
    store.sweep(later(61)).await.expect("swept");
    assert_eq!((entries().await, marks().await.expect("a count")), (0, 0));
    assert_eq!(store.condemn_gifs(NOW, later(1), 9).await.map(|condemned| condemned.len()), Ok(1));
}
