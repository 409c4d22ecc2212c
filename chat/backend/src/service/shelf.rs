//! Shelves: the GIFs that visitors keep, and those they sent lately.
//!
//! What is kept takes space on the disk long after its room has ended, so it is bounded: for a visitor, for an address and
//! for everyone together. Past a bound nothing more is kept, and nothing that is kept has to go.

mod bounds;

use std::cmp::Reverse;
use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard as ShelfLock};

pub use self::bounds::ShelfBounds;

use self::bounds::{Claim, Place, Sums};
use super::Chat;
use super::messages::{HOLD_MS, HOLD_TRIES, VisibleGif};
use super::turns::Requester;
use crate::address::Address;
use crate::media::StoredGif;
use crate::spool::Upload;
use crate::store::{Load, LoadOf, Origin, Shelved, Sight};
use chat::entry::Description;
use chat::error::{Bound, Error};
use chat::gif::{Gif, GifFacts, GifHash};
use chat::id::{RoomId, VisitorId};
use chat::record::AddressTag;
use chat::shelf::{Item, Label, MOST_ITEMS, MOST_OF_ROOM, MOST_RECENT, RECORD_WEIGHT, SeenInRoom, Shelf, weight};
use chat::time::Timestamp;

/// How long the shelf of a visitor who does not come back is kept: as long as their cookie.
const LIFETIME_MS: u64 = 30 * 24 * 3600 * 1000;

/// How many shelves one sweep removes.
const SWEPT_AT_ONCE: u32 = 20;

/// The most items of a page of a shelf.
const PAGE_ITEMS: u32 = 600;

/// The most bytes of a page of a shelf, as [`Item::size`] counts them. Many pages may be in memory until they are sent, so
/// a page of a shelf is about as large as that of a room.
const PAGE_BYTES: usize = 256 * 1024;

/// The number of locks that visitors share, and so the most visitors whose shelves are changed at the same time.
const TURNS: usize = 64;

/// The shelves as the service sees them.
pub(super) struct Shelves {
    bounds: ShelfBounds,
    sums: Sums,
    turns: [Mutex<()>; TURNS],
}

impl Shelves {
    pub fn new(bounds: ShelfBounds) -> Self {
        Self { bounds, sums: Sums::default(), turns: std::array::from_fn(|_| Mutex::default()) }
    }

    /// Waits until nobody else changes what this visitor keeps.
    async fn turn(&self, visitor: VisitorId) -> ShelfLock<'_, ()> {
        self.turns[usize::from(visitor.0[0]) % TURNS].lock().await
    }
}

impl Chat {
    /// A page of a visitor's items: as many as fit of those whose hashes are greater than `after`, in the order of hashes.
    /// Within the page, the item that was used last comes first.
    pub async fn shelf(&self, visitor: VisitorId, after: Option<GifHash>) -> Result<Shelf, Error> {
        let mut items = self.store.shelf(visitor, after, PAGE_ITEMS).await?;
        let mut bytes = 0;
        let fits = |item: &&Item| {
            bytes += item.size();
            bytes <= PAGE_BYTES
        };
        let fitting = items.iter().take_while(fits).count().max(1);
        let has_more = items.len() == PAGE_ITEMS as usize || fitting < items.len();
        items.truncate(fitting);
        let next = items.last().filter(|_| has_more).map(|last| last.gif.sha);
        items.sort_by_key(|item| Reverse(item.used_at));
        let known = self.facts_of(items.iter().map(|item| item.gif.sha).collect()).await?;
        Ok(Shelf { items, known, next })
    }

    /// The GIFs that a room shows to a visitor with a seat there.
    pub async fn gifs_of_room(&self, visitor: VisitorId, room: RoomId) -> Result<SeenInRoom, Error> {
        let gifs = self.store.gifs_of_room(room, visitor, MOST_OF_ROOM as u32).await?;
        let known = self.facts_of(gifs.iter().map(|seen| seen.gif.sha).collect()).await?;
        Ok(SeenInRoom { gifs, known })
    }

