//! Who may do what: pure functions over a room's record.

use crate::error::Error;
use crate::id::VisitorId;
use crate::record::{PasswordHash, Room, Seat};

/// Whether `visitor` has to show a password to get in. Who is seated needs none.
pub fn password_needed(room: &Room, visitor: VisitorId) -> Option<&PasswordHash> {
    match room.seat(visitor) {
        Some(_) => None,
        None => room.password.as_ref(),
    }
}

/// A seat is there for who has one already, and for others while one is free. A gone room refuses everybody.
pub fn may_take_seat(room: &Room, visitor: VisitorId) -> Result<(), Error> {
    let is_new = room.rev == 0 && room.owner == visitor;
    if room.is_gone() && !is_new {
        return Err(Error::NotFound);
    }
    if room.seat(visitor).is_none() && room.seats.len() >= usize::from(room.capacity.get()) {
        return Err(Error::Full);
    }
    Ok(())
}

/// Reading and writing inside a room is for the people seated there.
pub fn seat_of(room: &Room, visitor: VisitorId) -> Result<&Seat, Error> {
    if room.is_gone() {
        return Err(Error::NotFound);
    }
    room.seat(visitor).ok_or(Error::NotSeated)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::room::{Capacity, RoomTitle};
    use crate::time::Timestamp;
    use crate::visitor::Person;
    use crate::{RoomId, entry::What};

    fn person(n: u8) -> Person {
        Person::new(VisitorId([n; 16]))
    }

    /// A room for two, owned by person 1, with these people inside.
    fn room(people: &[u8]) -> Room {
        let title = RoomTitle::new("방").expect("a title");
        let capacity = Capacity::new(2).expect("a capacity");
        let mut room = Room::new(RoomId([9; 16]), title, capacity, None, person(1).id, Timestamp(0));
        for n in people {
            room.take_seat(&person(*n), Timestamp(u64::from(*n))).expect("a free seat");
        }
        room.rev = 1;
        room
    }

    #[rstest]
    #[case::free_seat(&[1], 2, Ok(()))]
    #[case::full(&[1, 2], 3, Err(Error::Full))]
    #[case::full_but_seated(&[1, 2], 2, Ok(()))]
    #[case::gone(&[], 2, Err(Error::NotFound))]
    #[case::gone_even_for_its_owner(&[], 1, Err(Error::NotFound))]
    fn taking_a_seat(#[case] inside: &[u8], #[case] who: u8, #[case] expected: Result<(), Error>) {
        assert_eq!(may_take_seat(&room(inside), person(who).id), expected);
    }

    #[rstest]
    #[case::seated(&[1], 1, None)]
    #[case::stranger(&[1], 2, Some(Error::NotSeated))]
    #[case::gone(&[], 1, Some(Error::NotFound))]
    fn being_inside(#[case] inside: &[u8], #[case] who: u8, #[case] expected: Option<Error>) {
        assert_eq!(seat_of(&room(inside), person(who).id).err(), expected);
    }

    #[rstest]
    #[case::stranger(2, true)]
    #[case::seated(1, false)]
    fn showing_a_password(#[case] who: u8, #[case] needed: bool) {
        let mut room = room(&[1]);
        room.password = Some(PasswordHash("hash".into()));
        assert_eq!(password_needed(&room, person(who).id).is_some(), needed);
    }

    #[test]
    fn the_longest_seated_inherits_and_a_second_end_says_nothing() {
        let mut room = room(&[1, 2]);
        let told: Vec<_> =
            room.end_seat(person(1).id, Timestamp(9)).into_iter().map(|e| (e.person.id, e.what)).collect();
        assert_eq!(told, [(person(1).id, What::Left), (person(2).id, What::NewOwner)]);
        assert_eq!(room.owner, person(2).id);
        assert!(room.end_seat(person(1).id, Timestamp(9)).is_empty());
    }

    #[test]
    fn a_name_taken_in_the_room_gets_a_number() {
        let mut room = room(&[1]);
        let twin = Person { id: VisitorId([7; 16]), name: person(1).name };
        room.take_seat(&twin, Timestamp(5)).expect("a free seat");
        assert_eq!(room.seats[1].person.name.number, 2);
    }
}
