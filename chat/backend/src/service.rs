//! The service is the only way into the domain: it has one method for each use case. Each method asks `policy`, then the store,
//! and publishes on the bus only what the store has accepted.

mod alarms;
mod by_sight;
mod catch_up;
pub mod clock;
mod copies;
mod doors;
mod entering;
mod fan_out;
mod feed;
mod frame;
mod graces;
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
mod receiving;
mod rooms;
mod shelf;
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
pub use self::copies::{Copier, Made};
pub use self::fan_out::{Accepted, Sink};
pub use self::feed::Feed;
pub use self::frame::put_text;
pub use self::limits::{Allowed, Limiter, Rate, Rates, setting};
pub use self::messages::{Target, VisibleGif};
pub use self::nodes::DEAD_AFTER;
pub use self::presence::SocketGuard;
pub use self::rooms::Look;
pub use self::shelf::ShelfBounds;

use self::copies::Copies;
use self::doors::Doors;
use self::feed::TYPING_EVERY;
use self::hub::Hub;
use self::limits::Limits;
use self::lobby::Lobby;
use self::nodes::Nodes;
use self::presence::Presence;
use self::probe::Probe;
use self::queues::Queues;
use self::shelf::Shelves;
use self::turns::Turns;
use crate::address::AddressKey;
use crate::background;
use crate::bus::{Bus, Connect, Envelope, Inbox, LobbyNews};
use crate::media::Media;
use crate::spool::Spool;
use crate::store::Store;
use crate::throttle::Throttle;
use chat::error::Error;
use chat::event::{LobbyPage, Totals};
use chat::gif;
use chat::id::{NodeId, RoomId, VisitorId};
use chat::limit::Act;
use chat::policy::Graces;
use chat::room::SEARCH_MAX_CHARS;
use chat::text::SCALARS_PER_CHARACTER;
use chat::time::Timestamp;

/// The number of messages on one page of history.
pub const HISTORY_PAGE: u32 = 50;

/// What the operator can configure.
#[derive(Debug, Clone)]
pub struct Config {
    /// How often a visitor may do each act that costs others something.
    pub limits: Rates,
    pub gif: gif::Limits,
    /// How long a seat is kept after its pages have said goodbye, for example during a reload.
    pub room_grace: Duration,
    /// How long a seat is kept whose pages were hidden, frozen or cut off.
    pub room_away_grace: Duration,
    /// How long a room is kept in which nobody has a live feed.
    pub room_empty_grace: Duration,
    pub shelves: ShelfBounds,
    /// The secret that the address tags in seats are made with, so that nobody without it can compute the tag of an
    /// address.
    pub address_key: AddressKey,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Rates::default(),
            gif: gif::Limits::default(),
            room_grace: Duration::from_secs(30),
            room_away_grace: Duration::from_secs(1800),
            room_empty_grace: Duration::from_secs(600),
            shelves: ShelfBounds::default(),
            address_key: AddressKey::default(),
        }
    }
}

impl Config {
    fn graces(&self) -> Graces {
        Graces { gone: self.room_grace, away: self.room_away_grace, empty: self.room_empty_grace }
    }
}

/// The drivers and settings that the service needs.
pub struct Ports {
    pub store: Arc<dyn Store>,
    pub media: Arc<dyn Media>,
    pub connect_bus: Connect,
    pub clock: Arc<dyn Clock>,
    /// Uploads are kept here until they are sent.
    pub spool: Spool,
    /// Makes copies of GIFs. Without one there are none, and GIFs get no [`chat::gif::Facts`].
    pub copier: Option<Arc<dyn Copier>>,
    /// The id of this node. `None` when other nodes cannot share the store.
    pub node: Option<NodeId>,
}

/// The most large uploads that are in memory at one time, from their check until they are in the media store.
const MAX_GIFS_IN_MEMORY: usize = 8;

/// The most scalars of a query that are searched for.
const LONGEST_QUERY: usize = SEARCH_MAX_CHARS * SCALARS_PER_CHARACTER as usize;

/// How many searches run at once, and how many may wait. A search takes about a millisecond for 20,000 rooms.
const SEARCHES: usize = 1;
const SEARCHES_WAITING: usize = 64;

