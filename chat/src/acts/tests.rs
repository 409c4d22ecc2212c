//! How each change leaves a room, and which entries announce it.

use rstest::rstest;

use super::*;
use crate::entry::{Entry, PasswordChange, Saying, Settings, Text};
use crate::error::Error;
use crate::id::{NodeId, PageId, RoomId, VisitorId};
use crate::record::{EndedPages, Parting, PasswordHash, Seat, Wanted, WantedPassword};
use crate::room::{Bar, Capacity, Outside, Reason, RoomTitle, Slow};
use crate::visitor::likeness::Named;
use crate::visitor::{Name, OwnName};

const LATER: Timestamp = Timestamp(99);

fn person(n: u16) -> Person {
    Person::new(id(n))
}

fn id(n: u16) -> VisitorId {
    let mut id = [7; 16];
    id[..2].copy_from_slice(&n.to_be_bytes());
    VisitorId(id)
}

/// A room owned by person 1 with these people inside.
fn room(people: &[u16]) -> Room {
    let (title, capacity) = (RoomTitle::new("방").expect("a title"), Capacity::new(1000).expect("a capacity"));
    let mut room = Room::new(RoomId([9; 16]), title, capacity, None, id(1), Timestamp(0));
    for n in people {
        room.take_seat(&newcomer(*n), Timestamp(u64::from(*n))).expect("a free seat");
    }
    room.rev = 1;
    room
}

fn told(entries: &[NewEntry]) -> Vec<(VisitorId, &What)> {
    entries.iter().map(|entry| (entry.person.id, &entry.what)).collect()
}

fn named(n: u16, own: &str) -> Name {
    Name { own: Some(OwnName::new(own).expect("a name")), ..person(n).name }
}

fn newcomer(n: u16) -> Named {
    Named::new(person(n))
}

fn called(n: u16, own: &str) -> Named {
    Named::new(Person { id: id(n), name: named(n, own) })
}

fn reason(text: &str) -> Option<Reason> {
    Reason::new(text).expect("a reason")
}

#[test]
fn the_longest_seated_inherits_and_a_second_end_says_nothing() {
    let mut room = room(&[1, 2]);
    let ended = room.end_seat(id(1), LATER);
    assert_eq!(told(&ended), [(id(1), &What::Left), (id(2), &What::NewOwner)]);
    assert_eq!(room.owner, id(2));
    assert!(room.end_seat(id(1), LATER).is_empty());
}

#[rstest]
#[case::the_longest_seated_of_those_with_a_live_feed(&[3, 4], 3)]
#[case::else_the_longest_seated_of_all(&[], 2)]
#[case::whoever_went_too_does_not_count(&[1, 5], 5)]
fn the_heir(#[case] live: &[u16], #[case] heir: u16) {
    let mut room = room(&[1, 2, 3, 4, 5]);
    let is_live = |seat: &Seat| live.iter().any(|n| id(*n) == seat.person.id);
    let ended = room.end_seats(|seat| seat.person.id == id(1), is_live, LATER);
    assert_eq!(told(&ended), [(id(1), &What::Left), (id(heir), &What::NewOwner)]);
    assert_eq!(room.owner, id(heir));
}

#[test]
fn a_seat_that_a_node_watches_has_a_live_feed() {
    let mut room = room(&[1, 2, 3]);
    room.watch_seat(id(3), NodeId([1; 16])).expect("a seat");
    room.end_seat(id(1), LATER);
    assert_eq!(room.owner, id(3));
}

#[test]
fn a_newcomer_takes_the_place_of_one_who_is_away_if_the_room_is_full() {
    let mut room = room(&[1, 2, 3]);
    room.capacity = Capacity::new(3).expect("a capacity");
    let before = room.clone();
    let nobody = |_: &Seat| false;
    assert_eq!(room.take_seat_of(&newcomer(4), None, nobody, LATER), Err(Error::Full));
    assert_eq!(room, before);
    let seated = room.take_seat_of(&newcomer(2), Some(id(3)), nobody, LATER).expect("their own seat");
    assert_eq!((seated, &room), (vec![], &before), "who sits here takes nobody's place");
    // If the person to be displaced has no seat, no place becomes free.
    assert_eq!(room.take_seat_of(&newcomer(4), Some(id(9)), nobody, LATER), Err(Error::Full));

    let entries = room.take_seat_of(&newcomer(4), Some(id(1)), |seat| seat.person.id == id(3), LATER).expect("a place");
    assert_eq!(told(&entries), [(id(1), &What::Left), (id(3), &What::NewOwner), (id(4), &What::Entered)]);
    assert_eq!(room.seats.iter().map(|seat| seat.person.id).collect::<Vec<_>>(), [2, 3, 4].map(id));
    assert_eq!(room.why_outside(id(1)), Some(Outside::Replaced));
    room.throw_out(id(3), id(4), None, LATER).expect("thrown out");
    let barred = room.take_seat_of(&newcomer(4), Some(id(2)), nobody, LATER);
    assert_eq!((barred, room.seats.len()), (Err(Error::Barred), 2));
    room.take_seat_of(&newcomer(1), Some(id(2)), nobody, LATER).expect("a free seat");
    assert_eq!((room.seats.len(), room.why_outside(id(1))), (3, None), "nobody has to go while a seat is free");
}

