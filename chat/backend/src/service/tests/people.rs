//! What people do to themselves and, as owners, to others and to the room.

use super::super::turns::Requester;
use super::media::send_gif;
use super::*;
use crate::media::Rendition;
use chat::entry::Emoji;
use chat::error::{Field, Problem};
use chat::event::PROTOCOL;
use chat::gif::GifHash;
use chat::record::{Room, Wanted, WantedPassword};
use chat::room::{Password, Reason};

/// A room that person 1 owns, with persons 2 and 3 inside.
async fn scene() -> (Fixture, RoomId) {
    let fixture = Fixture::without_limits().await;
    let room = fixture.room(&person(1)).await;
    for n in [2, 3] {
        fixture.enter(&person(n), room).await;
    }
    (fixture, room)
}

pub async fn watching(fixture: &Fixture, n: u8, room: RoomId) -> Feed {
    let mut feed = fixture.chat.watch_room(person(n).id, room, 0, PROTOCOL).await.expect("a feed");
    frames(&mut feed).await;
    feed
}

/// The result of every call about the room by person `n`. Message 4 and GIF `sha` exist.
async fn call_all(fixture: &Fixture, n: u8, room: RoomId, sha: GifHash) -> Vec<Option<Error>> {
    let (chat, who, client) = (&fixture.chat, person(n).id, ClientId::generate);
    vec![
        chat.history(who, room, u64::MAX).await.err(),
        chat.log_before(who, room, u64::MAX).await.err(),
        chat.watch_room(who, room, 0, PROTOCOL).await.err(),
        chat.gif(who, room, sha).await.err(),
        chat.may_upload(who, room).await.err(),
        chat.send_text(who, room, client(), "저기요", Target::default()).await.err(),
        chat.send_gif(who, None, room, client(), Bytes::new(), Default::default(), Target::default()).await.err(),
        chat.react(who, room, client(), 4, Emoji::Sad, true).await.err(),
        chat.remove_message(who, room, 4).await.err(),
        chat.rename(who, room, "새이름").await.err(),
        chat.set_away(who, room, true).await.err(),
        chat.hand_over(who, room, person(3).id).await.err(),
        chat.throw_out(who, room, person(3).id, "").await.err(),
        chat.let_in(who, room, person(2).id).await.err(),
        chat.bars(who, room).await.err(),
        chat.set_room(who, None, room, Some("방"), Some("10"), "", false, None, None).await.err(),
        chat.close_room(who, room).await.err(),
    ]
}

#[tokio::test]
async fn a_room_is_shut_to_who_was_thrown_out() {
    let (fixture, room) = scene().await;
    fixture.say(&person(1), room, "규칙").await;
    let sha = send_gif(&fixture, &person(2), room, 1, Target::default()).await.1;
    let mut tabs = [watching(&fixture, 2, room).await, watching(&fixture, 2, room).await];
    let not_yet = fixture.chat.watch_room(person(2).id, room, 0, PROTOCOL).await.expect("a feed that has read nothing");
    let mut other = watching(&fixture, 3, room).await;
    fixture.chat.throw_out(person(1).id, room, person(2).id, " 도배 ").await.expect("thrown out");
    for feed in tabs.iter_mut().chain([&mut { not_yet }]) {
        assert_eq!(feed.next().await, Err(Close::Barred));
    }
    let reason = Reason::new("도배").expect("a reason");
    let told = waiting(&mut other).expect("an entry");
    assert_eq!((told[0].person.id, &told[0].what), (person(2).id, &What::ThrownOut { reason: reason.clone() }));
    assert_eq!(call_all(&fixture, 2, room, sha).await, [const { Some(Error::Barred) }; 17]);
    assert_eq!(fixture.chat.enter(&person(2), None, room, "").await, Err(Error::Barred));
    let card = fixture.chat.store.room(room).await.expect("the room").card();
    assert_eq!(fixture.chat.look(person(2).id, room).await, Ok(Look::Barred { card, reason: reason.clone() }));
    let whisper = Target { to: Some(person(2).id), reply: None };
    let sent = fixture.chat.send_text(person(3).id, room, ClientId::generate(), "잘 가", whisper).await;
    assert_eq!(sent, Err(Error::Absent));

    let bars = fixture.chat.bars(person(1).id, room).await.expect("the owner's list");
    assert_eq!(
        bars.iter().map(|bar| (bar.person.id, bar.reason.clone())).collect::<Vec<_>>(),
        [(person(2).id, reason)]
    );
    fixture.chat.let_in(person(1).id, room, person(2).id).await.expect("let in");
    assert_eq!(call_all(&fixture, 2, room, sha).await, [const { Some(Error::NotSeated) }; 17]);
    fixture.enter(&person(2), room).await;
    assert!(fixture.chat.gif(person(2).id, room, sha).await.is_ok());
    drop(tabs);
    let feed = watching(&fixture, 2, room).await;
    let _one = watching(&fixture, 1, room).await;
    fixture.advance(Duration::from_secs(60)).await;
    assert_eq!(fixture.inside(&person(2), room).await.people.len(), 3, "the sockets from before do not count any more");
    drop(feed);
}