/// Everything of gifchat except its pages. There is one per process.
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
    gif_checks: Turns<()>,
    spool: Spool,
    copies: Copies,
    shelves: Shelves,
    /// Permits for GIFs in memory, which were read back to be checked and are not in the media store yet.
    gifs_in_memory: Arc<Semaphore>,
    sweeps: AtomicU64,
    /// How often the store was read because sockets had missed something.
    log_reads: AtomicU64,
}

impl Chat {
    /// Reads the lobby from the store, and starts a new grace period for every seat that nobody watches.
    pub async fn open(ports: Ports, config: Config) -> Result<Arc<Self>, Error> {
        let Ports { store, media, connect_bus, clock, spool, copier, node } = ports;
        let (hub, lobby) = (Arc::new(Hub::default()), Arc::new(Lobby::default()));
        let inbox = BusInbox { hub: hub.clone(), lobby: lobby.clone(), clock: clock.clone() };
        let chat = Arc::new(Self {
            bus: connect_bus(Arc::new(inbox)),
            store,
            media,
            presence: Arc::new(Presence::new(clock.clone(), config.room_grace, node.is_some())),
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
            gif_checks: messages::gif_check_turns(),
            spool,
            copies: Copies::new(copier),
            shelves: Shelves::new(config.shelves),
            gifs_in_memory: Arc::new(Semaphore::new(MAX_GIFS_IN_MEMORY)),
            sweeps: AtomicU64::new(0),
            log_reads: AtomicU64::new(0),
            config,
        });
        // The bus is already open, so no change is missed while the store is read.
        chat.read_lobby().await?;
        for seat in chat.store.unattended().await? {
            chat.presence.track(&seat, chat.clock.monotonic());
        }
        tokio::spawn(upkeep::send_lobby_changes(Arc::downgrade(&chat)));
        tokio::spawn(catch_up::catch_up_doubted(Arc::downgrade(&chat)));
        tokio::spawn(catch_up::watch_bus(Arc::downgrade(&chat)));
        if chat.nodes.is_some() {
            tokio::spawn(nodes::heartbeat_loop(Arc::downgrade(&chat)));
        }
        Ok(chat)
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Only the session layer needs this. Everything else goes through the use cases.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// One page of the rooms whose titles match `query`, newest first, all of them older than `before`. Fails with
    /// [`Error::Unavailable`] when too many searches wait.
    pub async fn lobby(&self, query: &str, before: Option<RoomId>) -> Result<LobbyPage, Error> {
        // The limit is longer than any title, so a longer query cannot match. Cutting it off keeps the search cheap.
        let end = query.char_indices().nth(LONGEST_QUERY).map_or(query.len(), |(end, _)| end);
        let query = query[..end].trim();
        if query.is_empty() {
            return Ok(self.lobby.page(before));
        }
        let (searching, lobby, query) = (self.searching().await?, self.lobby.clone(), query.to_owned());
        let found = background::run(move || {
            // The permit moves in here because a search goes on when its caller hangs up.
            let _searching = searching;
            lobby.search(&query, before)
        });
        found.await.map_err(|error| {
            tracing::error!(%error, "a search ended early");
            Error::Internal
        })
    }

    /// Waits for one of the [`SEARCHES`] permits, behind those who already wait.
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
        Feed::lobby(self.lobby.clone())
    }

    /// Commits what is queued. The store refuses everything after this with [`Error::Unavailable`].
    pub async fn close(self: &Arc<Self>) {
        if self.nodes.is_none() {
            // Where several nodes share a store, the others notice that this one has stopped, and take over its seats.
            self.presence.expect_no_reloads();
            self.report_presence().await;
        }
        if let Some(nodes) = &self.nodes
            && let Err(error) = self.store.forget_node(nodes.me).await
        {
            tracing::debug!(%error, "the other nodes will find out by themselves that this one has stopped");
        }
        self.bus.close().await;
        self.store.close().await;
    }
}

/// Passes on to the hub and the lobby what the bus delivers.
struct BusInbox {
    hub: Arc<Hub>,
    lobby: Arc<Lobby>,
    clock: Arc<dyn Clock>,
}

impl Inbox for BusInbox {
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

    fn doubt_lobby(&self) {
        self.lobby.doubt();
    }
}
