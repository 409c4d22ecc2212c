//! Slow mode: everybody but the owner waits between two messages.

use super::media::tiny_gif;
use super::people::watching;
use super::*;
use crate::entry::{Emoji, Settings};
use crate::limit::Act;
use crate::room::Slow;

const SECOND: Duration = Duration::from_secs(1);

/// A slow room of persons 1, who owns it, and 2 and 3, with their tabs, where the other limits do not get in the way.
async fn slow_room(slow: &str) -> (House, RoomId, [Feed; 3]) {
    let house = House::without_limits().await;
    let room = house.room(&person(1)).await;
    for n in [2, 3] {
        house.enter(&person(n), room).await;
    }
    set(&house, room, slow).await;
    let tabs = [watching(&house, 1, room).await, watching(&house, 2, room).await, watching(&house, 3, room).await];
    (house, room, tabs)
}

async fn set(house: &House, room: RoomId, slow: &str) {
    house.chat.set_room(person(1).id, None, room, None, None, "", false, Some(slow)).await.expect("set");
}

async fn send(house: &House, n: u8, room: RoomId) -> Result<(), Error> {
    house.chat.send_text(person(n).id, room, ClientId::generate(), "말", Aim::default()).await.map(drop)
}

fn wait(retry_after: u32) -> Result<(), Error> {
    Err(Error::TooMany { of: Act::Say, retry_after })
}

#[tokio::test]
async fn everybody_but_the_owner_waits_exactly_so_long() {
    let (house, room, _tabs) = slow_room("15").await;
    assert_eq!(send(&house, 2, room).await, Ok(()));
    assert_eq!(send(&house, 2, room).await, wait(15));
    assert_eq!((send(&house, 3, room).await, send(&house, 1, room).await), (Ok(()), Ok(())));
    assert_eq!(send(&house, 1, room).await, Ok(()), "it is the owner's");
    house.pass(Duration::from_millis(14_500)).await;
    assert_eq!(send(&house, 2, room).await, wait(1));
    house.pass(Duration::from_millis(500)).await;
    assert_eq!((send(&house, 2, room).await, send(&house, 2, room).await), (Ok(()), wait(15)));

    house.chat.hand_over(person(1).id, room, person(2).id).await.expect("handed over");
    assert_eq!((send(&house, 2, room).await, send(&house, 2, room).await), (Ok(()), Ok(())));
    assert_eq!((send(&house, 1, room).await, send(&house, 1, room).await), (Ok(()), wait(15)));
}

#[tokio::test]
async fn whispers_and_gifs_count_and_nothing_else() {
    let (house, room, _tabs) = slow_room("60").await;
    let chat = &house.chat;
    let whisper = Aim { to: Some(person(3).id), reply: None };
    let whispered = async || chat.send_text(person(2).id, room, ClientId::generate(), "쉿", whisper).await.map(drop);
    let shown = async || {
        let sent = chat.send_gif(person(2).id, None, room, ClientId::generate(), tiny_gif(1), Aim::default());
        sent.await.map(drop)
    };
    assert_eq!(whispered().await, Ok(()));
    assert_eq!((whispered().await, shown().await, send(&house, 2, room).await), (wait(60), wait(60), wait(60)));
    let said = house.say(&person(1), room, "안녕").await;
    chat.react(person(2).id, room, ClientId::generate(), said.seq, Emoji::Wow, true).await.expect("felt");
    chat.rename(person(2).id, room, "민수").await.expect("renamed");
    house.pass(60 * SECOND).await;
    assert_eq!(shown().await, Ok(()));
    house.pass(30 * SECOND).await;
    assert_eq!((whispered().await, shown().await), (wait(30), wait(30)));
}

#[tokio::test]
async fn who_leaves_and_comes_back_waits_on_and_so_it_is_after_a_restart() {
    let (mut house, room, tabs) = slow_room("300").await;
    assert_eq!(send(&house, 2, room).await, Ok(()));
    house.chat.leave(person(2).id, room).await.expect("left");
    assert_eq!(send(&house, 2, room).await, Err(Error::NotSeated));
    house.enter(&person(2), room).await;
    assert_eq!(send(&house, 2, room).await, wait(300));
    drop(tabs);
    let config = house.chat.config().clone();
    house.reopen(config).await;
    assert_eq!(send(&house, 2, room).await, wait(300));
}

