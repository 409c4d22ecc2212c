//! Many people do something at once.

use std::collections::HashSet;

use tokio::task::JoinSet;

use super::*;

pub async fn of_200_who_join_for_10_seats_10_get_in(store: AnyStore) {
    let (room, told) = new_room(&[1], 10);
    let id = room.id;
    store.create_room(room, told).await.expect("a new room");
    let mut joining = JoinSet::new();
    for n in 2..=201 {
        let store = Arc::clone(&store);
        joining.spawn(async move { join(&store, id, n).await });
    }
    let joined = joining.join_all().await;
    assert_eq!(joined.iter().filter(|joined| joined.is_ok()).count(), 9, "person 1 has the tenth");
    assert!(joined.iter().all(|joined| !matches!(joined, Err(error) if *error != Error::Full)));
    assert_eq!(store.room(id).await.map(|room| room.seats.len()), Ok(10));
    let log = log(&store, id).await;
    assert_whole(&log);
    assert_eq!(log.len(), 10, "each who got in was announced, and nobody else");
}

pub async fn of_500_who_join_for_one_seat_1_gets_in(store: AnyStore) {
    let (room, told) = new_room(&[1], 2);
    let id = room.id;
    store.create_room(room, told).await.expect("a new room");
    let mut joining = JoinSet::new();
    for n in 2..=501 {
        let store = Arc::clone(&store);
        joining.spawn(async move { join(&store, id, n).await });
    }
    let joined = joining.join_all().await;
    let (inside, refused): (Vec<_>, Vec<_>) = joined.into_iter().partition(Result::is_ok);
    assert_eq!(inside.len(), 1, "person 1 has the other one");
    assert!(refused.iter().all(|refused| *refused == Err(Error::Full)));
    assert_eq!(store.room(id).await.as_ref(), inside[0].as_ref().map(|joined| &joined.room));
    assert_eq!(log(&store, id).await.len(), 2);
}

pub async fn a_thousand_parallel_appends_leave_no_hole(store: AnyStore) {
    let people: Vec<u16> = (1..=10).collect();
    let (room, _) = new_room(&people, 10);
    let id = room.id;
    store.create_room(room, Vec::new()).await.expect("a new room");
    let mut sending = JoinSet::new();
    for n in 0..1000 {
        let store = Arc::clone(&store);
        sending.spawn(async move { say(&store, id, n % 10 + 1, &format!("{n}")).await });
    }
    let mut acknowledged = sending.join_all().await;
    acknowledged.sort_by_key(|entry| entry.seq);
    assert_whole(&acknowledged);
    assert_eq!(acknowledged.len(), 1000);
    assert_eq!(log(&store, id).await, acknowledged);
    assert_eq!(store.last_seq(id).await, Ok(1000));
}

pub async fn one_message_sent_many_times_at_once_is_one_entry(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    let client = ClientId::generate();
    let mut sending = JoinSet::new();
    for _ in 0..50 {
        let store = Arc::clone(&store);
        sending
            .spawn(async move { store.append(id, visitor(1), client, text("한 번").into(), NOW).await.expect("said") });
    }
    let sent = sending.join_all().await;
    assert_eq!(sent.iter().filter(|sent| sent.is_new).count(), 1);
    assert!(sent.iter().all(|each| each.entry == sent[0].entry));
    assert_eq!(log(&store, id).await.len(), 2);
}

pub async fn joins_leaves_and_messages_at_once_keep_one_log(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    let mut busy = JoinSet::new();
    for n in 2..=21 {
        let store = Arc::clone(&store);
        busy.spawn(async move {
            for round in 0..5 {
                join(&store, id, n).await.expect("a free seat");
                say(&store, id, n, &format!("{round}")).await;
                leave(&store, id, n).await.expect("a seat");
            }
        });
    }
    busy.join_all().await;
    let log = log(&store, id).await;
    assert_whole(&log);
    assert_eq!(log.len(), 1 + 20 * 5 * 3);
    // People speak only between entering and leaving.
    let mut inside = HashSet::new();
    for entry in &log {
        let who = entry.person.id;
        match entry.what {
            What::Entered => assert!(inside.insert(who), "{entry:?}"),
            What::Left => assert!(inside.remove(&who), "{entry:?}"),
            _ => assert!(inside.contains(&who), "{entry:?}"),
        }
    }
    let room = store.room(id).await.expect("the room");
    assert_eq!(room.seats.len(), 1);
    assert_eq!(room.rev, 1 + 20 * 5 * 2, "each change has its own number");
}

pub async fn of_all_who_leave_at_once_one_is_the_last(store: AnyStore) {
    let people: Vec<u16> = (1..=30).collect();
    let id = room_of(&store, &people).await;
    let mut leaving = JoinSet::new();
    for n in people {
        let store = Arc::clone(&store);
        leaving.spawn(async move { leave(&store, id, n).await.expect("a seat") });
    }
    let left = leaving.join_all().await;
    assert_eq!(left.iter().filter(|left| left.room.is_gone()).count(), 1);
    assert_eq!(store.room(id).await, Err(Error::NotFound));
    assert_eq!(store.last_seq(id).await, Ok(0));
}

pub async fn a_snapshot_agrees_with_itself_while_others_write(store: AnyStore) {
    let id = room_of(&store, &[1]).await;
    let mut busy = JoinSet::new();
    for n in 2..=6 {
        let store = Arc::clone(&store);
        busy.spawn(async move {
            for _ in 0..10 {
                join(&store, id, n).await.expect("a free seat");
                leave(&store, id, n).await.expect("a seat");
            }
        });
    }
    while !busy.is_empty() {
        let snapshot = store.snapshot(id, visitor(1), 50).await.expect("a snapshot");
        assert_whole(&snapshot.page.entries);
        assert_eq!(snapshot.seq, snapshot.page.entries.len() as u64);
        // The people who are inside by the log are those who have a seat.
        let mut inside = Vec::new();
        for entry in &snapshot.page.entries {
            match entry.what {
                What::Entered => inside.push(entry.person.id),
                _ => inside.retain(|who| *who != entry.person.id),
            }
        }
        assert_eq!(snapshot.room.seats.iter().map(|seat| seat.person.id).collect::<Vec<_>>(), inside);
        while let Some(done) = busy.try_join_next() {
            done.expect("no panic");
        }
    }
}
