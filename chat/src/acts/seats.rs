//! Who has a seat in a room, and which nodes have a socket for that seat.

use crate::entry::What;
use crate::error::Error;
use crate::id::{NodeId, VisitorId};
use crate::policy;
use crate::record::{EndedPages, NewEntry, Parting, PutOutside, Room, Seat};
use crate::room::Outside;
use crate::time::Timestamp;
use crate::visitor::Person;
use crate::visitor::likeness::Named;

impl Room {
    /// Seats a person. If a name in the room is the same or looks like it, the newcomer's name gets a number. Changes
    /// nothing for a person who has a seat already.
    pub fn take_seat(&mut self, newcomer: &Named, now: Timestamp) -> Result<Vec<NewEntry>, Error> {
        self.take_seat_of(newcomer, None, is_watched, now)
    }

    /// Seats a person as [`Room::take_seat`] does. If the room is full, they take the place of `displaced`, whose seat
    /// ends. `is_live`: whether a seat has a live feed, as [`Room::end_seats`] asks.
    pub fn take_seat_of(
        &mut self,
        newcomer: &Named,
        displaced: Option<VisitorId>,
        is_live: impl Fn(&Seat) -> bool,
        now: Timestamp,
    ) -> Result<Vec<NewEntry>, Error> {
        let id = newcomer.person().id;
        let mut entries = match (policy::may_take_seat(self, id), displaced) {
            (Err(Error::Full), Some(displaced)) => {
                self.put_outside([displaced], Outside::Replaced);
                self.end_seats(|seat| seat.person.id == displaced, is_live, now)
            }
            (allowed, _) => allowed.map(|()| Vec::new())?,
        };
        // (If `displaced` had no seat any more, none has become free.)
        policy::may_take_seat(self, id)?;
        if self.seat(id).is_some() {
            return Ok(entries);
        }
        let named = newcomer.clone().with_free_number(policy::names_of_others(self, id));
        self.outside.retain(|put| put.visitor != id);
        self.seats.push(Seat::of(&named, now));
        entries.push(self.announce(named.person().clone(), What::Entered, now));
        Ok(entries)
    }

    /// Ends a seat. If it was the owner's, the heir becomes the owner. Changes nothing for a person without a seat.
    pub fn end_seat(&mut self, visitor: VisitorId, now: Timestamp) -> Vec<NewEntry> {
        self.end_seats(|seat| seat.person.id == visitor, is_watched, now)
    }

    /// Ends all seats that are over in one change, so that the new owner is announced only once and is a person who
    /// stays. The heir is the person with a live feed who was seated first, or if nobody has one, the first of all.
    pub fn end_seats(
        &mut self,
        is_over: impl Fn(&Seat) -> bool,
        is_live: impl Fn(&Seat) -> bool,
        now: Timestamp,
    ) -> Vec<NewEntry> {
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
        let heir = self.seats.iter().find(|seat| is_live(seat)).or(self.seats.first());
        if let Some(heir) = heir.map(|seat| seat.person.clone())
            && is_orphaned
        {
            self.owner = heir.id;
            entries.push(self.announce(heir, What::NewOwner, now));
        }
        entries
    }

    /// Remembers why the seats of these people end, to tell them at the door.
    pub fn put_outside(&mut self, visitors: impl IntoIterator<Item = VisitorId>, why: Outside) {
        for visitor in visitors {
            self.outside.retain(|put| put.visitor != visitor);
            self.outside.push(PutOutside { visitor, why });
        }
        let excess = self.outside.len().saturating_sub(Self::MAX_OUTSIDE);
        self.outside.drain(..excess);
    }

    pub(super) fn remove_seat(&mut self, visitor: VisitorId) -> Option<Person> {
        let place = self.seats.iter().position(|seat| seat.person.id == visitor)?;
        Some(self.seats.remove(place).person)
    }

    /// Notes that `node` has a socket for this seat.
    pub fn watch_seat(&mut self, visitor: VisitorId, node: NodeId) -> Result<(), Error> {
        self.note_feed(visitor)?;
        for seat in self.seats.iter_mut().filter(|seat| seat.person.id == visitor && !seat.nodes.contains(&node)) {
            seat.nodes.push(node);
        }
        Ok(())
    }

    /// Notes that this seat has a live feed. If the feed ends without a goodbye, the seat was cut off.
    pub fn note_feed(&mut self, visitor: VisitorId) -> Result<(), Error> {
        policy::seat_of(self, visitor)?;
        for seat in self.seats.iter_mut().filter(|seat| seat.person.id == visitor) {
            seat.parting = Parting::Cut;
        }
        Ok(())
    }

    /// Notes how the pages of this seat ended on `node` (`None` for a node that does not share its store), which has no socket
    /// for it any more. Changes nothing for a seat that has ended.
    pub fn part_from_seat(&mut self, visitor: VisitorId, node: Option<NodeId>, pages: &EndedPages) {
        for seat in self.seats.iter_mut().filter(|seat| seat.person.id == visitor) {
            seat.nodes.retain(|known| Some(*known) != node);
            let is_cut = pages.leave_cut(&seat.cut);
            seat.cut.retain(|page| !pages.cut.contains(page) && !pages.goodbye.contains(page));
            seat.cut.extend(&pages.cut);
            let excess = seat.cut.len().saturating_sub(Seat::MAX_CUT);
            seat.cut.drain(..excess);
            if seat.nodes.is_empty() {
                seat.parting = if is_cut { Parting::Cut } else { Parting::Goodbye };
                if node.is_some() {
                    // Other nodes may still be timing an earlier absence.
                    seat.renewed += 1;
                }
            }
        }
    }

    /// Notes that `node` has no socket for this seat any more. Changes nothing for a seat that has ended.
    pub fn unwatch_seat(&mut self, visitor: VisitorId, node: NodeId) {
        for seat in self.seats.iter_mut().filter(|seat| seat.person.id == visitor) {
            seat.nodes.retain(|known| *known != node);
        }
    }

    /// Removes `node` from every seat, because it has stopped or is dead. Seats that it alone watched were cut off.
    pub fn drop_node(&mut self, node: NodeId) {
        for seat in self.seats.iter_mut().filter(|seat| seat.nodes.contains(&node)) {
            seat.nodes.retain(|known| *known != node);
            if seat.nodes.is_empty() {
                seat.renewed += 1;
            }
        }
    }

    /// Notes that the visitor made a request without having a socket: the grace period of their seat starts anew.
    pub fn renew_seat(&mut self, visitor: VisitorId) {
        for seat in self.seats.iter_mut().filter(|seat| seat.person.id == visitor && seat.nodes.is_empty()) {
            seat.renewed += 1;
        }
    }
}

/// Whether any node is known to watch the seat.
fn is_watched(seat: &Seat) -> bool {
    !seat.nodes.is_empty()
}
