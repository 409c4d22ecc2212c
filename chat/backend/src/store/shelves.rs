//! The port to the shelves: which GIFs visitors keep, and which they sent lately.

use async_trait::async_trait;

#[cfg(doc)]
use super::Gifs;
use chat::error::Error;
use chat::gif::GifHash;
use chat::id::{RoomId, VisitorId};
use chat::record::AddressTag;
use chat::shelf::{Item, Label};
use chat::time::Timestamp;

/// The entry that an item came from. When it is removed, so is the item. The end of its room removes only what was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    pub room: RoomId,
    pub seq: u64,
}

/// An item as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelved {
    pub item: Item,
    /// `None` for one that was loaded from a file.
    pub origin: Option<Origin>,
    /// It came from a whisper, so that nothing of it stays on the disk of the computer that shows it.
    pub whispered: bool,
    /// From where it was put there.
    pub address: Option<AddressTag>,
}

impl Shelved {
    /// What becomes of this item when it is put on its shelf once more. A kept one stays what it was kept from, until it is kept from
    /// somewhere else.
    pub fn put_again(&self, again: Self) -> Self {
        let (origin, whispered) = match again.item.kept || !self.item.kept {
            true => (again.origin, again.whispered),
            false => (self.origin, self.whispered),
        };
        // What is kept counts for the address that it was kept from, or else nobody's bound would hold.
        let address = if self.item.kept { self.address } else { again.address };
        Self { item: self.item.put_again(again.item), origin, whispered, address }
    }
}

/// A whole shelf, as it is moved to another store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShelfRecord {
    pub visitor: VisitorId,
    /// When its visitor was here last, to the day.
    pub seen_at: Timestamp,
    /// In the order of their hashes.
    pub items: Vec<Shelved>,
}

/// Whose items are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LoadOf {
    Visitor(VisitorId),
    Address(AddressTag),
    /// Those of all visitors: each GIF once, and the record of each item.
    House,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    pub items: u64,
    /// As [`chat::shelf::weight`] counts them.
    pub bytes: u64,
}

/// The shelves. A GIF that somebody keeps is in use, as one is that an entry shows. Fails as [`Store`](super::Store) says.
#[async_trait]
pub trait Shelves: Send + Sync + 'static {
    /// The items of a visitor whose hashes are greater than `after`, up to `limit`, in the order of their hashes.
    async fn shelf(&self, visitor: VisitorId, after: Option<GifHash>, limit: u32) -> Result<Vec<Item>, Error>;

    /// An item of a visitor. Fails with [`Error::NotFound`] if they do not have it.
    async fn shelved(&self, visitor: VisitorId, sha: GifHash) -> Result<Shelved, Error>;

    /// Puts a GIF on a visitor's shelf, as [`Item::put_again`] says if it is there. Whoever puts one there that no entry is known to
    /// use holds it first ([`Gifs::hold_gif`]), and this ends the hold. Of those
    /// that were only sent, all but the last `most_sent` go.
    ///
    /// Fails with [`Error::NotFound`] if the store does not know the GIF, or has condemned it, or if `origin` is an entry that the
    /// visitor does not see (any more).
    async fn shelve(&self, visitor: VisitorId, shelved: Shelved, most_sent: u32) -> Result<Item, Error>;

    /// Changes the label of an item, and keeps one that was only sent. Fails with [`Error::NotFound`] if the visitor does not have it.
    async fn label_item(&self, visitor: VisitorId, sha: GifHash, kept: bool, label: Label) -> Result<Item, Error>;

    /// Takes items from a visitor's shelf, as far as they are there.
    async fn unshelve(&self, visitor: VisitorId, gifs: &[GifHash]) -> Result<(), Error>;

    async fn load(&self, of: LoadOf) -> Result<Load, Error>;

    /// Notes that a visitor is still here, if they have a shelf.
    async fn renew_shelf(&self, visitor: VisitorId, at: Timestamp) -> Result<(), Error>;

    /// Removes up to `limit` shelves whose visitors were not here since `before`, and says how many.
    async fn sweep_shelves(&self, before: Timestamp, limit: u32) -> Result<u64, Error>;
}
