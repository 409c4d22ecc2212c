//! Counts connections and decides which idle one is closed when there are too many. This is only bookkeeping: nothing
//! here reads, writes or waits.

use std::cmp::Reverse;
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use backend::Address;

/// The largest numbers of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    pub all: usize,
    /// The most connections of one address.
    pub per_address: usize,
}

/// The id of a connection for as long as it is open.
pub type Id = u64;

/// A counter that orders the events here.
type Tick = u64;

/// All connections. `S` is the signal by which a connection is told that it is evicted.
pub struct Admission<S> {
    caps: Caps,
    now: Tick,
    connections: HashMap<Id, Connection<S>>,
    /// The connections by address. `None` stands for all trusted proxies together: each speaks for many people, so
    /// only the overall limit holds for them.
    groups: HashMap<Option<Address>, Group>,
    /// The groups with an idle connection. The largest group is last, and of equal groups the one with the oldest
    /// idle connection. Proxies are first, however many connections they have.
    idle: BTreeMap<Rank, Option<Address>>,
    /// Evicted connections that are not closed yet. They no longer count as open.
    evicted: usize,
}

type Rank = (usize, Reverse<Tick>);

struct Connection<S> {
    address: Option<Address>,
    /// Whether the whole head of a request has arrived.
    has_requested: bool,
    state: State<S>,
}

enum State<S> {
    /// No part of a request or of its response is under way.
    Idle {
        since: Tick,
        signal: S,
    },
    /// The connection has this many reasons not to be idle.
    Busy {
        reasons: u32,
        signal: S,
    },
    /// The connection has become a WebSocket, which is never idle.
    Socket,
    Evicted,
}

#[derive(Default)]
struct Group {
    count: usize,
    idle: BTreeMap<Tick, Id>,
}

/// A new connection that was admitted.
#[derive(Debug, PartialEq, Eq)]
pub struct Admitted<S> {
    pub id: Id,
    /// The signal of the connection that is evicted for it.
    pub evicted: Option<S>,
}

/// There is no room, and no idle connection that may be evicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Full;

impl<S> Admission<S> {
    pub fn new(caps: Caps) -> Self {
        let (connections, groups, idle) = (HashMap::new(), HashMap::new(), BTreeMap::new());
        Self { caps, now: 0, connections, groups, idle, evicted: 0 }
    }

    /// Admits a connection from `address`, which is idle until its first request. If there is no room, the oldest
    /// idle connection is evicted: one of the same address if that has reached its limit, otherwise one of the
    /// address that has the most. No address evicts a connection of another one that does not have more.
    pub fn admit(&mut self, address: Option<Address>, signal: S) -> Result<Admitted<S>, Full> {
        let own = self.groups.get(&address).map_or(0, |group| group.count);
        let evicted = if address.is_some() && own >= self.caps.per_address {
            Some(self.oldest_idle_of(address).ok_or(Full)?)
        } else if self.open_count() >= self.caps.all {
            Some(self.to_evict_for(address, own).ok_or(Full)?)
        } else {
            None
        };
        let evicted = evicted.and_then(|id| self.evict(id));
        let (id, since) = (self.tick(), self.tick());
        self.connections.insert(id, Connection { address, has_requested: false, state: State::Idle { since, signal } });
        self.change(address, |group| {
            group.count += 1;
            group.idle.insert(since, id);
        });
        Ok(Admitted { id, evicted })
    }

    /// Evicts an idle connection to make room for something else.
    pub fn make_room(&mut self) -> Option<S> {
        let id = self.to_evict_for(None, 0)?;
        self.evict(id)
    }

    /// Marks the start of a request, or of a write that has to wait. Returns false if the connection was evicted.
    pub fn begin(&mut self, id: Id) -> bool {
        let Some(connection) = self.connections.get_mut(&id) else { return false };
        connection.has_requested = true;
        match std::mem::replace(&mut connection.state, State::Evicted) {
            State::Idle { since, signal } => {
                connection.state = State::Busy { reasons: 1, signal };
                let address = connection.address;
                self.change(address, |group| {
                    group.idle.remove(&since);
                });
                true
            }
            State::Busy { reasons, signal } => {
                connection.state = State::Busy { reasons: reasons.saturating_add(1), signal };
                true
            }
            State::Socket => {
                connection.state = State::Socket;
                true
            }
            State::Evicted => false,
        }
    }

