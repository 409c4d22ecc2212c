//! The port to what is kept: rooms with their seats, entries, sessions, and which GIFs are in use.
//!
//! A driver passes every case of [`cases`]. What it has acknowledged is durable. It decides nothing: changes of a room
//! are the pure functions of [`crate::record::Room`], which it applies atomically.

#[cfg(test)]
pub mod cases;
pub mod mongo;
pub mod sqlite;

use std::sync::Arc;

use async_trait::async_trait;

#[cfg(doc)]
use crate::entry::What;
use crate::entry::{Entry, Page, Saying};
use crate::error::Error;
use crate::gif::GifHash;
use crate::id::{ClientId, NodeId, RoomId, VisitorId};
use crate::policy;
use crate::record::{NewEntry, Pass, Room};
use crate::room::{RoomCard, Slow};
use crate::time::Timestamp;
use crate::view;
use crate::visitor::Person;

/// A change of a room: a new state, and the entries that tell of it. May run more than once, from a fresher state each
/// time; an error leaves everything as it was.
pub type RoomChange = Arc<dyn Fn(&mut Room) -> Result<Vec<NewEntry>, Error> + Send + Sync>;

/// What a change of a room led to. A room that has become gone was removed with all it held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    pub room: Room,
    pub entries: Vec<Entry>,
}

/// A room as the lobby lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub card: RoomCard,
    /// [`Room::rev`] of the state that the card shows.
    pub rev: u64,
}

/// A seat that no node watches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unattended {
    pub room: RoomId,
    pub visitor: VisitorId,
    /// [`crate::record::Seat::renewed`]
    pub renewed: u64,
}

/// What a node's heartbeat led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beats {
    /// False for the first beat of a node, and for the first after others have forgotten it.
    pub was_known: bool,
    /// Every node's counter, this one's too. A living node's grows.
    pub counters: Vec<(NodeId, u64)>,
}

/// A GIF whose bytes are about to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condemned {
    pub sha: GifHash,
    /// Until then it is for the one who condemned it to remove it; then for whoever comes.
    pub until: Timestamp,
}

/// Somebody's turn to say something in a room whose slow mode is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlowTurn {
    pub room: RoomId,
    pub visitor: VisitorId,
    /// What they call what they say: a retry has its turn already.
    pub client: ClientId,
    pub at: Timestamp,
    pub slow: Slow,
}

/// What sending led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    pub entry: Entry,
    /// False when this client id was stored before: `entry` is what it became then.
    pub is_new: bool,
}

/// A room and the newest of its log, read at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub room: Room,
    pub page: Page,
    /// The last `seq` at that moment; 0 in a room without entries.
    pub seq: u64,
}

/// A visitor's session as its owner (the session layer) encoded it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    pub data: Vec<u8>,
    pub expires_at: Timestamp,
}