#[test]
fn a_door_remembers_the_last_ones_who_were_away() {
    let mut room = room(&[1]);
    room.put_outside((2..50).map(id), Outside::Away);
    room.put_outside([id(40)], Outside::Replaced);
    assert_eq!(room.outside.len(), Room::MAX_OUTSIDE);
    assert_eq!(
        [2, 17, 18, 40].map(|n| room.why_outside(id(n))),
        [None, None, Some(Outside::Away), Some(Outside::Replaced)]
    );
}

/// The steps in which one seat is left. `w1`: node 1 watches it. `d1`: node 1 is dead. `1:a!b-`: node 1 stops watching
/// it after page a has said goodbye and page b was cut off. Node 0 does not share its store.
#[rstest]
#[case::never_live("", Parting::NeverLive)]
#[case::watched("w1", Parting::Cut)]
#[case::goodbye("w1 1:a!", Parting::Goodbye)]
#[case::cut("w1 1:a-", Parting::Cut)]
#[case::both("w1 1:a!b-", Parting::Cut)]
#[case::back_after_a_goodbye("w1 1:a! w1", Parting::Cut)]
#[case::cut_here_goodbye_there("w1 w2 1:a- 2:b!", Parting::Cut)]
#[case::goodbye_here_cut_there("w1 w2 1:a! 2:b-", Parting::Cut)]
#[case::goodbye_here_and_there("w1 w2 1:a! 2:b!", Parting::Goodbye)]
#[case::cut_here_and_back_there("w1 w2 1:a- 2:a!", Parting::Goodbye)]
#[case::cut_here_back_there_and_cut("w1 1:a- w2 2:a-", Parting::Cut)]
#[case::cut_here_back_there_later("w1 1:a- w2 2:a!", Parting::Goodbye)]
#[case::another_page_was_cut("w1 1:a- w2 2:b!", Parting::Cut)]
#[case::dead("w1 d1", Parting::Cut)]
#[case::dead_and_back("w1 d1 w2 2:a!", Parting::Goodbye)]
#[case::alone("w0 0:a!", Parting::Goodbye)]
#[case::alone_and_cut("w0 0:a- w0 0:a!", Parting::Goodbye)]
fn how_a_seat_was_left(#[case] steps: &str, #[case] expected: Parting) {
    let mut room = room(&[1, 2]);
    let mut renewed = 0;
    for step in steps.split_whitespace() {
        let (act, node) = match step.split_once(':') {
            Some((node, _)) => (':', node),
            None => (step.chars().next().expect("an act"), &step[1..]),
        };
        let node: u8 = node.parse().expect("a node");
        let node = (node > 0).then_some(NodeId([node; 16]));
        let before = room.seats[1].nodes.len();
        match (act, node) {
            ('w', Some(node)) => room.watch_seat(id(2), node).expect("a seat"),
            ('w', None) => room.note_feed(id(2)).expect("a seat"),
            ('d', node) => room.drop_node(node.expect("a node")),
            _ => {
                let pages = step.split_once(':').expect("pages").1.as_bytes();
                let of = |kind| {
                    let ended = pages.chunks(2).filter(|page| page[1] == kind);
                    ended.map(|page| PageId([page[0]; 16])).collect()
                };
                room.part_from_seat(id(2), node, &EndedPages { cut: of(b'-'), goodbye: of(b'!') });
            }
        }
        renewed += u64::from(before > 0 && room.seats[1].nodes.is_empty());
    }
    assert_eq!(room.seats[1].parting, expected);
    assert_eq!(room.seats[1].renewed, renewed, "the other nodes time this absence anew");
    assert_eq!((room.seats[0].parting, room.seats[0].renewed), (Parting::NeverLive, 0));
}