#[tokio::test]
async fn the_past_does_not_throw_out_who_was_let_in() {
    let (fixture, room) = scene().await;
    fixture.chat.throw_out(person(1).id, room, person(2).id, "").await.expect("thrown out");
    fixture.chat.let_in(person(1).id, room, person(2).id).await.expect("let in");
    fixture.enter(&person(2), room).await;
    let mut feed = fixture.chat.watch_room(person(2).id, room, 3, PROTOCOL).await.expect("a feed");
    let what: Vec<_> = caught_up(&mut feed).await.into_iter().map(|entry| entry.what).collect();
    assert_eq!(what, [What::ThrownOut { reason: None }, What::Entered]);
}

#[tokio::test]
async fn strangers_and_those_who_do_not_own_the_room_are_refused() {
    let (fixture, room) = scene().await;
    fixture.say(&person(1), room, "규칙").await;
    let sha = send_gif(&fixture, &person(1), room, 1, Target::default()).await.1;
    assert_eq!(call_all(&fixture, 6, room, sha).await, [const { Some(Error::NotSeated) }; 17]);
    let refused = call_all(&fixture, 2, room, sha).await;
    let own = [None, None, None, None, None, None];
    assert_eq!(refused[..6], own);
    assert!(matches!(refused[6], Some(Error::BadGif(_))));
    assert_eq!(refused[7..11], [None, Some(Error::NotOwner), None, None]);
    assert_eq!(refused[11..], [const { Some(Error::NotOwner) }; 6]);
    let gone = RoomId::generate();
    assert_eq!(call_all(&fixture, 1, gone, sha).await, [const { Some(Error::NotFound) }; 17]);
    let (chat, owner) = (&fixture.chat, person(1).id);
    assert_eq!(chat.throw_out(owner, room, owner, "").await, Err(Error::Refused));
    assert_eq!(chat.hand_over(owner, room, owner).await, Err(Error::Refused));
    assert_eq!(chat.throw_out(owner, room, person(6).id, "").await, Err(Error::Absent));
    assert_eq!(chat.hand_over(owner, room, person(6).id).await, Err(Error::Absent));
    let long = Error::invalid(Field::Reason, Problem::TooLong { max: 200 });
    assert_eq!(chat.throw_out(owner, room, person(2).id, &"가".repeat(201)).await, Err(long));
    assert_eq!(
        chat.react(person(2).id, room, ClientId::generate(), 1, Emoji::Wow, true).await.err(),
        Some(Error::Removed)
    );
}

#[tokio::test]
async fn a_new_name_is_told_and_nobody_passes_for_another() {
    let (fixture, room) = scene().await;
    let mut feed = watching(&fixture, 3, room).await;
    let renamed = fixture.chat.rename(person(2).id, room, " Paul ").await.expect("renamed");
    assert_eq!(renamed.name.english(), "Paul");
    let told = waiting(&mut feed).expect("an entry").remove(0);
    assert_eq!((&told.person, told.what), (&renamed, What::Renamed { from: person(2).name }));
    assert_eq!(fixture.say(&person(2), room, "안녕").await.person, renamed);
    assert_eq!(fixture.inside(&person(1), room).await.people[1], renamed);
    for taken in ["Paul", "PAUL", "pauI", "Раul"] {
        assert_eq!(fixture.chat.rename(person(3).id, room, taken).await, Err(Error::NameTaken), "{taken}");
    }
    let wrong = |problem| Err(Error::invalid(Field::Name, problem));
    assert_eq!(fixture.chat.rename(person(3).id, room, "\u{200b}").await, wrong(Problem::Empty));
    assert_eq!(fixture.chat.rename(person(3).id, room, &"가".repeat(21)).await, wrong(Problem::TooLong { max: 20 }));
}

