//! Typing signals: sent to those who watch, and stored nowhere.

use super::*;
use chat::event::{PROTOCOL, TYPING_EVERY_SECONDS};

async fn feed(fixture: &Fixture, n: u8, room: RoomId, protocol: u16) -> Feed {
    let mut feed = fixture.chat.watch_room(person(n).id, room, 0, protocol).await.expect("a feed");
    frames(&mut feed).await;
    feed
}

fn all(feed: &mut Feed) -> Vec<Down> {
    std::iter::from_fn(|| feed.try_next()).map(|frame| decoded(&frame.expect("a frame"))).collect()
}

#[tokio::test]
async fn the_others_are_told_who_writes_and_the_store_is_not() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    fixture.enter(&person(2), room).await;
    let mut mine = [feed(&fixture, 1, room, PROTOCOL).await, feed(&fixture, 1, room, PROTOCOL).await];
    let (mut other, mut old) = (feed(&fixture, 2, room, PROTOCOL).await, feed(&fixture, 2, room, PROTOCOL - 1).await);
    let before = fixture.chat.store.last_seq(room).await;
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
    assert_eq!(fixture.chat.store.last_seq(room).await, before);
    let later = feed(&fixture, 2, room, PROTOCOL).await;
    assert_eq!(all(&mut { later }), [], "nobody is told later");
}

#[tokio::test]
async fn once_in_two_seconds_is_enough() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    fixture.enter(&person(2), room).await;
    let (mut one, mut two) = (feed(&fixture, 1, room, PROTOCOL).await, feed(&fixture, 2, room, PROTOCOL).await);
    let mut told = 0;
    for tenth in 0..=5 * 10 * TYPING_EVERY_SECONDS {
        // Another tab, or a new one, is still the same person.
        let mut tab = fixture.chat.watch_room(person(1).id, room, 0, PROTOCOL).await.expect("a feed");
        for feed in [&mut one, &mut tab] {
            feed.tell_typing().await;
        }
        told += all(&mut two).len() as u64;
        assert!(told <= 1 + tenth / (10 * TYPING_EVERY_SECONDS) + 1, "{told} after {tenth}");
        fixture.clock.0.fetch_add(100, Ordering::SeqCst);
    }
    assert_eq!(told, 6);
}
