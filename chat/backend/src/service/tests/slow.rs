//! Slow mode: everybody but the owner waits between two messages.

use super::media::tiny_gif;
use super::people::watching;
use super::*;
use chat::entry::{Emoji, Settings};
use chat::limit::Act;
use chat::room::Slow;

const SECOND: Duration = Duration::from_secs(1);

/// A room in slow mode with its owner, person 1, and persons 2 and 3, all with an open tab. No other limits get in the way.
async fn slow_room(slow: &str) -> (Fixture, RoomId, [Feed; 3]) {
    let fixture = Fixture::without_limits().await;
    let room = fixture.room(&person(1)).await;
    for n in [2, 3] {
        fixture.enter(&person(n), room).await;
    }
    set(&fixture, room, slow).await;
    let tabs =
        [watching(&fixture, 1, room).await, watching(&fixture, 2, room).await, watching(&fixture, 3, room).await];
    (fixture, room, tabs)
}

async fn set(fixture: &Fixture, room: RoomId, slow: &str) {
    fixture.chat.set_room(person(1).id, None, room, None, None, "", false, Some(slow), None).await.expect("set");
}

async fn send(fixture: &Fixture, n: u8, room: RoomId) -> Result<(), Error> {
    fixture.chat.send_text(person(n).id, room, ClientId::generate(), "말", Target::default()).await.map(drop)
}

fn wait(retry_after: u32) -> Result<(), Error> {
    Err(Error::TooMany { of: Act::Say, retry_after })
}

#[tokio::test]
async fn everybody_but_the_owner_waits_exactly_so_long() {
    let (fixture, room, _tabs) = slow_room("15").await;
    assert_eq!(send(&fixture, 2, room).await, Ok(()));
    assert_eq!(send(&fixture, 2, room).await, wait(15));
    assert_eq!((send(&fixture, 3, room).await, send(&fixture, 1, room).await), (Ok(()), Ok(())));
    assert_eq!(send(&fixture, 1, room).await, Ok(()), "it is the owner's");
    fixture.advance(Duration::from_millis(14_500)).await;
    assert_eq!(send(&fixture, 2, room).await, wait(1));
    fixture.advance(Duration::from_millis(500)).await;
    assert_eq!((send(&fixture, 2, room).await, send(&fixture, 2, room).await), (Ok(()), wait(15)));

    fixture.chat.hand_over(person(1).id, room, person(2).id).await.expect("handed over");
    assert_eq!((send(&fixture, 2, room).await, send(&fixture, 2, room).await), (Ok(()), Ok(())));
    assert_eq!((send(&fixture, 1, room).await, send(&fixture, 1, room).await), (Ok(()), wait(15)));
}

#[tokio::test]
async fn whispers_and_gifs_count_and_nothing_else() {
    let (fixture, room, _tabs) = slow_room("60").await;
    let chat = &fixture.chat;
    let whisper = Target { to: Some(person(3).id), reply: None };
    let whispered = async || chat.send_text(person(2).id, room, ClientId::generate(), "쉿", whisper).await.map(drop);
    let shown = async || {
        let sent = chat.send_gif(
            person(2).id,
            None,
            room,
            ClientId::generate(),
            tiny_gif(1),
            Default::default(),
            Target::default(),
        );
        sent.await.map(drop)
    };
    assert_eq!(whispered().await, Ok(()));
    assert_eq!((whispered().await, shown().await, send(&fixture, 2, room).await), (wait(60), wait(60), wait(60)));
    let said = fixture.say(&person(1), room, "안녕").await;
    chat.react(person(2).id, room, ClientId::generate(), said.seq, Emoji::Wow, true).await.expect("felt");
    chat.rename(person(2).id, room, "민수").await.expect("renamed");
    fixture.advance(60 * SECOND).await;
    assert_eq!(shown().await, Ok(()));
    fixture.advance(30 * SECOND).await;
    assert_eq!((whispered().await, shown().await), (wait(30), wait(30)));
}

#[tokio::test]
async fn who_leaves_and_comes_back_waits_on_and_so_it_is_after_a_restart() {
    let (mut fixture, room, tabs) = slow_room("300").await;
    assert_eq!(send(&fixture, 2, room).await, Ok(()));
    fixture.chat.leave(person(2).id, room).await.expect("left");
    assert_eq!(send(&fixture, 2, room).await, Err(Error::NotSeated));
    fixture.enter(&person(2), room).await;
    assert_eq!(send(&fixture, 2, room).await, wait(300));
    drop(tabs);
    let config = fixture.chat.config().clone();
    fixture.reopen(config).await;
    assert_eq!(send(&fixture, 2, room).await, wait(300));
}

