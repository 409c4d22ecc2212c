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
