//! How often a visitor may try a password, and whose turn it is to try.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::AtomicUsize;

use rstest::rstest;
use tokio::task::JoinSet;

use super::super::doors::hold_for_interval;
use super::super::turns::Requester;
use super::media::tiny_gif;
use super::people::watching;
use super::*;
use crate::address::Address;
use chat::limit::Act;
use chat::record::{PasswordHash, Room};

/// A hash at the lowest cost, because the tests count tries and not time.
const CHEAP: &str = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHRzYWx0$";

fn from(n: u8) -> Option<Address> {
    Some(IpAddr::from(Ipv4Addr::new(192, 0, 2, n)).into())
}

/// Makes a room with the password "점심".
async fn locked(fixture: &Fixture, owner: &Person) -> RoomId {
    let room = fixture.room(owner).await;
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
    fixture.chat.store.update_room(room, Arc::new(cheaper)).await.expect("changed");
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
    let fixture = Fixture::without_limits().await;
    let mut answers = Vec::new();
    for n in 1..=visitors {
        // Each visitor tries another room.
        let room = locked(&fixture, &person(100 + n)).await;
        for _ in 0..each {
            answers.push(fixture.chat.enter(&person(n), address.and_then(from), room, "저녁").await);
        }
    }
    let wrong = answers.iter().take_while(|answer| **answer == Err(Error::WrongPassword)).count();
    assert_eq!(wrong, heard);
    assert!(
        answers[wrong..].iter().all(|answer| matches!(answer, Err(Error::TooMany { of: Act::WrongPassword, .. }))),
        "{answers:?}"
    );
    let room = locked(&fixture, &person(100)).await;
    let others = fixture.chat.enter(&person(99), from(2), room, "점심").await;
    assert_eq!(others, Ok(()), "others are not refused for that");
    fixture.advance(Duration::from_secs(60)).await;
    assert_eq!(fixture.chat.enter(&person(visitors), address.and_then(from), room, "점심").await, Ok(()));
}

/// One of the strangers tries a wrong password.
async fn guess(chat: &Arc<Chat>, n: u8, room: RoomId) {
    let answer = chat.enter(&person(20 + n), from(20 + n), room, "저녁").await;
    assert_eq!(answer, Err(Error::WrongPassword), "nor are they refused for each other");
}

