//! Who gets in, who may do what, and how often.

use super::*;
use chat::error::{Field, FieldError, Problem};
use chat::event::PROTOCOL;

#[tokio::test]
async fn every_wrong_value_is_named_at_once() {
    let fixture = Fixture::new().await;
    let made = fixture.chat.create_room(&person(1), None, " ", "1", &"x".repeat(129)).await;
    let errors = [
        FieldError { field: Field::Title, problem: Problem::Empty },
        FieldError { field: Field::Capacity, problem: Problem::OutOfRange { min: 2, max: 1000 } },
        FieldError { field: Field::Password, problem: Problem::TooLong { max: 128 } },
    ];
    assert_eq!(made, Err(Error::Invalid(errors.to_vec())));
}

#[tokio::test]
async fn a_stranger_can_do_nothing_in_a_room() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    let (stranger, client) = (person(2).id, ClientId::generate());
    assert!(matches!(fixture.chat.look(stranger, room).await, Ok(Look::Outside { .. })));
    assert_eq!(fixture.chat.history(stranger, room, 9).await, Err(Error::NotSeated));
    assert_eq!(fixture.chat.send_text(stranger, room, client, "hi", Target::default()).await, Err(Error::NotSeated));
    assert_eq!(
        fixture.chat.send_gif(stranger, None, room, client, Bytes::new(), Default::default(), Target::default()).await,
        Err(Error::NotSeated)
    );
    assert_eq!(fixture.chat.watch_room(stranger, room, 0, PROTOCOL).await.err(), Some(Error::NotSeated));
    assert_eq!(fixture.chat.leave(stranger, room).await, Ok(()));
    assert_eq!(fixture.log(&person(1), room).await, ["1+"]);
}

#[tokio::test]
async fn a_full_room_lets_nobody_in_but_who_is_inside() {
    let fixture = Fixture::new().await;
    let room = fixture.chat.create_room(&person(1), None, "둘이서", "2", "").await.expect("a room");
    fixture.enter(&person(2), room).await;
    assert_eq!(fixture.chat.enter(&person(3), None, room, "").await, Err(Error::Full));
    fixture.enter(&person(2), room).await;
    assert_eq!(fixture.log(&person(1), room).await, ["1+", "2+"]);
}

#[tokio::test]
async fn a_locked_room_opens_to_its_password_only() {
    let fixture = Fixture::new().await;
    let room = fixture.chat.create_room(&person(1), None, "3팀", "10", "점심").await.expect("a room");
    for wrong in ["", "점심 ", "저녁"] {
        assert_eq!(fixture.chat.enter(&person(2), None, room, wrong).await, Err(Error::WrongPassword), "{wrong}");
    }
    assert_eq!(fixture.chat.enter(&person(2), None, room, "점심").await, Ok(()));
    assert_eq!(fixture.chat.enter(&person(2), None, room, "").await, Ok(()), "who is seated needs none");
}

#[tokio::test]
async fn wrong_passwords_run_out_and_right_ones_do_not_count() {
    let fixture = Fixture::new().await;
    let room = fixture.chat.create_room(&person(1), None, "3팀", "10", "점심").await.expect("a room");
    for _ in 0..7 {
        fixture.chat.enter(&person(2), None, room, "점심").await.expect("the right one");
        fixture.chat.leave(person(2).id, room).await.expect("left");
    }
    for _ in 0..5 {
        assert_eq!(fixture.chat.enter(&person(2), None, room, "저녁").await, Err(Error::WrongPassword));
    }
    assert_eq!(
        fixture.chat.enter(&person(2), None, room, "점심").await,
        Err(Error::TooMany { of: Act::WrongPassword, retry_after: 60 })
    );
    fixture.advance(Duration::from_secs(60)).await;
    assert_eq!(fixture.chat.enter(&person(2), None, room, "점심").await, Ok(()));
}

#[tokio::test]
async fn no_password_or_hash_leaves_the_service() {
    let fixture = Fixture::new().await;
    let mut lobby = fixture.chat.watch_lobby();
    let room = fixture.chat.create_room(&person(1), None, "3팀", "10", "hunter2").await.expect("a room");
    fixture.chat.enter(&person(2), None, room, "hunter2").await.expect("a seat");
    let mut feed = fixture.chat.watch_room(person(2).id, room, 0, PROTOCOL).await.expect("a feed");
    let mut seen = vec![lobby.next().await.expect("the lobby"), lobby.next().await.expect("the change")];
    for _ in 0..3 {
        seen.push(feed.next().await.expect("an entry"));
    }
    let text: String = seen.iter().map(|frame| String::from_utf8_lossy(frame).into_owned()).collect();
    let view = format!("{:?}{:?}", fixture.inside(&person(2), room).await, fixture.chat.lobby("", None).await);
    for secret in ["hunter2", "argon2"] {
        assert!(!text.contains(secret) && !view.contains(secret), "{secret}");
    }
    assert!(
        fixture.chat.lobby("", None).await.expect("a page").cards[0].faces.is_empty(),
        "a locked room shows no faces"
    );
}