    /// Marks the end of what [`Self::begin`] started. The connection is idle once all of it has ended.
    pub fn end(&mut self, id: Id) {
        let since = self.tick();
        let Some(connection) = self.connections.get_mut(&id) else { return };
        match std::mem::replace(&mut connection.state, State::Evicted) {
            State::Busy { reasons: 0 | 1, signal } => {
                connection.state = State::Idle { since, signal };
                let address = connection.address;
                self.change(address, |group| {
                    group.idle.insert(since, id);
                });
            }
            State::Busy { reasons, signal } => connection.state = State::Busy { reasons: reasons - 1, signal },
            other => connection.state = other,
        }
    }

    /// Marks the connection as a WebSocket. (A request runs on it.)
    pub fn mark_socket(&mut self, id: Id) {
        if let Some(connection) = self.connections.get_mut(&id)
            && matches!(connection.state, State::Busy { .. })
        {
            connection.state = State::Socket;
        }
    }

    /// Marks the connection as a proxy's, which speaks for many people. (A request runs on it.)
    pub fn mark_proxy(&mut self, id: Id) {
        if let Some(connection) = self.connections.get_mut(&id)
            && matches!(connection.state, State::Busy { .. })
            && let Some(address) = connection.address.take()
        {
            self.change(Some(address), |group| group.count = group.count.saturating_sub(1));
            self.change(None, |group| group.count += 1);
        }
    }

    /// Evicts the connection if no request has come yet. Returns whether it did.
    pub fn evict_if_silent(&mut self, id: Id) -> bool {
        let is_silent = self.connections.get(&id).is_some_and(|connection| !connection.has_requested);
        is_silent && self.evict(id).is_some()
    }

    /// Removes a closed connection.
    pub fn remove(&mut self, id: Id) {
        let Entry::Occupied(connection) = self.connections.entry(id) else { return };
        let Connection { address, state, .. } = connection.remove();
        match state {
            State::Evicted => self.evicted = self.evicted.saturating_sub(1),
            State::Idle { since, .. } => self.change(address, |group| {
                group.count = group.count.saturating_sub(1);
                group.idle.remove(&since);
            }),
            State::Busy { .. } | State::Socket => {
                self.change(address, |group| group.count = group.count.saturating_sub(1));
            }
        }
    }

    /// How many connections are evicted and still open.
    pub fn evicted(&self) -> usize {
        self.evicted
    }

    fn open_count(&self) -> usize {
        self.connections.len().saturating_sub(self.evicted)
    }

    fn tick(&mut self) -> Tick {
        self.now += 1;
        self.now
    }

    fn oldest_idle_of(&self, address: Option<Address>) -> Option<Id> {
        self.groups.get(&address)?.idle.values().next().copied()
    }

    /// The connection to evict for a new one from `address`, which has `own` connections.
    fn to_evict_for(&self, address: Option<Address>, own: usize) -> Option<Id> {
        let (&(size, _), &largest) = self.idle.last_key_value()?;
        if address.is_none() || size > own {
            return self.oldest_idle_of(largest);
        }
        self.oldest_idle_of(address).or_else(|| self.oldest_idle_of(None))
    }

    /// Evicts a connection if it is idle, and returns its signal. From now on it no longer counts as open.
    fn evict(&mut self, id: Id) -> Option<S> {
        let connection = self.connections.get_mut(&id)?;
        match std::mem::replace(&mut connection.state, State::Evicted) {
            State::Idle { since, signal } => {
                let address = connection.address;
                self.evicted += 1;
                self.change(address, |group| {
                    group.count = group.count.saturating_sub(1);
                    group.idle.remove(&since);
                });
                Some(signal)
            }
            other => {
                connection.state = other;
                None
            }
        }
    }

    /// Changes a group and updates its rank.
    fn change(&mut self, address: Option<Address>, change: impl FnOnce(&mut Group)) {
        let group = self.groups.entry(address).or_default();
        let before = group.rank(address);
        change(group);
        let after = group.rank(address);
        if group.count == 0 {
            self.groups.remove(&address);
        }
        if before != after {
            before.map(|rank| self.idle.remove(&rank));
            after.map(|rank| self.idle.insert(rank, address));
        }
    }
}

impl Group {
    fn rank(&self, address: Option<Address>) -> Option<Rank> {
        let oldest = self.idle.keys().next()?;
        Some((address.map_or(0, |_| self.count), Reverse(*oldest)))
    }
}

#[cfg(test)]
mod tests;
