//! Slow mode: whose turn it is to say something.

use tokio::task::JoinSet;

use super::*;
use crate::store::SlowTurn;
use chat::limit::Act;
use chat::room::Slow;

const SLOW: Slow = Slow::ALL[2];

fn later(seconds: u64) -> Timestamp {
    Timestamp(NOW.0 + seconds * 1000)
}

fn turn(room: RoomId, n: u16, client: ClientId, seconds: u64, slow: Slow) -> SlowTurn {
    SlowTurn { room, visitor: visitor(n), client, at: later(seconds), slow }
}

fn wait(retry_after: u32) -> Result<bool, Error> {
    Err(Error::TooMany { of: Act::Say, retry_after })
}

pub async fn a_turn_comes_once_in_so_long_for_each_visitor_and_room(store: AnyStore) {
    let (one, other) = (room_of(&store, &[1, 2]).await, room_of(&store, &[1, 2]).await);
    let take = async |room, n, seconds| store.take_slow_turn(turn(room, n, ClientId::generate(), seconds, SLOW)).await;
    assert_eq!(take(one, 1, 0).await, Ok(true));
    assert_eq!(take(one, 1, 0).await, wait(15));
    assert_eq!(take(one, 1, 11).await, wait(4));
    assert_eq!(take(one, 2, 11).await, Ok(true));
    assert_eq!(take(other, 1, 11).await, Ok(true));
    assert_eq!(take(one, 1, 15).await, Ok(true));
    assert_eq!(take(one, 1, 16).await, wait(14), "what was refused before did not count");
    assert_eq!(store.take_slow_turn(turn(one, 1, ClientId::generate(), 20, Slow::ALL[1])).await, Ok(true));
}

pub async fn a_turn_is_for_one_message_however_often_it_is_sent(store: AnyStore) {
    let room = room_of(&store, &[1]).await;
    let (one, other) = (ClientId::generate(), ClientId::generate());
    let take = async |client, seconds| store.take_slow_turn(turn(room, 1, client, seconds, SLOW)).await;
    assert_eq!(take(one, 0).await, Ok(true));
    assert_eq!(take(one, 5).await, Ok(false));
    assert_eq!(take(other, 5).await, wait(10), "since it was first sent");

    store.give_back_slow_turn(turn(room, 1, other, 5, SLOW)).await.expect("nothing to give back");
    assert_eq!(take(other, 5).await, wait(10));
    store.give_back_slow_turn(turn(room, 1, one, 5, SLOW)).await.expect("given back");
    assert_eq!(take(other, 5).await, Ok(true));
}

pub async fn of_many_who_take_one_turn_at_once_one_does(store: AnyStore) {
    let room = room_of(&store, &[1]).await;
    for round in 0..3 {
        let mut taking = JoinSet::new();
        for _ in 0..20 {
            let store = Arc::clone(&store);
            let turn = turn(room, 1, ClientId::generate(), 15 * round, SLOW);
            taking.spawn(async move { store.take_slow_turn(turn).await });
        }
        let taken = taking.join_all().await;
        assert_eq!(taken.iter().filter(|taken| **taken == Ok(true)).count(), 1, "{taken:?}");
        assert_eq!(taken.iter().filter(|taken| **taken == wait(15)).count(), 19, "{taken:?}");
    }
}

pub async fn turns_are_forgotten_when_nobody_waits_for_them(store: AnyStore) {
    let room = room_of(&store, &[1, 2]).await;
    let slowest = Slow::ALL[4];
    let take = async |n, at| store.take_slow_turn(turn(room, n, ClientId::generate(), at, slowest)).await;
    assert_eq!((take(1, 0).await, take(2, 100).await), (Ok(true), Ok(true)));
    store.sweep(later(300)).await.expect("swept");
    assert_eq!(take(1, 1).await, Ok(true), "forgotten");
    assert_eq!(take(2, 300).await, wait(100));
}