#[test]
fn a_seat_remembers_the_last_pages_that_were_cut_off() {
    let mut room = room(&[1]);
    room.note_feed(id(1)).expect("a seat");
    for n in 0..20 {
        room.part_from_seat(id(1), None, &EndedPages { cut: vec![PageId([n; 16])], goodbye: Vec::new() });
    }
    let last: Vec<_> = (12..20).map(|n| PageId([n; 16])).collect();
    assert_eq!(room.seats[0].cut, last);
    room.part_from_seat(id(1), None, &EndedPages { cut: Vec::new(), goodbye: last });
    assert_eq!(room.seats[0].parting, Parting::Goodbye);
}

#[test]
fn a_name_taken_in_the_room_gets_a_number() {
    let mut room = room(&[1]);
    let twin = Person { id: id(7), name: person(1).name };
    room.take_seat(&Named::new(twin), LATER).expect("a free seat");
    assert_eq!(room.seats[1].person.name.number, 2);
    let third = Person { id: id(8), name: person(1).name };
    room.take_seat(&Named::new(third), LATER).expect("a free seat");
    assert_eq!(room.seats[2].person.name.number, 3);
}

#[test]
fn a_crowd_of_one_name_is_numbered_through_and_looks_are_compared() {
    let mut room = room(&[1, 2]);
    room.rename(&called(2, "pauI 4"), LATER).expect("renamed");
    for n in 3..=302 {
        let paul = Person { id: id(n), name: named(n, "Paul") };
        room.take_seat(&Named::new(paul), LATER).expect("a free seat");
    }
    let numbers: Vec<_> = room.seats[2..].iter().map(|seat| seat.person.name.number).collect();
    assert_eq!(numbers, [1, 2, 3].into_iter().chain(5..=301).collect::<Vec<_>>(), "one looks like the fourth");
}

#[test]
fn a_new_name_is_told_with_the_one_before() {
    let mut room = room(&[1, 2]);
    let before = room.clone();
    let entries = room.rename(&called(2, "민수"), LATER).expect("renamed");
    assert_eq!(told(&entries), [(id(2), &What::Renamed { from: person(2).name })]);
    assert_eq!(entries[0].person.name, named(2, "민수"), "named as from now on");
    assert_eq!(room.seats[1].person.name, named(2, "민수"));
    assert_eq!(
        Seat { person: person(2), looks: before.seats[1].looks, ..room.seats[1].clone() },
        before.seats[1],
        "all else is as it was"
    );

    let renamed = room.clone();
    assert_eq!(room.rename(&called(2, "민수"), LATER), Ok(vec![]), "it is theirs already");
    assert_eq!(room.rename(&called(1, "민 수"), LATER), Err(Error::NameTaken));
    assert_eq!(room.rename(&called(3, "새"), LATER), Err(Error::NotSeated));
    assert_eq!(room, renamed);
}

#[test]
fn the_owner_hands_over_once() {
    let mut room = room(&[1, 2, 3]);
    let entries = room.hand_over(id(1), id(3), LATER).expect("handed over");
    assert_eq!(told(&entries), [(id(3), &What::NewOwner)]);
    assert_eq!((room.owner, room.seats.len()), (id(3), 3));
    assert_eq!(room.hand_over(id(1), id(2), LATER), Err(Error::NotOwner));
    assert_eq!(room.owner, id(3));
}

#[test]
fn who_is_thrown_out_loses_the_seat_and_is_barred() {
    let mut room = room(&[1, 2, 3]);
    let entries = room.throw_out(id(1), id(2), reason(" 도배 "), LATER).expect("thrown out");
    assert_eq!(told(&entries), [(id(2), &What::ThrownOut { reason: reason("도배") })]);
    assert_eq!(room.seats.iter().map(|seat| seat.person.id).collect::<Vec<_>>(), [id(1), id(3)]);
    assert_eq!(room.bars, [Bar { person: person(2), at: LATER, reason: reason("도배") }]);

    let thrown_out = room.clone();
    assert_eq!(room.throw_out(id(1), id(2), reason("다시"), LATER), Ok(vec![]), "once is enough");
    assert_eq!(room.throw_out(id(1), id(1), None, LATER), Err(Error::Refused));
    assert_eq!(room.throw_out(id(3), id(1), None, LATER), Err(Error::NotOwner));
    assert_eq!(room.throw_out(id(3), id(2), None, LATER), Err(Error::NotOwner));
    assert_eq!(room.take_seat(&newcomer(2), LATER), Err(Error::Barred));
    assert_eq!(room, thrown_out);
}

