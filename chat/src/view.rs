//! What a page shows: a snapshot, and how events change it. Server and browser use the same code, so that a stale
//! snapshot plus the events since equals a fresh snapshot.

use serde::{Deserialize, Serialize};

use crate::entry::{Entry, Page, What};
use crate::event::{LobbyChange, LobbyPage, Totals};
use crate::id::{RoomId, VisitorId};
use crate::room::{Capacity, RoomCard, RoomTitle};
use crate::visitor::Person;

/// The lobby: rooms newest first, as far down as they were loaded.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LobbyView {
    pub cards: Vec<RoomCard>,
    /// There are older rooms than these.
    pub more: bool,
    pub totals: Totals,
    /// Only rooms whose titles match; empty for all.
    pub query: String,
}

impl LobbyView {
    pub fn new(page: LobbyPage, query: String) -> Self {
        Self { cards: page.cards, more: page.more, totals: page.totals, query }
    }

    /// Takes a fresh first page, keeping what was loaded below it where the two join.
    pub fn refresh(&mut self, page: LobbyPage) {
        *self = Self::new(page, std::mem::take(&mut self.query));
    }

    /// The next page down, asked for with the id of the last card.
    pub fn extend(&mut self, page: LobbyPage) {
        self.cards.extend(page.cards);
        self.more = page.more;
        self.totals = page.totals;
    }

    pub fn apply(&mut self, change: LobbyChange) {
        self.totals = change.totals;
        self.cards.retain(|card| !change.removed.contains(&card.id));
        for card in change.changed {
            match self.cards.binary_search_by(|known| card.id.cmp(&known.id)) {
                Ok(place) => self.cards[place] = card,
                Err(place) if self.shows(&card, place) => self.cards.insert(place, card),
                Err(_) => {}
            }
        }
    }

    /// Whether a card this view does not hold belongs at `place`: below the last loaded one it waits for its page.
    fn shows(&self, card: &RoomCard, place: usize) -> bool {
        card.title.matches(&self.query) && (place < self.cards.len() || !self.more)
    }
}

/// A room from the inside, for one person seated there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomView {
    pub id: RoomId,
    pub title: RoomTitle,
    pub capacity: Capacity,
    pub locked: bool,
    pub owner: VisitorId,
    /// Who this view is for.
    pub me: VisitorId,
    /// The people seated, longest first.
    pub people: Vec<Person>,
    /// The log from `entries[0]` to `seq`, without holes but for entries this person may not see.
    pub entries: Vec<Entry>,
    /// There are older messages than these.
    pub more: bool,
    /// The last `seq` this view knows of: the cursor to come back with.
    pub seq: u64,
}

/// What an entry did to a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It is the newest now.
    New,
    /// It was known already.
    Known,
    /// Something before it is missing: watch again after `seq`.
    Gap,
}

impl RoomView {
    pub fn apply(&mut self, entry: Entry) -> Applied {
        if let applied @ (Applied::Known | Applied::Gap) = self.advance(entry.seq) {
            return applied;
        }
        let subject = entry.person.id;
        match entry.what {
            What::Entered => {
                if !self.people.iter().any(|person| person.id == subject) {
                    self.people.push(entry.person.clone());
                }
            }
            What::Left => self.people.retain(|person| person.id != subject),
            What::NewOwner => self.owner = subject,
            What::Text(_) | What::Gif(_) => {}
        }
        self.entries.push(entry);
        Applied::New
    }

    /// An entry this person may not see.
    pub fn skip(&mut self, seq: u64) -> Applied {
        self.advance(seq)
    }

    /// Older entries, asked for with the first one's `seq`.
    pub fn prepend(&mut self, page: Page) {
        let first = self.entries.first().map_or(u64::MAX, |entry| entry.seq);
        let older = page.entries.into_iter().filter(|entry| entry.seq < first);
        self.entries.splice(0..0, older);
        self.more = page.more;
    }

    pub fn is_owner(&self, person: VisitorId) -> bool {
        self.owner == person
    }

    fn advance(&mut self, seq: u64) -> Applied {
        if seq <= self.seq {
            return Applied::Known;
        }
        if seq > self.seq + 1 {
            return Applied::Gap;
        }
        self.seq = seq;
        Applied::New
    }
}
