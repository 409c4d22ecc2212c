//! Who holds how many connections, and which of them could go. Only counts: nothing here reads, writes or waits.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use chat::Address;

/// How many connections there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    pub all: usize,
    /// Of one address.
    pub per_address: usize,
}

/// Names one connection for as long as it is open.
pub type Id = u64;

/// A moment, in the order of what happened here.
type Moment = u64;

/// Everybody's connections. `W` is the way to tell one that it has to go.
pub struct Ledger<W> {
    caps: Caps,
    now: Moment,
    places: HashMap<Id, Place<W>>,
    /// By address. `None` stands for the proxies that are trusted: each speaks for many, so that together they have no
    /// cap but the one of all.
    crowds: HashMap<Option<Address>, Crowd>,
    /// The crowds with an idle connection: the largest last, and of equals the one whose idle one is oldest. Proxies come
    /// first, however many they are.
    idle: BTreeMap<Rank, Option<Address>>,
    /// Connections that were told to go and are not closed yet. They count no more.
    going: usize,
}

type Rank = (usize, Reverse<Moment>);

struct Place<W> {
    address: Option<Address>,
    /// A whole head has come.
    has_asked: bool,
    state: State<W>,
}

enum State<W> {
    /// Nothing of a request or an answer is on its way.
    Idle {
        since: Moment,
        way: W,
    },
    /// For so many reasons.
    Busy {
        reasons: u32,
        way: W,
    },
    /// Became a socket, which is never idle.
    Live,
    Going,
}

#[derive(Default)]
struct Crowd {
    count: usize,
    idle: BTreeMap<Moment, Id>,
}

/// A newcomer has a place.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken<W> {
    pub id: Id,
    /// Whom to tell to go for it.
    pub goes: Option<W>,
}