#[test]
fn who_is_let_in_may_come_back() {
    let mut room = room(&[1, 2, 3]);
    for n in [2, 3] {
        room.throw_out(id(1), id(n), None, LATER).expect("thrown out");
    }
    assert_eq!(room.let_in(id(1), id(2)), Ok(()));
    assert_eq!(room.bars.iter().map(|bar| bar.person.id).collect::<Vec<_>>(), [id(3)]);
    let again = room.clone();
    assert_eq!(room.let_in(id(1), id(2)), Ok(()), "nobody bars them");
    assert_eq!(room.let_in(id(2), id(3)), Err(Error::NotSeated));
    assert_eq!(room.let_in(id(3), id(3)), Err(Error::Barred));
    assert_eq!(room, again);
    assert_eq!(told(&room.take_seat(&newcomer(2), LATER).expect("a free seat")), [(id(2), &What::Entered)]);
}

#[test]
fn so_many_are_barred_and_then_the_first_may_come_back() {
    let mut room = room(&[1]);
    for n in 0..=Room::MAX_BARS as u16 {
        room.take_seat(&newcomer(n + 2), LATER).expect("a free seat");
        room.throw_out(id(1), id(n + 2), None, LATER).expect("thrown out");
        assert!(room.bar(id(n + 2)).is_some());
    }
    assert_eq!(room.bars.len(), Room::MAX_BARS);
    assert_eq!((room.bar(id(2)), room.bars[0].person.id), (None, id(3)));
}

fn hash(text: &str) -> PasswordHash {
    PasswordHash(text.to_owned())
}

#[rstest]
#[case::none_as_it_is(None, WantedPassword::AsItIs, None, None)]
#[case::one_as_it_is(Some("old"), WantedPassword::AsItIs, None, Some("old"))]
#[case::set(None, WantedPassword::New(hash("new")), Some(PasswordChange::Set), Some("new"))]
#[case::changed(Some("old"), WantedPassword::New(hash("new")), Some(PasswordChange::Changed), Some("new"))]
#[case::removed(Some("old"), WantedPassword::Removed, Some(PasswordChange::Removed), None)]
#[case::none_removed(None, WantedPassword::Removed, None, None)]
fn passwords(
    #[case] before: Option<&str>,
    #[case] wanted: WantedPassword,
    #[case] change: Option<PasswordChange>,
    #[case] after: Option<&str>,
) {
    let mut room = room(&[1]);
    room.password = before.map(hash);
    let wanted = Wanted { title: None, capacity: None, password: wanted, slow: None, veil: None };
    let entries = room.set(id(1), &wanted, LATER).expect("set");
    assert_eq!(room.password, after.map(hash));
    let settings = change.map(|change| What::Settings(Settings { password: Some(change), ..Settings::default() }));
    assert_eq!(told(&entries), settings.iter().map(|what| (id(1), what)).collect::<Vec<_>>());
}

#[test]
fn only_what_is_different_is_told() {
    let mut room = room(&[1, 2]);
    let (title, capacity) = (RoomTitle::new("새 방").expect("a title"), Capacity::new(2).expect("a capacity"));
    let mut wanted =
        Wanted { title: Some(title.clone()), capacity: None, password: WantedPassword::AsItIs, slow: None, veil: None };
    let mut settings = Settings { title: Some(title.clone()), ..Settings::default() };
    assert_eq!(told(&room.set(id(1), &wanted, LATER).expect("set")), [(id(1), &What::Settings(settings))]);
    assert_eq!(room.set(id(1), &wanted, LATER), Ok(vec![]));
    wanted.capacity = Some(capacity);
    settings = Settings { capacity: Some(capacity), ..Settings::default() };
    assert_eq!(told(&room.set(id(1), &wanted, LATER).expect("set")), [(id(1), &What::Settings(settings))]);
    wanted.slow = Some(Slow::ALL[2]);
    settings = Settings { slow: wanted.slow, ..Settings::default() };
    assert_eq!(told(&room.set(id(1), &wanted, LATER).expect("set")), [(id(1), &What::Settings(settings))]);
    assert_eq!(room.set(id(1), &wanted, LATER), Ok(vec![]));
    wanted.slow = None;
    assert_eq!(room.set(id(1), &wanted, LATER), Ok(vec![]));
    assert_eq!((&room.title, room.capacity, room.slow), (&title, capacity, Slow::ALL[2]));
    assert_eq!(room.set(id(2), &wanted, LATER), Err(Error::NotOwner));
}

