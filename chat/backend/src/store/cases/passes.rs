//! Passes, with which visitors come back without the password.

use tokio::task::JoinSet;

use super::*;
use chat::record::Pass;

fn pass(room: RoomId, n: u16, password_rev: u64, until: u64) -> Pass {
    Pass { room, visitor: visitor(n), password_rev, until: Timestamp(until) }
}

pub async fn a_pass_comes_back_as_it_was_given(store: AnyStore) {
    let room = room_of(&store, &[1]).await;
    assert_eq!(store.pass(room, visitor(2)).await, Ok(None));
    for given in [pass(room, 2, 0, 500), pass(room, 2, 7, 400), pass(room, 2, 7, u64::MAX >> 1)] {
        assert_eq!(store.give_pass(given).await, Ok(()));
        assert_eq!(store.pass(room, visitor(2)).await, Ok(Some(given)), "the last one counts");
    }
    let record = store.room(room).await.expect("the room");
    assert_eq!((record.rev, record.bars.len()), (1, 0), "the room knows nothing of it");
}

pub async fn a_pass_is_of_its_room_and_visitor(store: AnyStore) {
    let (one, other) = (room_of(&store, &[1]).await, room_of(&store, &[1]).await);
    for given in [pass(one, 2, 1, 100), pass(one, 3, 2, 200), pass(other, 2, 3, 300)] {
        store.give_pass(given).await.expect("given");
    }
    assert_eq!(store.pass(other, visitor(3)).await, Ok(None));
    store.end_pass(one, visitor(2)).await.expect("ended");
    assert_eq!(store.pass(one, visitor(2)).await, Ok(None));
    assert_eq!(store.pass(one, visitor(3)).await, Ok(Some(pass(one, 3, 2, 200))));
    assert_eq!(store.pass(other, visitor(2)).await, Ok(Some(pass(other, 2, 3, 300))));
}

pub async fn ending_a_pass_twice_is_no_error(store: AnyStore) {
    let room = room_of(&store, &[1]).await;
    store.give_pass(pass(room, 2, 0, 100)).await.expect("given");
    assert_eq!(store.end_pass(room, visitor(2)).await, Ok(()));
    assert_eq!(store.end_pass(room, visitor(2)).await, Ok(()));
    assert_eq!(store.end_pass(RoomId::generate(), visitor(2)).await, Ok(()));
}

pub async fn sweeping_removes_the_passes_that_are_over(store: AnyStore) {
    let room = room_of(&store, &[1]).await;
    for n in 1..=10 {
        store.give_pass(pass(room, n, 0, n.into())).await.expect("given");
    }
    assert_eq!(store.sweep(Timestamp(4)).await.map(|swept| swept.passes), Ok(4));
    assert_eq!(store.sweep(Timestamp(4)).await.map(|swept| swept.passes), Ok(0));
    assert_eq!(store.pass(room, visitor(4)).await, Ok(None));
    assert_eq!(store.pass(room, visitor(5)).await, Ok(Some(pass(room, 5, 0, 5))));
}

pub async fn the_passes_of_a_room_go_with_it(store: AnyStore) {
    let (room, other) = (room_of(&store, &[1]).await, room_of(&store, &[1]).await);
    for given in [pass(room, 1, 0, 100), pass(room, 2, 0, 100), pass(other, 2, 0, 100)] {
        store.give_pass(given).await.expect("given");
    }
    leave(&store, room, 1).await.expect("a seat");
    assert_eq!([store.pass(room, visitor(1)).await, store.pass(room, visitor(2)).await], [Ok(None), Ok(None)]);
    assert_eq!(store.pass(other, visitor(2)).await, Ok(Some(pass(other, 2, 0, 100))));
    // The next sweep removes a pass that comes late.
    store.give_pass(pass(room, 2, 0, 100)).await.expect("given, or not");
    store.sweep(NOW).await.expect("swept");
    assert_eq!(store.pass(room, visitor(2)).await, Ok(None));
}

pub async fn of_many_who_give_one_pass_at_once_one_is_kept(store: AnyStore) {
    let room = room_of(&store, &[1]).await;
    let mut giving = JoinSet::new();
    for n in 0..20 {
        let store = Arc::clone(&store);
        giving.spawn(async move { store.give_pass(pass(room, 2, n, 100)).await });
    }
    assert_eq!(giving.join_all().await, vec![Ok(()); 20]);
    assert!(matches!(store.pass(room, visitor(2)).await, Ok(Some(kept)) if kept.until == Timestamp(100)));
    store.end_pass(room, visitor(2)).await.expect("ended");
    assert_eq!(store.pass(room, visitor(2)).await, Ok(None));
}
