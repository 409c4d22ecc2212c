//! Who has a seat in a room, and which nodes have a socket for that seat.

use crate::entry::What;
use crate::error::Error;
use crate::id::{NodeId, VisitorId};
use crate::policy;
use crate::record::{NewEntry, Room, Seat};
use crate::time::Timestamp;
use crate::visitor::Person;
use crate::visitor::likeness::Named;

impl Room {
    /// Seats somebody. If somebody here has the same name, the newcomer's name gets a number. Changes nothing for a
    /// person who has a seat already.
    pub fn take_seat(&mut self, newcomer: &Named, now: Timestamp) -> Result<Vec<NewEntry>, Error> {
        let id = newcomer.person().id;
        policy::may_take_seat(self, id)?;
        if self.seat(id).is_some() {
            return Ok(Vec::new());
        }
        let named = newcomer.clone().with_free_number(policy::names_of_others(self, id));
        self.seats.push(Seat::of(&named, now));
        Ok(vec![self.announce(named.person().clone(), What::Entered, now)])
    }

    /// Ends a seat. If it was the owner's, the person who has been seated longest becomes the owner. Changes nothing
    /// for a person without a seat.
    pub fn end_seat(&mut self, visitor: VisitorId, now: Timestamp) -> Vec<NewEntry> {
        self.end_seats(|seat| seat.person.id == visitor, now)
    }

    /// Ends all seats that are over in one change, so that a new owner is announced once and is somebody who stays.
    pub fn end_seats(&mut self, is_over: impl Fn(&Seat) -> bool, now: Timestamp) -> Vec<NewEntry> {
        let mut left = Vec::new();
        self.seats.retain(|seat| {
            let is_over = is_over(seat);
            if is_over {
                left.push(seat.person.clone());
            }
            !is_over
        });
        let is_orphaned = left.iter().any(|person| person.id == self.owner);
        let mut entries: Vec<_> = left.into_iter().map(|person| self.announce(person, What::Left, now)).collect();
        if let Some(heir) = self.seats.first().map(|seat| seat.person.clone())
            && is_orphaned
        {
            self.owner = heir.id;
            entries.push(self.announce(heir, What::NewOwner, now));
        }
        entries
    }

    pub(super) fn remove_seat(&mut self, visitor: VisitorId) -> Option<Person> {
        let place = self.seats.iter().position(|seat| seat.person.id == visitor)?;
        Some(self.seats.remove(place).person)
    }

    /// Notes that `node` has a socket for this seat.
    pub fn watch_seat(&mut self, visitor: VisitorId, node: NodeId) -> Result<(), Error> {
        policy::seat_of(self, visitor)?;
        for seat in self.seats.iter_mut().filter(|seat| seat.person.id == visitor && !seat.nodes.contains(&node)) {
            seat.nodes.push(node);
        }
        Ok(())
    }

    /// Notes that `node` has no socket for this seat any more. Changes nothing for a seat that has ended.
    pub fn unwatch_seat(&mut self, visitor: VisitorId, node: NodeId) {
        for seat in self.seats.iter_mut().filter(|seat| seat.person.id == visitor) {
            seat.nodes.retain(|known| *known != node);
        }
    }

    /// Removes `node` from every seat, because it has stopped or is dead.
    pub fn drop_node(&mut self, node: NodeId) {
        for seat in &mut self.seats {
            seat.nodes.retain(|known| *known != node);
        }
    }

    /// Notes that the visitor made a request without having a socket: the grace period of their seat starts anew.
    pub fn renew_seat(&mut self, visitor: VisitorId) {
        for seat in self.seats.iter_mut().filter(|seat| seat.person.id == visitor && seat.nodes.is_empty()) {
            seat.renewed += 1;
        }
    }
}