#[test]
fn closing_ends_every_seat() {
    let mut room = room(&[1, 2]);
    assert_eq!(room.close(id(2)), Err(Error::NotOwner));
    assert_eq!(room.close(id(3)), Err(Error::NotSeated));
    assert!(!room.is_gone());
    assert_eq!(room.close(id(1)), Ok(()));
    assert!(room.is_gone());
    assert_eq!(room.close(id(1)), Err(Error::NotFound));
}

fn message(by: u16, to: Option<u16>) -> Entry {
    let what = What::Text(Text::new("말").expect("a text"));
    let saying = Saying { to: to.map(person), ..what.into() };
    NewEntry::said(Timestamp(5), person(by), ClientId([1; 16]), saying).numbered(7)
}

#[test]
fn a_removal_is_one_fact_whoever_makes_it() {
    let mut room = room(&[1, 2]);
    let by_author = room.remove(id(2), &message(2, None), LATER).expect("removed");
    assert_eq!(told(&by_author), [(id(2), &What::Removal { seq: 7 })]);
    assert_eq!(by_author[0].to, None);
    room.rev += 1;
    let by_owner = room.remove(id(1), &message(2, None), LATER).expect("removed");
    assert_eq!(by_owner[0].client, by_author[0].client);
    let other = room.remove(id(1), &Entry { seq: 8, ..message(2, None) }, LATER).expect("removed");
    assert_ne!(other[0].client, by_author[0].client);
}

#[rstest]
#[case::its_author(3, 3, 2, 2)]
#[case::the_owner_to_whom_it_was(1, 3, 1, 3)]
#[case::the_owner_who_said_it(1, 1, 3, 3)]
fn the_removal_of_a_whisper_is_for_its_two(#[case] by: u16, #[case] from: u16, #[case] to: u16, #[case] other: u16) {
    let removal = room(&[1, 2, 3]).remove(id(by), &message(from, Some(to)), LATER).expect("removed").remove(0);
    assert_eq!((removal.person, removal.to), (person(by), Some(person(other))));
}

#[test]
fn being_away_is_told_when_it_changes() {
    let mut room = room(&[1, 2]);
    assert_eq!(room.set_away(id(2), false, LATER), Ok(vec![]));
    let entries = room.set_away(id(2), true, LATER).expect("away");
    assert_eq!((told(&entries), room.seats[1].away), (vec![(id(2), &What::Away(true))], true));
    assert_eq!(room.set_away(id(2), true, LATER), Ok(vec![]));
    room.rev += 1;
    let back = room.set_away(id(2), false, LATER).expect("back");
    assert_eq!((told(&back), room.seats[1].away), (vec![(id(2), &What::Away(false))], false));
    assert_ne!(back[0].client, entries[0].client);
    assert_eq!(room.set_away(id(3), true, LATER), Err(Error::NotSeated));

    room.set_away(id(2), true, LATER).expect("away");
    room.end_seat(id(2), LATER);
    room.take_seat(&newcomer(2), LATER).expect("a free seat");
    assert!(!room.seats[1].away, "who comes in looks");
}

#[test]
fn each_password_is_counted() {
    let mut room = room(&[1]);
    let mut set = |password: WantedPassword| {
        let wanted = Wanted {
            title: Some(RoomTitle::new("새 방").expect("a title")),
            capacity: None,
            password,
            slow: None,
            veil: None,
        };
        room.set(id(1), &wanted, LATER).expect("the owner");
        room.password_rev
    };
    let new = || WantedPassword::New(PasswordHash("$argon2id$".to_owned()));
    assert_eq!([set(WantedPassword::AsItIs), set(WantedPassword::Removed)], [0, 0], "there was none");
    assert_eq!([set(new()), set(new()), set(WantedPassword::AsItIs)], [1, 2, 2], "though it is the same");
    assert_eq!([set(WantedPassword::Removed), set(WantedPassword::Removed), set(new())], [3, 3, 4]);
}