#[tokio::test]
async fn what_was_stored_is_told_again_at_any_time() {
    let (house, room, _tabs) = slow_room("60").await;
    let (me, client, gif) = (person(2).id, ClientId::generate(), ClientId::generate());
    let first = house.chat.send_text(me, room, client, "말", Aim::default()).await.expect("said");
    let again = house.chat.send_text(me, room, client, "말", Aim::default()).await;
    assert_eq!(again.as_ref(), Ok(&first));
    house.pass(20 * SECOND).await;
    assert_eq!(send(&house, 2, room).await, wait(40), "since it was said, not since it was told again");
    house.pass(40 * SECOND).await;
    let shown = house.chat.send_gif(me, None, room, gif, tiny_gif(1), Aim::default()).await.expect("shown");
    let again = house.chat.send_gif(me, None, room, gif, Bytes::new(), Aim::default()).await;
    assert!(matches!(again, Err(Error::BadGif(_))), "it has the turn, and is judged: {again:?}");
    assert_eq!(house.chat.send_text(me, room, client, "말", Aim::default()).await, Ok(first), "another has the turn");
    assert_eq!(house.chat.send_gif(me, None, room, gif, tiny_gif(1), Aim::default()).await, Ok(shown));
    assert_eq!(send(&house, 2, room).await, wait(60));
}

#[tokio::test]
async fn what_was_not_said_takes_no_turn() {
    let (house, room, _tabs) = slow_room("300").await;
    let me = person(2).id;
    let bad = house.chat.send_gif(me, None, room, ClientId::generate(), Bytes::from_static(b"no GIF"), Aim::default());
    assert!(matches!(bad.await, Err(Error::BadGif(_))));
    let absent = Aim { to: Some(person(9).id), reply: None };
    let sent = house.chat.send_text(me, room, ClientId::generate(), "쉿", absent).await;
    assert_eq!(sent, Err(Error::Absent));
    assert_eq!((send(&house, 2, room).await, send(&house, 2, room).await), (Ok(()), wait(300)));
}

#[tokio::test]
async fn it_is_told_shown_and_ends() {
    let (house, room, _tabs) = slow_room("5").await;
    set(&house, room, "5").await;
    let view = house.inside(&person(2), room).await;
    let last = view.entries.last().expect("a line");
    let settings = Settings { slow: Some(Slow::ALL[1]), ..Settings::default() };
    assert_eq!((&last.what, last.protocol(), view.slow), (&What::Settings(settings), 3, Slow::ALL[1]));
    assert_eq!(view.entries.len(), 4, "told once");
    assert_eq!((send(&house, 2, room).await, send(&house, 2, room).await), (Ok(()), wait(5)));
    let by = person(1).id;
    let kept = house.chat.set_room(by, None, room, Some("새 방"), None, "", false, None).await;
    assert_eq!((kept, house.inside(&person(2), room).await.slow), (Ok(()), Slow::ALL[1]));
    for (who, slow, refused) in [(2, "0", Error::NotOwner), (1, "7", Error::Refused), (1, "", Error::Refused)] {
        let set = house.chat.set_room(person(who).id, None, room, None, None, "", false, Some(slow)).await;
        assert_eq!(set, Err(refused), "{slow}");
    }
    set(&house, room, "0").await;
    assert_eq!((send(&house, 2, room).await, send(&house, 2, room).await), (Ok(()), Ok(())));
}

#[tokio::test]
async fn it_is_the_same_turn_on_every_node() {
    let (house, room, _tabs) = slow_room("15").await;
    let (store, config) = (house.chat.store.clone(), house.chat.config().clone());
    let other = open_on(store, Some(NodeId::generate()), &house.dir, house.clock.clone(), config).await;
    assert_eq!(send(&house, 2, room).await, Ok(()));
    let there = other.send_text(person(2).id, room, ClientId::generate(), "말", Aim::default()).await;
    assert_eq!(there.map(drop), wait(15));
}
