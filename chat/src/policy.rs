//! Who may do what: pure functions over a room's record.

use crate::entry::{Entry, What};
use crate::error::{Error, Field, Problem};
use crate::id::VisitorId;
use crate::limit::Act;
use crate::record::{Pass, PasswordHash, Room, Seat, Wanted};
use crate::room::{Capacity, Slow};
use crate::time::Timestamp;
use crate::visitor::Name;
use crate::visitor::likeness::{Looks, Named};

/// Whether `visitor` has to show a password to get in. Who is seated needs none.
pub fn password_needed(room: &Room, visitor: VisitorId) -> Option<&PasswordHash> {
    match room.seat(visitor) {
        Some(_) => None,
        None => room.password.as_ref(),
    }
}

/// Whether `visitor` gets in by this pass, as long as there is a seat and nobody has thrown them out.
pub fn opens(pass: &Pass, room: &Room, visitor: VisitorId, now: Timestamp) -> bool {
    let is_theirs = pass.room == room.id && pass.visitor == visitor;
    is_theirs && pass.password_rev == room.password_rev && pass.until > now
}

/// A seat is there for who has one already, and for others while one is free. A gone room refuses everybody.
pub fn may_take_seat(room: &Room, visitor: VisitorId) -> Result<(), Error> {
    let is_new = room.rev == 0 && room.owner == visitor;
    if room.is_gone() && !is_new {
        return Err(Error::NotFound);
    }
    if room.bar(visitor).is_some() {
        return Err(Error::Barred);
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
    room.seat(visitor).ok_or(match room.bar(visitor) {
        Some(_) => Error::Barred,
        None => Error::NotSeated,
    })
}

/// Somebody else's seat, to do something with it.
fn seat_of_another(room: &Room, by: VisitorId, other: VisitorId) -> Result<&Seat, Error> {
    if by == other {
        return Err(Error::Refused);
    }
    room.seat(other).ok_or(Error::Absent)
}

/// What only the owner may do, seated as everybody who does something: settings, closing, letting back in.
pub fn may_own(room: &Room, by: VisitorId) -> Result<&Seat, Error> {
    let seat = seat_of(room, by)?;
    if room.owner == by { Ok(seat) } else { Err(Error::NotOwner) }
}

/// The owner makes anybody else in the room the owner. Gives their seat.
pub fn may_hand_over(room: &Room, by: VisitorId, to: VisitorId) -> Result<&Seat, Error> {
    may_own(room, by)?;
    seat_of_another(room, by, to)
}

/// The owner throws out anybody else in the room.
pub fn may_throw_out(room: &Room, by: VisitorId, whom: VisitorId) -> Result<&Seat, Error> {
    may_own(room, by)?;
    seat_of_another(room, by, whom)
}

/// The owner changes a room's settings, but nobody loses their seat by it. Gives the owner's seat.
pub fn may_set<'a>(room: &'a Room, by: VisitorId, wanted: &Wanted) -> Result<&'a Seat, Error> {
    let seat = may_own(room, by)?;
    let inside = room.seats.len();
    if wanted.capacity.is_some_and(|capacity| usize::from(capacity.get()) < inside) {
        let min = u32::try_from(inside).unwrap_or(u32::MAX).max(Capacity::MIN.into());
        return Err(Error::invalid(Field::Capacity, Problem::OutOfRange { min, max: Capacity::MAX.into() }));
    }
    Ok(seat)
}

/// Nobody in a room is called like somebody else there, or nearly.
pub fn may_be_called(room: &Room, named: &Named) -> Result<(), Error> {
    match names_beside(room, named.person().id).any(|(name, looks)| named.is_like(name, looks)) {
        true => Err(Error::NameTaken),
        false => Ok(()),
    }
}

/// The names of all others, which `who` may not be called, with their looks.
pub fn names_beside(room: &Room, who: VisitorId) -> impl Iterator<Item = (&Name, &Looks)> + Clone {
    let others = room.seats.iter().filter(move |seat| seat.person.id != who);
    others.map(|seat| (&seat.person.name, &seat.looks))
}

/// People in a room whisper to each other. Gives the other one's seat.
pub fn may_whisper(room: &Room, by: VisitorId, to: VisitorId) -> Result<&Seat, Error> {
    seat_of(room, by)?;
    seat_of_another(room, by, to)
}

/// With slow mode, who has said something at `last` waits so long with the next; whatever the clocks say, not longer.
pub fn may_speak_again(slow: Slow, last: Timestamp, now: Timestamp) -> Result<(), Error> {
    let left = (u64::from(slow.seconds()) * 1000).saturating_sub(now.millis_since(last));
    match u32::try_from(left.div_ceil(1000)).unwrap_or(u32::MAX) {
        0 => Ok(()),
        retry_after => Err(Error::TooMany { of: Act::Say, retry_after }),
    }
}

/// A whisper is for its two, everything else for all in the room.
pub fn may_see(entry: &Entry, visitor: VisitorId) -> bool {
    entry.audience().is_none_or(|audience| audience.contains(&visitor))
}

/// What can be answered: a message that is there and that all may see, who see the answer; or a whisper by a whisper to
/// the other one of the two. `by` sees `message`.
pub fn may_answer(message: &Entry, by: VisitorId, to: Option<VisitorId>) -> Result<(), Error> {
    may_react(message)?;
    match (message.audience(), to) {
        (None, _) => Ok(()),
        (Some(audience), Some(to)) if to != by && audience.contains(&to) => Ok(()),
        (Some(_), _) => Err(Error::Refused),
    }
}

/// What one can feel about: messages, as long as they are there.
pub fn may_react(message: &Entry) -> Result<(), Error> {
    match message.what {
        What::Text(_) | What::Gif(_) => Ok(()),
        _ => Err(Error::Removed),
    }
}

/// One's own messages, and the owner anybody's that they see. Removing what is removed changes nothing.
pub fn may_remove<'a>(room: &'a Room, by: VisitorId, message: &Entry) -> Result<&'a Seat, Error> {
    let seat = seat_of(room, by)?;
    if !message.what.is_message() || !may_see(message, by) {
        return Err(Error::Removed);
    }
    if message.person.id == by || room.owner == by { Ok(seat) } else { Err(Error::NotOwner) }
}

#[cfg(test)]
mod tests;
