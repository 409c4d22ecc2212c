//! Tests of what only this driver does: it opens its file again, meets a full disk, and shares transactions.

mod erasing;
mod leftovers;
mod migration;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::mpsc;

use tempfile::TempDir;
use tokio::task::JoinSet;

use super::*;
use crate::store::cases::*;
use crate::store::{RoomChange, SessionRecord, Sight, Updated};
use chat::entry::{Emoji, Entry};
use chat::id::{ClientId, RoomId};
use chat::record::{NewEntry, Room};
use chat::time::Timestamp;
use chat::visitor::Person;

/// An empty store in a new directory.
pub async fn fresh() -> Fresh {
    let place = TempDir::new().expect("a directory");
    let store = SqliteStore::open(&file_in(&place)).expect("a new database");
    Fresh { store: Arc::new(store), keep: Box::new(place) }
}

fn file_in(place: &TempDir) -> PathBuf {
    place.path().join("gifchat.db")
}

/// Opens the store, and returns it both as the port and as its own type.
fn open(place: &TempDir) -> (AnyStore, Arc<SqliteStore>) {
    let store = Arc::new(SqliteStore::open(&file_in(place)).expect("a database"));
    (Arc::clone(&store) as AnyStore, store)
}

#[tokio::test]
async fn opening_again_finds_everything() {
    let place = TempDir::new().expect("a directory");
    let (store, _) = open(&place);
    let id = room_of(&store, &[1, 2, 3]).await;
    say(&store, id, 1, "기억해?").await;
    show(&store, id, 2, 1).await;
    leave(&store, id, 1).await.expect("a seat");
    join(&store, id, 1).await.expect("a free seat");
    let record = SessionRecord { data: b"cookie".to_vec(), expires_at: Timestamp(NOW.0 + 1) };
    store.save_session("a", record.clone()).await.expect("saved");
    let before = (store.room(id).await, store.cards().await, store.unattended().await, log(&store, id).await);
    store.close().await;

    let (store, _) = open(&place);
    assert_eq!((store.room(id).await, store.cards().await, store.unattended().await, log(&store, id).await), before);
    assert_eq!(store.load_session("a", NOW).await, Ok(Some(record)));
    assert_eq!(store.may_see_gif(id, visitor(1), hash(1)).await, Ok(Sight::Public));
    assert_eq!(say(&store, id, 1, "응").await.seq, store.last_seq(id).await.expect("a seq"));
}

/// After each kind of change, a cached snapshot equals one that is read anew, for every visitor.
#[tokio::test]
async fn a_cached_snapshot_is_what_is_stored() {
    let place = TempDir::new().expect("a directory");
    let (store, driver) = open(&place);
    let id = room_of(&store, &[1, 2, 3]).await;
    let compare = async || {
        for (n, messages) in [(1, 50), (2, 50), (3, 50), (3, 2), (4, 50)] {
            for _ in 0..2 {
                let anew = driver
                    .readers
                    .run_here(|db| super::pages::snapshot(db, &SnapshotCache::default(), id, visitor(n), messages));
                assert_eq!(store.snapshot(id, visitor(n), messages).await, anew, "{n}, {messages}");
            }
        }
    };
    compare().await;
    let said = say(&store, id, 1, "첫째").await;
    compare().await;
    whispers::whisper(&store, id, 2, 3, text("쉿")).await;
    compare().await;
    changes::react(&store, id, 3, said.seq, Emoji::Heart, true).await;
    compare().await;
    changes::remove(&store, id, 1, &said).await;
    compare().await;
    join(&store, id, 4).await.expect("a free seat");
    compare().await;
    leave(&store, id, 1).await.expect("a seat");
    compare().await;
    for n in 2..=4 {
        leave(&store, id, n).await.expect("a seat");
    }
    compare().await;
    assert_eq!(store.snapshot(id, visitor(2), 50).await, Err(Error::NotFound));
}

