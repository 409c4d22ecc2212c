//! Seats are kept through reloads and tunnels, and end when nobody comes back.

use super::*;
use crate::event::PROTOCOL;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_reload_neither_announces_nor_loses_anything() {
    let house = House::new().await;
    let room = house.room(&person(1)).await;
    house.enter(&person(2), room).await;
    let _watching = house.chat.watch_room(person(1).id, room, 0, PROTOCOL).await.expect("a feed");
    for _ in 0..3 {
        let mut feed = house.chat.watch_room(person(2).id, room, 0, PROTOCOL).await.expect("a feed");
        caught_up(&mut feed).await;
        drop(feed);
        house.pass(29 * SECOND).await;
    }
    assert_eq!(house.log(&person(1), room).await, ["1+", "2+"]);
}

#[tokio::test]
async fn who_does_not_come_back_has_left_and_the_longest_seated_inherits() {
    let house = House::new().await;
    let room = house.room(&person(1)).await;
    house.enter(&person(2), room).await;
    house.enter(&person(3), room).await;
    let _two = house.chat.watch_room(person(2).id, room, 0, PROTOCOL).await.expect("a feed");
    let _three = house.chat.watch_room(person(3).id, room, 0, PROTOCOL).await.expect("a feed");
    house.pass(30 * SECOND).await;
    assert_eq!(house.log(&person(2), room).await, ["1+", "2+", "3+", "1-", "2="]);
    house.pass(30 * SECOND).await;
    assert_eq!(house.log(&person(2), room).await.len(), 5, "announced once");
}

#[tokio::test]
async fn the_last_seat_is_kept_longer_and_the_room_goes_with_it() {
    let house = House::new().await;
    let room = house.room(&person(1)).await;
    house.enter(&person(2), room).await;
    house.pass(30 * SECOND).await;
    house.pass(568 * SECOND).await;
    assert_eq!(house.chat.totals(), Totals { rooms: 1, people: 1 }, "one of the two is kept for ten minutes");
    house.pass(2 * SECOND).await;
    assert_eq!(house.chat.totals(), Totals::default());
    assert_eq!(house.chat.look(person(1).id, room).await, Err(Error::NotFound));
}

#[tokio::test]
async fn all_who_are_cut_off_together_leave_in_one_change() {
    let house = House::without_limits().await;
    let by = person(1);
    let room = house.chat.create_room(&by, None, "큰 방", "1000", "").await.expect("a room");
    for n in 2..=60 {
        house.enter(&person(n), room).await;
    }
    let other = house.room(&person(61)).await;
    house.enter(&person(62), other).await;
    let _stays = house.chat.watch_room(person(60).id, room, 0, PROTOCOL).await.expect("a feed");
    let before = house.chat.store.room(room).await.expect("the room");
    house.pass(30 * SECOND).await;
    let after = house.chat.store.room(room).await.expect("the room");
    assert_eq!((after.rev, after.seats.len(), after.owner), (before.rev + 1, 1, person(60).id));
    let told: Vec<_> = house.log(&person(60), room).await.split_off(60);
    let expected: Vec<_> = (1..60).map(|n| format!("{n}-")).chain(["60=".to_owned()]).collect();
    assert_eq!(told, expected, "who inherits is told once");
    let last = house.chat.store.room(other).await.expect("the other room");
    assert_eq!((last.seats.len(), last.owner), (1, person(61).id), "the last seat has a longer grace: the owner's");
}

#[tokio::test]
async fn who_comes_back_while_the_others_leave_stays() {
    let house = House::new().await;
    let room = house.room(&person(1)).await;
    for n in 2..=4 {
        house.enter(&person(n), room).await;
    }
    let _one = house.chat.watch_room(person(1).id, room, 0, PROTOCOL).await.expect("a feed");
    house.pass(20 * SECOND).await;
    house.inside(&person(3), room).await;
    house.pass(10 * SECOND).await;
    assert_eq!(house.log(&person(1), room).await, ["1+", "2+", "3+", "4+", "2-", "4-"]);
}

#[tokio::test]
async fn looking_renews_the_seat_of_who_has_no_socket() {
    let house = House::new().await;
    let room = house.room(&person(1)).await;
    house.enter(&person(2), room).await;
    let _one = house.chat.watch_room(person(1).id, room, 0, PROTOCOL).await.expect("a feed");
    for _ in 0..5 {
        house.pass(15 * SECOND).await;
        house.inside(&person(2), room).await;
    }
    assert_eq!(house.log(&person(1), room).await, ["1+", "2+"]);
}

#[tokio::test]
async fn two_tabs_are_one_person() {
    let house = House::new().await;
    let room = house.room(&person(1)).await;
    house.enter(&person(2), room).await;
    let _one = house.chat.watch_room(person(1).id, room, 0, PROTOCOL).await.expect("a feed");
    let tab = house.chat.watch_room(person(2).id, room, 0, PROTOCOL).await.expect("a feed");
    let other_tab = house.chat.watch_room(person(2).id, room, 0, PROTOCOL).await.expect("a feed");
    drop(tab);
    house.pass(60 * SECOND).await;
    assert_eq!(house.chat.totals().people, 2);
    drop(other_tab);
    house.pass(30 * SECOND).await;
    assert_eq!(house.log(&person(1), room).await, ["1+", "2+", "2-"]);
}

#[tokio::test]
async fn a_restart_gives_every_seat_a_fresh_grace() {
    let mut house = House::new().await;
    let room = house.room(&person(1)).await;
    house.enter(&person(2), room).await;
    house.say(&person(2), room, "남아 있어요").await;
    house.pass(29 * SECOND).await;
    house.reopen(Config::default()).await;
    house.pass(29 * SECOND).await;
    assert_eq!(house.log(&person(1), room).await, ["1+", "2+", "2:남아 있어요"]);
    assert_eq!(house.chat.totals(), Totals { rooms: 1, people: 2 });
}

#[tokio::test]
async fn what_a_node_tells_the_store_of_a_room_is_one_change() {
    let house = House::without_limits().await;
    let (store, config) = (house.chat.store.clone(), house.chat.config().clone());
    let chat = open_on(store.clone(), Some(NodeId::generate()), &house.dir, house.clock.clone(), config).await;
    let room = house.room(&person(1)).await;
    chat.set_room(person(1).id, None, room, None, Some("40"), "", false, None).await.expect("set");
    let mut feeds = Vec::new();
    for n in 1..=30 {
        house.enter(&person(n), room).await;
        feeds.push(chat.watch_room(person(n).id, room, 0, PROTOCOL).await.expect("a feed"));
    }
    let rev = async || store.room(room).await.expect("the room").rev;
    let watched = async || {
        let seats = store.room(room).await.expect("the room").seats;
        seats.iter().filter(|seat| !seat.nodes.is_empty()).count()
    };
    // Each is told as it comes; what has not got there by then, the next sweep tells.
    while watched().await < 30 {
        tokio::task::yield_now().await;
        chat.tell_presence().await;
    }
    let before = rev().await;
    feeds.truncate(1);
    // One has gone by the time the store is told.
    house.chat.leave(person(30).id, room).await.expect("left");
    house.clock.0.fetch_add(2_000, Ordering::SeqCst);
    chat.tell_presence().await;
    assert_eq!((watched().await, rev().await), (1, before + 2));
    chat.tell_presence().await;
    assert_eq!(rev().await, before + 2, "told once");
}
