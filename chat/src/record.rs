//! A room as the store keeps it, with its seats, and how it changes: pure functions from a record to a record and the
//! entries that tell of it. A store applies them atomically ([`crate::store::Store::update_room`]).

mod acts;

use crate::entry::{Entry, Reply, Saying, What};
use crate::error::Error;
use crate::id::{ClientId, NodeId, RoomId, VisitorId};
use crate::policy;
use crate::room::{Bar, Capacity, RoomCard, RoomTitle, Slow};
use crate::time::Timestamp;
use crate::visitor::Person;
use crate::visitor::likeness::{Looks, Named};

/// A room with all that decides about it. Never leaves the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    pub id: RoomId,
    pub title: RoomTitle,
    pub capacity: Capacity,
    pub owner: VisitorId,
    pub password: Option<PasswordHash>,
    /// Counts how often the password was set, changed or removed: what was given for one is worth nothing after it.
    pub password_rev: u64,
    /// How long everybody but the owner waits between two messages.
    pub slow: Slow,
    pub created_at: Timestamp,
    /// When somebody last said something.
    pub spoken_at: Option<Timestamp>,
    /// Counts the changes of this record; a later state has a larger number.
    pub rev: u64,
    /// Longest seated first. A room without seats is gone.
    pub seats: Vec<Seat>,
    /// Who may not come back, last thrown out last.
    pub bars: Vec<Bar>,
}

/// What the owner wants a room to be like. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub title: Option<RoomTitle>,
    pub capacity: Option<Capacity>,
    pub password: WantedPassword,
    pub slow: Option<Slow>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WantedPassword {
    AsItIs,
    Removed,
    New(PasswordHash),
}

/// A visitor's place in a room, however many tabs they have open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Named as in this room.
    pub person: Person,
    /// How that name looks, for who wants to be called something like it.
    pub looks: Looks,
    pub since: Timestamp,
    /// Nodes with a socket that watches for it. Nobody watches for a seat without any: it is in its grace. (A node that
    /// has its store to itself keeps this in memory instead.)
    pub nodes: Vec<NodeId>,
    /// Counts how often its visitor was seen without a socket: each time its grace begins anew, on every node.
    pub renewed: u64,
    /// They have not looked for a while.
    pub away: bool,
}

impl Seat {
    /// Not for where others wait: it looks at the name ([`Looks::of`]).
    pub fn new(person: Person, since: Timestamp) -> Self {
        Self::of(&Named::new(person), since)
    }

    fn of(named: &Named, since: Timestamp) -> Self {
        let (person, looks) = (named.person().clone(), named.looks());
        Self { person, looks, since, nodes: Vec::new(), renewed: 0, away: false }
    }
}

/// That somebody has shown the password of a room: they come back without it while this lasts. Kept by the store beside
/// the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    pub room: RoomId,
    pub visitor: VisitorId,
    /// [`Room::password_rev`] of the password that was shown.
    pub password_rev: u64,
    pub until: Timestamp,
}

impl Pass {
    /// From when it was given, or from when somebody last came in by it.
    pub const LASTS_MS: u64 = 24 * 60 * 60 * 1000;

    /// For who has just shown the password that `room` has.
    pub fn new(room: &Room, visitor: VisitorId, now: Timestamp) -> Self {
        let until = Timestamp(now.0.saturating_add(Self::LASTS_MS));
        Self { room: room.id, visitor, password_rev: room.password_rev, until }
    }
}

/// An argon2id hash in PHC string format. Kept by the store, shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl std::fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// An entry before the store has numbered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    pub at: Timestamp,
    pub person: Person,
    pub client: ClientId,
    pub what: What,
    pub to: Option<Person>,
    pub reply: Option<Reply>,
}

impl NewEntry {
    /// A fact about `person`, for all to know.
    pub fn fact(at: Timestamp, person: Person, client: ClientId, what: What) -> Self {
        Self::said(at, person, client, what.into())
    }

    /// What `person` says.
    pub fn said(at: Timestamp, person: Person, client: ClientId, saying: Saying) -> Self {
        let Saying { what, to, reply } = saying;
        Self { at, person, client, what, to, reply }
    }

    pub fn numbered(self, seq: u64) -> Entry {
        let Self { at, person, client, what, to, reply } = self;
        Entry { seq, at, person, client, what, to, reply, reactions: Vec::new() }
    }
}

impl Room {
    /// More people than anybody throws out; then the first of them may come back.
    pub const MAX_BARS: usize = 500;

