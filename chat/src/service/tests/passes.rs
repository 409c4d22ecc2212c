//! Who comes back into a locked room without its password, and what ends that.

use super::people::watching;
use super::*;
use crate::record::Pass;

const DAY: Duration = Duration::from_millis(Pass::LASTS_MS);

/// Person 1 sits in a locked room of theirs for good; person 2 came in by the password, and their grace has run out.
async fn scene() -> (House, RoomId, Feed) {
    let house = House::without_limits().await;
    let room = house.chat.create_room(&person(1), None, "3팀", "10", "점심").await.expect("a room");
    let tab = watching(&house, 1, room).await;
    house.chat.enter(&person(2), None, room, "점심").await.expect("a seat");
    house.pass(Duration::from_secs(30)).await;
    assert!(matches!(house.chat.look(person(2).id, room).await, Ok(Look::Outside { has_pass: true, .. })));
    (house, room, tab)
}

async fn come_back(house: &House, n: u8, room: RoomId) -> Result<(), Error> {
    house.chat.enter(&person(n), None, room, "").await
}

/// What the door says agrees with whether it opens.
async fn is_stranger(house: &House, n: u8, room: RoomId) -> bool {
    let has_pass = match house.chat.look(person(n).id, room).await {
        Ok(Look::Outside { has_pass, .. }) => has_pass,
        other => panic!("{other:?}"),
    };
    let came_back = come_back(house, n, room).await;
    assert_eq!(came_back.is_ok(), has_pass, "{came_back:?}");
    came_back == Err(Error::WrongPassword)
}

#[tokio::test]
async fn who_was_cut_off_comes_back_without_the_password_for_a_day() {
    let (house, room, _tab) = scene().await;
    house.pass(DAY - Duration::from_secs(31)).await;
    assert_eq!(come_back(&house, 2, room).await, Ok(()));
    assert_eq!(come_back(&house, 2, room).await, Ok(()), "seated");
    // Coming in renewed it.
    house.pass(DAY - Duration::from_secs(1)).await;
    assert_eq!(come_back(&house, 2, room).await, Ok(()));
    house.pass(DAY).await;
    assert!(is_stranger(&house, 2, room).await);
    assert_eq!(house.chat.store.sweep_passes(house.chat.now()).await, Ok(2), "that of the owner too");
}

#[tokio::test]
async fn the_owner_of_a_new_room_has_a_pass() {
    let (house, room, tab) = scene().await;
    drop(tab);
    house.enter(&person(2), room).await;
    let _tab = watching(&house, 2, room).await;
    house.pass(Duration::from_secs(30)).await;
    assert_eq!(house.inside(&person(2), room).await.people.len(), 1);
    assert_eq!(come_back(&house, 1, room).await, Ok(()));
}

#[tokio::test]
async fn who_leaves_shows_the_password_again() {
    let (house, room, _tab) = scene().await;
    house.enter(&person(2), room).await;
    house.chat.leave(person(2).id, room).await.expect("left");
    assert!(is_stranger(&house, 2, room).await);
    assert_eq!(house.chat.enter(&person(2), None, room, "점심").await, Ok(()));
}

#[tokio::test]
async fn who_was_thrown_out_and_let_in_shows_the_password_again() {
    let (house, room, _tab) = scene().await;
    house.enter(&person(2), room).await;
    house.chat.throw_out(person(1).id, room, person(2).id, "").await.expect("thrown out");
    assert_eq!(house.chat.store.pass(room, person(2).id).await, Ok(None));
    // One that is found all the same (a server that ended in between) is worth nothing, and gone when they are let in.
    let record = house.chat.store.room(room).await.expect("the room");
    house.chat.store.give_pass(Pass::new(&record, person(2).id, house.chat.now())).await.expect("given");
    assert_eq!(come_back(&house, 2, room).await, Err(Error::Barred));
    assert_eq!(house.chat.let_in(person(3).id, room, person(2).id).await, Err(Error::NotSeated));
    house.chat.let_in(person(1).id, room, person(2).id).await.expect("let in");
    assert!(is_stranger(&house, 2, room).await);
}

#[tokio::test]
async fn a_pass_is_for_the_password_that_was_shown() {
    for (password, is_open) in [("저녁", false), ("점심", false), ("", true)] {
        let (house, room, _tab) = scene().await;
        let set = async |password, is_open| {
            house.chat.set_room(person(1).id, None, room, None, None, password, is_open, None).await
        };
        set(password, is_open).await.expect("set");
        if is_open {
            // Open and locked again: not the same, though it is the same.
            set("점심", false).await.expect("set");
        }
        assert!(is_stranger(&house, 2, room).await, "{password:?}");
        let (now, rev) = (house.chat.now(), house.chat.store.room(room).await.expect("the room").password_rev);
        assert_eq!(rev, if is_open { 2 } else { 1 });
        assert!(
            house.chat.store.pass(room, person(2).id).await.is_ok_and(|pass| pass.is_some_and(|pass| pass.until > now))
        );
    }
}

#[tokio::test]
async fn other_settings_end_no_pass() {
    let (house, room, _tab) = scene().await;
    house.chat.set_room(person(1).id, None, room, Some("새 이름"), Some("20"), "", false, None).await.expect("set");
    assert_eq!(come_back(&house, 2, room).await, Ok(()));
}

#[tokio::test]
async fn only_who_shows_the_password_gets_a_pass() {
    let (house, room, _tab) = scene().await;
    assert_eq!(house.chat.enter(&person(3), None, room, "저녁").await, Err(Error::WrongPassword));
    for _ in 0..2 {
        assert!(is_stranger(&house, 3, room).await, "nor does looking give one");
    }
    let open = house.room(&person(1)).await;
    let _tab = watching(&house, 1, open).await;
    house.enter(&person(3), open).await;
    house.chat.set_room(person(1).id, None, open, None, None, "점심", false, None).await.expect("set");
    assert_eq!(come_back(&house, 3, open).await, Ok(()), "who sits inside");
    house.pass(Duration::from_secs(30)).await;
    assert!(is_stranger(&house, 3, open).await, "when it was locked they showed nothing");
}

#[tokio::test]
async fn a_room_that_ends_takes_its_passes_with_it() {
    let (house, room, _tab) = scene().await;
    house.chat.close_room(person(1).id, room).await.expect("closed");
    for n in [1, 2] {
        assert_eq!(house.chat.store.pass(room, person(n).id).await, Ok(None));
    }
    assert_eq!(come_back(&house, 2, room).await, Err(Error::NotFound));
}
