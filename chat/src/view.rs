//! What a page shows: a snapshot, and how events change it. Server and browser use the same code, so that a stale
//! snapshot plus the events since equals a fresh snapshot.

use serde::{Deserialize, Serialize};

use crate::entry::{Emoji, Entry, Page, PasswordChange, Reaction, Settings, What};
use crate::event::{LobbyChange, LobbyPage, Totals};
use crate::id::{RoomId, VisitorId};
use crate::room::{Capacity, RoomCard, RoomTitle, Slow};
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
    /// Everybody but the owner waits between two messages.
    #[serde(default, skip_serializing_if = "Slow::is_off")]
    pub slow: Slow,
    pub owner: VisitorId,
    /// Who this view is for.
    pub me: VisitorId,
    /// The people seated, longest first.
    pub people: Vec<Person>,
    /// Those of them who have not looked for a while, in the order of their ids.
    #[serde(default)]
    pub away: Vec<VisitorId>,
    /// The log from `first` to `seq`, as far as it is shown and this person may see it. Later changes are applied.
    pub entries: Vec<Entry>,
    /// There are older messages than these.
    pub more: bool,
    /// Where the loaded stretch of the log begins.
    #[serde(default)]
    pub first: u64,
    /// The last `seq` this view knows of: the cursor to come back with.
    pub seq: u64,
    /// The last entry that changed something not loaded here; 0 for none.
    #[serde(default)]
    pub unloaded: u64,
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
        match &entry.what {
            What::Entered => {
                if !self.people.iter().any(|person| person.id == subject) {
                    self.people.push(entry.person.clone());
                }
            }
            What::Left | What::ThrownOut { .. } => {
                self.people.retain(|person| person.id != subject);
                self.away.retain(|away| *away != subject);
            }
            What::NewOwner => self.owner = subject,
            What::Renamed { .. } => {
                for person in self.people.iter_mut().filter(|person| person.id == subject) {
                    person.name = entry.person.name.clone();
                }
            }
            What::Settings(settings) => self.set(settings),
            What::Away(away) => note(&mut self.away, subject, *away),
            What::Removal { seq } | What::Reaction { seq, .. } => match self.place_of(*seq) {
                Some(place) => change(&mut self.entries[place], &entry),
                None if *seq < self.first => self.unloaded = entry.seq,
                None => {}
            },
            What::Text(_) | What::Gif(_) | What::Removed => {}
        }
        if !entry.what.is_quiet() {
            self.entries.push(entry);
        }
        Applied::New
    }

    /// An entry this person may not see.
    pub fn skip(&mut self, seq: u64) -> Applied {
        self.advance(seq)
    }

    /// Older entries, asked for with `first`. False, and nothing taken, when the page was read before something in it was
    /// changed, of which this view has heard: ask again.
    pub fn prepend(&mut self, page: Page) -> bool {
        if page.seq < self.unloaded {
            return false;
        }
        let older = page.entries.into_iter().filter(|entry| entry.seq < self.first);
        self.entries.splice(0..0, older);
        self.first = self.first.min(page.first);
        self.more = page.more;
        true
    }

    /// The entry `seq`, if it is loaded and shown.
    pub fn entry(&self, seq: u64) -> Option<&Entry> {
        self.place_of(seq).map(|place| &self.entries[place])
    }

    pub fn is_owner(&self, person: VisitorId) -> bool {
        self.owner == person
    }

    fn place_of(&self, seq: u64) -> Option<usize> {
        self.entries.binary_search_by_key(&seq, |entry| entry.seq).ok()
    }

    fn set(&mut self, settings: &Settings) {
        if let Some(title) = &settings.title {
            self.title = title.clone();
        }
        if let Some(capacity) = settings.capacity {
            self.capacity = capacity;
        }
        if let Some(password) = settings.password {
            self.locked = password != PasswordChange::Removed;
        }
        if let Some(slow) = settings.slow {
            self.slow = slow;
        }
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

/// Applies to a message what a later entry says about it. Any number of times, in any order but that of one person's
/// reactions: the result is the same.
pub(crate) fn change(message: &mut Entry, by: &Entry) {
    match by.what {
        What::Removal { .. } => {
            message.what = What::Removed;
            message.reply = None;
            message.reactions.clear();
        }
        What::Reaction { emoji, on, .. } if message.what != What::Removed => {
            react(&mut message.reactions, emoji, by.person.id, on);
        }
        _ => {}
    }
}

fn react(reactions: &mut Vec<Reaction>, emoji: Emoji, person: VisitorId, on: bool) {
    let place = match reactions.binary_search_by_key(&emoji, |reaction| reaction.emoji) {
        Ok(place) => place,
        Err(_) if !on => return,
        Err(place) => {
            reactions.insert(place, Reaction { emoji, people: Vec::new() });
            place
        }
    };
    note(&mut reactions[place].people, person, on);
    if reactions[place].people.is_empty() {
        reactions.remove(place);
    }
}

/// Puts somebody into an ordered list, or takes them out.
fn note(people: &mut Vec<VisitorId>, person: VisitorId, on: bool) {
    match (people.binary_search(&person), on) {
        (Err(place), true) => people.insert(place, person),
        (Ok(place), false) => drop(people.remove(place)),
        _ => {}
    }
}
