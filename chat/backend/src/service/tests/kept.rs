//! A phone that sleeps keeps its seat: seats that were cut off are kept for longer, shown as away, and in nobody's way.

use super::*;
use crate::Address;
use chat::event::PROTOCOL;
use chat::id::PageId;
use chat::room::Outside;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

async fn watch(fixture: &Fixture, n: u8, room: RoomId) -> Feed {
    watch_on(fixture, PageId::generate(), n, room).await
}

/// A feed that has caught up.
async fn watch_on(fixture: &Fixture, page: PageId, n: u8, room: RoomId) -> Feed {
    let after = fixture.chat.store.last_seq(room).await.expect("a log");
    let mut feed = fixture.chat.watch_room_on(page, person(n).id, room, after, PROTOCOL).await.expect("a feed");
    caught_up(&mut feed).await;
    feed
}

fn close(mut feed: Feed) {
    feed.say_goodbye();
}

/// Person 1 owns the room and watches it, and so do the others.
async fn scene(capacity: &str, others: &[u8]) -> (Fixture, RoomId, Vec<Feed>) {
    let fixture = Fixture::without_limits().await;
    let room = fixture.chat.create_room(&person(1), None, "고양이만", capacity, "").await.expect("a room");
    let mut feeds = vec![watch(&fixture, 1, room).await];
    for n in others {
        fixture.enter(&person(*n), room).await;
        feeds.push(watch(&fixture, *n, room).await);
    }
    (fixture, room, feeds)
}

async fn outside(fixture: &Fixture, n: u8, room: RoomId) -> (bool, Option<Outside>) {
    match fixture.chat.look(person(n).id, room).await.expect("a room") {
        Look::Outside { is_full, why, .. } => (is_full, why),
        other => panic!("{other:?}"),
    }
}

/// The people shown as absent, on a fresh page of person 1.
async fn absent(fixture: &Fixture, room: RoomId) -> Vec<u8> {
    fixture.inside(&person(1), room).await.absent.iter().map(|id| id.0[0]).collect()
}

/// The lists of absent people that this feed is sent now.
fn told(feed: &mut Feed) -> Vec<Vec<u8>> {
    let mut lists = Vec::new();
    while let Some(frame) = feed.try_next() {
        if let Down::Absent { people } = decoded(&frame.expect("a frame")) {
            lists.push(people.iter().map(|id| id.0[0]).collect());
        }
    }
    lists
}

#[tokio::test]
async fn who_is_cut_off_is_shown_away_and_keeps_the_seat_for_half_an_hour() {
    let (fixture, room, mut feeds) = scene("10", &[2]).await;
    fixture.advance(SECOND).await;
    let rev = async || fixture.chat.store.room(room).await.expect("the room").rev;
    let before = rev().await;
    drop(feeds.pop());
    fixture.advance(29 * SECOND).await;
    assert_eq!((told(&mut feeds[0]), absent(&fixture, room).await), (vec![], vec![]));
    fixture.advance(SECOND).await;
    assert_eq!((told(&mut feeds[0]), absent(&fixture, room).await), (vec![vec![2]], vec![2]));
    // A page that comes now is told when it has caught up.
    let mut late = fixture.chat.watch_room(person(1).id, room, 2, PROTOCOL).await.expect("a feed");
    let frame = decoded(&late.next().await.expect("a frame"));
    assert_eq!(frame, Down::CaughtUp { seq: 2, absent: vec![person(2).id] });
    fixture.advance(29 * MINUTE).await;
    assert_eq!(told(&mut feeds[0]), Vec::<Vec<u8>>::new(), "told once");

    let back = watch(&fixture, 2, room).await;
    assert_eq!((told(&mut feeds[0]), absent(&fixture, room).await), (vec![vec![]], vec![]), "back at once");
    assert_eq!(fixture.log(&person(1), room).await, ["1+", "2+"]);
    assert_eq!(rev().await, before, "nothing is stored of a tunnel");
    drop(back);
    fixture.advance(30 * MINUTE - SECOND).await;
    assert_eq!(fixture.log(&person(1), room).await, ["1+", "2+"]);
    fixture.advance(SECOND).await;
    assert_eq!(fixture.log(&person(1), room).await, ["1+", "2+", "2-"]);
    assert_eq!(absent(&fixture, room).await, [0; 0]);
    assert_eq!(outside(&fixture, 2, room).await, (false, Some(Outside::Away)));
    fixture.enter(&person(2), room).await;
    fixture.chat.leave(person(2).id, room).await.expect("left");
    assert_eq!(outside(&fixture, 2, room).await, (false, None), "who leaves knows why");
}

