//! How often somebody may try a password, and whose turn it is to try.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::AtomicUsize;

use rstest::rstest;
use tokio::task::JoinSet;

use super::super::doors::lasting;
use super::super::turns::Who;
use super::media::tiny_gif;
use super::people::watching;
use super::*;
use crate::address::Address;
use crate::limit::Act;
use crate::record::{PasswordHash, Room};

/// Hashed at the least cost there is: what is counted here is tries, not time.
const CHEAP: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0$";

fn from(n: u8) -> Option<Address> {
    Some(IpAddr::from(Ipv4Addr::new(192, 0, 2, n)).into())
}

/// A room that opens to "점심".
async fn locked(house: &House, owner: &Person) -> RoomId {
    let room = house.room(owner).await;
    let salt = b"saltsaltsalt";
    let params = argon2::Params::new(8, 1, 1, None).expect("the least cost");
    let mut output = [0; 32];
    let argon2 = argon2::Argon2::from(params);
    argon2.hash_password_into("점심".as_bytes(), salt, &mut output).expect("a hash");
    let output = argon2::password_hash::phc::Output::new(&output).expect("a hash");
    let hash = PasswordHash(format!("{CHEAP}{output}"));
    let cheaper = move |room: &mut Room| {
        room.password = Some(hash.clone());
        Ok(Vec::new())
    };
    house.chat.store.update_room(room, Arc::new(cheaper)).await.expect("changed");
    room
}

#[rstest]
#[case::of_one_visitor(1, 6, None, 5)]
#[case::of_many_where_addresses_say_nothing(13, 5, None, 65)]
#[case::of_many_from_one_address(13, 5, Some(1), 60)]
#[tokio::test(start_paused = true)]
async fn so_many_wrong_passwords_are_heard_in_a_minute(
    #[case] visitors: u8,
    #[case] each: usize,
    #[case] address: Option<u8>,
    #[case] heard: usize,
) {
    let house = House::without_limits().await;
    let mut answers = Vec::new();
    for n in 1..=visitors {
        // Each at a door of their own.
        let room = locked(&house, &person(100 + n)).await;
        for _ in 0..each {
            answers.push(house.chat.enter(&person(n), address.and_then(from), room, "저녁").await);
        }
    }
    let wrong = answers.iter().take_while(|answer| **answer == Err(Error::WrongPassword)).count();
    assert_eq!(wrong, heard);
    assert!(
        answers[wrong..].iter().all(|answer| matches!(answer, Err(Error::TooMany { of: Act::WrongPassword, .. }))),
        "{answers:?}"
    );
    let room = locked(&house, &person(100)).await;
    let others = house.chat.enter(&person(99), from(2), room, "점심").await;
    assert_eq!(others, Ok(()), "others are not refused for that");
    house.pass(Duration::from_secs(60)).await;
    assert_eq!(house.chat.enter(&person(visitors), address.and_then(from), room, "점심").await, Ok(()));
}

/// One of the strangers tries a wrong password.
async fn guess(chat: &Arc<Chat>, n: u8, room: RoomId) {
    let answer = chat.enter(&person(20 + n), from(20 + n), room, "저녁").await;
    assert_eq!(answer, Err(Error::WrongPassword), "nor are they refused for each other");
}

