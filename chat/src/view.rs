//! What a page shows: a snapshot, and how events change it. Server and browser use the same code, so that a stale
//! snapshot plus the events since equals a fresh snapshot.

use serde::{Deserialize, Serialize};

use crate::entry::{Emoji, Entry, GifReaction, LogPage, PasswordChange, Reaction, Settings, Showing, What};
use crate::event::{LOBBY_PAGE, LobbyChange, LobbyPage, MOST_SHOWN, Totals};
use crate::gif::{Facts, Gif, GifFacts, GifHash};
use crate::id::{ClientId, RoomId, VisitorId};
use crate::room::{Capacity, RoomCard, RoomTitle, Slow};
use crate::visitor::Person;

/// The lobby: rooms newest first, as far down as they were loaded.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LobbyView {
    pub cards: Vec<RoomCard>,
    /// There are older rooms than these.
    pub more: bool,
    pub totals: Totals,
    /// Only rooms whose titles match this are shown; all rooms if it is empty.
    pub query: String,
    /// More than the first page was loaded, so the view is not cut back to that page.
    #[serde(default)]
    pub is_extended: bool,
}

impl LobbyView {
    pub fn new(page: LobbyPage, query: String) -> Self {
        Self { cards: page.cards, more: page.more, totals: page.totals, query, is_extended: false }
    }

    /// Replaces all cards with a fresh first page. Only the query stays.
    pub fn refresh(&mut self, page: LobbyPage) {
        *self = Self::new(page, std::mem::take(&mut self.query));
    }

    /// Adds the next page, which was asked for with the id of the last card.
    pub fn extend(&mut self, page: LobbyPage) {
        self.cards.extend(page.cards);
        self.is_extended = true;
        self.more = page.more;
        self.totals = page.totals;
    }

    pub fn apply(&mut self, change: LobbyChange) {
        self.totals = change.totals;
        self.cards.retain(|card| !change.removed.contains(&card.id));
        for card in change.changed {
            match self.cards.binary_search_by(|known| card.id.cmp(&known.id)) {
                Ok(place) if card.title.matches(&self.query) => self.cards[place] = card,
                // The room has a new title, which a search as it is asked for now would not find.
                Ok(place) => drop(self.cards.remove(place)),
                Err(place) if self.shows(&card, place) => self.cards.insert(place, card),
                Err(_) => {}
            }
        }
        if self.query.is_empty() {
            if !self.is_extended {
                self.cards.truncate(LOBBY_PAGE);
            }
            self.more = self.totals.rooms as usize > self.cards.len();
        }
    }

    /// The cards whose changes the server sends only on request ([`MOST_SHOWN`] at most): those beyond the first page,
    /// whose changes everybody is sent, or all cards that a search has found.
    pub fn beside_the_first(&self) -> Vec<RoomId> {
        let told = if self.query.is_empty() { LOBBY_PAGE } else { 0 };
        self.cards.iter().skip(told).take(MOST_SHOWN).map(|card| card.id).collect()
    }

    /// Whether a card that this view does not hold belongs at `place`. A card below the last loaded one waits until its
    /// page is loaded, unless the first page has room for it.
    fn shows(&self, card: &RoomCard, place: usize) -> bool {
        let has_room = self.query.is_empty() && self.cards.len() < LOBBY_PAGE;
        card.title.matches(&self.query) && (place < self.cards.len() || !self.more || has_room)
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
    /// GIFs are hidden until a reader asks for them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub veil: bool,
    pub owner: VisitorId,
    /// Who this view is for.
    pub me: VisitorId,
    /// The people seated, longest first.
    pub people: Vec<Person>,
    /// The people of the room who have been inactive for a while, ordered by id.
    #[serde(default)]
    pub away: Vec<VisitorId>,
    /// The people of the room whose pages have been gone for a while, ordered by id. This comes from lists and not from
    /// entries.
    #[serde(default)]
    pub absent: Vec<VisitorId>,
    /// The entries from `first` to `seq` that are shown and that this person may see, with later changes applied, and without
    /// the ids of others' sends ([`drop_foreign_sends`]).
    pub entries: Vec<Entry>,
    /// There are older messages than these.
    pub more: bool,
    /// Where the loaded stretch of the log begins.
    #[serde(default)]
    pub first: u64,
    /// The last `seq` this view knows of. A page that reconnects continues after it.
    pub seq: u64,
    /// The last entry that changed a message which is not loaded here; 0 for none.
    #[serde(default)]
    pub unloaded: u64,
    /// What is known of the GIFs that the entries show, ordered by hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gifs: Vec<GifFacts>,
}

/// What an entry did to a view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// The entry was applied and is the newest now.
    New,
    /// The entry was known already.
    Known,
    /// An entry before it is missing: the page has to watch again after `seq`.
    Gap,
}

