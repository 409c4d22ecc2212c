//! Every permission as a table of who does what, and in which state the room is.

use rstest::rstest;

use super::*;
use crate::entry::What;
use crate::entry::{Emoji, Saying, Text};
use crate::gif::{Gif, GifHash};
use crate::id::{ClientId, RoomId};
use crate::limit::Act;
use crate::record::{NewEntry, WantedPassword};
use crate::room::RoomTitle;
use crate::time::Timestamp;
use crate::visitor::{OwnName, Person};

// The people in the tables.
const OWNER: u8 = 1;
const SEATED: u8 = 2;
const OTHER: u8 = 3;
const BARRED: u8 = 4;
const STRANGER: u8 = 5;

fn person(n: u8) -> Person {
    Person::new(id(n))
}

fn id(n: u8) -> VisitorId {
    VisitorId([n; 16])
}

/// A room for two, owned by person 1, with these people inside.
fn room(people: &[u8]) -> Room {
    room_for(2, people)
}

fn room_for(capacity: i64, people: &[u8]) -> Room {
    let title = RoomTitle::new("방").expect("a title");
    let capacity = Capacity::new(capacity).expect("a capacity");
    let mut room = Room::new(RoomId([9; 16]), title, capacity, None, id(OWNER), Timestamp(0));
    for n in people {
        room.take_seat(&Named::new(person(*n)), Timestamp(u64::from(*n))).expect("a free seat");
    }
    room.rev = 1;
    room
}

/// A room with the owner and two others inside, from which one person was thrown out; or the same room without seats.
fn sample_room(is_gone: bool) -> Room {
    let mut room = room_for(10, &[OWNER, SEATED, OTHER, BARRED]);
    room.throw_out(id(OWNER), id(BARRED), None, Timestamp(9)).expect("thrown out");
    if is_gone {
        room.seats.clear();
    }
    room
}

fn said(by: u8, what: What, to: Option<u8>) -> Entry {
    let saying = Saying { to: to.map(person), ..what.into() };
    NewEntry::said(Timestamp(5), person(by), ClientId([by; 16]), saying).numbered(7)
}

fn text() -> What {
    What::Text(Text::new("말").expect("a text"))
}

fn gif() -> What {
    What::Gif(Gif { sha: GifHash([1; 32]), width: 1, height: 1, frames: 1, duration_ms: 0, bytes: 43 })
}

fn reaction() -> What {
    What::Reaction { seq: 3, emoji: Emoji::Heart, on: true }
}

#[rstest]
#[case::free_seat(&[1], 2, Ok(()))]
#[case::full(&[1, 2], 3, Err(Error::Full))]
#[case::full_but_seated(&[1, 2], 2, Ok(()))]
#[case::gone(&[], 2, Err(Error::NotFound))]
#[case::gone_even_for_its_owner(&[], 1, Err(Error::NotFound))]
fn taking_a_seat(#[case] inside: &[u8], #[case] who: u8, #[case] expected: Result<(), Error>) {
    assert_eq!(may_take_seat(&room(inside), id(who)), expected);
}

#[rstest]
#[case::barred(BARRED, 10, false, Err(Error::Barred))]
#[case::barred_and_full(BARRED, 3, false, Err(Error::Barred))]
#[case::barred_and_gone(BARRED, 10, true, Err(Error::NotFound))]
#[case::stranger(STRANGER, 10, false, Ok(()))]
#[case::stranger_and_full(STRANGER, 3, false, Err(Error::Full))]
#[case::seated(SEATED, 3, false, Ok(()))]
fn taking_a_seat_where_somebody_was_thrown_out(
    #[case] who: u8,
    #[case] capacity: i64,
    #[case] is_gone: bool,
    #[case] expected: Result<(), Error>,
) {
    let mut room = sample_room(is_gone);
    room.capacity = Capacity::new(capacity).expect("a capacity");
    assert_eq!(may_take_seat(&room, id(who)), expected);
}

#[rstest]
#[case::owner(OWNER, false, None)]
#[case::seated(SEATED, false, None)]
#[case::stranger(STRANGER, false, Some(Error::NotSeated))]
#[case::barred(BARRED, false, Some(Error::Barred))]
#[case::gone(OWNER, true, Some(Error::NotFound))]
#[case::gone_and_barred(BARRED, true, Some(Error::NotFound))]
fn being_inside(#[case] who: u8, #[case] is_gone: bool, #[case] expected: Option<Error>) {
    assert_eq!(seat_of(&sample_room(is_gone), id(who)).err(), expected);
}