#[tokio::test]
async fn who_says_goodbye_is_gone_after_the_room_grace() {
    let (fixture, room, mut feeds) = scene("10", &[2]).await;
    close(feeds.pop().expect("a feed"));
    fixture.advance(29 * SECOND).await;
    assert_eq!(fixture.log(&person(1), room).await, ["1+", "2+"]);
    fixture.advance(SECOND).await;
    assert_eq!(fixture.log(&person(1), room).await, ["1+", "2+", "2-"]);
}

#[tokio::test]
async fn a_goodbye_ends_only_that_page() {
    let (first, second) = (PageId([1; 16]), PageId([2; 16]));
    // (What happens, and whether the seat is kept.)
    for (second_says_goodbye, first_comes_back, is_kept) in
        [(false, false, true), (true, false, true), (true, true, false), (false, true, true)]
    {
        let (fixture, room, _one) = scene("10", &[]).await;
        fixture.enter(&person(2), room).await;
        let cut = watch_on(&fixture, first, 2, room).await;
        let stays = watch_on(&fixture, second, 2, room).await;
        drop(cut);
        fixture.advance(5 * MINUTE).await;
        assert_eq!(absent(&fixture, room).await, [0; 0], "the other page is there");
        match second_says_goodbye {
            true => close(stays),
            false => drop(stays),
        }
        if first_comes_back {
            fixture.advance(10 * SECOND).await;
            close(watch_on(&fixture, first, 2, room).await);
        }
        fixture.advance(MINUTE).await;
        let seats = fixture.inside(&person(1), room).await.people.len();
        assert_eq!(seats == 2, is_kept, "{second_says_goodbye} {first_comes_back}");
    }
}

#[tokio::test]
async fn how_a_seat_was_left_outlives_a_restart() {
    let (mut fixture, room, feeds) = scene("10", &[2, 3, 4]).await;
    fixture.enter(&person(5), room).await;
    let [one, two, three, four] = <[Feed; 4]>::try_from(feeds).ok().expect("four feeds");
    close(three);
    drop(four);
    fixture.advance(2 * SECOND).await;
    // Persons 1 and 2 are watched when the server stops. Person 5 never was.
    fixture.reopen(Config { limits: boundless(), ..Config::default() }).await;
    drop((one, two));
    let one = watch(&fixture, 1, room).await;
    fixture.advance(29 * SECOND).await;
    assert_eq!(fixture.inside(&person(1), room).await.people.len(), 5, "each has a new grace");
    fixture.advance(SECOND).await;
    let names = |view: RoomView| view.people.iter().map(|person| person.id.0[0]).collect::<Vec<_>>();
    assert_eq!(names(fixture.inside(&person(1), room).await), [1, 2, 4]);
    assert_eq!(absent(&fixture, room).await, [2, 4]);
    fixture.advance(30 * MINUTE - 31 * SECOND).await;
    assert_eq!(names(fixture.inside(&person(1), room).await), [1, 2, 4]);
    fixture.advance(SECOND).await;
    assert_eq!(names(fixture.inside(&person(1), room).await), [1]);
    drop(one);
}

#[tokio::test]
async fn without_javascript_a_seat_is_kept_after_the_last_look() {
    let (fixture, room, _feeds) = scene("10", &[]).await;
    fixture.enter(&person(2), room).await;
    for _ in 0..10 {
        fixture.advance(15 * SECOND).await;
        fixture.inside(&person(2), room).await;
    }
    assert_eq!(absent(&fixture, room).await, [0; 0]);
    fixture.advance(30 * SECOND).await;
    assert_eq!(fixture.log(&person(1), room).await, ["1+", "2+", "2-"]);
}

