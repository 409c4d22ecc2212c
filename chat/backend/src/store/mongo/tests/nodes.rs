//! Two nodes on one database.

use chat::entry::What;
use std::collections::HashSet;

use tokio::task::JoinSet;

use super::*;

async fn two_nodes(database: &TestDatabase) -> [AnyStore; 2] {
    [database.open().await, database.open().await]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_appends_through_two_nodes_leave_no_hole() {
    let database = TestDatabase::new();
    let nodes = two_nodes(&database).await;
    let people: Vec<u16> = (1..=10).collect();
    let (room, _) = new_room(&people, 10);
    let id = room.id;
    nodes[0].create_room(room, Vec::new()).await.expect("a new room");
    let mut sending = JoinSet::new();
    for n in 0..2000_u16 {
        let store = Arc::clone(&nodes[usize::from(n % 2)]);
        sending.spawn(async move { say(&store, id, n % 10 + 1, &format!("{n}")).await });
    }
    let mut acknowledged = sending.join_all().await;
    acknowledged.sort_by_key(|entry| entry.seq);
    assert_whole(&acknowledged);
    for store in &nodes {
        assert!(log(store, id).await == acknowledged);
        assert_eq!(store.last_seq(id).await, Ok(2000));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_500_who_join_for_one_seat_through_two_nodes_1_gets_in() {
    let database = TestDatabase::new();
    let nodes = two_nodes(&database).await;
    for _ in 0..rounds(20) {
        let (room, told) = new_room(&[1], 2);
        let id = room.id;
        nodes[0].create_room(room, told).await.expect("a new room");
        let mut joining = JoinSet::new();
        for n in 2..=501 {
            let store = Arc::clone(&nodes[usize::from(n % 2)]);
            joining.spawn(async move { join(&store, id, n).await });
        }
        let joined = joining.join_all().await;
        assert_eq!(joined.iter().filter(|joined| joined.is_ok()).count(), 1);
        assert!(joined.iter().all(|joined| !matches!(joined, Err(error) if *error != Error::Full)));
        for store in &nodes {
            assert_eq!(store.room(id).await.map(|room| room.seats.len()), Ok(2));
            assert_eq!(seqs(&log(store, id).await), [1, 2]);
        }
    }
}

/// The line with which one node says that a visitor left comes after everything that the visitor said through another
/// node.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_speaks_after_they_have_left_through_another_node() {
    let database = TestDatabase::new();
    let nodes = two_nodes(&database).await;
    let id = room_of(&nodes[0], &[1]).await;
    let mut busy = JoinSet::new();
    for n in 2..=9 {
        let nodes = nodes.clone();
        busy.spawn(async move {
            for round in 0..5_u16 {
                let [here, there] = [&nodes[usize::from((n + round) % 2)], &nodes[usize::from((n + round + 1) % 2)]];
                join(here, id, n).await.expect("a free seat");
                // These run at once. Some messages may be refused, but none is stored after its author has left.
                let (said, left, also) = tokio::join!(
                    send(there, id, n, text("이쪽")),
                    leave(here, id, n),
                    send(here, id, n, text("저쪽")),
                );
                left.expect("a seat");
                for said in [said, also] {
                    assert!(matches!(said, Ok(_) | Err(Error::NotSeated)), "{said:?}");
                }
            }
        });
    }
    while !busy.is_empty() {
        for store in &nodes {
            let snapshot = store.snapshot(id, visitor(1), 300).await.expect("a snapshot");
            assert_whole(&snapshot.page.entries);
            assert_eq!(snapshot.page.entries.len() as u64, snapshot.seq);
            assert_eq!(seated(&snapshot.room), inside(&snapshot.page.entries));
        }
        while let Some(done) = busy.try_join_next() {
            done.expect("no panic");
        }
    }
    let lines = log(&nodes[0], id).await;
    assert_whole(&lines);
    assert_eq!(inside(&lines), HashSet::from([visitor(1)]));
    assert!(log(&nodes[1], id).await == lines);
}

pub fn seated(room: &Room) -> HashSet<VisitorId> {
    room.seats.iter().map(|seat| seat.person.id).collect()
}

/// The visitors inside at the end of this log, which has to be whole. Panics if a visitor speaks before entering or after
/// leaving.
pub fn inside(log: &[Entry]) -> HashSet<VisitorId> {
    let mut inside = HashSet::new();
    for entry in log {
        let who = entry.person.id;
        match entry.what {
            What::Entered => assert!(inside.insert(who), "{entry:?}"),
            What::Left => assert!(inside.remove(&who), "{entry:?}"),
            _ => assert!(inside.contains(&who), "{entry:?}"),
        }
    }
    inside
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_all_who_leave_through_two_nodes_one_is_the_last() {
    let database = TestDatabase::new();
    let nodes = two_nodes(&database).await;
    let people: Vec<u16> = (1..=30).collect();
    let id = room_of(&nodes[0], &people).await;
    let mut leaving = JoinSet::new();
    for n in people {
        let store = Arc::clone(&nodes[usize::from(n % 2)]);
        leaving.spawn(async move { leave(&store, id, n).await.expect("a seat") });
    }
    let left = leaving.join_all().await;
    assert_eq!(left.iter().filter(|left| left.room.is_gone()).count(), 1);
    let mut told: Vec<_> = left.iter().flat_map(|left| seqs(&left.entries)).collect();
    told.sort_unstable();
    assert_eq!(told[0], 31, "after those who entered");
    assert!(told.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{told:?}");
    for store in &nodes {
        assert_eq!(store.room(id).await, Err(Error::NotFound));
        assert_eq!(send(store, id, 1, text("야옹")).await, Err(Error::NotFound));
        assert_eq!(store.last_seq(id).await, Ok(0));
    }
}
