//! How often a visitor may do what costs others something.

use super::people::watching;
use super::*;
use chat::entry::Emoji;

fn too_many(of: Act, retry_after: u32) -> Error {
    Error::TooMany { of, retry_after }
}

#[tokio::test]
async fn ten_messages_in_ten_seconds() {
    let fixture = Fixture::new().await;
    let say = || fixture.chat.allow(Act::Say, person(1).id, None).map(drop);
    for _ in 0..10 {
        assert_eq!(say(), Ok(()));
    }
    assert_eq!(say(), Err(too_many(Act::Say, 10)));
    fixture.advance(Duration::from_secs(10)).await;
    assert_eq!(say(), Ok(()));
}

#[tokio::test]
async fn five_rooms_in_ten_minutes() {
    let fixture = Fixture::new().await;
    let make = |n| fixture.chat.allow(Act::NewRoom, person(n).id, None).map(drop);
    for _ in 0..5 {
        assert_eq!(make(1), Ok(()));
    }
    assert_eq!(make(1), Err(too_many(Act::NewRoom, 600)));
    assert_eq!(make(2), Ok(()));
}

#[tokio::test]
async fn what_was_not_done_does_not_count() {
    let fixture = Fixture::new().await;
    for _ in 0..100 {
        let allowed = fixture.chat.allow(Act::NewRoom, person(1).id, None).expect("allowed");
        fixture.chat.give_back(allowed);
    }
}

#[tokio::test]
async fn nobody_changes_their_mind_about_a_message_without_end() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    let [one, other] = [fixture.say(&person(1), room, "하나").await, fixture.say(&person(1), room, "둘").await];
    fixture.enter(&person(2), room).await;
    let _tabs = [watching(&fixture, 1, room).await, watching(&fixture, 2, room).await];
    let most = Config::default().limits[Act::React];
    let feel = async |n: u8, seq, on| {
        let felt = fixture.chat.react(person(n).id, room, ClientId::generate(), seq, Emoji::Wow, on).await;
        fixture.advance(Duration::from_secs(1)).await;
        felt.map(drop)
    };
    for n in 0..most.count {
        assert_eq!(feel(2, one.seq, n % 2 == 0).await, Ok(()));
    }
    let wait = u32::try_from(most.per.as_secs()).expect("seconds") - most.count;
    assert_eq!(feel(2, one.seq, true).await, Err(too_many(Act::React, wait)));
    assert_eq!((feel(2, other.seq, true).await, feel(1, one.seq, true).await), (Ok(()), Ok(())));
}

/// Eight bots stay within their own limits, and somebody says something from time to time.
#[tokio::test]
async fn bots_fill_a_room_and_silence_nobody() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    for n in 2..=9 {
        fixture.enter(&person(n), room).await;
    }
    let say = async |n: u8| {
        fixture.chat.send_text(person(n).id, room, ClientId::generate(), "아", Target::default()).await.map(drop)
    };
    let mut said = 0;
    for n in 0..80 {
        said += u32::from(say(2 + n % 8).await.is_ok());
    }
    assert_eq!(said, 50);
    assert_eq!(say(1).await, Ok(()), "who has said nothing yet is heard");
    assert!(matches!(say(2).await, Err(Error::TooMany { of: Act::Say, .. })));
    fixture.advance(Duration::from_secs(10)).await;
    assert_eq!(say(2).await, Ok(()));
}

/// Only visitors with a seat use up a room's rate.
#[tokio::test]
async fn strangers_take_nothing_of_a_rooms_rate() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    for n in 2..200 {
        let (chat, client) = (&fixture.chat, ClientId::generate());
        let said = chat.send_text(person(n).id, room, client, "아", Target::default()).await;
        assert_eq!(said, Err(Error::NotSeated));
        assert_eq!(chat.react(person(n).id, room, client, 1, Emoji::Wow, true).await, Err(Error::NotSeated));
        assert_eq!(chat.rename(person(n).id, room, "민수").await, Err(Error::NotSeated));
    }
    for n in 0..50 {
        fixture.say(&person(1), room, &n.to_string()).await;
    }
}

/// A search looks at all rooms, however many there are, and finds those that match, newest first.
#[tokio::test]
async fn a_search_looks_at_every_title() {
    let fixture = Fixture::without_limits().await;
    for n in 0..1200 {
        let title = if n % 20 == 7 { format!("Needle {n}") } else { format!("Hay {n}") };
        fixture.chat.create_room(&person(1), None, &title, "10", "").await.expect("a room");
    }
    let first = fixture.chat.lobby(" nEEdle ", None).await.expect("a page");
    assert_eq!((first.cards.len(), first.more), (50, true));
    assert_eq!(first.cards[0].title.as_str(), "Needle 1187");
    let rest = fixture.chat.lobby("needle", first.cards.last().map(|card| card.id)).await.expect("a page");
    assert_eq!((rest.cards.len(), rest.more), (10, false));
    assert_eq!(rest.cards[9].title.as_str(), "Needle 7");
    assert_eq!(fixture.chat.lobby("none of them", None).await.expect("a page").cards, []);
}
