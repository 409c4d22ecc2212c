//! Somebody writes something: told to those who look, and kept nowhere.

use super::*;
use crate::event::{PROTOCOL, TYPING_EVERY_SECONDS};

async fn feed(house: &House, n: u8, room: RoomId, protocol: u16) -> Feed {
    let mut feed = house.chat.watch_room(person(n).id, room, 0, protocol).await.expect("a feed");
    frames(&mut feed).await;
    feed
}

fn all(feed: &mut Feed) -> Vec<Down> {
    std::iter::from_fn(|| feed.try_next()).map(|frame| decoded(&frame.expect("a frame"))).collect()
}

#[tokio::test]
async fn the_others_are_told_who_writes_and_the_store_is_not() {
    let house = House::new().await;
    let room = house.room(&person(1)).await;
    house.enter(&person(2), room).await;
    let mut mine = [feed(&house, 1, room, PROTOCOL).await, feed(&house, 1, room, PROTOCOL).await];
    let (mut other, mut old) = (feed(&house, 2, room, PROTOCOL).await, feed(&house, 2, room, PROTOCOL - 1).await);
    let before = house.chat.store.last_seq(room).await;
    for _ in 0..5 {
        mine[0].tell_typing().await;
    }
    assert_eq!(all(&mut other), [Down::Typing { person: person(1).id }], "once");
    assert_eq!(all(&mut old), [Down::Typing { person: person(1).id }], "pages of the last version know it too");
    for own in &mut mine {
        assert_eq!(all(own), [], "not oneself, in no tab");
    }
    other.tell_typing().await;
    assert_eq!(all(&mut mine[1]), [Down::Typing { person: person(2).id }], "each has a turn of their own");
    assert_eq!(house.chat.store.last_seq(room).await, before);
    let later = feed(&house, 2, room, PROTOCOL).await;
    assert_eq!(all(&mut { later }), [], "nobody is told later");
}

#[tokio::test]
async fn once_in_two_seconds_is_enough() {
    let house = House::new().await;
    let room = house.room(&person(1)).await;
    house.enter(&person(2), room).await;
    let (mut one, mut two) = (feed(&house, 1, room, PROTOCOL).await, feed(&house, 2, room, PROTOCOL).await);
    let mut told = 0;
    for tenth in 0..=5 * 10 * TYPING_EVERY_SECONDS {
        // Another tab of theirs, or the same anew, is no other person.
        let mut tab = house.chat.watch_room(person(1).id, room, 0, PROTOCOL).await.expect("a feed");
        for feed in [&mut one, &mut tab] {
            feed.tell_typing().await;
        }
        told += all(&mut two).len() as u64;
        assert!(told <= 1 + tenth / (10 * TYPING_EVERY_SECONDS) + 1, "{told} after {tenth}");
        house.clock.0.fetch_add(100, Ordering::SeqCst);
    }
    assert_eq!(told, 6);
}