/// Otherwise each message would change a page of an index where only its author's messages are, and the log of changes would be as
/// long as many times the messages.
#[tokio::test]
async fn messages_of_many_people_change_few_pages() {
    let place = TempDir::new().expect("a directory");
    let (store, _) = open(&place);
    let people: Vec<u16> = (1..=64).collect();
    let id = room_of(&store, &people).await;
    let all_speak = async |store: &AnyStore| {
        let speaking = people.clone().into_iter().map(|n| (n, Arc::clone(store)));
        let speaking: JoinSet<_> = speaking.map(|(n, store)| async move { say(&store, id, n, "하나").await }).collect();
        speaking.join_all().await;
    };
    for _ in 0..40 {
        all_speak(&store).await;
    }
    store.close().await;
    let (store, _) = open(&place);
    all_speak(&store).await;

    // The format of this file: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
    let log = std::fs::read(place.path().join("gifchat.db-wal")).expect("a write-ahead log");
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().expect("four bytes"));
    let frames = log[32..].chunks_exact(24 + number(&log[8..12]) as usize);
    let pages: BTreeSet<_> = frames.map(|frame| number(&frame[..4])).collect();
    assert!((2..40).contains(&pages.len()), "{} pages", pages.len());
}

#[tokio::test]
async fn closing_leaves_one_file() {
    let place = TempDir::new().expect("a directory");
    let (store, _) = open(&place);
    room_of(&store, &[1]).await;
    store.cards().await.expect("a reader was there too");
    store.close().await;
    let files: Vec<_> =
        std::fs::read_dir(place.path()).expect("a directory").flatten().map(|f| f.file_name()).collect();
    assert_eq!(files, ["gifchat.db"]);
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let place = TempDir::new().expect("a directory");
    let (store, _) = open(&place);
    room_of(&store, &[1]).await;
    for file in std::fs::read_dir(place.path()).expect("a directory").flatten() {
        let mode = file.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", file.file_name());
    }
}

#[test]
fn a_database_of_a_newer_version_is_refused() {
    let place = TempDir::new().expect("a directory");
    let db = schema::open(&file_in(&place)).expect("a new database");
    db.pragma_update(None, "user_version", 999).expect("a version");
    drop(db);
    let refused = SqliteStore::open(&file_in(&place)).map(drop).expect_err("a newer version");
    assert!(matches!(refused, OpenError::Newer { found: 999, .. }));
    assert!(refused.to_string().contains("newer version"), "{refused}");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let place = TempDir::new().expect("a directory");
    std::fs::write(file_in(&place), "GIF89a".repeat(1000)).expect("a file");
    assert!(matches!(SqliteStore::open(&file_in(&place)), Err(OpenError::Sqlite(_))));
}

/// Every query uses an index, except those that list everything.
#[test]
fn no_statement_scans_a_table_that_grows() {
    let place = TempDir::new().expect("a directory");
    let db = schema::open(&file_in(&place)).expect("a new database");
    for (name, statement) in sql::ALL {
        let mut explain = db.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).expect(name);
        // The parameters are not bound, because the plan does not depend on them.
        let plan: Vec<String> = explain.raw_query().mapped(|row| row.get(3)).collect::<Result<_, _>>().expect(name);
        let lists_all = matches!(
            *name,
            "ALL_ROOMS"
                | "SEATS_OF_ALL_ROOMS"
                | "SEATS_WITH_STALE_LOOKS"
                | "UNATTENDED_SEATS"
                | "ATTENDED_SEATS"
                | "ALL_NODES"
                | "LOAD_OF_EVERYONE"
        );
        for step in plan {
            assert!(lists_all || !step.starts_with("SCAN"), "{name}: {step}");
            assert!(!step.contains("TEMP B-TREE"), "{name} sorts: {step}");
        }
    }
}

/// SQLite plans some statements for the first values they are given, and plans them again for others. Ours are not among them.
#[test]
fn no_statement_is_prepared_more_than_once() {
    let place = TempDir::new().expect("a directory");
    let db = schema::open(&file_in(&place)).expect("a new database");
    for (name, statement) in sql::ALL {
        let mut statement = db.prepare(statement).expect(name);
        for value in 1..=3 {
            for parameter in 1..=statement.parameter_count() {
                statement.raw_bind_parameter(parameter, value).expect(name);
            }
            let mut rows = statement.raw_query();
            while rows.next().expect(name).is_some() {}
        }
        assert_eq!(statement.get_status(rusqlite::StatementStatus::RePrepare), 0, "{name}");
    }
}

