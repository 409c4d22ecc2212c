//! Removed data is in none of the files any more, and its space is given back.

use futures_util::future::join_all;

use super::changes::remove;
use super::*;

const SECRET: &str = "여기-있던-말";

/// Counts how often `words` are in the files of the store.
fn found(place: &TempDir, words: &str) -> usize {
    let files = std::fs::read_dir(place.path()).expect("a directory").flatten();
    let count = |bytes: Vec<u8>| bytes.windows(words.len()).filter(|window| *window == words.as_bytes()).count();
    files.map(|file| count(std::fs::read(file.path()).expect("a file"))).sum()
}

fn log_bytes(place: &TempDir) -> u64 {
    std::fs::metadata(place.path().join("gifchat.db-wal")).map_or(0, |log| log.len())
}

async fn pragma(sqlite: &SqliteStore, name: &'static str) -> i64 {
    sqlite.read(move |db| Ok(db.pragma_query_value(None, name, |row| row.get(0))?)).await.expect("a number")
}

#[tokio::test]
async fn what_was_removed_is_in_no_file() {
    let place = TempDir::new().expect("a directory");
    let (store, _) = open(&place);
    let (stays, goes) = (room_of(&store, &[1]).await, room_of(&store, &[1]).await);
    let session = SessionRecord { data: SECRET.as_bytes().to_vec(), expires_at: LATER };
    for n in 0..30 {
        let said = say(&store, stays, 1, &format!("{SECRET} {n}")).await;
        say(&store, goes, 1, &format!("{SECRET} {n}")).await;
        remove(&store, stays, 1, &said).await;
        for id in ["ended", "expired", "changed"] {
            store.save_session(&format!("{id} {n}"), session.clone()).await.expect("saved");
        }
        store.delete_session(&format!("ended {n}")).await.expect("deleted");
        let other = SessionRecord { data: Vec::new(), expires_at: Timestamp(LATER.0 + 1) };
        store.save_session(&format!("changed {n}"), other).await.expect("saved");
    }
    store.sweep(LATER).await.expect("swept");
    leave(&store, goes, 1).await.expect("a seat");
    assert!(found(&place, SECRET) > 0, "it was there");
    store.tidy().await.expect("tidied");
    assert_eq!(found(&place, SECRET), 0);
    assert_eq!(store.room(stays).await.map(|room| room.id), Ok(stays));
}

#[tokio::test]
async fn a_room_that_its_owner_closed_is_in_no_file() {
    let place = TempDir::new().expect("a directory");
    let (store, _) = open(&place);
    let id = room_of(&store, &[1]).await;
    say(&store, id, 1, SECRET).await;
    // No entry reports this.
    let close = |room: &mut Room| room.close(visitor(1)).map(|()| Vec::new());
    store.update_room(id, Arc::new(close)).await.expect("its owner");
    store.tidy().await.expect("tidied");
    assert_eq!(found(&place, SECRET), 0);
}

#[tokio::test]
async fn only_what_was_removed_empties_the_log() {
    let place = TempDir::new().expect("a directory");
    let (store, _) = open(&place);
    let id = room_of(&store, &[1]).await;
    let said = say(&store, id, 1, "하나").await;
    show(&store, id, 1, 1).await;
    join(&store, id, 2).await.expect("a free seat");
    store.tidy().await.expect("nothing to be done");
    assert!(log_bytes(&place) > 0);
    remove(&store, id, 1, &said).await;
    store.tidy().await.expect("tidied");
    assert_eq!(log_bytes(&place), 0);
}

/// SQLite refuses to empty a log that is being copied, and its files would then have to be copied or repaired together.
#[tokio::test]
async fn a_copy_that_has_begun_ends_before_the_store_closes() {
    let place = TempDir::new().expect("a directory");
    let (store, sqlite) = open(&place);
    let id = room_of(&store, &[1]).await;
    let said = say(&store, id, 1, SECRET).await;
    remove(&store, id, 1, &said).await;
    let (begun, begins) = tokio::sync::oneshot::channel();
    let (ended, ends) = mpsc::channel();
    let path = file_in(&place);
    let copy = move || {
        begun.send(()).expect("the test waits");
        // Many copies take longer than closing does if it does not wait for them.
        for _ in 0..500 {
            schema::copy_log(&path).expect("copied");
        }
        ended.send(()).expect("the test waits");
    };
    let tidying = tokio::spawn(async move { sqlite.writer.tidy(copy).await });
    begins.await.expect("a copy");
    // The server stops tidying without waiting, and closes the store.
    tidying.abort();
    store.close().await;
    assert_eq!(log_bytes(&place), 0);
    assert_eq!(ends.try_recv(), Ok(()), "the copy is over");
    assert_eq!(found(&place, SECRET), 0);
}

#[tokio::test]
async fn a_reader_that_stays_is_not_waited_for() {
    let place = TempDir::new().expect("a directory");
    let (store, _) = open(&place);
    let id = room_of(&store, &[1]).await;
    let said = say(&store, id, 1, "하나").await;
    let reader = schema::open_reader(&file_in(&place)).expect("a reader");
    let reading = reader.unchecked_transaction().expect("a transaction");
    reading.query_row("SELECT count(*) FROM entries", [], |row| row.get::<_, i64>(0)).expect("a moment");
    remove(&store, id, 1, &said).await;
    store.tidy().await.expect("not yet");
    say(&store, id, 1, "둘").await;
    assert!(log_bytes(&place) > 0);
    drop(reading);
    store.tidy().await.expect("tidied");
    assert_eq!(log_bytes(&place), 0, "the next time does it");
}

#[tokio::test]
async fn a_new_database_gives_space_back_and_an_old_one_when_it_is_told_to() {
    let place = TempDir::new().expect("a directory");
    let old = Connection::open(file_in(&place)).expect("a file");
    for step in schema::STEPS {
        old.execute_batch(step).expect("the tables");
    }
    old.pragma_update(None, "user_version", schema::STEPS.len() as i64).expect("a version");
    drop(old);
    for is_new in [false, true] {
        let (store, sqlite) = open(&place);
        assert_eq!(pragma(&sqlite, "auto_vacuum").await, if is_new { schema::INCREMENTAL } else { 0 });
        let id = room_of(&store, &[1]).await;
        let words = "긴 이야기 ".repeat(130);
        join_all((0..1500).map(|_| say(&store, id, 1, &words))).await;
        let full = pragma(&sqlite, "page_count").await;
        leave(&store, id, 1).await.expect("a seat");
        while pragma(&sqlite, "freelist_count").await < full * 3 / 4 {
            tokio::task::yield_now().await;
        }
        store.tidy().await.expect("tidied");
        if is_new {
            // The store keeps 256 free pages for the next writes.
            while pragma(&sqlite, "freelist_count").await > 256 {
                tokio::task::yield_now().await;
            }
            assert!(pragma(&sqlite, "page_count").await < full / 2);
        } else {
            assert_eq!(pragma(&sqlite, "page_count").await, full, "not by itself");
        }
        store.close().await;
        let Compacted { before, after } = compact(&file_in(&place)).expect("compacted");
        assert!(after < before && after < 200_000, "{before} {after}");
    }
}
