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

/// The entry that an item came from. When the entry is removed, so is the item. When the room ends, the item is removed
/// only if it was not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    pub room: RoomId,
    pub seq: u64,
}

/// An item as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shelved {
    pub item: Item,
    /// `None` for an item that was loaded from a file.
    pub origin: Option<Origin>,
    /// Whether it came from a whisper. Browsers are told not to store the bytes of such a GIF.
    pub whispered: bool,
    /// The tag of the address from which it was put on the shelf.
    pub address: Option<AddressTag>,
}

impl Shelved {
    /// The item after it is put on its shelf once more, as `again`. A kept item keeps its origin until it is kept again
    /// from another one.
    pub fn put_again(&self, again: Self) -> Self {
        let (origin, whispered) = match again.item.kept || !self.item.kept {
            true => (again.origin, again.whispered),
            false => (self.origin, self.whispered),
        };
        // A kept item goes on counting for the address that it was first kept from. Otherwise a visitor could move kept
        // items to other addresses, whose bounds are not checked then, and no bound would hold.
        let address = if self.item.kept { self.address } else { again.address };
        Self { item: self.item.put_again(again.item), origin, whispered, address }
    }
}

/// A whole shelf, as it is moved to another store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShelfRecord {
    pub visitor: VisitorId,
    /// When its visitor was last here, to the day.
    pub seen_at: Timestamp,
    /// In the order of their hashes.
    pub items: Vec<Shelved>,
}

/// Whose kept items are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LoadOf {
    Visitor(VisitorId),
    Address(AddressTag),
    /// The items of all visitors. The bytes of a GIF count once, however many visitors keep it, and each item adds
    /// [`chat::shelf::RECORD_WEIGHT`].
    Everyone,
}

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    pub items: u64,
    /// As [`chat::shelf::weight`] counts them.
    pub bytes: u64,
}

/// The shelves. A GIF that a visitor keeps is in use, like a GIF that an entry shows. Fails as [`Store`](super::Store)
/// says.
#[async_trait]
pub trait Shelves: Send + Sync + 'static {
    /// Up to `limit` items of a visitor, in the order of their hashes: those with hashes greater than `after`.
    async fn shelf(&self, visitor: VisitorId, after: Option<GifHash>, limit: u32) -> Result<Vec<Item>, Error>;

    /// An item of a visitor. Fails with [`Error::NotFound`] if they do not have it.
    async fn shelved(&self, visitor: VisitorId, sha: GifHash) -> Result<Shelved, Error>;

    /// Puts a GIF on a visitor's shelf. If it is there already, the two are merged as [`Shelved::put_again`] says. The
    /// caller first holds a GIF that no entry is known to use ([`Gifs::hold_gif`]), and this ends the hold. Of the items
    /// that were only sent, all but the last `most_sent` are removed.
    ///
    /// Fails with [`Error::NotFound`] if the store does not know the GIF, or has condemned it, or if `origin` is an entry that the
    /// visitor does not see (any more).
    async fn shelve(&self, visitor: VisitorId, shelved: Shelved, most_sent: u32) -> Result<Item, Error>;

    /// Changes the label of an item. With `kept`, an item that was only sent is kept from now on; without it, nothing
    /// changes about that. Fails with [`Error::NotFound`] if the visitor does not have the item.
    async fn label_item(&self, visitor: VisitorId, sha: GifHash, kept: bool, label: Label) -> Result<Item, Error>;

    /// Removes items from a visitor's shelf. Hashes that are not on it are ignored.
    async fn unshelve(&self, visitor: VisitorId, gifs: &[GifHash]) -> Result<(), Error>;

    /// How much is kept by a visitor, from an address, or in all. Items that were only sent do not count.
    async fn load(&self, of: LoadOf) -> Result<Load, Error>;

    /// Notes that a visitor was here at `at`, if they have a shelf. An earlier time than the stored one changes nothing.
    async fn renew_shelf(&self, visitor: VisitorId, at: Timestamp) -> Result<(), Error>;

    /// Removes up to `limit` shelves whose visitors were not here since `before`, and says how many.
    async fn sweep_shelves(&self, before: Timestamp, limit: u32) -> Result<u64, Error>;
}
