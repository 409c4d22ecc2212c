//! Tests who may come back into a locked room without its password, and what ends that right.

use super::people::watching;
use super::*;
use chat::record::Pass;

const DAY: Duration = Duration::from_millis(Pass::LASTS_MS);

/// Person 1 sits in their own locked room all the time. Person 2 came in with the password, and their grace period is over.
async fn scene() -> (Fixture, RoomId, Feed) {
    let fixture = Fixture::without_limits().await;
    let room = fixture.chat.create_room(&person(1), None, "3팀", "10", "점심").await.expect("a room");
    let tab = watching(&fixture, 1, room).await;
    fixture.chat.enter(&person(2), None, room, "점심").await.expect("a seat");
    fixture.advance(Duration::from_secs(30)).await;
    assert!(matches!(fixture.chat.look(person(2).id, room).await, Ok(Look::Outside { has_pass: true, .. })));
    (fixture, room, tab)
}

async fn come_back(fixture: &Fixture, n: u8, room: RoomId) -> Result<(), Error> {
    fixture.chat.enter(&person(n), None, room, "").await
}

/// Whether person `n` needs the password. Checks that the room's door says the same as entering does.
async fn is_stranger(fixture: &Fixture, n: u8, room: RoomId) -> bool {
    let has_pass = match fixture.chat.look(person(n).id, room).await {
        Ok(Look::Outside { has_pass, .. }) => has_pass,
        other => panic!("{other:?}"),
    };
    let came_back = come_back(fixture, n, room).await;
    assert_eq!(came_back.is_ok(), has_pass, "{came_back:?}");
    came_back == Err(Error::WrongPassword)
}

#[tokio::test]
async fn who_was_cut_off_comes_back_without_the_password_for_a_day() {
    let (fixture, room, _tab) = scene().await;
    fixture.advance(DAY - Duration::from_secs(31)).await;
    assert_eq!(come_back(&fixture, 2, room).await, Ok(()));
    assert_eq!(come_back(&fixture, 2, room).await, Ok(()), "seated");
    // Entering has renewed the pass.
    fixture.advance(DAY - Duration::from_secs(1)).await;
    assert_eq!(come_back(&fixture, 2, room).await, Ok(()));
    fixture.advance(DAY).await;
    assert!(is_stranger(&fixture, 2, room).await);
    assert_eq!(
        fixture.chat.store.sweep(fixture.chat.now()).await.map(|swept| swept.passes),
        Ok(2),
        "that of the owner too"
    );
}

#[tokio::test]
async fn the_owner_of_a_new_room_has_a_pass() {
    let (fixture, room, mut tab) = scene().await;
    tab.say_goodbye();
    drop(tab);
    fixture.enter(&person(2), room).await;
    let _tab = watching(&fixture, 2, room).await;
    fixture.advance(Duration::from_secs(30)).await;
    assert_eq!(fixture.inside(&person(2), room).await.people.len(), 1);
    assert_eq!(come_back(&fixture, 1, room).await, Ok(()));
}

#[tokio::test]
async fn who_leaves_shows_the_password_again() {
    let (fixture, room, _tab) = scene().await;
    fixture.enter(&person(2), room).await;
    fixture.chat.leave(person(2).id, room).await.expect("left");
    assert!(is_stranger(&fixture, 2, room).await);
    assert_eq!(fixture.chat.enter(&person(2), None, room, "점심").await, Ok(()));
}

#[tokio::test]
async fn who_was_thrown_out_and_let_in_shows_the_password_again() {
    let (fixture, room, _tab) = scene().await;
    fixture.enter(&person(2), room).await;
    fixture.chat.throw_out(person(1).id, room, person(2).id, "").await.expect("thrown out");
    assert_eq!(fixture.chat.store.pass(room, person(2).id).await, Ok(None));
    // A pass that was not removed (because the server stopped in between) is worthless, and is removed when they are let in.
    let record = fixture.chat.store.room(room).await.expect("the room");
    fixture.chat.store.give_pass(Pass::new(&record, person(2).id, fixture.chat.now())).await.expect("given");
    assert_eq!(come_back(&fixture, 2, room).await, Err(Error::Barred));
    assert_eq!(fixture.chat.let_in(person(3).id, room, person(2).id).await, Err(Error::NotSeated));
    fixture.chat.let_in(person(1).id, room, person(2).id).await.expect("let in");
    assert!(is_stranger(&fixture, 2, room).await);
}

#[tokio::test]
async fn a_pass_is_for_the_password_that_was_shown() {
    for (password, is_open) in [("저녁", false), ("점심", false), ("", true)] {
        let (fixture, room, _tab) = scene().await;
        let set = async |password, is_open| {
            fixture.chat.set_room(person(1).id, None, room, None, None, password, is_open, None, None).await
        };
        set(password, is_open).await.expect("set");
        if is_open {
            // Opened and locked again with the same word, it still counts as a new password.
            set("점심", false).await.expect("set");
        }
        assert!(is_stranger(&fixture, 2, room).await, "{password:?}");
        let (now, rev) = (fixture.chat.now(), fixture.chat.store.room(room).await.expect("the room").password_rev);
        assert_eq!(rev, if is_open { 2 } else { 1 });
        assert!(
            fixture
                .chat
                .store
                .pass(room, person(2).id)
                .await
                .is_ok_and(|pass| pass.is_some_and(|pass| pass.until > now))
        );
    }
}

#[tokio::test]
async fn other_settings_end_no_pass() {
    let (fixture, room, _tab) = scene().await;
    fixture
        .chat
        .set_room(person(1).id, None, room, Some("새 이름"), Some("20"), "", false, None, None)
        .await
        .expect("set");
    assert_eq!(come_back(&fixture, 2, room).await, Ok(()));
}

#[tokio::test]
async fn only_who_shows_the_password_gets_a_pass() {
    let (fixture, room, _tab) = scene().await;
    assert_eq!(fixture.chat.enter(&person(3), None, room, "저녁").await, Err(Error::WrongPassword));
    for _ in 0..2 {
        assert!(is_stranger(&fixture, 3, room).await, "nor does looking give one");
    }
    let open = fixture.room(&person(1)).await;
    let _tab = watching(&fixture, 1, open).await;
    fixture.enter(&person(3), open).await;
    fixture.chat.set_room(person(1).id, None, open, None, None, "점심", false, None, None).await.expect("set");
    assert_eq!(come_back(&fixture, 3, open).await, Ok(()), "who sits inside");
    fixture.advance(Duration::from_secs(30)).await;
    assert!(is_stranger(&fixture, 3, open).await, "when it was locked they showed nothing");
}

#[tokio::test]
async fn a_room_that_ends_takes_its_passes_with_it() {
    let (fixture, room, _tab) = scene().await;
    fixture.chat.close_room(person(1).id, room).await.expect("closed");
    for n in [1, 2] {
        assert_eq!(fixture.chat.store.pass(room, person(n).id).await, Ok(None));
    }
    assert_eq!(come_back(&fixture, 2, room).await, Err(Error::NotFound));
}
