//! Seats without a live feed: ends those whose grace period is over, and tells the others in the room who is absent.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Chat;
use super::presence::Absent;
use chat::error::Error;
use chat::id::{RoomId, VisitorId};
use chat::policy::Sitting;
use chat::record;
use chat::room::Outside;

impl Chat {
    /// Part of [`Chat::sweep`].
    pub(super) async fn sweep_seats(self: &Arc<Self>) {
        let mut absent = self.presence.absent(self.config.room_grace);
        let mut has_changed = false;
        for seats in &absent {
            let over = self.may_be_over(seats);
            if over.is_empty() {
                continue;
            }
            has_changed = true;
            match self.end_graces(seats.room, over).await {
                // The store itself logs, once, that it cannot be reached.
                Ok(()) | Err(Error::Unavailable) => {}
                Err(error) => tracing::warn!(%error, "seats whose grace is over are still there"),
            }
        }
        if has_changed {
            absent = self.presence.absent(self.config.room_grace);
        }
        self.tell_who_is_absent(&absent);
    }

    /// The seats that are over as far as this node knows, which may not know all seats of the room.
    fn may_be_over(&self, absent: &Absent) -> Vec<VisitorId> {
        let mut seats = absent.seats.clone();
        if absent.has_sockets || self.lobby.people(absent.room).is_some_and(|people| usize::from(people) > seats.len())
        {
            let somebody_live = Sitting { visitor: VisitorId([0; 16]), absent: None, is_cut: false, address: None };
            seats.push(somebody_live);
        }
        self.config.graces().over(&seats, absent.idle)
    }

    /// Tells the sockets of each room which people's pages have been gone for a while, if that has changed.
    fn tell_who_is_absent(&self, absent: &[Absent]) {
        let mut absent: HashMap<_, _> =
            absent.iter().map(|seats| (seats.room, self.shown_away(&seats.seats))).collect();
        for channel in self.hub.channels() {
            channel.set_absent(absent.remove(&channel.room()).unwrap_or_default());
        }
    }

    /// Whether another node watches this seat.
    pub(super) fn is_elsewhere(&self) -> impl Fn(&record::Seat) -> bool + Send + Sync + use<> {
        let me = self.nodes.as_ref().map(|nodes| nodes.me);
        move |stored| stored.nodes.iter().any(|node| Some(*node) != me)
    }

    /// Whether this seat of `room` has a live feed.
    pub(super) fn is_live(&self, room: RoomId) -> impl Fn(&record::Seat) -> bool + Send + Sync + use<> {
        let (presence, is_elsewhere) = (self.presence.clone(), self.is_elsewhere());
        move |stored| is_elsewhere(stored) || presence.has_socket((room, stored.person.id))
    }

    /// The people of this room whose pages have been gone for a while, ordered by id.
    pub(super) fn absent_in(&self, room: &record::Room) -> Vec<VisitorId> {
        self.shown_away(&self.presence.sittings(room, self.is_elsewhere()).0)
    }

    /// The same without the record, as far as this node knows.
    pub(super) fn absent_of(&self, room: RoomId) -> Vec<VisitorId> {
        self.shown_away(&self.presence.absent_of(room))
    }

    fn shown_away(&self, seats: &[Sitting]) -> Vec<VisitorId> {
        let graces = self.config.graces();
        let mut away: Vec<_> =
            seats.iter().filter(|seat| graces.is_shown_away(seat)).map(|seat| seat.visitor).collect();
        away.sort_unstable();
        away
    }

    /// Ends the seats of a room that are over, all in one change. `visitors`: those whose seats may be over.
    async fn end_graces(self: &Arc<Self>, room: RoomId, visitors: Vec<VisitorId>) -> Result<(), Error> {
        let (presence, now, graces) = (self.presence.clone(), self.clock.now(), self.config.graces());
        let (is_elsewhere, is_live) = (self.is_elsewhere(), self.is_live(room));
        let ended = self.change(
            room,
            Arc::new(move |room| {
                // This is asked again because a visitor may have come back since the sweep began.
                let (seats, idle) = presence.sittings(room, &is_elsewhere);
                let over = graces.over(&seats, idle);
                room.put_outside(over.iter().copied(), Outside::Away);
                let over: HashSet<_> = over.into_iter().collect();
                Ok(room.end_seats(|seat| over.contains(&seat.person.id), &is_live, now))
            }),
        );
        let seats = match ended.await {
            Ok(record) => record.seats,
            Err(Error::NotFound) => Vec::new(),
            Err(error) => return Err(error),
        };
        let is_elsewhere = self.is_elsewhere();
        let me = self.nodes.as_ref().map(|nodes| nodes.me);
        let seats: HashMap<_, _> = seats.iter().map(|seat| (seat.person.id, seat)).collect();
        for visitor in visitors {
            let seat = (room, visitor);
            match seats.get(&visitor) {
                // Another node watches this seat. It is forgotten here once the store knows that this node does not watch it.
                Some(stored) if is_elsewhere(stored) => {
                    if !stored.nodes.iter().any(|node| Some(*node) == me) {
                        self.presence.forget(seat);
                    }
                }
                Some(stored) => self.presence.note_renewals(seat, stored.renewed),
                None => self.presence.forget(seat),
            }
        }
        Ok(())
    }
}
