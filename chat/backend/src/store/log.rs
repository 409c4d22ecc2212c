//! The port to the rooms' logs.

use async_trait::async_trait;

#[cfg(doc)]
use super::Gifs;
use chat::entry::{Entry, LogPage, Saying};
use chat::error::Error;
use chat::id::{ClientId, RoomId, VisitorId};
#[cfg(doc)]
use chat::policy;
use chat::record::Room;
use chat::room::Slow;
use chat::shelf::Seen;
use chat::time::Timestamp;

/// One visitor's turn to say something in a room with slow mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlowTurn {
    pub room: RoomId,
    pub visitor: VisitorId,
    /// The client id of the message. A retry with the same id already has its turn.
    pub client: ClientId,
    pub at: Timestamp,
    pub slow: Slow,
}

/// The stored entry of a message that was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appended {
    pub entry: Entry,
    /// False when a message with this client id was stored before. In that case `entry` is the earlier one.
    pub is_new: bool,
}

/// A room and the newest page of its log, as they were at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    pub room: Room,
    pub page: LogPage,
    /// The number of the last entry at that moment; 0 in a room without entries.
    pub seq: u64,
}

/// The entries of rooms. Fails as [`Store`](super::Store) says.
#[async_trait]
pub trait Log: Send + Sync + 'static {
    /// Appends an entry of `author` to the room's log, with the name in their seat and the next number.
    ///
    /// Fails as [`policy::seat_of`] says, and for a GIF that was not uploaded for this entry ([`Saying::by_sight`]) as
    /// [`Gifs::may_send_gif`] says. The caller holds a GIF first ([`Gifs::hold_gif`]), and the append ends the hold; for
    /// a GIF that the store does not know, or has condemned, this fails with [`Error::NotFound`]. A GIF as a reaction to
    /// a removed message fails with [`Error::Removed`]. A message to everybody sets the room's `spoken_at`, which may be
    /// up to 20 s behind, because it is shown in minutes.
    async fn append(
        &self,
        room: RoomId,
        author: VisitorId,
        client: ClientId,
        saying: Saying,
        at: Timestamp,
    ) -> Result<Appended, Error>;

    /// Takes a visitor's turn to say something. False when they already have the turn for this client id. Fails as
    /// [`policy::may_speak_again`] says, without taking the turn.
    async fn take_slow_turn(&self, turn: SlowTurn) -> Result<bool, Error>;

    /// Gives back a turn whose message was not sent. Changes nothing when the visitor has taken another turn since.
    async fn give_back_slow_turn(&self, turn: SlowTurn) -> Result<(), Error>;

    /// The room, and its newest `messages` messages with the system lines between and after them, or the whole log when it has
    /// no more messages. The page covers at most [`LogPage::MAX_LINES`] entries. It shows what `visitor` may see, with the changes
    /// by later entries applied. Fails as [`policy::seat_of`] says.
    async fn snapshot(&self, room: RoomId, visitor: VisitorId, messages: u32) -> Result<Snapshot, Error>;

    /// A page as in [`Log::snapshot`], of the `messages` messages before the entry `before`.
    async fn page_before(&self, room: RoomId, visitor: VisitorId, before: u64, messages: u32)
    -> Result<LogPage, Error>;

    /// The entry that `author` has sent with this client id, if it was stored. A room that is gone may still have it.
    async fn sent(&self, room: RoomId, author: VisitorId, client: ClientId) -> Result<Option<Entry>, Error>;

    /// One entry. Fails as [`policy::seat_of`] says, and with [`Error::Removed`] when there is no such entry or `visitor` may
    /// not see it.
    async fn entry(&self, room: RoomId, visitor: VisitorId, seq: u64) -> Result<Entry, Error>;

    /// The newest GIFs that a room shows to `visitor`, each once, newest first, and at most `limit`. Only the last few thousand
    /// entries are looked at. Fails as [`policy::seat_of`] says.
    async fn gifs_of_room(&self, room: RoomId, visitor: VisitorId, limit: u32) -> Result<Vec<Seen>, Error>;

    /// The number of a room's last entry; 0 when the room has no entries or is gone.
    async fn last_seq(&self, room: RoomId) -> Result<u64, Error>;

    /// Up to `limit` entries after `after`, oldest first, with whispers of all visitors: the node itself reads them. A
    /// room that is gone has no entries.
    async fn log(&self, room: RoomId, after: u64, limit: u32) -> Result<Vec<Entry>, Error>;
}