/// How often others have whispered a GIF to each other costs a reader nothing, and cannot be told from the time of the answer.
#[test]
fn whispers_of_others_are_not_read() {
    let place = TempDir::new().expect("a directory");
    let db = schema::open(&file_in(&place)).expect("a new database");
    let (room, sha, reader) = ([1; 16], [2; 32], [3; 16]);
    db.execute(
        "INSERT INTO rooms (id, title, capacity, owner, created_at, rev) VALUES (?1, '', 9, ?2, 0, 0)",
        (room, reader),
    )
    .expect("a room");
    db.execute("INSERT INTO seats (room, place, visitor, name, since) VALUES (?1, 0, ?2, '', 0)", (room, reader))
        .expect("a seat");
    let whisper =
        "INSERT INTO entries (room, seq, author, client, at, gif, body, target) VALUES (?1, ?2, ?3, ?2, 0, ?4, '', ?5)";
    let mut whisper = db.prepare(whisper).expect("a statement");
    let mut seq = 0;
    let mut taken_after = |count: u32| {
        for _ in 0..count {
            seq += 1;
            whisper.execute((room, seq, [4; 16], sha, [5; 16])).expect("a whisper");
        }
        let taken = |statement: &str, parameters: &[&[u8]]| {
            let mut statement = db.prepare(statement).expect("a statement");
            let found = statement.exists(rusqlite::params_from_iter(parameters)).expect("an answer");
            (found, statement.get_status(rusqlite::StatementStatus::VmStep))
        };
        [taken(sql::GIF_SHOWN_TO, &[&sha, &room, &reader]), taken(sql::GIF_SEEN_BY, &[&reader, &sha])]
    };
    let one = taken_after(1);
    assert!(one.iter().all(|(found, _)| !found));
    assert_eq!(taken_after(2000), one);
}

#[tokio::test]
async fn a_full_disk_loses_nothing_and_works_again_with_space() {
    let place = TempDir::new().expect("a directory");
    let (store, sqlite) = open(&place);
    let id = room_of(&store, &[1]).await;
    limit_pages(&sqlite, 60).await;

    let mut acknowledged = log(&store, id).await;
    let mut refused = None;
    while refused.is_none() {
        // Several messages are sent at once, so that some of them share a transaction with one that finds the disk full.
        let mut sending = JoinSet::new();
        for _ in 0..20 {
            let store = Arc::clone(&store);
            sending.spawn(async move { send(&store, id, 1, text(&"가득 ".repeat(300))).await });
        }
        for answer in sending.join_all().await {
            match answer {
                Ok(entry) => acknowledged.push(entry),
                Err(error) => refused = Some(error),
            }
        }
    }
    assert_eq!(refused, Some(Error::Unavailable));
    acknowledged.sort_by_key(|entry| entry.seq);
    assert_whole(&acknowledged);
    // The numbers are compared first, since a failure would print the long texts.
    assert_eq!(seqs(&log(&store, id).await), seqs(&acknowledged));
    assert!(log(&store, id).await == acknowledged);
    assert_eq!(store.last_seq(id).await, Ok(acknowledged.len() as u64));

    limit_pages(&sqlite, 1 << 20).await;
    acknowledged.push(say(&store, id, 1, "자리가 났다").await);
    store.close().await;
    let (store, _) = open(&place);
    assert!(log(&store, id).await == acknowledged);
}

async fn limit_pages(sqlite: &SqliteStore, pages: u32) {
    let limit = move |db: &Connection| {
        db.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        Ok(())
    };
    sqlite.write(limit).await.expect("a limit");
}

/// Blocks the writer until the returned sender is dropped, so that whatever is sent meanwhile shares one transaction.
async fn hold_up(sqlite: &Arc<SqliteStore>) -> mpsc::Sender<()> {
    let (go_on, wait) = mpsc::channel::<()>();
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let sqlite = Arc::clone(sqlite);
    tokio::spawn(async move {
        let job = move |_: &Connection| {
            let _ = begun.send(());
            let _ = wait.recv();
            Ok(())
        };
        sqlite.write(job).await
    });
    has_begun.await.expect("the writer");
    go_on
}

/// Runs `odd` between two messages in one transaction. Returns the three answers, and the length of the log after one more
/// message.
async fn between_two_messages<F>(odd: F) -> ([Result<(), Error>; 3], usize)
where
    F: FnOnce(&Connection) -> Result<(), Failure> + Send + 'static,
{
    let place = TempDir::new().expect("a directory");
    let (store, sqlite) = open(&place);
    let id = room_of(&store, &[1]).await;
    let go_on = hold_up(&sqlite).await;
    // Each future is polled once, in this order, so all three are queued when the last one lets the writer go on.
    let answers = tokio::join!(
        biased;
        send(&store, id, 1, text("먼저")),
        sqlite.write(odd),
        send(&store, id, 1, text("나중")),
        async move { drop(go_on) },
    );
    say(&store, id, 1, "그리고").await;
    let log = log(&store, id).await;
    assert_whole(&log);
    ([answers.0.map(drop), answers.1, answers.2.map(drop)], log.len())
}

