//! Who may do what: pure functions over a room's record.

mod graces;

pub use graces::{Graces, Sitting};

use crate::entry::Entry;
use crate::error::{Error, Field, Problem};
use crate::id::VisitorId;
use crate::limit::Act;
use crate::record::{Pass, PasswordHash, Room, Seat, Wanted};
use crate::room::{Capacity, Slow};
use crate::time::Timestamp;
use crate::visitor::Name;
use crate::visitor::likeness::{Looks, Named};

/// The hash of the password that `visitor` has to show to get in. `None` if the room has no password, or if they have a seat.
pub fn password_needed(room: &Room, visitor: VisitorId) -> Option<&PasswordHash> {
    match room.seat(visitor) {
        Some(_) => None,
        None => room.password.as_ref(),
    }
}

/// Whether `visitor` needs no password because of this pass. They still need a free seat, and must not be barred.
pub fn opens(pass: &Pass, room: &Room, visitor: VisitorId, now: Timestamp) -> bool {
    let is_theirs = pass.room == room.id && pass.visitor == visitor;
    is_theirs && pass.password_rev == room.password_rev && pass.until > now
}

/// People who have a seat keep it; others need a free one. A room that is gone refuses everybody. A new room, which has
/// no seats yet, lets its owner in.
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

/// The seat of `visitor`. Only people with a seat may read and write in a room.
pub fn seat_of(room: &Room, visitor: VisitorId) -> Result<&Seat, Error> {
    if room.is_gone() {
        return Err(Error::NotFound);
    }
    room.seat(visitor).ok_or(match room.bar(visitor) {
        Some(_) => Error::Barred,
        None => Error::NotSeated,
    })
}

/// The seat of a person other than `by`.
fn seat_of_another(room: &Room, by: VisitorId, other: VisitorId) -> Result<&Seat, Error> {
    if by == other {
        return Err(Error::Refused);
    }
    room.seat(other).ok_or(Error::Absent)
}

/// Allows what only the owner may do: change the settings, close the room, let people back in. The owner needs a seat,
/// too. Returns that seat.
pub fn may_own(room: &Room, by: VisitorId) -> Result<&Seat, Error> {
    let seat = seat_of(room, by)?;
    if room.owner == by { Ok(seat) } else { Err(Error::NotOwner) }
}

/// The owner may make anybody else in the room the owner. Returns that person's seat.
pub fn may_hand_over(room: &Room, by: VisitorId, to: VisitorId) -> Result<&Seat, Error> {
    may_own(room, by)?;
    seat_of_another(room, by, to)
}

/// The owner may throw out anybody else in the room. Returns that person's seat.
pub fn may_throw_out(room: &Room, by: VisitorId, whom: VisitorId) -> Result<&Seat, Error> {
    may_own(room, by)?;
    seat_of_another(room, by, whom)
}

/// The owner may change a room's settings, but not to fewer seats than there are people inside. Returns the owner's seat.
pub fn may_set<'a>(room: &'a Room, by: VisitorId, wanted: &Wanted) -> Result<&'a Seat, Error> {
    let seat = may_own(room, by)?;
    let inside = room.seats.len();
    if wanted.capacity.is_some_and(|capacity| usize::from(capacity.get()) < inside) {
        let min = u32::try_from(inside).unwrap_or(u32::MAX).max(Capacity::MIN.into());
        return Err(Error::invalid(Field::Capacity, Problem::OutOfRange { min, max: Capacity::MAX.into() }));
    }
    Ok(seat)
}

/// Nobody in a room may have the name of another person there, or one that looks like it.
pub fn may_be_called(room: &Room, named: &Named) -> Result<(), Error> {
    match names_of_others(room, named.person().id).any(|(name, looks)| named.is_like(name, looks)) {
        true => Err(Error::NameTaken),
        false => Ok(()),
    }
}

/// The names of everybody but `who`, which `who` may not use, with their looks.
pub fn names_of_others(room: &Room, who: VisitorId) -> impl Iterator<Item = (&Name, &Looks)> + Clone {
    let others = room.seats.iter().filter(move |seat| seat.person.id != who);
    others.map(|seat| (&seat.person.name, &seat.looks))
}

/// People in a room may whisper to each other. Returns the seat of the other person.
pub fn may_whisper(room: &Room, by: VisitorId, to: VisitorId) -> Result<&Seat, Error> {
    seat_of(room, by)?;
    seat_of_another(room, by, to)
}

/// In slow mode, a person who said something at `last` has to wait before the next message.
pub fn may_speak_again(slow: Slow, last: Timestamp, now: Timestamp) -> Result<(), Error> {
    match slow.seconds_left(last, now) {
        0 => Ok(()),
        retry_after => Err(Error::TooMany { of: Act::Say, retry_after }),
    }
}

/// Whispers are for their two people, everything else for everybody in the room.
pub fn may_see(entry: &Entry, visitor: VisitorId) -> bool {
    entry.audience().is_none_or(|audience| audience.contains(&visitor))
}

/// A message to everybody may be answered in public or by a whisper. A whisper may only be answered by a whisper to the
/// other one of its two people. The caller makes sure that `by` may see `message`.
pub fn may_answer(message: &Entry, by: VisitorId, to: Option<VisitorId>) -> Result<(), Error> {
    may_react(message)?;
    match (message.audience(), to) {
        (None, _) => Ok(()),
        (Some(audience), Some(to)) if to != by && audience.contains(&to) => Ok(()),
        (Some(_), _) => Err(Error::Refused),
    }
}

/// People may react to a message until it is removed.
pub fn may_react(message: &Entry) -> Result<(), Error> {
    if message.what.is_there() { Ok(()) } else { Err(Error::Removed) }
}

/// People may remove their own messages, and the owner every message they can see. Removing a removed message is
/// allowed and changes nothing.
pub fn may_remove<'a>(room: &'a Room, by: VisitorId, message: &Entry) -> Result<&'a Seat, Error> {
    let seat = seat_of(room, by)?;
    if !message.what.is_message() || !may_see(message, by) {
        return Err(Error::Removed);
    }
    if message.person.id == by || room.owner == by { Ok(seat) } else { Err(Error::NotOwner) }
}

/// People may say how their own GIFs are shown, and the owner of every GIF they can see.
pub fn may_set_showing<'a>(room: &'a Room, by: VisitorId, message: &Entry) -> Result<&'a Seat, Error> {
    let seat = may_remove(room, by, message)?;
    if message.what.gif().is_some() { Ok(seat) } else { Err(Error::Removed) }
}

#[cfg(test)]
mod tests;
