//! A room as the store keeps it, with its seats. `acts` has the methods that change it.

use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Reply, Saying, Showing, What};
use crate::id::{ClientId, NodeId, PageId, RoomId, VisitorId};
use crate::room::{Bar, Capacity, Outside, RoomCard, RoomTitle, Slow};
use crate::time::Timestamp;
use crate::visitor::Person;
use crate::visitor::likeness::{Looks, Named};

/// Everything the server knows about a room. It never leaves the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    pub id: RoomId,
    pub title: RoomTitle,
    pub capacity: Capacity,
    pub owner: VisitorId,
    pub password: Option<PasswordHash>,
    /// Counts how often the password was set, changed or removed. A pass that was given at an earlier count is worthless.
    pub password_rev: u64,
    /// How long everybody but the owner waits between two messages.
    pub slow: Slow,
    /// GIFs are hidden until a reader asks for them.
    pub veil: bool,
    pub created_at: Timestamp,
    /// When somebody last said something.
    pub spoken_at: Option<Timestamp>,
    /// Counts the changes of this record; a later state has a larger number.
    pub rev: u64,
    /// Longest seated first. A room without seats is gone.
    pub seats: Vec<Seat>,
    /// The people who may not come back. The last one was thrown out last.
    pub bars: Vec<Bar>,
    /// The people whose seats ended while they were away, and why, in the order in which their seats ended.
    pub outside: Vec<PutOutside>,
}

/// A visitor whose seat ended while they were away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutOutside {
    pub visitor: VisitorId,
    pub why: Outside,
}

/// The settings that the owner wants. `None` leaves a setting as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    pub title: Option<RoomTitle>,
    pub capacity: Option<Capacity>,
    pub password: WantedPassword,
    pub slow: Option<Slow>,
    pub veil: Option<bool>,
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
    /// The person with the name they have in this room.
    pub person: Person,
    /// How that name looks, to compare it with names that others want.
    pub looks: Looks,
    pub since: Timestamp,
    /// The nodes that have a socket for this seat. While there are none, the seat's grace period runs. (A node that
    /// does not share its store keeps this in memory instead.)
    pub nodes: Vec<NodeId>,
    /// Counts how often the visitor made a request without having a socket. Each time, the seat's grace period starts
    /// anew on every node.
    pub renewed: u64,
    /// The person has been inactive for a while.
    pub away: bool,
    /// How the seat was left. For a seat with a live feed, how it would count as left if the feed ended without a
    /// goodbye.
    pub parting: Parting,
    /// The pages that were cut off and have not said goodbye since: the last [`Seat::MAX_CUT`] of them.
    pub cut: Vec<PageId>,
    /// The address from which the person entered. `None` where many people may share an address.
    pub address: Option<AddressTag>,
}

/// How a seat was left, which decides how long it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub enum Parting {
    /// It never had a live feed: its visitor has no JavaScript, or has not got that far.
    #[default]
    NeverLive,
    /// A page was hidden, frozen or cut off, and did not say goodbye.
    Cut,
    /// Every page said goodbye.
    Goodbye,
}

/// The pages of a seat that have ended on one node.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndedPages {
    pub cut: Vec<PageId>,
    pub goodbye: Vec<PageId>,
}

impl EndedPages {
    /// Whether a seat is left as cut off when these pages have ended, and the pages in `cut` had been cut off before.
    pub fn leave_cut(&self, cut: &[PageId]) -> bool {
        !self.cut.is_empty() || cut.iter().any(|page| !self.goodbye.contains(page))
    }
}

/// A short hash by which people from one address are counted. It reveals no address: many addresses have the same tag,
/// and nobody can compute it without the server's secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AddressTag(pub u16);

impl Seat {
    /// How many pages that were cut off a seat remembers. If there are more, the oldest are forgotten.
    pub const MAX_CUT: usize = 8;

    /// This examines the name, which takes a while ([`Looks::of`]), so do not call it inside a change of a room, where
    /// others wait.
    pub fn new(person: Person, since: Timestamp) -> Self {
        Self::of(&Named::new(person), since)
    }

    pub(crate) fn of(named: &Named, since: Timestamp) -> Self {
        let (person, looks) = (named.person().clone(), named.looks());
        Self {
            person,
            looks,
            since,
            nodes: Vec::new(),
            renewed: 0,
            away: false,
            parting: Parting::NeverLive,
            cut: Vec::new(),
            address: None,
        }
    }
}

/// Proves that a visitor has shown the password of a room. They can come back without it while the pass lasts. The
/// store keeps passes beside the room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    pub room: RoomId,
    pub visitor: VisitorId,
    /// [`Room::password_rev`] of the password that was shown.
    pub password_rev: u64,
    pub until: Timestamp,
}

impl Pass {
    /// How long a pass lasts after it was given, or was last used to enter, in milliseconds.
    pub const LASTS_MS: u64 = 24 * 60 * 60 * 1000;

    /// The pass of a visitor who has just shown the current password of `room`.
    pub fn new(room: &Room, visitor: VisitorId, now: Timestamp) -> Self {
        let until = Timestamp(now.0.saturating_add(Self::LASTS_MS));
        Self { room: room.id, visitor, password_rev: room.password_rev, until }
    }
}

/// An argon2id hash in PHC string format. The store keeps it, and nobody is shown it.
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
    pub showing: Showing,
}

impl NewEntry {
    /// A fact about `person`, which everybody in the room may know.
    pub fn fact(at: Timestamp, person: Person, client: ClientId, what: What) -> Self {
        Self::said(at, person, client, what.into())
    }

    /// Something that `person` says.
    pub fn said(at: Timestamp, person: Person, client: ClientId, saying: Saying) -> Self {
        let Saying { what, to, reply, showing, by_sight: _ } = saying;
        Self { at, person, client, what, to, reply, showing }
    }

    pub fn numbered(self, seq: u64) -> Entry {
        let Self { at, person, client, what, to, reply, showing } = self;
        let (reactions, gif_reactions) = (Vec::new(), Vec::new());
        Entry { seq, at, person, client, what, to, reply, showing, reactions, gif_reactions }
    }
}

impl Room {
    /// The number of barred people a room remembers, which is more than any owner is expected to throw out. If there
    /// are more, the person who was barred first may come back.
    pub const MAX_BARS: usize = 500;

    /// For how many people a room remembers why their seats ended. If there are more, the oldest are forgotten, and the
    /// door gives them no reason.
    pub const MAX_OUTSIDE: usize = 32;

    /// A new room without seats. Let its owner [`Room::take_seat`] before it is stored.
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
            veil: false,
            created_at: now,
            spoken_at: None,
            rev: 0,
            seats: Vec::new(),
            bars: Vec::new(),
            outside: Vec::new(),
        }
    }

    pub fn seat(&self, visitor: VisitorId) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.person.id == visitor)
    }

    pub fn is_gone(&self) -> bool {
        self.seats.is_empty()
    }

    pub fn bar(&self, visitor: VisitorId) -> Option<&Bar> {
        self.bars.iter().find(|bar| bar.person.id == visitor)
    }

    /// Why this visitor has no seat any more.
    pub fn why_outside(&self, visitor: VisitorId) -> Option<Outside> {
        self.outside.iter().find(|put| put.visitor == visitor).map(|put| put.why)
    }

    /// What everybody may know about this room.
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
}