/// From five addresses five wrong tries a minute, minute after minute: whoever knows the password is never refused, and
/// waits for one try of each address at most.
#[tokio::test(start_paused = true)]
async fn nobody_holds_a_locked_door_shut() {
    let house = House::without_limits().await;
    let room = locked(&house, &person(1)).await;
    let _tab = watching(&house, 1, room).await;
    for minute in 0..3 {
        let heard = Arc::new(AtomicUsize::new(0));
        for n in 0..5 {
            guess(&house.chat, n, room).await;
        }
        let mut attack = JoinSet::new();
        for n in 0..5 {
            let (chat, heard) = (house.chat.clone(), heard.clone());
            attack.spawn(async move {
                for _ in 0..4 {
                    guess(&chat, n, room).await;
                    heard.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        // Until each of them waits at the door.
        let began = std::time::Instant::now();
        while house.chat.doors.waiting(room) < 5 {
            let (waiting, heard) = (house.chat.doors.waiting(room), heard.load(Ordering::SeqCst));
            assert!(began.elapsed() < Duration::from_secs(60), "{waiting} wait, {heard} were heard");
            tokio::task::yield_now().await;
        }
        let before = heard.load(Ordering::SeqCst);
        let (guest, address) = (person(40 + minute), from(40 + minute));
        let hash = house.chat.store.room(room).await.expect("the room").password.expect("a password");
        let opened = house.chat.open_door(Who::new(guest.id, address), room, "점심", hash).await;
        let first = heard.load(Ordering::SeqCst) - before;
        assert_eq!((opened, first <= 6), (Ok(()), true), "{first} strangers were heard first");
        assert_eq!(house.chat.enter(&guest, address, room, "점심").await, Ok(()));
        assert_eq!(attack.join_all().await.len(), 5);
        assert_eq!(heard.load(Ordering::SeqCst), 20);
        house.pass(Duration::from_secs(60)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn strangers_are_heard_two_seconds_apart_also_when_they_hang_up() {
    let house = House::without_limits().await;
    let room = locked(&house, &person(1)).await;
    for _ in 0..5 {
        assert_eq!(house.chat.enter(&person(2), from(2), room, "저녁").await, Err(Error::WrongPassword));
    }
    let doors = &house.chat.doors;
    let who = |n: u8| Who::new(person(n).id, from(n));
    let began = tokio::time::Instant::now();
    for n in 3..7 {
        // Nobody keeps the turn.
        drop(lasting(doors.turn_at(room, who(n)).await.expect("a turn")));
    }
    assert_eq!(began.elapsed().as_secs(), 6);
    house.pass(Duration::from_secs(1)).await;
    let turn = doors.turn_at(room, who(7)).await.expect("a turn");
    tokio::time::sleep(Duration::from_secs(60)).await;
    let stranger = doors.turn_at(room, who(8));
    let mut stranger = std::pin::pin!(stranger);
    assert!(tokio::time::timeout(Duration::from_secs(60), &mut stranger).await.is_err(), "one at a time");
    drop(turn);
    assert!(stranger.await.is_ok());
}

/// However many know the password and come at once: nobody of them guesses.
#[tokio::test(start_paused = true)]
async fn right_passwords_are_not_kept_apart() {
    let house = House::without_limits().await;
    let room = locked(&house, &person(1)).await;
    let mut class = JoinSet::new();
    for n in 0..9 {
        let chat = house.chat.clone();
        class.spawn(async move { chat.enter(&person(20 + n), from(20 + n), room, "점심").await });
    }
    // While this goes on nobody is idle, and the clock that would end a pause stands still.
    let began = std::time::Instant::now();
    let mut entered = Vec::new();
    while entered.len() < 9 {
        match class.try_join_next() {
            Some(one) => entered.push(one.expect("no panic")),
            None => tokio::task::yield_now().await,
        }
        assert!(began.elapsed() < Duration::from_secs(60), "only {} got in", entered.len());
    }
    assert_eq!(entered, vec![Ok(()); 9]);
}

#[tokio::test(start_paused = true)]
async fn a_pass_and_a_seat_do_not_wait_at_the_door() {
    let house = House::without_limits().await;
    let room = locked(&house, &person(1)).await;
    let _tab = watching(&house, 1, room).await;
    assert_eq!(house.chat.enter(&person(2), from(2), room, "점심").await, Ok(()));
    house.pass(Duration::from_secs(30)).await;
    for _ in 0..5 {
        assert_eq!(house.chat.enter(&person(3), from(3), room, "저녁").await, Err(Error::WrongPassword));
    }
    let _held = house.chat.doors.turn_at(room, Who::new(person(4).id, from(4))).await.expect("a turn");
    let _busy = house.chat.doors.passwords.busy().await;
    assert_eq!(house.chat.enter(&person(2), from(2), room, "").await, Ok(()), "by the pass");
    assert_eq!(house.chat.enter(&person(2), from(2), room, "").await, Ok(()), "by the seat");
    assert_eq!(house.chat.enter(&person(1), from(1), room, "").await, Ok(()));
    let stranger = person(5);
    let knock = house.chat.enter(&stranger, from(5), room, "점심");
    assert!(tokio::time::timeout(Duration::from_secs(60), knock).await.is_err(), "a stranger does");
}

#[tokio::test]
async fn passwords_are_hashed_in_turn_and_nobody_waits_twice() {
    let house = House::without_limits().await;
    let chat = &house.chat;
    let busy = chat.doors.passwords.busy().await;
    let make = |n: u8, address: u8| {
        let chat = chat.clone();
        async move { chat.create_room(&person(n), from(address), "방", "10", "점심").await.map(drop) }
    };
    let mut making = JoinSet::new();
    for n in 1..=8 {
        making.spawn(make(n, 1));
    }
    while chat.doors.passwords.waiting() < 8 {
        tokio::task::yield_now().await;
    }
    let again = Err(Error::TooMany { of: Act::Wait, retry_after: 2 });
    assert_eq!(make(1, 2).await, again, "one waiting try a visitor");
    assert_eq!(make(9, 1).await, again, "and few an address");
    let room = house.room(&person(30)).await;
    assert_eq!(chat.set_room(person(30).id, from(1), room, None, None, "점심", false, None).await, again);
    let knock = house.chat.enter(&person(10), from(2), room, "").await;
    assert_eq!(knock, Ok(()), "an open door asks nobody to wait");
    drop(busy);
    assert_eq!(making.join_all().await, vec![Ok(()); 8]);
}

#[tokio::test]
async fn gifs_are_judged_in_turn_by_address() {
    let house = House::without_limits().await;
    let chat = &house.chat;
    let room = chat.create_room(&person(1), None, "GIF", "20", "").await.expect("a room");
    let show = |n: u8, address: u8| {
        let chat = chat.clone();
        async move {
            let client = ClientId::generate();
            chat.send_gif(person(n).id, from(address), room, client, tiny_gif(n), Aim::default()).await.map(drop)
        }
    };
    let turn = async |n: u8| chat.judging.turn(Who::new(person(n).id, from(1))).await.expect("a turn");
    let busy = [turn(1).await, turn(1).await];
    let mut crowd = JoinSet::new();
    for n in 10..18 {
        house.enter(&person(n), room).await;
        crowd.spawn(show(n, 1));
    }
    for n in [2, 3] {
        house.enter(&person(n), room).await;
    }
    while chat.judging.waiting() < 8 {
        tokio::task::yield_now().await;
    }
    assert_eq!(show(2, 1).await, Err(Error::TooMany { of: Act::Wait, retry_after: 2 }));
    let other = tokio::spawn(show(3, 2));
    while chat.judging.waiting() < 9 {
        tokio::task::yield_now().await;
    }
    drop(busy);
    assert_eq!(other.await.expect("no panic"), Ok(()));
    assert_eq!(crowd.join_all().await, vec![Ok(()); 8]);
}
