//! Entering rooms and leaving them, and how rooms look from the outside.

use std::sync::Arc;
use std::time::Duration;

use super::nodes::Nodes;
use super::turns::Requester;
use super::{Chat, Look};
use crate::address::Address;
use chat::error::Error;
use chat::id::{RoomId, VisitorId};
use chat::policy::{self, Graces};
use chat::record::{AddressTag, Pass, Room};
use chat::visitor::Person;
use chat::visitor::likeness::Named;

/// How much later than the node of a person's last socket all other nodes know that it has ended. That node waits two seconds for
/// a reload, and tells the store within one more; the others ask the store every two seconds. One is left for the store itself.
const HEARD_WITHIN: Duration = Duration::from_secs(6);

impl Chat {
    /// Takes a seat, or keeps the one `by` has: the only way into a room. The right password, or a pass, gives a new pass.
    /// If the room is full, the seat of a person who is away ends to make room.
    pub async fn enter(
        self: &Arc<Self>,
        by: &Person,
        address: Option<Address>,
        room: RoomId,
        password: &str,
    ) -> Result<(), Error> {
        let read = self.store.room(room).await?;
        self.may_enter(&read, by.id).inspect_err(|error| self.note_refusal(error))?;
        if let Some(hash) = policy::password_needed(&read, by.id) {
            if !self.has_pass(&read, by.id).await? {
                self.open_door(Requester::new(by.id, address), room, password, hash.clone()).await?;
            }
            // The pass comes before the seat, so that leaving (in another tab) or being thrown out later ends it too.
            self.store.give_pass(Pass::new(&read, by.id, self.clock.now())).await?;
        }
        // Computing what a name looks like takes time, so it is done here and not in the room's queue.
        let (now, newcomer) = (self.clock.now(), Named::new(by.as_newcomer()));
        let (presence, graces, from) = (self.presence.clone(), self.config.graces(), self.tag_of(address));
        let (is_elsewhere, is_live) = (self.is_elsewhere(), self.is_live(room));
        let take_seat = move |room: &mut Room| {
            // The owner may have changed the password since the room was read.
            let is_as_read = (&room.password, room.password_rev) == (&read.password, read.password_rev);
            if policy::password_needed(room, newcomer.person().id).is_some() && !is_as_read {
                return Err(Error::WrongPassword);
            }
            let had_seat = room.seat(newcomer.person().id).is_some();
            let is_full = room.seats.len() >= usize::from(room.capacity.get());
            let displaced = match is_full && !had_seat {
                true => graces.displaced(&presence.sittings(room, &is_elsewhere).0),
                false => None,
            };
            let entries = room.take_seat_of(&newcomer, displaced, &is_live, now)?;
            if let Some(seat) = room.seats.last_mut().filter(|_| !had_seat) {
                seat.address = from;
            }
            Ok(entries)
        };
        let entered = self.change(room, Arc::new(take_seat)).await?;
        let address = entered.seat(by.id).and_then(|seat| seat.address);
        self.presence.took_seat((room, by.id), address);
        Ok(())
    }

    /// Whether `visitor` may take a seat here, or has one.
    fn may_enter(&self, room: &Room, visitor: VisitorId) -> Result<(), Error> {
        match policy::may_take_seat(room, visitor) {
            Err(Error::Full) if self.would_displace(room, self.config.graces()) => Ok(()),
            allowed => allowed,
        }
    }

    /// Whether `visitor` would get a seat now, perhaps in place of a person who is away. (Others may be faster.)
    pub async fn has_place(&self, visitor: VisitorId, room: RoomId) -> Result<bool, Error> {
        Ok(self.has_place_in(&self.store.room(room).await?, visitor))
    }

    /// The same for a room that was read already. The request to enter may reach another node, so a place in which somebody is
    /// away is told of only when every node would give it away.
    fn has_place_in(&self, room: &Room, visitor: VisitorId) -> bool {
        let mut graces = self.config.graces();
        if self.nodes.as_ref().is_some_and(Nodes::has_others) {
            graces.gone += HEARD_WITHIN;
        }
        policy::may_take_seat(room, visitor) != Err(Error::Full) || self.would_displace(room, graces)
    }

    /// Whether a newcomer to this full room would take the seat of a person who is away.
    fn would_displace(&self, room: &Room, graces: Graces) -> bool {
        graces.displaced(&self.presence.sittings(room, self.is_elsewhere()).0).is_some()
    }

    pub(super) fn tag_of(&self, address: Option<Address>) -> Option<AddressTag> {
        address.map(|address| address.tag(&self.config.address_key))
    }

    /// Whether `visitor` gets into this locked room without its password.
    async fn has_pass(&self, room: &Room, visitor: VisitorId) -> Result<bool, Error> {
        let pass = self.store.pass(room.id, visitor).await?;
        Ok(pass.is_some_and(|pass| policy::opens(&pass, room, visitor, self.clock.now())))
    }

    /// The room from the outside.
    pub(super) async fn look_outside(&self, room: &Room, visitor: VisitorId) -> Result<Look, Error> {
        let card = room.card();
        let pass = if card.locked { self.store.pass(room.id, visitor).await? } else { None };
        let has_pass = pass.is_some_and(|pass| policy::opens(&pass, room, visitor, self.clock.now()));
        let is_password_new = pass.is_some_and(|pass| pass.password_rev != room.password_rev);
        let is_full = !self.has_place_in(room, visitor);
        Ok(Look::Outside { has_pass, is_full, why: room.why_outside(visitor), is_password_new, card })
    }

    /// Ends the seat at once, and the pass with it. It is no error if there is no seat or no such room any more.
    pub async fn leave(self: &Arc<Self>, visitor: VisitorId, room: RoomId) -> Result<(), Error> {
        self.store.end_pass(room, visitor).await?;
        let now = self.clock.now();
        let is_live = self.is_live(room);
        let end = move |room: &mut Room| Ok(room.end_seats(|seat| seat.person.id == visitor, &is_live, now));
        let left = self.change(room, Arc::new(end)).await;
        match left {
            Ok(_) | Err(Error::NotFound) => {
                self.presence.forget((room, visitor));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}