#[tokio::test]
async fn what_was_stored_is_told_again_at_any_time() {
    let (fixture, room, _tabs) = slow_room("60").await;
    let (me, client, gif) = (person(2).id, ClientId::generate(), ClientId::generate());
    let first = fixture.chat.send_text(me, room, client, "말", Target::default()).await.expect("said");
    let again = fixture.chat.send_text(me, room, client, "말", Target::default()).await;
    assert_eq!(again.as_ref(), Ok(&first));
    fixture.advance(20 * SECOND).await;
    assert_eq!(send(&fixture, 2, room).await, wait(40), "since it was said, not since it was told again");
    fixture.advance(40 * SECOND).await;
    let shown = fixture
        .chat
        .send_gif(me, None, room, gif, tiny_gif(1), Default::default(), Target::default())
        .await
        .expect("shown");
    let again = fixture.chat.send_gif(me, None, room, gif, Bytes::new(), Default::default(), Target::default()).await;
    assert!(matches!(again, Err(Error::BadGif(_))), "it has the turn, and is judged: {again:?}");
    assert_eq!(
        fixture.chat.send_text(me, room, client, "말", Target::default()).await,
        Ok(first),
        "another has the turn"
    );
    assert_eq!(
        fixture.chat.send_gif(me, None, room, gif, tiny_gif(1), Default::default(), Target::default()).await,
        Ok(shown)
    );
    assert_eq!(send(&fixture, 2, room).await, wait(60));
}

#[tokio::test]
async fn what_was_not_said_takes_no_turn() {
    let (fixture, room, _tabs) = slow_room("300").await;
    let me = person(2).id;
    let bad = fixture.chat.send_gif(
        me,
        None,
        room,
        ClientId::generate(),
        Bytes::from_static(b"no GIF"),
        Default::default(),
        Target::default(),
    );
    assert!(matches!(bad.await, Err(Error::BadGif(_))));
    let absent = Target { to: Some(person(9).id), reply: None };
    let sent = fixture.chat.send_text(me, room, ClientId::generate(), "쉿", absent).await;
    assert_eq!(sent, Err(Error::Absent));
    assert_eq!((send(&fixture, 2, room).await, send(&fixture, 2, room).await), (Ok(()), wait(300)));
}

#[tokio::test]
async fn it_is_told_shown_and_ends() {
    let (fixture, room, _tabs) = slow_room("5").await;
    set(&fixture, room, "5").await;
    let view = fixture.inside(&person(2), room).await;
    let last = view.entries.last().expect("a line");
    let settings = Settings { slow: Some(Slow::ALL[1]), ..Settings::default() };
    assert_eq!((&last.what, last.protocol(), view.slow), (&What::Settings(settings), 3, Slow::ALL[1]));
    assert_eq!(view.entries.len(), 4, "told once");
    assert_eq!((send(&fixture, 2, room).await, send(&fixture, 2, room).await), (Ok(()), wait(5)));
    let by = person(1).id;
    let kept = fixture.chat.set_room(by, None, room, Some("새 방"), None, "", false, None, None).await;
    assert_eq!((kept, fixture.inside(&person(2), room).await.slow), (Ok(()), Slow::ALL[1]));
    for (who, slow, refused) in [(2, "0", Error::NotOwner), (1, "7", Error::Refused), (1, "", Error::Refused)] {
        let set = fixture.chat.set_room(person(who).id, None, room, None, None, "", false, Some(slow), None).await;
        assert_eq!(set, Err(refused), "{slow}");
    }
    set(&fixture, room, "0").await;
    assert_eq!((send(&fixture, 2, room).await, send(&fixture, 2, room).await), (Ok(()), Ok(())));
}

#[tokio::test]
async fn it_is_the_same_turn_on_every_node() {
    let (fixture, room, _tabs) = slow_room("15").await;
    let (store, config) = (fixture.chat.store.clone(), fixture.chat.config().clone());
    let other = open_on(store, Some(NodeId::generate()), &fixture.dir, fixture.clock.clone(), config).await;
    assert_eq!(send(&fixture, 2, room).await, Ok(()));
    let there = other.send_text(person(2).id, room, ClientId::generate(), "말", Target::default()).await;
    assert_eq!(there.map(drop), wait(15));
}
