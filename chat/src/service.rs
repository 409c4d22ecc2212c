//! The only door to the domain: one use case per method. Each asks `policy`, then the store, and tells the bus only what
//! the store has accepted.

mod alarms;
mod catch_up;
pub mod clock;
mod doors;
mod feed;
mod frame;
mod hub;
mod limits;
mod lobby;
mod messages;
mod nodes;
mod passwords;
mod people;
mod presence;
mod probe;
mod queues;
mod rooms;
mod tail;
#[cfg(test)]
mod tests;
mod turns;
mod upkeep;

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use self::alarms::Alarm;
pub use self::clock::{Clock, SystemClock};
pub use self::feed::Feed;
pub use self::limits::{Allowed, Limiter, Rate, Rates};
pub use self::messages::{Aim, Shown};
pub use self::rooms::Look;

use self::doors::Doors;
use self::feed::TYPING_EVERY;
use self::hub::Hub;
use self::limits::Limits;
use self::lobby::Lobby;
use self::nodes::Nodes;
use self::presence::Presence;
use self::probe::Probe;
use self::queues::Queues;
use self::turns::Turns;
use crate::background;
use crate::bus::{Bus, Connect, Envelope, Inbox, LobbyNews};
use crate::error::Error;
use crate::event::{LobbyPage, Totals};
use crate::gif;
use crate::id::{NodeId, RoomId, VisitorId};
use crate::limit::Act;
use crate::media::Media;
use crate::spool::Spool;
use crate::store::Store;
use crate::throttle::Throttle;
use crate::time::Timestamp;

/// Messages on one page of history.
pub const HISTORY_PAGE: u32 = 50;

/// What can be set from outside.
#[derive(Debug, Clone)]
pub struct Config {
    /// How often a visitor may do what costs others.
    pub limits: Rates,
    pub gif: gif::Limits,
    /// How long a seat is kept for somebody without an open socket: a reload, a tunnel.
    pub room_grace: Duration,
    /// The same for the last seat of a room, with which the room goes.
    pub room_empty_grace: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Rates::default(),
            gif: gif::Limits::default(),
            room_grace: Duration::from_secs(30),
            room_empty_grace: Duration::from_secs(600),
        }
    }
}

/// What the service stands on.
pub struct Ports {
    pub store: Arc<dyn Store>,
    pub media: Arc<dyn Media>,
    pub connect_bus: Connect,
    pub clock: Arc<dyn Clock>,
    /// Where uploads wait.
    pub spool: Spool,
    /// Who this is, when other nodes may share the store.
    pub node: Option<NodeId>,
}

/// GIFs in memory as a whole, at one time.
const WHOLE_GIFS: usize = 8;

/// Characters of a search.
const LONGEST_QUERY: usize = 100;

/// Searches that run at once, off the async threads, and those that may wait for them. Each takes about a millisecond for
/// 20,000 rooms.
const SEARCHES: usize = 1;
const SEARCHES_WAITING: usize = 64;

/// All of gifchat but its pages. One per process.
pub struct Chat {
    config: Config,
    store: Arc<dyn Store>,
    media: Arc<dyn Media>,
    bus: Arc<dyn Bus>,
    clock: Arc<dyn Clock>,
    hub: Arc<Hub>,
    lobby: Arc<Lobby>,
    nodes: Option<Nodes>,
    presence: Arc<Presence>,
    probe: Probe,
    queues: Queues,
    doors: Doors,
    limits: Limits,
    alarms: Throttle<Alarm>,
    typing: Limiter<(RoomId, VisitorId)>,
    searches: Arc<Semaphore>,
    search_queue: Arc<Semaphore>,
    judging: Turns<()>,
    spool: Spool,
    /// GIFs that are in memory as a whole: read back to be judged, and not yet kept.
    whole: Arc<Semaphore>,
    sweeps: AtomicU64,
    /// How often the store was read for sockets that had missed something.
    log_reads: AtomicU64,
}