#[tokio::test]
async fn in_a_full_room_a_newcomer_takes_the_place_of_who_was_cut_off_longest() {
    let (fixture, room, mut feeds) = scene("3", &[2, 3]).await;
    drop(feeds.pop());
    fixture.advance(10 * SECOND).await;
    drop(feeds.pop());
    fixture.advance(19 * SECOND).await;
    assert_eq!(outside(&fixture, 4, room).await, (true, None));
    assert_eq!(fixture.chat.enter(&person(4), None, room, "").await, Err(Error::Full), "not before the room grace");
    assert_eq!(fixture.chat.has_place(person(4).id, room).await, Ok(false));
    assert_eq!(fixture.chat.has_place(person(3).id, room).await, Ok(true), "their own");
    fixture.advance(SECOND).await;
    assert_eq!(fixture.chat.has_place(person(4).id, room).await, Ok(true), "and who waits there hears of it");
    assert_eq!(outside(&fixture, 4, room).await, (false, None), "the door says so");
    fixture.enter(&person(4), room).await;
    let _four = watch(&fixture, 4, room).await;
    assert_eq!(fixture.log(&person(1), room).await, ["1+", "2+", "3+", "3-", "4+"]);
    let seated = async || fixture.chat.store.room(room).await.expect("the room").seats.len();
    assert_eq!(seated().await, 3);
    // Person 2, who was cut off later, keeps the seat until the room grace is over and the next newcomer comes.
    assert_eq!(outside(&fixture, 3, room).await, (true, Some(Outside::Replaced)));
    assert_eq!(fixture.chat.enter(&person(3), None, room, "").await, Err(Error::Full));
    fixture.advance(10 * SECOND).await;
    fixture.enter(&person(3), room).await;
    assert_eq!(fixture.log(&person(1), room).await[5..], ["2-", "3+"]);
    assert_eq!(fixture.chat.enter(&person(2), None, room, "").await, Err(Error::Full));
    assert_eq!(fixture.chat.totals().people, 3);
}

#[tokio::test]
async fn nobody_takes_a_place_without_the_right_to_be_there() {
    let (fixture, room, mut feeds) = scene("2", &[2]).await;
    fixture.chat.set_room(person(1).id, None, room, None, None, "점심", false, None, None).await.expect("set");
    drop(feeds.pop());
    fixture.advance(30 * SECOND).await;
    assert_eq!(fixture.chat.enter(&person(3), None, room, "저녁").await, Err(Error::WrongPassword));
    fixture.enter(&person(2), room).await;
    let two = watch(&fixture, 2, room).await;
    assert_eq!(fixture.chat.enter(&person(3), None, room, "점심").await, Err(Error::Full), "back, and in their place");
    drop(two);
    fixture.advance(30 * SECOND).await;
    fixture.chat.enter(&person(3), None, room, "점심").await.expect("a place");
    assert_eq!(fixture.chat.enter(&person(2), None, room, "").await, Err(Error::Full));
    fixture.advance(30 * SECOND).await;
    // The new one had no feed, and is gone. The way back is open to whoever has shown the password since it was set.
    assert_eq!(outside(&fixture, 3, room).await, (false, Some(Outside::Away)));
    assert_eq!(fixture.chat.enter(&person(3), None, room, "").await, Ok(()));
    fixture.chat.throw_out(person(1).id, room, person(3).id, "").await.expect("thrown out");
    assert_eq!(fixture.chat.enter(&person(3), None, room, "점심").await, Err(Error::Barred));
}

#[tokio::test]
async fn of_two_newcomers_at_once_one_gets_the_place() {
    let (fixture, room, mut feeds) = scene("2", &[2]).await;
    drop(feeds.pop());
    fixture.advance(30 * SECOND).await;
    let (three, four) = (person(3), person(4));
    let entered = tokio::join!(fixture.chat.enter(&three, None, room, ""), fixture.chat.enter(&four, None, room, ""));
    assert!(matches!(entered, (Ok(()), Err(Error::Full)) | (Err(Error::Full), Ok(()))), "{entered:?}");
    assert_eq!(fixture.chat.store.room(room).await.expect("the room").seats.len(), 2);
}

#[tokio::test]
async fn a_room_without_a_live_feed_ends_though_seats_are_kept() {
    let (fixture, room, mut feeds) = scene("10", &[2, 3]).await;
    drop(feeds.pop());
    fixture.advance(100 * SECOND).await;
    drop(feeds.pop());
    fixture.advance(100 * SECOND).await;
    // The last feed is that of a person who says goodbye, so their seat ends before the room does.
    close(feeds.remove(0));
    fixture.advance(599 * SECOND).await;
    assert_eq!(fixture.chat.totals(), Totals { rooms: 1, people: 2 });
    fixture.advance(SECOND).await;
    assert_eq!(fixture.chat.totals(), Totals::default());
    assert_eq!(fixture.chat.look(person(2).id, room).await, Err(Error::NotFound));
}

#[tokio::test]
async fn five_people_of_an_address_are_kept() {
    let fixture = Fixture::without_limits().await;
    let room = fixture.chat.create_room(&person(1), None, "고양이만", "50", "").await.expect("a room");
    let _one = watch(&fixture, 1, room).await;
    let address = |text: String| Some(Address::from(text.parse::<std::net::IpAddr>().expect("an address")));
    // Seven from one network, each from an address of their own; three from another; and one whose address nobody knows.
    let mut feeds = Vec::new();
    for n in 2..=12 {
        let from = match n {
            2..=8 => address(format!("2001:db8:1:2::{n}")),
            9..=11 => address(format!("2001:db8:1:3::{n}")),
            _ => None,
        };
        fixture.chat.enter(&person(n), from, room, "").await.expect("a seat");
        feeds.push(watch(&fixture, n, room).await);
    }
    for feed in feeds {
        drop(feed);
        fixture.advance(SECOND).await;
    }
    fixture.advance(60 * SECOND).await;
    let people = |view: RoomView| view.people.iter().map(|person| person.id.0[0]).collect::<Vec<_>>();
    assert_eq!(people(fixture.inside(&person(1), room).await), [1, 2, 3, 4, 5, 6, 9, 10, 11, 12]);
}

