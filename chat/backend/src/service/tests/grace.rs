//! Seats are kept through reloads and tunnels, and end when nobody comes back.

use super::*;
use chat::event::PROTOCOL;

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_reload_neither_announces_nor_loses_anything() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    fixture.enter(&person(2), room).await;
    let _watching = fixture.chat.watch_room(person(1).id, room, 0, PROTOCOL).await.expect("a feed");
    for _ in 0..3 {
        let mut feed = fixture.chat.watch_room(person(2).id, room, 0, PROTOCOL).await.expect("a feed");
        caught_up(&mut feed).await;
        drop(feed);
        fixture.advance(29 * SECOND).await;
    }
    assert_eq!(fixture.log(&person(1), room).await, ["1+", "2+"]);
}

#[tokio::test]
async fn who_does_not_come_back_has_left_and_the_longest_seated_inherits() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    fixture.enter(&person(2), room).await;
    fixture.enter(&person(3), room).await;
    let _two = fixture.chat.watch_room(person(2).id, room, 0, PROTOCOL).await.expect("a feed");
    let _three = fixture.chat.watch_room(person(3).id, room, 0, PROTOCOL).await.expect("a feed");
    fixture.advance(30 * SECOND).await;
    assert_eq!(fixture.log(&person(2), room).await, ["1+", "2+", "3+", "1-", "2="]);
    fixture.advance(30 * SECOND).await;
    assert_eq!(fixture.log(&person(2), room).await.len(), 5, "announced once");
}

#[tokio::test]
async fn the_last_seat_is_kept_longer_and_the_room_goes_with_it() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    fixture.enter(&person(2), room).await;
    fixture.advance(30 * SECOND).await;
    fixture.advance(568 * SECOND).await;
    assert_eq!(fixture.chat.totals(), Totals { rooms: 1, people: 1 }, "one of the two is kept for ten minutes");
    fixture.advance(2 * SECOND).await;
    assert_eq!(fixture.chat.totals(), Totals::default());
    assert_eq!(fixture.chat.look(person(1).id, room).await, Err(Error::NotFound));
}

#[tokio::test]
async fn all_who_are_cut_off_together_leave_in_one_change() {
    let fixture = Fixture::without_limits().await;
    let by = person(1);
    let room = fixture.chat.create_room(&by, None, "큰 방", "1000", "").await.expect("a room");
    for n in 2..=60 {
        fixture.enter(&person(n), room).await;
    }
    let other = fixture.room(&person(61)).await;
    fixture.enter(&person(62), other).await;
    let _stays = fixture.chat.watch_room(person(60).id, room, 0, PROTOCOL).await.expect("a feed");
    fixture.chat.sweep().await;
    let before = fixture.chat.store.room(room).await.expect("the room");
    fixture.advance(30 * SECOND).await;
    let after = fixture.chat.store.room(room).await.expect("the room");
    assert_eq!((after.rev, after.seats.len(), after.owner), (before.rev + 1, 1, person(60).id));
    let told: Vec<_> = fixture.log(&person(60), room).await.split_off(60);
    let expected: Vec<_> = (1..60).map(|n| format!("{n}-")).chain(["60=".to_owned()]).collect();
    assert_eq!(told, expected, "who inherits is told once");
    let last = fixture.chat.store.room(other).await.expect("the other room");
    assert_eq!((last.seats.len(), last.owner), (1, person(61).id), "the last seat has a longer grace: the owner's");
}

#[tokio::test]
async fn who_comes_back_while_the_others_leave_stays() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    for n in 2..=4 {
        fixture.enter(&person(n), room).await;
    }
    let _one = fixture.chat.watch_room(person(1).id, room, 0, PROTOCOL).await.expect("a feed");
    fixture.advance(20 * SECOND).await;
    fixture.inside(&person(3), room).await;
    fixture.advance(10 * SECOND).await;
    assert_eq!(fixture.log(&person(1), room).await, ["1+", "2+", "3+", "4+", "2-", "4-"]);
}

#[tokio::test]
async fn looking_renews_the_seat_of_who_has_no_socket() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    fixture.enter(&person(2), room).await;
    let _one = fixture.chat.watch_room(person(1).id, room, 0, PROTOCOL).await.expect("a feed");
    for _ in 0..5 {
        fixture.advance(15 * SECOND).await;
        fixture.inside(&person(2), room).await;
    }
    assert_eq!(fixture.log(&person(1), room).await, ["1+", "2+"]);
}

#[tokio::test]
async fn two_tabs_are_one_person() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    fixture.enter(&person(2), room).await;
    let _one = fixture.chat.watch_room(person(1).id, room, 0, PROTOCOL).await.expect("a feed");
    let mut tab = fixture.chat.watch_room(person(2).id, room, 0, PROTOCOL).await.expect("a feed");
    let mut other_tab = fixture.chat.watch_room(person(2).id, room, 0, PROTOCOL).await.expect("a feed");
    tab.say_goodbye();
    drop(tab);
    fixture.advance(60 * SECOND).await;
    assert_eq!(fixture.chat.totals().people, 2);
    other_tab.say_goodbye();
    drop(other_tab);
    fixture.advance(30 * SECOND).await;
    assert_eq!(fixture.log(&person(1), room).await, ["1+", "2+", "2-"]);
}

#[tokio::test]
async fn a_restart_gives_every_seat_a_fresh_grace() {
    let mut fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    fixture.enter(&person(2), room).await;
    fixture.say(&person(2), room, "남아 있어요").await;
    fixture.advance(29 * SECOND).await;
    fixture.reopen(Config::default()).await;
    fixture.advance(29 * SECOND).await;
    assert_eq!(fixture.log(&person(1), room).await, ["1+", "2+", "2:남아 있어요"]);
    assert_eq!(fixture.chat.totals(), Totals { rooms: 1, people: 2 });
}

#[tokio::test]
async fn what_a_node_tells_the_store_of_a_room_is_one_change() {
    let fixture = Fixture::without_limits().await;
    let (store, config) = (fixture.chat.store.clone(), fixture.chat.config().clone());
    let chat = open_on(store.clone(), Some(NodeId::generate()), &fixture.dir, fixture.clock.clone(), config).await;
    let room = fixture.room(&person(1)).await;
    chat.set_room(person(1).id, None, room, None, Some("40"), "", false, None, None).await.expect("set");
    let mut feeds = Vec::new();
    for n in 1..=30 {
        fixture.enter(&person(n), room).await;
        feeds.push(chat.watch_room(person(n).id, room, 0, PROTOCOL).await.expect("a feed"));
    }
    let rev = async || store.room(room).await.expect("the room").rev;
    let watched = async || {
        let seats = store.room(room).await.expect("the room").seats;
        seats.iter().filter(|seat| !seat.nodes.is_empty()).count()
    };
    // Each seat is reported when its socket opens. The next report covers those that did not get through.
    while watched().await < 30 {
        tokio::task::yield_now().await;
        chat.report_presence().await;
    }
    let before = rev().await;
    feeds.truncate(1);
    // One of them has left by the time the store is told.
    fixture.chat.leave(person(30).id, room).await.expect("left");
    fixture.clock.0.fetch_add(2_000, Ordering::SeqCst);
    chat.report_presence().await;
    assert_eq!((watched().await, rev().await), (1, before + 2));
    chat.report_presence().await;
    assert_eq!(rev().await, before + 2, "told once");
}