#[rstest]
#[case::off(0, 5_000, Ok(()))]
#[case::just_said(15, 5_000, Err(Error::TooMany { of: Act::Say, retry_after: 15 }))]
#[case::in_between(15, 15_001, Err(Error::TooMany { of: Act::Say, retry_after: 5 }))]
#[case::nearly(15, 19_999, Err(Error::TooMany { of: Act::Say, retry_after: 1 }))]
#[case::just_then(15, 20_000, Ok(()))]
#[case::clocks_that_differ(15, 0, Err(Error::TooMany { of: Act::Say, retry_after: 15 }))]
fn speaking_again_in_slow_mode(#[case] seconds: u16, #[case] at: u64, #[case] expected: Result<(), Error>) {
    let slow = Slow::parse(&seconds.to_string()).expect("a choice");
    assert_eq!(may_speak_again(slow, Timestamp(5_000), Timestamp(at)), expected);
}

#[rstest]
#[case::stranger(STRANGER, true)]
#[case::barred(BARRED, true)]
#[case::seated(SEATED, false)]
fn showing_a_password(#[case] who: u8, #[case] needed: bool) {
    let mut room = sample_room(false);
    room.password = Some(PasswordHash("hash".into()));
    assert_eq!(password_needed(&room, id(who)).is_some(), needed);
}

#[rstest]
#[case::owner(OWNER, false, None)]
#[case::seated(SEATED, false, Some(Error::NotOwner))]
#[case::stranger(STRANGER, false, Some(Error::NotSeated))]
#[case::barred(BARRED, false, Some(Error::Barred))]
#[case::gone(OWNER, true, Some(Error::NotFound))]
fn owning(#[case] by: u8, #[case] is_gone: bool, #[case] expected: Option<Error>) {
    assert_eq!(may_own(&sample_room(is_gone), id(by)).err(), expected);
}

#[test]
fn who_owned_and_left_owns_nothing() {
    let mut room = sample_room(false);
    room.end_seat(id(OWNER), Timestamp(9));
    assert_eq!(may_own(&room, id(OWNER)), Err(Error::NotSeated));
    assert!(may_own(&room, id(SEATED)).is_ok());
}

#[rstest]
#[case::owner(OWNER, SEATED, false, None)]
#[case::oneself(OWNER, OWNER, false, Some(Error::Refused))]
#[case::absent(OWNER, STRANGER, false, Some(Error::Absent))]
#[case::thrown_out_already(OWNER, BARRED, false, Some(Error::Absent))]
#[case::seated(SEATED, OTHER, false, Some(Error::NotOwner))]
#[case::the_owner_by_seated(SEATED, OWNER, false, Some(Error::NotOwner))]
#[case::oneself_by_seated(SEATED, SEATED, false, Some(Error::NotOwner))]
#[case::absent_by_seated(SEATED, STRANGER, false, Some(Error::NotOwner))]
#[case::stranger(STRANGER, SEATED, false, Some(Error::NotSeated))]
#[case::barred(BARRED, SEATED, false, Some(Error::Barred))]
#[case::gone(OWNER, SEATED, true, Some(Error::NotFound))]
fn handing_over_and_throwing_out(
    #[case] by: u8,
    #[case] whom: u8,
    #[case] is_gone: bool,
    #[case] expected: Option<Error>,
) {
    let room = sample_room(is_gone);
    for right in [may_hand_over, may_throw_out] {
        let seat = right(&room, id(by), id(whom));
        assert_eq!(seat.clone().err(), expected);
        assert!(seat.is_err() || seat.is_ok_and(|seat| seat.person.id == id(whom)));
    }
}

#[rstest]
#[case::as_many_as_are_inside(OWNER, 3, false, None)]
#[case::more(OWNER, 1000, false, None)]
#[case::fewer(OWNER, 2, false, Some(Error::invalid(Field::Capacity, Problem::OutOfRange { min: 3, max: 1000 })))]
#[case::seated(SEATED, 3, false, Some(Error::NotOwner))]
#[case::fewer_by_seated(SEATED, 2, false, Some(Error::NotOwner))]
#[case::stranger(STRANGER, 3, false, Some(Error::NotSeated))]
#[case::barred(BARRED, 3, false, Some(Error::Barred))]
#[case::gone(OWNER, 3, true, Some(Error::NotFound))]
fn setting(#[case] by: u8, #[case] capacity: i64, #[case] is_gone: bool, #[case] expected: Option<Error>) {
    let (title, capacity) = (RoomTitle::new("새 방").expect("a title"), Capacity::new(capacity).expect("a capacity"));
    let wanted = Wanted {
        title: Some(title),
        capacity: Some(capacity),
        password: WantedPassword::AsItIs,
        slow: None,
        veil: None,
    };
    assert_eq!(may_set(&sample_room(is_gone), id(by), &wanted).err(), expected);
}