#[tokio::test]
async fn the_heir_is_there_if_anybody_is() {
    for (is_anybody_there, heir) in [(true, 4), (false, 2)] {
        let (fixture, room, mut feeds) = scene("10", &[2, 3, 4]).await;
        let four = feeds.pop().filter(|_| is_anybody_there);
        feeds.clear();
        fixture.advance(10 * SECOND).await;
        fixture.chat.leave(person(1).id, room).await.expect("left");
        assert_eq!(fixture.chat.store.room(room).await.expect("the room").owner, person(heir).id);
        drop(four);
    }
}

#[tokio::test]
async fn an_old_view_and_the_frames_since_are_a_new_view() {
    let (fixture, room, feeds) = scene("10", &[2, 3, 4]).await;
    let mut feeds = feeds.into_iter();
    let mut own = feeds.next().expect("a feed");
    let mut others: Vec<_> = feeds.map(Some).collect();
    let mut old = fixture.inside(&person(1), room).await;
    let apply = |view: &mut RoomView, down| match down {
        // (The feed is older than the view.)
        Down::Entry(entry) => assert_ne!(view.apply(entry), chat::view::Applied::Gap),
        Down::Absent { people } | Down::CaughtUp { absent: people, .. } => view.set_absent(people),
        other => panic!("{other:?}"),
    };
    let mut live = old.clone();
    for step in 0..40u64 {
        let n = (step * 7 % 3) as usize;
        match others[n].take() {
            Some(feed) if step % 5 == 0 => close(feed),
            Some(feed) => drop(feed),
            None => {
                let _ = fixture.chat.enter(&person(n as u8 + 2), None, room, "").await;
                others[n] = Some(watch(&fixture, n as u8 + 2, room).await);
            }
        }
        fixture.advance(Duration::from_secs(step * 13 % 50)).await;
        let fresh = fixture.inside(&person(1), room).await;
        while let Some(frame) = own.try_next() {
            apply(&mut live, decoded(&frame.expect("a frame")));
        }
        assert_eq!(live, fresh, "step {step}");
        if step % 8 == 7 {
            // A page that was asleep all the time.
            let mut feed = fixture.chat.watch_room(person(1).id, room, old.seq, PROTOCOL).await.expect("a feed");
            loop {
                let down = decoded(&feed.next().await.expect("a frame"));
                let is_last = matches!(down, Down::CaughtUp { .. });
                apply(&mut old, down);
                if is_last {
                    break;
                }
            }
            assert_eq!(old, fresh, "step {step}");
        }
    }
}

#[tokio::test]
async fn pages_of_the_last_protocol_hear_nothing_of_it() {
    let (fixture, room, mut feeds) = scene("10", &[2]).await;
    let mut old = fixture.chat.watch_room(person(1).id, room, 2, PROTOCOL - 1).await.expect("a feed");
    caught_up(&mut old).await;
    drop(feeds.pop());
    fixture.advance(30 * SECOND).await;
    assert!(old.try_next().is_none());
    let mut again = fixture.chat.watch_room(person(1).id, room, 2, PROTOCOL - 1).await.expect("a feed");
    assert_eq!(decoded(&again.next().await.expect("a frame")), Down::CaughtUp { seq: 2, absent: Vec::new() });
}

#[tokio::test]
async fn who_left_or_was_thrown_out_is_not_kept() {
    let (fixture, room, mut feeds) = scene("10", &[2, 3]).await;
    fixture.chat.leave(person(2).id, room).await.expect("left");
    fixture.chat.throw_out(person(1).id, room, person(3).id, "").await.expect("thrown out");
    for feed in &mut feeds[1..] {
        while feed.next().await.is_ok() {}
    }
    feeds.truncate(1);
    for _ in 0..3 {
        fixture.advance(3 * SECOND).await;
    }
    for n in [2, 3] {
        assert!(!fixture.chat.presence.knows((room, person(n).id)), "{n}");
    }
    fixture.advance(40 * SECOND).await;
    assert_eq!(absent(&fixture, room).await, [0; 0]);
}
