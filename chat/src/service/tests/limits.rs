//! How often somebody may do what costs others.

use super::people::watching;
use super::*;
use crate::entry::Emoji;

#[tokio::test]
async fn ten_messages_in_ten_seconds() {
    let house = House::new().await;
    let room = house.room(&person(1)).await;
    for n in 0..10 {
        house.say(&person(1), room, &n.to_string()).await;
    }
    let refused = house.chat.send_text(person(1).id, room, ClientId::generate(), "11", Aim::default()).await;
    assert_eq!(refused, Err(Error::TooMany { retry_after: 10 }));
    house.pass(Duration::from_secs(10)).await;
    house.say(&person(1), room, "11").await;
}

#[tokio::test]
async fn five_rooms_in_ten_minutes() {
    let house = House::new().await;
    for _ in 0..5 {
        house.room(&person(1)).await;
    }
    let refused = house.chat.create_room(&person(1), None, "여섯 번째", "10", "").await;
    assert_eq!(refused, Err(Error::TooMany { retry_after: 600 }));
    house.room(&person(2)).await;
}

#[tokio::test]
async fn nobody_changes_their_mind_about_a_message_without_end() {
    let house = House::new().await;
    let room = house.room(&person(1)).await;
    let [one, other] = [house.say(&person(1), room, "하나").await, house.say(&person(1), room, "둘").await];
    house.enter(&person(2), room).await;
    let _tabs = [watching(&house, 1, room).await, watching(&house, 2, room).await];
    let most = Config::default().limits.reactions;
    let feel = async |n: u8, seq, on| {
        let felt = house.chat.react(person(n).id, room, ClientId::generate(), seq, Emoji::Wow, on).await;
        house.pass(Duration::from_secs(1)).await;
        felt.map(drop)
    };
    for n in 0..most.count {
        assert_eq!(feel(2, one.seq, n % 2 == 0).await, Ok(()));
    }
    let wait = u32::try_from(most.per.as_secs()).expect("seconds") - most.count;
    assert_eq!(feel(2, one.seq, true).await, Err(Error::TooMany { retry_after: wait }));
    assert_eq!((feel(2, other.seq, true).await, feel(1, one.seq, true).await), (Ok(()), Ok(())));
}

#[tokio::test]
async fn nobody_floods_a_room_with_what_is_not_said() {
    let house = House::new().await;
    let room = house.room(&person(1)).await;
    let most = Config::default().limits.acts;
    let mut refused = Ok(());
    for n in 0..100 {
        refused = house.chat.set_away(person(1).id, room, n % 2 == 0).await;
        if refused.is_err() {
            assert_eq!(n, most.count);
            break;
        }
    }
    assert!(matches!(refused, Err(Error::TooMany { .. })), "{refused:?}");
}