/// There is no place, and nobody idle who could make room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl<W> Ledger<W> {
    pub fn new(caps: Caps) -> Self {
        let (places, crowds, idle) = (HashMap::new(), HashMap::new(), BTreeMap::new());
        Self { caps, now: 0, places, crowds, idle, going: 0 }
    }

    /// A place for one more connection of `address`, idle until its first request. When there is none, the oldest idle
    /// one goes: of the same address when that has enough, else of the address that has most. Nobody makes those go who
    /// have less.
    pub fn take(&mut self, address: Option<Address>, way: W) -> Result<Taken<W>, Full> {
        let own = self.crowds.get(&address).map_or(0, |crowd| crowd.count);
        let goes = if address.is_some() && own >= self.caps.per_address {
            Some(self.oldest_of(address).ok_or(Full)?)
        } else if self.open() >= self.caps.all {
            Some(self.oldest_for(address, own).ok_or(Full)?)
        } else {
            None
        };
        let goes = goes.and_then(|id| self.send_away(id));
        let (id, since) = (self.tick(), self.tick());
        self.places.insert(id, Place { address, has_asked: false, state: State::Idle { since, way } });
        self.change(address, |crowd| {
            crowd.count += 1;
            crowd.idle.insert(since, id);
        });
        Ok(Taken { id, goes })
    }

    /// Whom to tell to go so that there is room for something else.
    pub fn make_room(&mut self) -> Option<W> {
        let id = self.oldest_for(None, 0)?;
        self.send_away(id)
    }

    /// Something begins on it: a request, or a write that has to wait. False when it was told to go.
    pub fn begin(&mut self, id: Id) -> bool {
        let Some(place) = self.places.get_mut(&id) else { return false };
        place.has_asked = true;
        match std::mem::replace(&mut place.state, State::Going) {
            State::Idle { since, way } => {
                place.state = State::Busy { reasons: 1, way };
                let address = place.address;
                self.change(address, |crowd| {
                    crowd.idle.remove(&since);
                });
                true
            }
            State::Busy { reasons, way } => {
                place.state = State::Busy { reasons: reasons.saturating_add(1), way };
                true
            }
            State::Live => {
                place.state = State::Live;
                true
            }
            State::Going => false,
        }
    }

    /// What began has ended. With the last of it the connection is idle.
    pub fn end(&mut self, id: Id) {
        let since = self.tick();
        let Some(place) = self.places.get_mut(&id) else { return };
        match std::mem::replace(&mut place.state, State::Going) {
            State::Busy { reasons: 0 | 1, way } => {
                place.state = State::Idle { since, way };
                let address = place.address;
                self.change(address, |crowd| {
                    crowd.idle.insert(since, id);
                });
            }
            State::Busy { reasons, way } => place.state = State::Busy { reasons: reasons - 1, way },
            other => place.state = other,
        }
    }

    /// It becomes a socket. (A request runs on it.)
    pub fn becomes_live(&mut self, id: Id) {
        if let Some(place) = self.places.get_mut(&id)
            && matches!(place.state, State::Busy { .. })
        {
            place.state = State::Live;
        }
    }

    /// It turned out to be a proxy's, who speaks for many. (A request runs on it.)
    pub fn is_a_proxys(&mut self, id: Id) {
        if let Some(place) = self.places.get_mut(&id)
            && matches!(place.state, State::Busy { .. })
            && let Some(address) = place.address.take()
        {
            self.change(Some(address), |crowd| crowd.count = crowd.count.saturating_sub(1));
            self.change(None, |crowd| crowd.count += 1);
        }
    }

    /// Whether it has to go because no request has come for so long.
    pub fn is_too_late(&mut self, id: Id) -> bool {
        let is_silent = self.places.get(&id).is_some_and(|place| !place.has_asked);
        is_silent && self.send_away(id).is_some()
    }

    /// It is closed.
    pub fn leave(&mut self, id: Id) {
        let Entry::Occupied(place) = self.places.entry(id) else { return };
        let Place { address, state, .. } = place.remove();
        match state {
            State::Going => self.going = self.going.saturating_sub(1),
            State::Idle { since, .. } => self.change(address, |crowd| {
                crowd.count = crowd.count.saturating_sub(1);
                crowd.idle.remove(&since);
            }),
            State::Busy { .. } | State::Live => {
                self.change(address, |crowd| crowd.count = crowd.count.saturating_sub(1));
            }
        }
    }

    /// How many were told to go and are still open.
    pub fn going(&self) -> usize {
        self.going
    }

    fn open(&self) -> usize {
        self.places.len().saturating_sub(self.going)
    }

    fn tick(&mut self) -> Moment {
        self.now += 1;
        self.now
    }

    fn oldest_of(&self, address: Option<Address>) -> Option<Id> {
        self.crowds.get(&address)?.idle.values().next().copied()
    }

    /// Who goes for a newcomer whose address has `own`.
    fn oldest_for(&self, address: Option<Address>, own: usize) -> Option<Id> {
        let (&(size, _), &largest) = self.idle.last_key_value()?;
        if address.is_none() || size > own {
            return self.oldest_of(largest);
        }
        self.oldest_of(address).or_else(|| self.oldest_of(None))
    }

    /// From now on it counts no more. Gives the way to tell it, if it was idle.
    fn send_away(&mut self, id: Id) -> Option<W> {
        let place = self.places.get_mut(&id)?;
        match std::mem::replace(&mut place.state, State::Going) {
            State::Idle { since, way } => {
                let address = place.address;
                self.going += 1;
                self.change(address, |crowd| {
                    crowd.count = crowd.count.saturating_sub(1);
                    crowd.idle.remove(&since);
                });
                Some(way)
            }
            other => {
                place.state = other;
                None
            }
        }
    }

    /// Changes a crowd, and with it what is known of its rank.
    fn change(&mut self, address: Option<Address>, change: impl FnOnce(&mut Crowd)) {
        let crowd = self.crowds.entry(address).or_default();
        let before = crowd.rank(address);
        change(crowd);
        let after = crowd.rank(address);
        if crowd.count == 0 {
            self.crowds.remove(&address);
        }
        if before != after {
            before.map(|rank| self.idle.remove(&rank));
            after.map(|rank| self.idle.insert(rank, address));
        }
    }
}

impl Crowd {
    fn rank(&self, address: Option<Address>) -> Option<Rank> {
        let oldest = self.idle.keys().next()?;
        Some((address.map_or(0, |_| self.count), Reverse(*oldest)))
    }
}

#[cfg(test)]
mod tests;
