//! A large room is removed a little at a time, between other transactions.

use futures_util::future::join_all;
use tokio::task::unconstrained;

use super::*;
use crate::store::sqlite::leftovers::{ENTRIES_PER_STEP, ROWS_PER_STEP};
use crate::store::sqlite::rooms;

/// Entries of a large room.
const MANY: u64 = 10 * ENTRIES_PER_STEP;

/// A large room in which person 1 is alone.
async fn large_room(store: &AnyStore, sqlite: &SqliteStore) -> RoomId {
    let id = room_of(store, &[1]).await;
    let fill = move |db: &Connection| {
        let mut add = db.prepare_cached(sql::ADD_ENTRY)?;
        let person = serde_json::to_string(&person(1)).expect("JSON");
        let body = format!(r#"{{"person":{person},"what":{{"Text":"오래된 이야기"}}}}"#);
        for seq in 2..=MANY {
            let none = None::<i64>;
            let client = ClientId::generate();
            add.execute(rusqlite::params![
                id.0,
                seq as i64,
                visitor(1).0,
                client.0,
                NOW.0 as i64,
                none,
                none,
                none,
                body
            ])?;
        }
        Ok(())
    };
    sqlite.write(fill).await.expect("filled");
    assert_eq!(store.last_seq(id).await, Ok(MANY));
    id
}

fn count(db: &Connection, table: &str) -> Result<u64, Failure> {
    Ok(db.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get::<_, i64>(0))?.unsigned_abs())
}

async fn until_nothing_is_left(sqlite: &SqliteStore) {
    while sqlite.read(|db| count(db, "gone")).await.expect("counted") > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn one_step_is_done_between_two_transactions() {
    let place = TempDir::new().expect("a directory");
    let (store, sqlite) = open(&place);
    let id = large_room(&store, &sqlite).await;
    let go_on = hold_up(&sqlite).await;
    // The end of the room, and enough jobs for three transactions after it, are all queued before the writer goes on.
    let counting = (0..700).map(|_| sqlite.write(|db| count(db, "entries")));
    let (left, counts, ()) =
        unconstrained(async { tokio::join!(biased; leave(&store, id, 1), join_all(counting), async { drop(go_on) }) })
            .await;
    left.expect("a seat");
    let mut counts: Vec<_> = counts.into_iter().map(|count| count.expect("counted")).collect();
    counts.dedup();
    assert_eq!(
        counts,
        [MANY - ENTRIES_PER_STEP, MANY - 2 * ENTRIES_PER_STEP, MANY - 3 * ENTRIES_PER_STEP].map(|left| left + 1),
        "with who left"
    );
    until_nothing_is_left(&sqlite).await;
    assert_eq!(sqlite.read(|db| count(db, "entries")).await, Ok(0));
}

/// A store that was closed right after a large room in it had ended.
async fn closed_too_early() -> (TempDir, Room) {
    let place = TempDir::new().expect("a directory");
    let (store, sqlite) = open(&place);
    let id = large_room(&store, &sqlite).await;
    let room = store.room(id).await.expect("a room");
    let go_on = hold_up(&sqlite).await;
    let (left, (), ()) = tokio::join!(biased; leave(&store, id, 1), store.close(), async { drop(go_on) });
    left.expect("a seat");
    let db = Connection::open(file_in(&place)).expect("a database");
    assert_eq!(count(&db, "gone").expect("counted"), 1);
    assert!(count(&db, "entries").expect("counted") > MANY / 2);
    (place, room)
}

#[tokio::test]
async fn what_is_left_is_removed_after_a_restart() {
    let (place, room) = closed_too_early().await;
    let (store, sqlite) = open(&place);
    assert_eq!(store.log(room.id, 0, 10).await, Ok(vec![]));
    assert_eq!(store.rooms_after(None, 10).await, Ok(vec![]));
    until_nothing_is_left(&sqlite).await;
    assert_eq!(sqlite.read(|db| count(db, "entries")).await, Ok(0));
}

#[tokio::test]
async fn a_room_of_the_same_id_begins_empty() {
    let (place, room) = closed_too_early().await;
    let (store, sqlite) = open(&place);
    assert_eq!(store.restore_room(room.clone()).await, Ok(true));
    assert_eq!(store.log(room.id, 0, 10).await, Ok(vec![]));
    let said = say(&store, room.id, 1, "다시").await;
    assert_eq!(said.seq, 1);
    until_nothing_is_left(&sqlite).await;
    assert_eq!(log(&store, room.id).await, [said]);
}

#[tokio::test]
async fn seats_of_a_room_that_is_gone_are_nobodys() {
    let place = TempDir::new().expect("a directory");
    let (store, sqlite) = open(&place);
    let (id, other) = (room_of(&store, &(1..=200).collect::<Vec<_>>()).await, room_of(&store, &[1, 2]).await);
    let room = store.room(id).await.expect("a room");
    assert_eq!(room.seats.len(), 200);
    let go_on = hold_up(&sqlite).await;
    let close: RoomChange = Arc::new(|room: &mut Room| room.close(visitor(1)).map(|()| Vec::new()));
    let look = |db: &Connection| {
        let seats = count(db, "seats")?;
        Ok((seats, rooms::cards(db)?, rooms::unattended(db)?, rooms::of_others(db, &[])?))
    };
    let (closed, looked, ()) = unconstrained(async {
        tokio::join!(biased; store.update_room(id, close), sqlite.write(look), async { drop(go_on) })
    })
    .await;
    assert!(closed.expect("closed").room.is_gone());
    let (seats, cards, unattended, of_others) = looked.expect("read");
    assert_eq!(seats, 200 - ROWS_PER_STEP + 2);
    assert_eq!(cards.iter().map(|listed| listed.card.id).collect::<Vec<_>>(), [other]);
    assert!(unattended.iter().all(|seat| seat.room == other) && of_others.iter().all(|(room, _)| *room == other));
    until_nothing_is_left(&sqlite).await;
    assert_eq!(sqlite.read(|db| count(db, "seats")).await, Ok(2));
    assert_eq!(store.restore_room(room.clone()).await, Ok(true));
    assert_eq!(store.room(id).await.expect("as it was").seats, room.seats);
}