/// Five addresses each try five wrong passwords a minute, minute after minute. Whoever knows the password is never refused, and
/// waits for at most one try of each address.
#[tokio::test(start_paused = true)]
async fn nobody_holds_a_locked_door_shut() {
    let fixture = Fixture::without_limits().await;
    let room = locked(&fixture, &person(1)).await;
    let _tab = watching(&fixture, 1, room).await;
    for minute in 0..3 {
        let heard = Arc::new(AtomicUsize::new(0));
        for n in 0..5 {
            guess(&fixture.chat, n, room).await;
        }
        let mut attack = JoinSet::new();
        for n in 0..5 {
            let (chat, heard) = (fixture.chat.clone(), heard.clone());
            attack.spawn(async move {
                for _ in 0..4 {
                    guess(&chat, n, room).await;
                    heard.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let hash = fixture.chat.store.room(room).await.expect("the room").password.expect("a password");
        // Waits until each of them waits at the door.
        let began = std::time::Instant::now();
        while fixture.chat.doors.waiting(room) < 5 {
            let (waiting, heard) = (fixture.chat.doors.waiting(room), heard.load(Ordering::SeqCst));
            assert!(began.elapsed() < Duration::from_secs(60), "{waiting} wait, {heard} were heard");
            tokio::task::yield_now().await;
        }
        let before = heard.load(Ordering::SeqCst);
        let (guest, address) = (person(40 + minute), from(40 + minute));
        let opened = fixture.chat.open_door(Requester::new(guest.id, address), room, "점심", hash).await;
        let first = heard.load(Ordering::SeqCst) - before;
        assert_eq!((opened, first <= 6), (Ok(()), true), "{first} strangers were heard first");
        assert_eq!(fixture.chat.enter(&guest, address, room, "점심").await, Ok(()));
        assert_eq!(attack.join_all().await.len(), 5);
        assert_eq!(heard.load(Ordering::SeqCst), 20);
        fixture.advance(Duration::from_secs(60)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn strangers_are_heard_two_seconds_apart_also_when_they_hang_up() {
    let fixture = Fixture::without_limits().await;
    let room = locked(&fixture, &person(1)).await;
    for _ in 0..5 {
        assert_eq!(fixture.chat.enter(&person(2), from(2), room, "저녁").await, Err(Error::WrongPassword));
    }
    let doors = &fixture.chat.doors;
    let who = |n: u8| Requester::new(person(n).id, from(n));
    let began = tokio::time::Instant::now();
    for n in 3..7 {
        // The requester hangs up at once.
        drop(hold_for_interval(doors.turn_at(room, who(n)).await.expect("a turn")));
    }
    assert_eq!(began.elapsed().as_secs(), 6);
    fixture.advance(Duration::from_secs(1)).await;
    let turn = doors.turn_at(room, who(7)).await.expect("a turn");
    tokio::time::sleep(Duration::from_secs(60)).await;
    let stranger = doors.turn_at(room, who(8));
    let mut stranger = std::pin::pin!(stranger);
    assert!(tokio::time::timeout(Duration::from_secs(60), &mut stranger).await.is_err(), "one at a time");
    drop(turn);
    assert!(stranger.await.is_ok());
}

/// However many people with the right password come at once, none of them counts as guessing.
#[tokio::test(start_paused = true)]
async fn right_passwords_are_not_kept_apart() {
    let fixture = Fixture::without_limits().await;
    let room = locked(&fixture, &person(1)).await;
    let mut class = JoinSet::new();
    for n in 0..9 {
        let chat = fixture.chat.clone();
        class.spawn(async move { chat.enter(&person(20 + n), from(20 + n), room, "점심").await });
    }
    // While this loop runs the runtime is never idle, so the paused clock stands still and no pause at the door can end.
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
    let fixture = Fixture::without_limits().await;
    let room = locked(&fixture, &person(1)).await;
    let _tab = watching(&fixture, 1, room).await;
    assert_eq!(fixture.chat.enter(&person(2), from(2), room, "점심").await, Ok(()));
    fixture.advance(Duration::from_secs(30)).await;
    for _ in 0..5 {
        assert_eq!(fixture.chat.enter(&person(3), from(3), room, "저녁").await, Err(Error::WrongPassword));
    }
    let _held = fixture.chat.doors.turn_at(room, Requester::new(person(4).id, from(4))).await.expect("a turn");
    let _busy = fixture.chat.doors.passwords.busy().await;
    assert_eq!(fixture.chat.enter(&person(2), from(2), room, "").await, Ok(()), "by the pass");
    assert_eq!(fixture.chat.enter(&person(2), from(2), room, "").await, Ok(()), "by the seat");
    assert_eq!(fixture.chat.enter(&person(1), from(1), room, "").await, Ok(()));
    let stranger = person(5);
    let knock = fixture.chat.enter(&stranger, from(5), room, "점심");
    assert!(tokio::time::timeout(Duration::from_secs(60), knock).await.is_err(), "a stranger does");
}

#[tokio::test]
async fn passwords_are_hashed_in_turn_and_nobody_waits_twice() {
    let fixture = Fixture::without_limits().await;
    let chat = &fixture.chat;
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
    let room = fixture.room(&person(30)).await;
    assert_eq!(chat.set_room(person(30).id, from(1), room, None, None, "점심", false, None, None).await, again);
    let knock = fixture.chat.enter(&person(10), from(2), room, "").await;
    assert_eq!(knock, Ok(()), "an open door asks nobody to wait");
    drop(busy);
    assert_eq!(making.join_all().await, vec![Ok(()); 8]);
}

#[tokio::test]
async fn gifs_are_judged_in_turn_by_address() {
    let fixture = Fixture::without_limits().await;
    let chat = &fixture.chat;
    let room = chat.create_room(&person(1), None, "GIF", "20", "").await.expect("a room");
    let send = |n: u8, address: u8, gif: Bytes| {
        let (chat, client) = (chat.clone(), ClientId::generate());
        async move {
            let sent =
                chat.send_gif(person(n).id, from(address), room, client, gif, Default::default(), Target::default());
            sent.await.map(drop)
        }
    };
    // (Bytes after the end of a GIF count towards the size of an upload, though they are dropped.)
    let show = |n, address| send(n, address, [&tiny_gif(n)[..], &vec![0; 64 * 1024]].concat().into());
    let turn = async |n: u8| chat.gif_checks.turn(Requester::new(person(n).id, from(1))).await.expect("a turn");
    let busy = [turn(1).await, turn(1).await];
    let mut crowd = JoinSet::new();
    for n in 10..18 {
        fixture.enter(&person(n), room).await;
        crowd.spawn(show(n, 1));
    }
    for n in [2, 3] {
        fixture.enter(&person(n), room).await;
    }
    while chat.gif_checks.waiting() < 8 {
        tokio::task::yield_now().await;
    }
    assert_eq!(show(2, 1).await, Err(Error::TooMany { of: Act::Wait, retry_after: 2 }));
    assert_eq!(send(2, 1, tiny_gif(2)).await, Ok(()), "a small one waits for nobody");
    let other = tokio::spawn(show(3, 2));
    while chat.gif_checks.waiting() < 9 {
        tokio::task::yield_now().await;
    }
    drop(busy);
    assert_eq!(other.await.expect("no panic"), Ok(()));
    assert_eq!(crowd.join_all().await, vec![Ok(()); 8]);
}
