//! A server that goes away and comes back, or that cannot be used.

use std::time::Instant;

use rstest::rstest;
use tempfile::TempDir;

use super::engine::{Engine, LogLines, free_port};
use super::*;

/// Longer than the time limit of an operation.
const LIMIT: Duration = Duration::from_secs(8);

/// An answer within this time counts as "at once", even on a busy machine.
const AT_ONCE: Duration = Duration::from_millis(300);

async fn until_ready(store: &AnyStore) {
    let begun = Instant::now();
    while store.ready().await.is_err() {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not come back");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// The first call fails within the limit, and all others fail at once.
async fn assert_unavailable(store: &AnyStore, id: RoomId) {
    let begun = Instant::now();
    assert_eq!(send(store, id, 1, text("들려?")).await, Err(Error::Unavailable));
    assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
    let begun = Instant::now();
    for _ in 0..10 {
        assert_eq!(send(store, id, 1, text("들려?")).await, Err(Error::Unavailable));
        assert_eq!(join(store, id, 2).await, Err(Error::Unavailable));
        assert_eq!(store.room(id).await, Err(Error::Unavailable));
        assert_eq!(store.cards().await, Err(Error::Unavailable));
        assert_eq!(store.load_session("a", NOW).await, Err(Error::Unavailable));
        assert_eq!(store.hold_gif(hash(1), NOW).await, Err(Error::Unavailable));
        assert_eq!(store.ready().await, Err(Error::Unavailable));
    }
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
}

fn assert_told_once(lines: &LogLines) {
    assert_eq!(lines.with("MongoDB is away").len(), 1, "{:?}", lines.with(""));
    assert_eq!(lines.with("MongoDB is back").len(), 1, "{:?}", lines.with(""));
    assert!(lines.with("MongoDB is away")[0].starts_with("WARN"));
    assert!(lines.with("MongoDB is back")[0].starts_with("INFO"));
    assert!(lines.with("ERROR").is_empty(), "{:?}", lines.with("ERROR"));
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_the_server_was_stopped_and_started() {
    let folder = TempDir::new().expect("a folder");
    let port = free_port();
    let engine = Engine::start_in(port, folder.path());
    let database = TestDatabase::on(&engine.uri());
    let store: AnyStore = database.open().await;
    let (lines, _guard) = LogLines::capture();
    let id = room_of(&store, &[1]).await;
    for n in 0..50 {
        say(&store, id, 1, &format!("{n}")).await;
    }
    let acknowledged = log(&store, id).await;

    engine.stop();
    assert_unavailable(&store, id).await;
    let engine = Engine::start_in(port, folder.path());
    until_ready(&store).await;
    assert!(log(&store, id).await == acknowledged);
    assert_eq!(say(&store, id, 1, "돌아왔다").await.seq, 52);
    assert_told_once(&lines);
    store.close().await;
    drop(database);
    engine.stop();
}

#[tokio::test]
async fn a_server_that_does_not_answer_holds_nobody_up() {
    let engine = Engine::start();
    let database = TestDatabase::on(&engine.uri());
    let store: AnyStore = database.open().await;
    let (lines, _guard) = LogLines::capture();
    let id = room_of(&store, &[1]).await;
    let client = ClientId::generate();

    engine.signal("STOP");
    let begun = Instant::now();
    // It is unknown whether this is stored.
    assert_eq!(store.append(id, visitor(1), client, text("들려?").into(), NOW).await, Err(Error::Unavailable));
    assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
    assert_unavailable(&store, id).await;
    engine.signal("CONT");
    until_ready(&store).await;
    let appended = store.append(id, visitor(1), client, text("들려?").into(), NOW).await.expect("said");
    let said = log(&store, id).await;
    assert_whole(&said);
    assert_eq!(said.iter().filter(|line| line.client == client).count(), 1);
    assert!(said.contains(&appended.entry));
    assert_told_once(&lines);
}

#[tokio::test]
async fn closing_while_the_server_is_away_does_not_wait_for_it() {
    let engine = Engine::start();
    let database = TestDatabase::on(&engine.uri());
    let store: AnyStore = database.open().await;
    let id = room_of(&store, &[1]).await;
    engine.stop();
    let begun = Instant::now();
    let (said, ()) = tokio::join!(send(&store, id, 1, text("들려?")), store.close());
    assert_eq!(said, Err(Error::Unavailable));
    assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_server_that_starts_later_is_waited_for() {
    let port = free_port();
    let uri = MongoUri::parse(&format!("mongodb://127.0.0.1:{port}")).expect("a connection string");
    let (lines, _guard) = LogLines::capture();
    let waiting = tokio::spawn(async move { MongoStore::open(&uri, Duration::from_secs(60)).await.map(drop) });
    while lines.with("").is_empty() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(lines.with(""), [format!("INFO message=waiting for MongoDB at 127.0.0.1:{port}")]);
    let _engine = Engine::start_with(port, None, None);
    assert_eq!(waiting.await.expect("no panic"), Ok(()));
    assert_eq!(lines.with("").len(), 1);
}

#[rstest]
#[case::nobody("127.0.0.1:1")]
#[case::no_such_name("nowhere.invalid")]
#[tokio::test]
async fn a_server_that_is_not_there_is_named_and_nothing_else(#[case] host: &str) {
    let uri = MongoUri::parse(&format!("mongodb://somebody:s3cret@{host}/")).expect("a connection string");
    let refused = MongoStore::open(&uri, Duration::ZERO).await.map(drop).expect_err("nobody there");
    assert!(matches!(refused, OpenError::Unreachable { .. }), "{refused}");
    assert!(refused.to_string().contains(host), "{refused}");
    assert!(!format!("{refused} {refused:?}").contains("s3cret"), "{refused:?}");
}

#[tokio::test]
async fn a_server_that_is_too_old_is_refused() {
    let engine = Engine::start_with(free_port(), None, Some(7));
    let uri = MongoUri::parse(&engine.uri()).expect("a connection string");
    // (The store waits for it while it starts, but not once it has answered.)
    let refused = MongoStore::open(&uri, Duration::from_secs(60)).await.map(drop).expect_err("an old server");
    assert_eq!(refused, OpenError::TooOld { hosts: format!("127.0.0.1:{}", engine.port) });
}