    /// A room nobody sits in yet; [`Room::take_seat`] its owner before storing it.
    pub fn new(
        id: RoomId,
        title: RoomTitle,
        capacity: Capacity,
        password: Option<PasswordHash>,
        owner: VisitorId,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            title,
            capacity,
            owner,
            password,
            password_rev: 0,
            slow: Slow::OFF,
            created_at: now,
            spoken_at: None,
            rev: 0,
            seats: Vec::new(),
            bars: Vec::new(),
        }
    }

    pub fn seat(&self, visitor: VisitorId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.person.id == visitor)
    }

    pub fn is_gone(&self) -> bool {
        self.seats.is_empty()
    }

    /// Seats somebody, under a number when somebody here has their name. Changes nothing for who sits here already.
    pub fn take_seat(&mut self, newcomer: &Named, now: Timestamp) -> Result<Vec<NewEntry>, Error> {
        let id = newcomer.person().id;
        policy::may_take_seat(self, id)?;
        if self.seat(id).is_some() {
            return Ok(Vec::new());
        }
        let named = newcomer.clone().apart_from(policy::names_beside(self, id));
        self.seats.push(Seat::of(&named, now));
        Ok(vec![self.announce(named.person().clone(), What::Entered, now)])
    }

    /// Ends a seat. When it was the owner's, whoever has sat longest owns the room. Changes nothing for who has none.
    pub fn end_seat(&mut self, visitor: VisitorId, now: Timestamp) -> Vec<NewEntry> {
        self.end_seats(|seat| seat.person.id == visitor, now)
    }

    /// Ends all seats that are over, at once: who inherits is told once, and is somebody who stays.
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

    pub fn bar(&self, visitor: VisitorId) -> Option<&Bar> {
        self.bars.iter().find(|bar| bar.person.id == visitor)
    }

    fn remove_seat(&mut self, visitor: VisitorId) -> Option<Person> {
        let place = self.seats.iter().position(|seat| seat.person.id == visitor)?;
        Some(self.seats.remove(place).person)
    }

    /// `node` has a socket now that watches for this seat.
    pub fn watch_seat(&mut self, visitor: VisitorId, node: NodeId) -> Result<(), Error> {
        policy::seat_of(self, visitor)?;
        for seat in self.seats.iter_mut().filter(|seat| seat.person.id == visitor && !seat.nodes.contains(&node)) {
            seat.nodes.push(node);
        }
        Ok(())
    }

    /// `node` has none any more. Changes nothing for a seat that has ended.
    pub fn unwatch_seat(&mut self, visitor: VisitorId, node: NodeId) {
        for seat in self.seats.iter_mut().filter(|seat| seat.person.id == visitor) {
            seat.nodes.retain(|known| *known != node);
        }
    }

    /// `node` has stopped, or is dead: nobody watches there.
    pub fn drop_node(&mut self, node: NodeId) {
        for seat in &mut self.seats {
            seat.nodes.retain(|known| *known != node);
        }
    }

    /// The visitor was seen without a socket: the grace of their seat begins anew.
    pub fn renew_seat(&mut self, visitor: VisitorId) {
        for seat in self.seats.iter_mut().filter(|seat| seat.person.id == visitor && seat.nodes.is_empty()) {
            seat.renewed += 1;
        }
    }

    /// What anybody may know of this room.
    pub fn card(&self) -> RoomCard {
        let owner = match self.seat(self.owner) {
            Some(seat) => seat.person.clone(),
            None => Person::new(self.owner),
        };
        let faces = match self.password {
            Some(_) => Vec::new(),
            None => self.seats.iter().take(RoomCard::MAX_FACES).map(|seat| seat.person.clone()).collect(),
        };
        RoomCard {
            id: self.id,
            title: self.title.clone(),
            capacity: self.capacity,
            locked: self.password.is_some(),
            slow: self.slow,
            people: u16::try_from(self.seats.len()).unwrap_or(u16::MAX),
            owner,
            faces,
            created_at: self.created_at,
            spoken_at: self.spoken_at,
        }
    }

    /// A system line, named by the state of the room that caused it.
    fn announce(&self, subject: Person, what: What, now: Timestamp) -> NewEntry {
        let kind: &[u8] = match what {
            What::Entered => b"entered",
            What::Left => b"left",
            What::ThrownOut { .. } => b"thrown out",
            What::Renamed { .. } => b"renamed",
            What::Settings(_) => b"settings",
            What::Away(_) => b"away",
            _ => b"owner",
        };
        let client = match what {
            // Once, whoever does it.
            What::Removal { seq } => ClientId::from_cause(&[b"removal", &seq.to_be_bytes()]),
            _ => ClientId::from_cause(&[kind, &subject.id.0, &self.rev.to_be_bytes()]),
        };
        NewEntry::fact(now, subject, client, what)
    }
}

#[cfg(test)]
mod tests;