#[tokio::test]
async fn a_new_owner_owns_and_the_old_one_does_not() {
    let (fixture, room) = scene().await;
    fixture.chat.hand_over(person(1).id, room, person(3).id).await.expect("handed over");
    assert_eq!(fixture.chat.close_room(person(1).id, room).await, Err(Error::NotOwner));
    fixture.chat.throw_out(person(3).id, room, person(1).id, "").await.expect("thrown out");
    assert_eq!(fixture.log(&person(3), room).await, ["1+", "2+", "3+", "3=", "1 ThrownOut { reason: None }"]);
    assert_eq!(fixture.inside(&person(3), room).await.owner, person(3).id);
}

#[tokio::test]
async fn who_is_away_is_known_to_all() {
    let (fixture, room) = scene().await;
    let mut view = fixture.inside(&person(3), room).await;
    let mut feed = watching(&fixture, 3, room).await;
    for n in [2, 1] {
        fixture.chat.set_away(person(n).id, room, true).await.expect("away");
        fixture.chat.set_away(person(n).id, room, true).await.expect("away already");
    }
    for entry in waiting(&mut feed).expect("entries") {
        view.apply(entry);
    }
    assert_eq!(view.away, [person(1).id, person(2).id]);
    assert_eq!((view.seq, fixture.inside(&person(3), room).await), (5, view.clone()));
    assert_eq!(view.entries.len(), 3, "it is no line");
}

/// The browser chooses the cursor.
#[tokio::test]
async fn no_cursor_outlives_the_seat() {
    let (fixture, room) = scene().await;
    for (n, end) in [(2, Close::Barred), (3, Close::NotSeated)] {
        let last = fixture.chat.store.last_seq(room).await.expect("a room");
        let mut feeds = Vec::new();
        for after in [last + 1, last + 2, last + 3, u64::MAX] {
            let mut feed = fixture.chat.watch_room(person(n).id, room, after, PROTOCOL).await.expect("a feed");
            frames(&mut feed).await;
            feeds.push(feed);
        }
        if n == 2 {
            fixture.chat.throw_out(person(1).id, room, person(2).id, "").await.expect("out");
        } else {
            fixture.chat.leave(person(3).id, room).await.expect("left");
        }
        for n in 0..3 {
            fixture.say(&person(1), room, &format!("{n}")).await;
        }
        for mut feed in feeds {
            assert_eq!(feed.next().await, Err(end), "and nothing before");
        }
    }
}

#[tokio::test]
async fn a_new_password_is_asked_for_at_the_door() {
    let (fixture, room) = scene().await;
    let set = async |password: &str, is_open| {
        let set = fixture.chat.set_room(person(1).id, None, room, None, None, password, is_open, None, None).await;
        let locked = fixture.chat.lobby("", None).await.expect("a page").cards[0].locked;
        set.map(|()| locked)
    };
    let knock = async |n: u8, password: &str| fixture.chat.enter(&person(n), None, room, password).await;
    assert_eq!(set("점심", false).await, Ok(true));
    assert_eq!([knock(4, "").await, knock(4, "점심 ").await], [const { Err(Error::WrongPassword) }; 2]);
    assert_eq!([knock(4, "점심").await, knock(2, "").await], [Ok(()), Ok(())], "who is inside needs none");
    assert_eq!(set("저녁", false).await, Ok(true));
    assert_eq!([knock(5, "점심").await, knock(5, "저녁").await], [Err(Error::WrongPassword), Ok(())]);
    assert_eq!(set("", false).await, Ok(true), "as it is");
    assert_eq!([knock(6, "").await, knock(6, "저녁").await], [Err(Error::WrongPassword), Ok(())]);
    assert_eq!(set("밤참", true).await, Ok(true), "who types one wants one");
    assert_eq!(knock(7, "").await, Err(Error::WrongPassword));
    assert_eq!(set("", true).await, Ok(false), "open");
    assert_eq!(knock(7, "").await, Ok(()));
    let log = fixture.log(&person(1), room).await;
    let told: Vec<_> = log.iter().filter_map(|line| line.split_once("password: Some(")).map(|(_, what)| what).collect();
    let told: Vec<_> = told.into_iter().filter_map(|what| what.split(')').next()).collect();
    assert_eq!(told, ["Set", "Changed", "Changed", "Removed"]);
    assert!(!log.concat().contains("점심") && !log.concat().contains("argon2"));
}