#[rstest]
#[case::free(SEATED, "민수", Ok(()))]
#[case::as_another_is(SEATED, "Paul", Err(Error::NameTaken))]
#[case::nearly_as_another_is(SEATED, "pauI", Err(Error::NameTaken))]
#[case::as_one_is_oneself(OTHER, "Paul", Ok(()))]
#[case::nearly_as_one_is_oneself(OTHER, "PAUL", Ok(()))]
#[case::as_somebody_is_who_comes_in(STRANGER, "Paul", Err(Error::NameTaken))]
#[case::as_somebody_was_who_is_not_here(SEATED, "Mary", Ok(()))]
fn names(#[case] who: u8, #[case] name: &str, #[case] expected: Result<(), Error>) {
    let own = |name| Some(OwnName::new(name).expect("a name"));
    let mut room = sample_room(false);
    room.seats[2].person.name.own = own("Paul");
    room.seats[2].looks = Looks::of(&room.seats[2].person.name);
    room.bars[0].person.name.own = own("Mary");
    let name = Name { own: own(name), ..person(who).name };
    let named = Named::new(Person { id: id(who), name });
    assert_eq!(may_be_called(&room, &named), expected);
}

#[rstest]
#[case::to_another(SEATED, OTHER, false, None)]
#[case::to_the_owner(SEATED, OWNER, false, None)]
#[case::by_the_owner(OWNER, SEATED, false, None)]
#[case::to_oneself(SEATED, SEATED, false, Some(Error::Refused))]
#[case::to_somebody_absent(SEATED, STRANGER, false, Some(Error::Absent))]
#[case::to_somebody_thrown_out(OWNER, BARRED, false, Some(Error::Absent))]
#[case::stranger(STRANGER, SEATED, false, Some(Error::NotSeated))]
#[case::barred(BARRED, SEATED, false, Some(Error::Barred))]
#[case::gone(SEATED, OTHER, true, Some(Error::NotFound))]
fn whispering(#[case] by: u8, #[case] to: u8, #[case] is_gone: bool, #[case] expected: Option<Error>) {
    let room = sample_room(is_gone);
    let seat = may_whisper(&room, id(by), id(to));
    assert_eq!(seat.clone().err(), expected);
    assert!(seat.is_err() || seat.is_ok_and(|seat| seat.person.id == id(to)));
}

#[rstest]
#[case::to_all(text(), None, &[OWNER, SEATED, OTHER, STRANGER])]
#[case::whisper(text(), Some(OTHER), &[SEATED, OTHER])]
#[case::whispered_gif(gif(), Some(OTHER), &[SEATED, OTHER])]
#[case::removed_whisper(What::Removed, Some(OTHER), &[SEATED, OTHER])]
#[case::removal_of_a_whisper(What::Removal { seq: 3 }, Some(OTHER), &[SEATED, OTHER])]
#[case::feeling_about_a_whisper(reaction(), Some(OTHER), &[SEATED, OTHER])]
fn seeing(#[case] what: What, #[case] to: Option<u8>, #[case] expected: &[u8]) {
    let entry = said(SEATED, what, to);
    let who: Vec<_> = [OWNER, SEATED, OTHER, STRANGER].into_iter().filter(|who| may_see(&entry, id(*who))).collect();
    assert_eq!(who, expected);
}

#[rstest]
#[case::to_all(text(), None, OTHER, None, Ok(()))]
#[case::ones_own(text(), None, SEATED, None, Ok(()))]
#[case::a_gif(gif(), None, OTHER, None, Ok(()))]
#[case::by_a_whisper(text(), None, OTHER, Some(OWNER), Ok(()))]
#[case::a_whisper_back(text(), Some(OTHER), OTHER, Some(SEATED), Ok(()))]
#[case::a_whisper_on(text(), Some(OTHER), SEATED, Some(OTHER), Ok(()))]
#[case::a_whisper_to_all(text(), Some(OTHER), OTHER, None, Err(Error::Refused))]
#[case::a_whisper_to_a_third(text(), Some(OTHER), OTHER, Some(OWNER), Err(Error::Refused))]
#[case::a_whisper_to_oneself(text(), Some(OTHER), OTHER, Some(OTHER), Err(Error::Refused))]
#[case::removed(What::Removed, None, OTHER, None, Err(Error::Removed))]
#[case::a_removed_whisper(What::Removed, Some(OTHER), OTHER, Some(SEATED), Err(Error::Removed))]
#[case::a_fact(What::Entered, None, OTHER, None, Err(Error::Removed))]
#[case::a_feeling(reaction(), None, OTHER, None, Err(Error::Removed))]
fn answering(
    #[case] what: What,
    #[case] whispered_to: Option<u8>,
    #[case] by: u8,
    #[case] to: Option<u8>,
    #[case] expected: Result<(), Error>,
) {
    assert_eq!(may_answer(&said(SEATED, what, whispered_to), id(by), to.map(id)), expected);
}