/// All methods fail with [`Error::Unavailable`] when the store cannot do it now; nothing has changed then that was not
/// acknowledged. (An unknown outcome is possible: repeat, by client id.)
#[async_trait]
pub trait Store: Send + Sync + 'static {
    // --- rooms and seats

    /// Stores a new room with its seats, numbering `entries` from 1.
    async fn create_room(&self, room: Room, entries: Vec<NewEntry>) -> Result<Updated, Error>;

    /// The room with its seats. [`Error::NotFound`] when there is none.
    async fn room(&self, room: RoomId) -> Result<Room, Error>;

    /// Applies `change` atomically: state and entries both, or nothing. Increments `rev` when anything changed.
    /// A room that is left without seats is removed with its entries, seats and passes. A message that an entry says is removed
    /// ([`What::Removal`]) is emptied before this returns.
    async fn update_room(&self, room: RoomId, change: RoomChange) -> Result<Updated, Error>;

    /// All rooms, newest first.
    async fn cards(&self) -> Result<Vec<Listed>, Error>;

    /// The person in that seat, as named there. Fails as [`policy::seat_of`] says.
    async fn seat(&self, room: RoomId, visitor: VisitorId) -> Result<Person, Error>;

    /// Every seat that no node watches for.
    async fn unattended(&self) -> Result<Vec<Unattended>, Error>;

    // --- passes

    /// Keeps a pass, in the place of another one for the same room and visitor. Nothing is kept for a room that is gone
    /// (where several nodes share a store, not for long).
    async fn give_pass(&self, pass: Pass) -> Result<(), Error>;

    /// The pass that `visitor` has for `room`, whatever it is worth.
    async fn pass(&self, room: RoomId, visitor: VisitorId) -> Result<Option<Pass>, Error>;

    /// No error when there is none.
    async fn end_pass(&self, room: RoomId, visitor: VisitorId) -> Result<(), Error>;

    /// Removes passes that are over at `now`; says how many. (Those of a room go with it.)
    async fn sweep_passes(&self, now: Timestamp) -> Result<u64, Error>;

    // --- nodes that share the store

    /// Counts the node's heartbeat up, beginning at 1 when it is not known (any more).
    async fn beat(&self, node: NodeId) -> Result<Beats, Error>;

    /// The node has stopped, or is dead. No error when it is not known.
    async fn forget_node(&self, node: NodeId) -> Result<(), Error>;

    /// Rooms with a seat that lists a node which is not one of `known`, and those nodes.
    async fn rooms_of_others(&self, known: &[NodeId]) -> Result<Vec<(RoomId, Vec<NodeId>)>, Error>;

    // --- entries

    /// Appends what `author` says to the room's log, named as their seat is, numbered by the store.
    ///
    /// Fails as [`policy::seat_of`] says. A GIF must be held ([`Store::hold_gif`]), else [`Error::NotFound`]; its hold
    /// ends with that. A message to all sets the room's `spoken_at`, which may stay up to 20 s behind: it is shown in
    /// minutes.
    async fn append(
        &self,
        room: RoomId,
        author: VisitorId,
        client: ClientId,
        saying: Saying,
        at: Timestamp,
    ) -> Result<Appended, Error>;

    /// Takes somebody's turn to say something. False when they have it for that already. Fails as
    /// [`policy::may_speak_again`] says, and takes nothing then.
    async fn take_slow_turn(&self, turn: SlowTurn) -> Result<bool, Error>;

    /// What the turn was taken for was not said. Changes nothing when another one was taken since.
    async fn give_back_slow_turn(&self, turn: SlowTurn) -> Result<(), Error>;

    /// The room and the newest `messages` messages with the system lines between and after them (all lines when there
    /// are no more messages), of at most [`Page::MAX_LINES`] entries; as `visitor` may see them, with what later entries
    /// change applied. Fails as [`policy::seat_of`] says.
    async fn snapshot(&self, room: RoomId, visitor: VisitorId, messages: u32) -> Result<Snapshot, Error>;

    /// The same for the `messages` messages before `before`.
    async fn page_before(&self, room: RoomId, visitor: VisitorId, before: u64, messages: u32) -> Result<Page, Error>;

    /// What became of something that `author` sent before under this client id, if it was stored.
    async fn sent(&self, room: RoomId, author: VisitorId, client: ClientId) -> Result<Option<Entry>, Error>;

    /// One entry as `visitor`, seated there, may see it; else [`Error::NotFound`].
    async fn entry(&self, room: RoomId, visitor: VisitorId, seq: u64) -> Result<Entry, Error>;

    /// The last `seq` of a room, 0 when it has none or is gone.
    async fn last_seq(&self, room: RoomId) -> Result<u64, Error>;

    /// Up to `limit` entries after `after`, oldest first: for the node itself, which asks on behalf of nobody. None of a
    /// room that is gone.
    async fn log(&self, room: RoomId, after: u64, limit: u32) -> Result<Vec<Entry>, Error>;

    // --- GIFs in use (their bytes are in the media store)

    /// Whether `visitor`, seated in `room`, may see an entry with this GIF there: `Ok` or why not.
    async fn may_see_gif(&self, room: RoomId, visitor: VisitorId, sha: GifHash) -> Result<(), Error>;

    /// Keeps `sha` from being removed until `until`. To be called before its bytes are put. False when its bytes are just
    /// being removed: ask again in a moment.
    async fn hold_gif(&self, sha: GifHash, until: Timestamp) -> Result<bool, Error>;

    /// Condemns up to `limit` GIFs that no entry uses and nothing holds at `now`: they cannot be held or sent until
    /// [`Store::forget_gif`], and their bytes can go. One that was condemned until `now` or before is condemned anew.
    async fn condemn_gifs(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Condemned>, Error>;

    /// The bytes are gone. Changes nothing when somebody else has condemned it since.
    async fn forget_gif(&self, condemned: Condemned) -> Result<(), Error>;

    // --- sessions

    /// Stores a session under an id that is not taken. False when it is.
    async fn create_session(&self, id: &str, record: SessionRecord) -> Result<bool, Error>;
    /// Stores a session, replacing what was there.
    async fn save_session(&self, id: &str, record: SessionRecord) -> Result<(), Error>;
    /// The session, unless it has expired at `now`.
    async fn load_session(&self, id: &str, now: Timestamp) -> Result<Option<SessionRecord>, Error>;
    async fn delete_session(&self, id: &str) -> Result<(), Error>;
    /// Removes sessions that have expired at `now`, and turns that nobody waits for; says how many sessions.
    async fn sweep_sessions(&self, now: Timestamp) -> Result<u64, Error>;

    // --- moving house

    /// Up to `limit` rooms with ids above `after`, in the order of their ids.
    async fn rooms_after(&self, after: Option<RoomId>, limit: u32) -> Result<Vec<Room>, Error>;
    /// Up to `limit` sessions with ids above `after` (all are above ""), in the order of their ids.
    async fn sessions_after(&self, after: &str, limit: u32) -> Result<Vec<(String, SessionRecord)>, Error>;
    /// Up to `limit` GIFs with hashes above `after`, in their order, without the condemned ones.
    async fn gifs_after(&self, after: Option<GifHash>, limit: u32) -> Result<Vec<GifHash>, Error>;
    /// Stores a room as it is, with its `rev` and without a log. False, and nothing changed, when it is there.
    async fn restore_room(&self, room: Room) -> Result<bool, Error>;
    /// Stores entries of a room as they are, one after the other from the last one stored, leaving out those stored
    /// before. [`Error::Internal`] when they leave a hole, [`Error::NotFound`] without the room, or for a GIF that is not
    /// held.
    async fn restore_entries(&self, room: RoomId, entries: Vec<Entry>) -> Result<(), Error>;

    // --- life

    /// Sees to it that what was removed is not on the disk any more, when something was removed since the last time. To be
    /// called every few seconds; what it costs nobody waits for. (A server that keeps its own files does that itself.)
    async fn tidy(&self) -> Result<(), Error> {
        Ok(())
    }
    /// Whether a write could be stored now.
    async fn ready(&self) -> Result<(), Error>;
    /// Commits what is queued and stops. Later calls fail with [`Error::Unavailable`].
    async fn close(&self);
}

/// What a visitor is shown of a stretch of the log: what they may see of `entries`, with `changes` applied (entries about
/// messages in that stretch, those of each message oldest first).
fn shown(entries: Vec<Entry>, changes: &[Entry], visitor: VisitorId) -> Vec<Entry> {
    let mut shown: Vec<Entry> =
        entries.into_iter().filter(|entry| !entry.what.is_quiet() && policy::may_see(entry, visitor)).collect();
    for by in changes {
        let place = by.what.about().and_then(|seq| shown.binary_search_by_key(&seq, |entry| entry.seq).ok());
        if let Some(place) = place {
            view::change(&mut shown[place], by);
        }
    }
    shown
}