impl RoomView {
    pub fn apply(&mut self, mut entry: Entry) -> Applied {
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
                self.absent.retain(|absent| *absent != subject);
            }
            What::NewOwner => self.owner = subject,
            What::Renamed { .. } => {
                for person in self.people.iter_mut().filter(|person| person.id == subject) {
                    person.name = entry.person.name.clone();
                }
            }
            What::Settings(settings) => self.set(settings),
            What::Away(away) => set_member(&mut self.away, subject, *away),
            What::Removal { seq }
            | What::Reaction { seq, .. }
            | What::GifReaction { seq, .. }
            | What::Showing { seq, .. } => match self.place_of(*seq) {
                Some(place) => change(&mut self.entries[place], &entry),
                None if *seq < self.first => self.unloaded = entry.seq,
                None => {}
            },
            What::Text(_) | What::Gif(_) | What::Removed => {}
        }
        if !entry.what.is_quiet() {
            drop_foreign_sends(std::slice::from_mut(&mut entry), self.me);
            self.entries.push(entry);
        }
        Applied::New
    }

    /// Takes the list of everybody whose pages have been gone for a while.
    pub fn set_absent(&mut self, absent: Vec<VisitorId>) {
        self.absent = absent;
        // An entry by which a person left may have come before this list.
        self.absent.retain(|absent| self.people.iter().any(|person| person.id == *absent));
    }

    /// Whether somebody is shown as away: they have touched nothing for a while, or their pages are gone.
    pub fn is_away(&self, person: VisitorId) -> bool {
        self.away.contains(&person) || self.absent.contains(&person)
    }

    /// Advances past an entry that this person may not see.
    pub fn skip(&mut self, seq: u64) -> Applied {
        self.advance(seq)
    }

    /// Adds older entries, which were asked for with `first`. Returns false and takes nothing if the page was read
    /// before a change to an older message that this view has heard of: the caller has to ask again.
    pub fn prepend(&mut self, mut page: LogPage) -> bool {
        if page.seq < self.unloaded {
            return false;
        }
        drop_foreign_sends(&mut page.entries, self.me);
        let older = page.entries.into_iter().filter(|entry| entry.seq < self.first);
        self.entries.splice(0..0, older);
        self.first = self.first.min(page.first);
        self.more = page.more;
        page.gifs.into_iter().for_each(|known| self.know(known));
        true
    }

    /// Adds what was found out about a GIF. Known facts stay known, in whatever order the news arrives.
    pub fn know(&mut self, known: GifFacts) {
        match self.gifs.binary_search_by_key(&known.sha, |known| known.sha) {
            Ok(place) => {
                let facts = &mut self.gifs[place].facts;
                facts.still |= known.facts.still;
                facts.light |= known.facts.light;
                facts.flashes = facts.flashes.or(known.facts.flashes);
            }
            Err(place) => self.gifs.insert(place, known),
        }
    }

    /// The GIFs that move and of which nothing is known, the newest first: `most` at most.
    pub fn unknown_gifs(&self, most: usize) -> Vec<GifHash> {
        let mut unknown = Vec::new();
        let gifs = self.entries.iter().rev().filter_map(|entry| entry.what.gif()).filter(|gif| gif.frames > 1);
        for gif in gifs.filter(|gif| self.facts(gif.sha).is_none()) {
            if unknown.len() < most && !unknown.contains(&gif.sha) {
                unknown.push(gif.sha);
            }
        }
        unknown
    }

    /// What is known of a GIF. `None` if nobody has looked at it yet.
    pub fn facts(&self, sha: GifHash) -> Option<Facts> {
        let place = self.gifs.binary_search_by_key(&sha, |known| known.sha).ok()?;
        Some(self.gifs[place].facts)
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
        if let Some(veil) = settings.veil {
            self.veil = veil;
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

/// Replaces the ids of all sends but those of `me`. A page looks only for what its own reader has sent, and these ids are a
/// tenth of a compressed page, because most of each is random.
pub fn drop_foreign_sends(entries: &mut [Entry], me: VisitorId) {
    for entry in entries.iter_mut().filter(|entry| entry.person.id != me) {
        entry.client = ClientId::FOREIGN;
    }
}

/// Applies to a message what a later entry says about it. The result is the same however often entries are applied, and
/// in whatever order, as long as the reactions of one person keep their order, and so do the changes of how the message
/// is shown.
pub fn change(message: &mut Entry, by: &Entry) {
    match &by.what {
        What::Removal { .. } => {
            message.what = What::Removed;
            message.reply = None;
            message.showing = Showing::default();
            message.reactions.clear();
            message.gif_reactions.clear();
        }
        What::Reaction { emoji, on, .. } if message.what != What::Removed => {
            react(&mut message.reactions, *emoji, by.person.id, *on);
        }
        What::GifReaction { gif: Some(gif), on, .. } if message.what != What::Removed => {
            react_by_gif(&mut message.gif_reactions, *gif, by.person.id, *on);
        }
        What::Showing { showing, .. } if message.what != What::Removed => message.showing = showing.clone(),
        What::Reaction { .. } | What::GifReaction { .. } | What::Showing { .. } => {}
        What::Text(_)
        | What::Gif(_)
        | What::Removed
        | What::Entered
        | What::Left
        | What::NewOwner
        | What::ThrownOut { .. }
        | What::Renamed { .. }
        | What::Settings(_)
        | What::Away(_) => {}
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
    set_member(&mut reactions[place].people, person, on);
    if reactions[place].people.is_empty() {
        reactions.remove(place);
    }
}

fn react_by_gif(reactions: &mut Vec<GifReaction>, gif: Gif, person: VisitorId, on: bool) {
    let place = match reactions.binary_search_by_key(&gif.sha, |reaction| reaction.gif.sha) {
        Ok(place) => place,
        Err(_) if !on => return,
        Err(place) => {
            reactions.insert(place, GifReaction { gif, people: Vec::new() });
            place
        }
    };
    set_member(&mut reactions[place].people, person, on);
    if reactions[place].people.is_empty() {
        reactions.remove(place);
    }
}

/// Adds a person to a list that is ordered by id, or removes them from it.
fn set_member(people: &mut Vec<VisitorId>, person: VisitorId, on: bool) {
    match (people.binary_search(&person), on) {
        (Err(place), true) => people.insert(place, person),
        (Ok(place), false) => drop(people.remove(place)),
        _ => {}
    }
}