#[rstest]
#[case::text(text(), None, Ok(()))]
#[case::gif(gif(), None, Ok(()))]
#[case::whisper(text(), Some(OTHER), Ok(()))]
#[case::removed(What::Removed, None, Err(Error::Removed))]
#[case::entered(What::Entered, None, Err(Error::Removed))]
#[case::removal(What::Removal { seq: 3 }, None, Err(Error::Removed))]
#[case::feeling(reaction(), None, Err(Error::Removed))]
#[case::away(What::Away(true), None, Err(Error::Removed))]
fn feeling_about(#[case] what: What, #[case] to: Option<u8>, #[case] expected: Result<(), Error>) {
    assert_eq!(may_react(&said(SEATED, what, to)), expected);
}

#[rstest]
#[case::ones_own(SEATED, SEATED, text(), None, None)]
#[case::anybodys_by_the_owner(OWNER, SEATED, gif(), None, None)]
#[case::somebody_elses(OTHER, SEATED, text(), None, Some(Error::NotOwner))]
#[case::the_owners(SEATED, OWNER, text(), None, Some(Error::NotOwner))]
#[case::ones_own_after_leaving(STRANGER, STRANGER, text(), None, Some(Error::NotSeated))]
#[case::ones_own_when_thrown_out(BARRED, BARRED, text(), None, Some(Error::Barred))]
#[case::of_one_thrown_out_by_the_owner(OWNER, BARRED, text(), None, None)]
#[case::removed_before(SEATED, SEATED, What::Removed, None, None)]
#[case::removed_before_by_another(OTHER, SEATED, What::Removed, None, Some(Error::NotOwner))]
#[case::a_fact(OWNER, OWNER, What::Entered, None, Some(Error::Removed))]
#[case::a_feeling(SEATED, SEATED, reaction(), None, Some(Error::Removed))]
#[case::ones_own_whisper(SEATED, SEATED, text(), Some(OTHER), None)]
#[case::a_whisper_by_whom_it_is_for(OTHER, SEATED, text(), Some(OTHER), Some(Error::NotOwner))]
#[case::a_whisper_to_the_owner(OWNER, SEATED, text(), Some(OWNER), None)]
#[case::a_whisper_the_owner_cannot_see(OWNER, SEATED, text(), Some(OTHER), Some(Error::Removed))]
fn removing(
    #[case] by: u8,
    #[case] author: u8,
    #[case] what: What,
    #[case] to: Option<u8>,
    #[case] expected: Option<Error>,
) {
    let message = said(author, what, to);
    assert_eq!(may_remove(&sample_room(false), id(by), &message).err(), expected);
    assert_eq!(may_remove(&sample_room(true), id(by), &message).err(), Some(Error::NotFound), "the room is gone");
}

#[rstest]
#[case::ones_own(SEATED, SEATED, gif(), None, None)]
#[case::anybodys_by_the_owner(OWNER, SEATED, gif(), None, None)]
#[case::somebody_elses(OTHER, SEATED, gif(), None, Some(Error::NotOwner))]
#[case::a_text(SEATED, SEATED, text(), None, Some(Error::Removed))]
#[case::removed(SEATED, SEATED, What::Removed, None, Some(Error::Removed))]
#[case::ones_own_whisper(SEATED, SEATED, gif(), Some(OTHER), None)]
#[case::a_whisper_by_whom_it_is_for(OTHER, SEATED, gif(), Some(OTHER), Some(Error::NotOwner))]
#[case::a_whisper_the_owner_cannot_see(OWNER, SEATED, gif(), Some(OTHER), Some(Error::Removed))]
#[case::without_a_seat(STRANGER, STRANGER, gif(), None, Some(Error::NotSeated))]
fn saying_how_a_gif_is_shown(
    #[case] by: u8,
    #[case] author: u8,
    #[case] what: What,
    #[case] to: Option<u8>,
    #[case] expected: Option<Error>,
) {
    assert_eq!(may_set_showing(&sample_room(false), id(by), &said(author, what, to)).err(), expected);
}

#[rstest]
#[case::as_given(SEATED, 0, 100, true)]
#[case::of_somebody_else(OTHER, 0, 100, false)]
#[case::for_the_password_before(SEATED, 1, 100, false)]
#[case::over(SEATED, 0, 99, false)]
fn a_pass_opens(#[case] of: u8, #[case] changes: u64, #[case] until: u64, #[case] expected: bool) {
    let mut room = sample_room(false);
    let pass = Pass { until: Timestamp(until), ..Pass::new(&room, id(of), Timestamp(0)) };
    room.password_rev += changes;
    assert_eq!(opens(&pass, &room, id(SEATED), Timestamp(99)), expected);
    assert!(!opens(&Pass { room: RoomId([8; 16]), ..pass }, &room, id(SEATED), Timestamp(0)));
}
