//! The port for copying everything from one store to another.

use async_trait::async_trait;

use super::{SessionRecord, ShelfRecord};
use chat::entry::Entry;
use chat::error::Error;
use chat::gif::GifHash;
use chat::id::{RoomId, VisitorId};
use chat::record::Room;

/// Reads everything in pieces, and stores it again. Fails as [`Store`](super::Store) says.
#[async_trait]
pub trait Transfer: Send + Sync + 'static {
    /// Up to `limit` rooms with ids above `after`, in the order of their ids.
    async fn rooms_after(&self, after: Option<RoomId>, limit: u32) -> Result<Vec<Room>, Error>;

    /// Up to `limit` sessions with ids above `after` (all are above ""), in the order of their ids.
    async fn sessions_after(&self, after: &str, limit: u32) -> Result<Vec<(String, SessionRecord)>, Error>;

    /// Up to `limit` GIFs with hashes above `after`, in the order of their hashes, without the condemned ones.
    async fn gifs_after(&self, after: Option<GifHash>, limit: u32) -> Result<Vec<GifHash>, Error>;

    /// Up to `limit` shelves with visitors above `after`, in the order of their visitors.
    async fn shelves_after(&self, after: Option<VisitorId>, limit: u32) -> Result<Vec<ShelfRecord>, Error>;

    /// Stores a room as it is, with its `rev` and without a log. False, and nothing changes, when its id is taken. (MongoDB's
    /// driver keeps the id of a gone room for about an hour.)
    async fn restore_room(&self, room: Room) -> Result<bool, Error>;

    /// Stores entries of a room as they are, after the last one that is stored, and leaves out those stored before. Fails with
    /// [`Error::Internal`] when a number is missing between them, and with [`Error::NotFound`] when the room does not exist or
    /// the store does not know one of their GIFs, or has condemned it.
    async fn restore_entries(&self, room: RoomId, entries: Vec<Entry>) -> Result<(), Error>;

    /// Stores the items of a shelf as they are. Leaves out items that the shelf has already, and items that were only
    /// sent and whose message is missing. Fails with [`Error::NotFound`] when the store does not know a GIF that is kept,
    /// or has condemned it.
    async fn restore_shelf(&self, shelf: ShelfRecord) -> Result<(), Error>;
}