    async fn facts_of(&self, gifs: Vec<GifHash>) -> Result<Vec<GifFacts>, Error> {
        if gifs.is_empty() { Ok(Vec::new()) } else { self.store.gif_facts(&gifs).await }
    }

    /// Keeps the GIF of a message. `description` is the one that the visitor was shown, if it differs from the one that the
    /// message was sent with.
    pub async fn keep_gif(
        &self,
        visitor: VisitorId,
        address: Option<Address>,
        room: RoomId,
        seq: u64,
        description: Option<Description>,
    ) -> Result<Item, Error> {
        let entry = self.store.entry(room, visitor, seq).await?;
        let gif = *entry.what.gif().ok_or(Error::Removed)?;
        let (origin, whispered) = (Some(Origin { room, seq }), entry.is_whisper());
        let description = description.or(entry.showing.description);
        let item = Item { gif, description, label: Label::default(), kept: true, used_at: self.clock.now() };
        self.keep(visitor, Shelved { item, origin, whispered, address: self.tag_of(address) }).await
    }

    /// Keeps a GIF that the visitor uploads.
    pub async fn keep_upload(
        self: &Arc<Self>,
        visitor: VisitorId,
        address: Option<Address>,
        upload: impl Into<Upload>,
        label: Label,
        description: Option<Description>,
    ) -> Result<Item, Error> {
        let (checked, in_memory) = self.check_gif(Requester::new(visitor, address), upload.into()).await?;
        let gif = checked.gif;
        let item = Item { gif, description, label, kept: true, used_at: self.clock.now() };
        let shelved = Shelved { item, origin: None, whispered: false, address: self.tag_of(address) };
        // The bounds are checked here already, so that a GIF that they do not allow is never stored.
        drop(self.place_for(visitor, shelved.address, &gif).await?);
        let stored = StoredGif { gif: checked.bytes.into(), poster: checked.poster.into() };
        let chat = Arc::clone(self);
        let keeping = async move {
            chat.media.put(gif.sha, stored).await?;
            drop(in_memory);
            chat.keep(visitor, shelved).await
        };
        self.write_gif(gif.sha, HOLD_MS, HOLD_TRIES, keeping).await
    }

    /// Whether an upload for the shelf should be read at all.
    pub async fn may_keep_upload(&self, visitor: VisitorId) -> Result<(), Error> {
        let Load { items, bytes } = self.store.load(LoadOf::Visitor(visitor)).await?;
        match () {
            () if items >= MOST_ITEMS as u64 => Err(Error::ShelfFull(Bound::Items)),
            () if bytes >= self.shelves.bounds.visitor => Err(Error::ShelfFull(Bound::Visitor)),
            () => Ok(()),
        }
    }

    /// Sets an item's name, tags and folder. With `kept`, an item that was only sent is kept from now on.
    pub async fn label_gif(
        &self,
        visitor: VisitorId,
        address: Option<Address>,
        sha: GifHash,
        kept: bool,
        label: Label,
    ) -> Result<Item, Error> {
        if !kept {
            return self.store.label_item(visitor, sha, kept, label).await;
        }
        let _turn = self.shelves.turn(visitor).await;
        let gif = self.store.shelved(visitor, sha).await?.item.gif;
        let place = self.place_for(visitor, self.tag_of(address), &gif).await?;
        let kept = self.store.label_item(visitor, sha, kept, label).await?;
        place.take();
        Ok(kept)
    }

    /// Takes a GIF off the visitor's shelf. It is no error if it is not there.
    pub async fn drop_gif(&self, visitor: VisitorId, sha: GifHash) -> Result<(), Error> {
        let _turn = self.shelves.turn(visitor).await;
        let Shelved { item, address, .. } = match self.store.shelved(visitor, sha).await {
            Err(Error::NotFound) => return Ok(()),
            found => found?,
        };
        self.store.unshelve(visitor, &[sha]).await?;
        // (The sum of everyone stays until it is read again, within a minute, because others may keep the same GIF.)
        if item.kept
            && let Some(tag) = address
        {
            self.shelves.sums.subtract(LoadOf::Address(tag), weight(&item.gif));
        }
        Ok(())
    }

