//! What MongoDB really does, according to its manual and its own tests, and what this driver makes of it.

use std::time::Instant;

use mongodb::bson::Bson;
use rstest::rstest;

use super::engine::{Engine, LogLines};
use super::*;
use crate::store::mongo::values::AsBson;

async fn store_on(engine: &Engine) -> (TestDatabase, Arc<MongoStore>) {
    let database = TestDatabase::on(&engine.uri());
    let store = database.open().await;
    (database, store)
}

/// As in mongod's distinct_multikey_dotted_path.js, an index has `undefined` for an empty array and null for a missing one.
#[tokio::test]
async fn seats_without_nodes_do_not_hide_those_of_dead_nodes() {
    let engine = Engine::stand_in(&[]);
    let (_database, mongo) = store_on(&engine).await;
    let store = Arc::clone(&mongo) as AnyStore;
    let id = room_of(&store, &[1, 2]).await;
    let gone = room_of(&store, &[1]).await;
    leave(&store, gone, 1).await.expect("a seat");
    let watch = |room: &mut Room| room.watch_seat(visitor(2), node(7)).map(|()| Vec::new());
    store.update_room(id, Arc::new(watch)).await.expect("a seat");

    let answered = mongo.db.rooms.distinct("seats.nodes", doc! {}).await.expect("an answer");
    assert!(answered.contains(&Bson::Undefined) && answered.contains(&Bson::Null), "{answered:?}");
    assert!(answered.contains(&node(7).bson()), "{answered:?}");
    let rooms = mongo.database().collection::<Document>("rooms");
    let refused = rooms.find_one(doc! { "seats.nodes": { "$in": answered } }).await.expect_err("refused");
    assert!(refused.to_string().contains("BadValue"), "{refused}");

    assert_eq!(store.rooms_of_others(&[]).await, Ok(vec![(id, vec![node(7)])]));
    assert_eq!(store.rooms_of_others(&[node(7)]).await, Ok(vec![]));
}

/// A refused command is unavailable to the caller, and the next one works again.
#[tokio::test]
async fn what_passes_is_not_an_internal_error() {
    let engine = Engine::stand_in(&[]);
    let (_database, mongo) = store_on(&engine).await;
    let store = Arc::clone(&mongo) as AnyStore;
    let id = room_of(&store, &[1]).await;
    for code in [13, 24, 43, 112, 148, 175, 365, 462, 11601, 14031, 16500] {
        engine.fail(1, &["find"], doc! { "errorCode": code }).await;
        assert_eq!(store.room(id).await.map(drop), Err(Error::Unavailable), "{code}");
        engine.fail(1, &["update"], doc! { "errorCode": code }).await;
        assert_eq!(store.ready().await, Err(Error::Unavailable), "{code}");
        engine.fail_no_more().await;
        assert_eq!((store.room(id).await.map(drop), store.ready().await), (Ok(()), Ok(())), "{code}");
    }
    for label in ["RetryableWriteError", "TransientTransactionError", "SystemOverloadedError"] {
        engine.fail(9, &["update"], doc! { "errorCode": 2, "errorLabels": [label] }).await;
        assert_eq!(store.ready().await, Err(Error::Unavailable), "{label}");
    }
    engine.fail(1, &["find"], doc! { "errorCode": 2 }).await;
    assert_eq!(store.room(id).await.map(drop), Err(Error::Internal), "what it cannot mean is a fault of ours");
}

/// An entry that was stored is found again by a repetition, whatever the server answered.
#[rstest]
#[case::not_confirmed(doc! { "writeConcernError": { "code": 64, "errmsg": "waiting for replication timed out" } })]
#[case::refused(doc! { "errorCode": 112 })]
#[case::no_answer(doc! { "closeConnection": true })]
#[tokio::test]
async fn what_is_said_is_said_once_though_nobody_confirms_it(#[case] failure: Document) {
    let engine = Engine::stand_in(&[]);
    let (_database, mongo) = store_on(&engine).await;
    let store = Arc::clone(&mongo) as AnyStore;
    let id = room_of(&store, &[1]).await;
    engine.fail(1, &["insert"], failure.clone()).await;
    let client = ClientId::generate();
    let begun = Instant::now();
    while store.append(id, visitor(1), client, text("들려?").into(), NOW).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "it is never said");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(log(&store, id).await.iter().filter(|line| line.client == client).count(), 1);
    engine.fail(1, &["update"], failure).await;
    while join(&store, id, 2).await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "nobody gets in");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_whole(&log(&store, id).await);
    assert_eq!(log(&store, id).await.len(), 3);
}

#[rstest]
#[case::alone(&[], "")]
#[case::in_a_set(&[("MONGODB_REPLICA_SET", "rs0")], "/?replicaSet=rs0")]
#[tokio::test]
async fn an_election_is_waited_out(#[case] claims: &[(&str, &str)], #[case] options: &str) {
    let engine = Engine::stand_in(claims);
    let database = TestDatabase::on(&format!("{}{options}", engine.uri()));
    let store: AnyStore = database.open().await;
    let (lines, _guard) = LogLines::capture();
    let id = room_of(&store, &[1]).await;
    say(&store, id, 1, "여기").await;
    engine.command(doc! { "replSetStepDown": 2 }).await;
    let begun = Instant::now();
    let mut refused = 0;
    while let Err(error) = send(&store, id, 1, text("선거")).await {
        assert_eq!(error, Error::Unavailable);
        assert!(begun.elapsed() < Duration::from_secs(60), "nobody is elected");
        refused += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(refused > 0, "there was no election");
    assert_whole(&log(&store, id).await);
    assert_eq!(log(&store, id).await.len(), 3);
    assert_eq!(lines.with("MongoDB is back").len(), lines.with("MongoDB is away").len());
    assert!(lines.with("ERROR").is_empty(), "{:?}", lines.with("ERROR"));
}

#[tokio::test]
async fn sessions_end_by_themselves() {
    let engine = Engine::stand_in(&[]);
    let (_database, mongo) = store_on(&engine).await;
    let store = Arc::clone(&mongo) as AnyStore;
    let record = |expires_at| SessionRecord { data: vec![1], expires_at: Timestamp(expires_at) };
    store.save_session("old", record(NOW.0)).await.expect("saved");
    store.save_session("new", record(NOW.0 * 2)).await.expect("saved");
    let begun = Instant::now();
    while mongo.db.sessions.count_documents(doc! {}).await.expect("a count") > 1 {
        assert!(begun.elapsed() < Duration::from_secs(20), "nothing expires");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(store.load_session("new", NOW).await, Ok(Some(record(NOW.0 * 2))));
}