#[tokio::test]
async fn a_password_that_changes_while_it_is_checked_opens_no_door() {
    let (fixture, room) = scene().await;
    let chat = &fixture.chat;
    chat.set_room(person(1).id, None, room, None, None, "점심", false, None, None).await.expect("set");
    let password = |text| Password::new(text).expect("a password").expect("one");
    let hash = async |n, text| chat.doors.passwords.hash(Requester::new(person(n).id, None), password(text)).await;
    let next = hash(1, "저녁").await.expect("a hash");
    let wanted = Wanted { title: None, capacity: None, password: WantedPassword::New(next), slow: None, veil: None };
    let change = Arc::new(move |room: &mut Room| room.set(person(1).id, &wanted, Timestamp(1)));
    // Both places where passwords are checked are taken, so whoever knocks with the old password has to wait.
    let busy = async |n| hash(n, "바빠요").await.map(drop);
    let late = person(4);
    let knock = chat.enter(&late, None, room, "점심");
    let (one, other, entered, changed) = tokio::join!(busy(8), busy(9), knock, chat.change(room, change));
    assert_eq!((one, other, changed.map(drop)), (Ok(()), Ok(()), Ok(())));
    assert_eq!(entered, Err(Error::WrongPassword));
    assert_eq!(chat.enter(&late, None, room, "저녁").await, Ok(()));
}

#[tokio::test]
async fn a_rooms_settings_are_told_and_nobody_loses_a_seat_by_them() {
    let (fixture, room) = scene().await;
    let mut feed = watching(&fixture, 2, room).await;
    let mut view = fixture.inside(&person(2), room).await;
    let set_some = async |title: Option<&str>, capacity: Option<&str>| {
        fixture.chat.set_room(person(1).id, None, room, title, capacity, "", false, None, None).await
    };
    let set = async |title: &str, capacity: &str| set_some(Some(title), Some(capacity)).await;
    let min = |min| Error::invalid(Field::Capacity, Problem::OutOfRange { min, max: 1000 });
    assert_eq!(set("새 방", "2").await, Err(min(3)));
    assert_eq!(set("새 방", "1").await, Err(min(2)));
    assert_eq!(waiting(&mut feed), Ok(vec![]), "nothing of it was changed");
    assert_eq!(set_some(Some(" "), None).await, Err(Error::invalid(Field::Title, Problem::Empty)));
    assert_eq!(set_some(Some("새 방"), None).await, Ok(()), "the number stays");
    assert_eq!(set_some(None, Some("3")).await, Ok(()), "and so does the title");
    assert_eq!(set("새 방", "3").await, Ok(()), "nothing new");
    for entry in waiting(&mut feed).expect("two entries") {
        view.apply(entry);
    }
    assert_eq!((view.title.as_str(), view.capacity.get(), view.seq), ("새 방", 3, 5));
    assert_eq!(fixture.inside(&person(2), room).await, view);
    assert_eq!(fixture.chat.lobby("새", None).await.expect("a page").cards[0].capacity.get(), 3);
    assert_eq!(fixture.chat.enter(&person(4), None, room, "").await, Err(Error::Full));
}

#[tokio::test]
async fn a_closed_room_is_gone_with_all_it_held() {
    let (fixture, room) = scene().await;
    let sha = send_gif(&fixture, &person(2), room, 1, Target::default()).await.1;
    let mut feeds = [watching(&fixture, 1, room).await, watching(&fixture, 2, room).await];
    fixture.chat.close_room(person(1).id, room).await.expect("closed");
    for feed in &mut feeds {
        assert_eq!(feed.next().await, Err(Close::RoomGone));
    }
    assert_eq!(call_all(&fixture, 1, room, sha).await, [const { Some(Error::NotFound) }; 17]);
    assert_eq!(fixture.chat.look(person(2).id, room).await, Err(Error::NotFound));
    assert_eq!(fixture.chat.totals(), Totals::default());
    assert_eq!(fixture.chat.media.get(sha, Rendition::Gif).await, Err(Error::NotFound));
    assert_eq!(fixture.chat.store.log(room, 0, 99).await, Ok(vec![]));
}

#[tokio::test]
async fn a_whisper_that_is_sent_again_is_the_same_also_when_the_other_one_has_left() {
    let fixture = Fixture::new().await;
    let room = fixture.room(&person(1)).await;
    fixture.enter(&person(2), room).await;
    let (client, target) = (ClientId::generate(), Target { to: Some(person(2).id), reply: None });
    let send = async |client| fixture.chat.send_text(person(1).id, room, client, "쉿", target).await;
    let first = send(client).await.expect("whispered");
    fixture.chat.leave(person(2).id, room).await.expect("left");
    assert_eq!(send(client).await, Ok(first));
    assert_eq!(send(ClientId::generate()).await, Err(Error::Absent));
}