impl Chat {
    /// Reads the lobby from the store and gives every seat that nobody watches a fresh grace.
    pub async fn open(ports: Ports, config: Config) -> Result<Arc<Self>, Error> {
        let Ports { store, media, connect_bus, clock, spool, node } = ports;
        let (hub, lobby) = (Arc::new(Hub::default()), Arc::new(Lobby::default()));
        let inlet = Inlet { hub: hub.clone(), lobby: lobby.clone(), clock: clock.clone() };
        let chat = Arc::new(Self {
            bus: connect_bus(Arc::new(inlet)),
            store,
            media,
            presence: Arc::new(Presence::new(clock.clone(), config.room_grace)),
            probe: Probe::default(),
            queues: Queues::default(),
            doors: Doors::new(config.limits[Act::WrongPassword], clock.clone()),
            clock,
            hub,
            lobby,
            nodes: node.map(Nodes::new),
            limits: Limits::new(config.limits),
            alarms: Throttle::default(),
            typing: Limiter::new(Rate { count: 1, per: TYPING_EVERY }),
            searches: Arc::new(Semaphore::new(SEARCHES)),
            search_queue: Arc::new(Semaphore::new(SEARCHES_WAITING)),
            judging: messages::judging(),
            spool,
            whole: Arc::new(Semaphore::new(WHOLE_GIFS)),
            sweeps: AtomicU64::new(0),
            log_reads: AtomicU64::new(0),
            config,
        });
        // The bus is open: what changes while the store is read is not missed.
        chat.read_lobby().await?;
        for seat in chat.store.unattended().await? {
            chat.presence.track((seat.room, seat.visitor), seat.renewed, chat.clock.monotonic());
        }
        tokio::spawn(upkeep::tell_lobby(Arc::downgrade(&chat)));
        tokio::spawn(catch_up::mend(Arc::downgrade(&chat)));
        tokio::spawn(catch_up::watch_bus(Arc::downgrade(&chat)));
        if chat.nodes.is_some() {
            tokio::spawn(nodes::tend(Arc::downgrade(&chat)));
        }
        Ok(chat)
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// For the session layer only: everything else goes through the use cases.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Rooms whose titles match, newest first, older than `before`: 50 of them. [`Error::Unavailable`] when too many search
    /// at once.
    pub async fn lobby(&self, query: &str, before: Option<RoomId>) -> Result<LobbyPage, Error> {
        // Longer than any title: finds nothing, and costs little.
        let end = query.char_indices().nth(LONGEST_QUERY).map_or(query.len(), |(end, _)| end);
        let query = query[..end].trim();
        if query.is_empty() {
            return Ok(self.lobby.page(before));
        }
        let (searching, lobby, query) = (self.searching().await?, self.lobby.clone(), query.to_owned());
        let found = background::run(move || {
            // Moved in here: whoever hangs up leaves a search that still runs.
            let _searching = searching;
            lobby.search(&query, before)
        });
        found.await.map_err(|error| {
            tracing::error!(%error, "a search ended early");
            Error::Internal
        })
    }

    /// One of [`SEARCHES`] at once, after those who wait already.
    async fn searching(&self) -> Result<OwnedSemaphorePermit, Error> {
        let waiting = self.search_queue.clone().try_acquire_owned().map_err(|_| Error::Unavailable)?;
        let searching = self.searches.clone().acquire_owned().await.map_err(|_| Error::Unavailable)?;
        drop(waiting);
        Ok(searching)
    }

    pub fn totals(&self) -> Totals {
        self.lobby.totals()
    }

    pub fn watch_lobby(&self) -> Feed {
        let (first, frames) = self.lobby.watch();
        Feed::lobby(first, frames)
    }

    /// Commits what is queued. Everything after this is refused as unavailable.
    pub async fn close(&self) {
        if let Some(nodes) = &self.nodes
            && let Err(error) = self.store.forget_node(nodes.me).await
        {
            tracing::debug!(%error, "the other nodes will find out by themselves that this one has stopped");
        }
        self.bus.close().await;
        self.store.close().await;
    }
}

/// Where the bus delivers.
struct Inlet {
    hub: Arc<Hub>,
    lobby: Arc<Lobby>,
    clock: Arc<dyn Clock>,
}

impl Inbox for Inlet {
    fn deliver(&self, envelope: Envelope) {
        self.hub.deliver(envelope);
    }

    fn deliver_to_lobby(&self, news: LobbyNews) {
        match news {
            LobbyNews::Room { card, rev } => self.lobby.put(card, rev),
            LobbyNews::Spoke { room, at } => {
                self.lobby.spoke(room, at);
            }
            LobbyNews::Gone { room } => self.lobby.remove(room, self.clock.monotonic()),
        }
    }

    fn doubt(&self, room: RoomId) {
        self.hub.doubt(room);
    }
}