#[tokio::test]
async fn a_job_that_fails_undoes_only_itself() {
    let (answers, lines) = between_two_messages(|db| {
        db.execute("DELETE FROM entries", [])?;
        Err(Error::Full.into())
    })
    .await;
    assert_eq!(answers, [Ok(()), Err(Error::Full), Ok(())]);
    assert_eq!(lines, 4);
}

#[tokio::test]
async fn a_job_that_panics_undoes_only_itself() {
    let (answers, lines) = between_two_messages(|db| {
        db.execute("DELETE FROM entries", [])?;
        panic!("a bug");
    })
    .await;
    assert_eq!(answers, [Ok(()), Err(Error::Internal), Ok(())]);
    assert_eq!(lines, 4);
}

#[tokio::test]
async fn a_statement_that_is_wrong_is_an_internal_error() {
    let (answers, lines) = between_two_messages(|db| Ok(db.execute("DELETE FROM nowhere", []).map(drop)?)).await;
    assert_eq!(answers, [Ok(()), Err(Error::Internal), Ok(())]);
    assert_eq!(lines, 4);
}

/// SQLite itself rolls back a transaction like this after some errors of the disk.
#[tokio::test]
async fn nobody_is_told_of_success_when_the_transaction_is_lost() {
    let (answers, lines) = between_two_messages(|db| Ok(db.execute_batch("ROLLBACK")?)).await;
    assert_eq!(answers, [const { Err(Error::Unavailable) }; 3]);
    assert_eq!(lines, 2, "the next transaction is a new one");
}

/// Enough people for the room to be cached.
fn crowd() -> Vec<u16> {
    (1..=40).collect()
}

#[tokio::test]
async fn a_room_that_is_remembered_is_as_it_is_stored() {
    let place = TempDir::new().expect("a directory");
    let (store, _) = open(&place);
    let id = room_of(&store, &crowd()).await;
    for n in [41, 42] {
        join(&store, id, n).await.expect("a free seat");
    }
    // Speaking changes the room's `spoken_at` without incrementing its `rev`.
    let later = Timestamp(NOW.0 + 60_000);
    let said = text("나중에");
    store.append(id, visitor(2), ClientId::generate(), said.into(), later).await.expect("said");
    leave(&store, id, 1).await.expect("left");
    let renamed = people::rename(&store, id, 7, "민수").await.room;
    assert_eq!(renamed.spoken_at, Some(later));
    let refused: RoomChange = Arc::new(|room: &mut Room| {
        room.seats.clear();
        Err(Error::Full)
    });
    assert_eq!(store.update_room(id, refused).await, Err(Error::Full));
    let away = people::set_away(&store, id, 42, true).await.room;
    assert_eq!(store.room(id).await.as_ref(), Ok(&away));
    let same: RoomChange = Arc::new(|_: &mut Room| Ok(Vec::new()));
    assert_eq!(store.update_room(id, same).await, Ok(Updated { room: away, entries: Vec::new() }));
}

/// When a transaction is lost, the cached result of its changes is not used.
#[tokio::test]
async fn what_could_not_be_stored_is_not_remembered() {
    let place = TempDir::new().expect("a directory");
    let (store, sqlite) = open(&place);
    let id = room_of(&store, &crowd()).await;
    let before = join(&store, id, 41).await.expect("a free seat").room;
    let go_on = hold_up(&sqlite).await;
    let answers = tokio::join!(
        biased;
        join(&store, id, 42),
        leave(&store, id, 1),
        sqlite.write(|db| Ok(db.execute_batch("ROLLBACK")?)),
        async move { drop(go_on) },
    );
    assert_eq!((answers.0.map(drop), answers.1.map(drop)), (Err(Error::Unavailable), Err(Error::Unavailable)));
    assert_eq!(store.room(id).await.as_ref(), Ok(&before));
    let after = people::rename(&store, id, 2, "민수").await.room;
    assert_eq!((after.rev, after.seats.len()), (before.rev + 1, before.seats.len()));
    assert_eq!(store.room(id).await, Ok(after));
}