    /// The bytes of a GIF on the visitor's shelf, for them alone.
    pub async fn shelved_gif(self: &Arc<Self>, visitor: VisitorId, sha: GifHash) -> Result<VisibleGif, Error> {
        let shelved = self.store.shelved(visitor, sha).await?;
        let sight = if shelved.whispered { Sight::Whispered } else { Sight::Public };
        Ok(VisibleGif::on_shelf(Arc::clone(self), visitor, sha, sight))
    }

    /// Keeps a GIF, if the bounds allow it.
    async fn keep(&self, visitor: VisitorId, shelved: Shelved) -> Result<Item, Error> {
        let _turn = self.shelves.turn(visitor).await;
        let place = self.place_for(visitor, shelved.address, &shelved.item.gif).await?;
        let kept = self.put_on_shelf(visitor, shelved).await?;
        place.take();
        Ok(kept)
    }

    pub(super) async fn put_on_shelf(&self, visitor: VisitorId, shelved: Shelved) -> Result<Item, Error> {
        let kept = self.store.load(LoadOf::Visitor(visitor)).await?.items;
        let free = (MOST_ITEMS as u64).saturating_sub(kept + u64::from(shelved.item.kept));
        let most_sent = MOST_RECENT.min(usize::try_from(free).unwrap_or(MOST_RECENT));
        self.store.shelve(visitor, shelved, most_sent as u32).await
    }

    /// Reserves what keeping this GIF takes, or fails with the [`Bound`] that is reached. A caller that then keeps the GIF
    /// must hold the visitor's turn until it is kept.
    async fn place_for(&self, visitor: VisitorId, address: Option<AddressTag>, gif: &Gif) -> Result<Place<'_>, Error> {
        match self.store.shelved(visitor, gif.sha).await {
            Ok(known) if known.item.kept => return Ok(Place::default()),
            Ok(_) | Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
        let (bytes, Shelves { bounds, sums, .. }) = (weight(gif), &self.shelves);
        let Load { items, bytes: used } = self.store.load(LoadOf::Visitor(visitor)).await?;
        if items >= MOST_ITEMS as u64 {
            return Err(Error::ShelfFull(Bound::Items));
        }
        if used + bytes > bounds.visitor {
            return Err(Error::ShelfFull(Bound::Visitor));
        }
        let mut place = Place::default();
        let of_address = address
            .map(|tag| (Claim { of: LoadOf::Address(tag), bytes, once: None, most: bounds.address }, Bound::Address));
        let once = Some((gif.sha, bytes));
        let of_everyone =
            (Claim { of: LoadOf::Everyone, bytes: RECORD_WEIGHT, once, most: bounds.everyone }, Bound::Deployment);
        for (claim, bound) in of_address.into_iter().chain([of_everyone]) {
            let read = async { self.store.load(claim.of).await.map(|load| load.bytes) };
            let reserved = sums.reserve(claim, self.clock.monotonic(), read).await?;
            place.add(reserved.ok_or(Error::ShelfFull(bound))?);
        }
        Ok(place)
    }

    /// Notes that a visitor is still here. Called on the first request of a `day`.
    pub async fn renew_shelf(&self, visitor: VisitorId, day: Timestamp) {
        if let Err(error) = self.store.renew_shelf(visitor, day).await {
            tracing::debug!(%error, "a shelf is renewed by a later request");
        }
    }

    /// Removes shelves whose visitors are not coming back.
    pub(super) async fn sweep_shelves(&self) {
        let before = Timestamp(self.clock.now().0.saturating_sub(LIFETIME_MS));
        match self.store.sweep_shelves(before, SWEPT_AT_ONCE).await {
            Ok(_) | Err(Error::Unavailable) => {}
            Err(error) => tracing::warn!(%error, "shelves whose visitors are gone are still there"),
        }
    }
}
