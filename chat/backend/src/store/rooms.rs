//! The port to rooms, their seats, and the passes with which people come back without the password.

use std::sync::Arc;

use async_trait::async_trait;

use chat::entry::Entry;
#[cfg(doc)]
use chat::entry::What;
use chat::error::Error;
use chat::id::{RoomId, VisitorId};
#[cfg(doc)]
use chat::policy;
use chat::record::{AddressTag, NewEntry, Parting, Pass, Room, Seat};
use chat::room::RoomCard;
use chat::visitor::Person;

/// A change of a room: it modifies the room and returns the entries that report this. It may run more than once, each time on
/// a newer state of the room. When it returns an error, nothing is stored.
pub type RoomChange = Arc<dyn Fn(&mut Room) -> Result<Vec<NewEntry>, Error> + Send + Sync>;

/// The room after a change, and the entries that were appended. If the room is gone after the change, it was removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    pub room: Room,
    pub entries: Vec<Entry>,
}

/// A room as the lobby lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub card: RoomCard,
    /// [`Room::rev`] of the state that the card shows.
    pub rev: u64,
}

/// A seat that no node watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unattended {
    pub room: RoomId,
    pub visitor: VisitorId,
    /// [`chat::record::Seat::renewed`]
    pub renewed: u64,
    /// [`chat::record::Seat::parting`]
    pub parting: Parting,
    /// [`chat::record::Seat::address`]
    pub address: Option<AddressTag>,
}

impl Unattended {
    pub fn of(room: RoomId, seat: &Seat) -> Self {
        let Seat { renewed, parting, address, .. } = *seat;
        Self { room, visitor: seat.person.id, renewed, parting, address }
    }
}

/// The rooms with their seats. Fails as [`Store`](super::Store) says.
#[async_trait]
pub trait Rooms: Send + Sync + 'static {
    /// Stores a new room with its seats, and numbers `entries` from 1.
    async fn create_room(&self, room: Room, entries: Vec<NewEntry>) -> Result<Updated, Error>;

    /// The room with its seats. Fails with [`Error::NotFound`] when the room does not exist or is gone.
    async fn room(&self, room: RoomId) -> Result<Room, Error>;

    /// Applies `change` atomically: the new state and the entries are stored together, or neither. Increments `rev` when
    /// anything changed. A room without seats is removed: nobody can read it any more, and its entries, seats and passes are
    /// deleted at once or soon after. A message whose removal an entry reports ([`What::Removal`]) is emptied before this
    /// returns. Fails as `change` does, and with [`Error::NotFound`] when the room does not exist or is gone.
    async fn update_room(&self, room: RoomId, change: RoomChange) -> Result<Updated, Error>;

    /// All rooms, newest first.
    async fn cards(&self) -> Result<Vec<Listed>, Error>;

    /// The person in this visitor's seat, with the name they have there. Fails as [`policy::seat_of`] says.
    async fn seat(&self, room: RoomId, visitor: VisitorId) -> Result<Person, Error>;

    /// Every seat that no node watches.
    async fn unattended(&self) -> Result<Vec<Unattended>, Error>;

    /// Stores a pass, in place of an earlier one for the same room and visitor. Stores nothing when the room is gone. (If the
    /// room ends at the same moment, MongoDB's driver may store the pass, and the next sweep removes it.)
    async fn give_pass(&self, pass: Pass) -> Result<(), Error>;

    /// The pass of `visitor` for `room`, even if it has expired or the password has changed since.
    async fn pass(&self, room: RoomId, visitor: VisitorId) -> Result<Option<Pass>, Error>;

    /// Removes this visitor's pass. Succeeds when there is none.
    async fn end_pass(&self, room: RoomId, visitor: VisitorId) -> Result<(), Error>;
}
