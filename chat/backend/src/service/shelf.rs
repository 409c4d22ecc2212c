//! Shelves: the GIFs that visitors keep, and those they sent lately.
//!
//! What is kept takes space on the disk long after its room has ended, so it is bounded: for a visitor, for an address and for the
//! house. Past a bound nothing more is kept, and nothing that is kept has to go.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::{Mutex as TurnMutex, MutexGuard as Turn};

use super::Chat;
use super::messages::{Shown, Target};
use super::turns::{Bounds, Requester, Turns};
use crate::address::Address;
use crate::media::StoredGif;
use crate::spool::Upload;
use crate::store::{Load, LoadOf, Origin, Shelved, Sight};
use chat::entry::{Description, Entry, Saying, Showing, What};
use chat::error::Error;
use chat::gif::{Gif, GifHash, Known};
use chat::id::{ClientId, RoomId, VisitorId};
use chat::limit::Act;
use chat::policy;
use chat::record::AddressTag;
use chat::shelf::{Bound, Item, Label, MOST_ITEMS, MOST_OF_ROOM, MOST_RECENT, SeenInRoom, Shelf, weight};
use chat::time::Timestamp;

/// The bytes that may be kept, as [`weight`] counts them.
#[derive(Debug, Clone, Copy)]
pub struct ShelfBounds {
    pub visitor: u64,
    pub address: u64,
    /// Each GIF counts once, however many have it.
    pub house: u64,
}

impl Default for ShelfBounds {
    fn default() -> Self {
        const MIB: u64 = 1 << 20;
        Self { visitor: 256 * MIB, address: 1024 * MIB, house: 8192 * MIB }
    }
}

/// How long a shelf is kept whose visitor does not come: as long as their cookie.
const LIFETIME_MS: u64 = 30 * 24 * 3600 * 1000;

/// How many shelves one sweep removes.
const SWEPT_AT_ONCE: u32 = 20;

/// How long the count of the house is used before it is read again. What this node adds meanwhile is added to it.
const COUNT_AGAIN: Duration = Duration::from_secs(60);

/// How many may wait until their shelf is read.
const READING: Bounds = Bounds { per_visitor: 4, per_address: 16, addresses: 64 };

/// How many visitors put something on their shelves at the same time. Those of one address do so one after the other.
const TURNS: usize = 64;

/// The shelves as the service sees them.
pub(super) struct Shelves {
    bounds: ShelfBounds,
    /// Decides whose shelf is read next.
    reading: Turns<()>,
    turns: [TurnMutex<()>; TURNS],
    /// Held by whoever counts the house. The others wait for that count.
    counting: TurnMutex<()>,
    /// When the house was counted last, by the monotonic clock, and with what was added since.
    house: Mutex<Option<(Duration, u64)>>,
}

impl Shelves {
    pub fn new(bounds: ShelfBounds) -> Self {
        let reading = Turns::new([()], READING);
        let turns = std::array::from_fn(|_| TurnMutex::default());
        Self { bounds, reading, turns, counting: TurnMutex::default(), house: Mutex::default() }
    }

    /// Counts what is about to be kept, so that others at the same time do not pass the bound.
    fn reserve(&self, bytes: u64) -> Result<(), Error> {
        if let Some((_, all)) = &mut *self.house.lock() {
            if *all + bytes > self.bounds.house {
                return Err(Error::ShelfFull(Bound::House));
            }
            *all += bytes;
        }
        Ok(())
    }

    /// Takes back what was counted, and not kept.
    fn give_back(&self, bytes: u64) {
        if let Some((_, all)) = &mut *self.house.lock() {
            *all = all.saturating_sub(bytes);
        }
    }

    /// Waits until nobody else of this address, or with this visitor's id, puts something on a shelf.
    async fn turn(&self, visitor: VisitorId, address: Option<AddressTag>) -> Turn<'_, ()> {
        let place = address.map_or(visitor.0[0].into(), |tag| usize::from(tag.0));
        self.turns[place % TURNS].lock().await
    }
}

impl Chat {
    /// A whole shelf, when its turn comes: a large one keeps a core busy for as long as a hundred pages.
    pub async fn shelf(self: &Arc<Self>, visitor: VisitorId, address: Option<Address>) -> Result<Shelf, Error> {
        let (chat, runtime) = (Arc::clone(self), Handle::current());
        let read = move |(): &mut ()| {
            let items = runtime.block_on(chat.store.shelf(visitor))?;
            let gifs = items.iter().map(|item| item.gif.sha).collect();
            let known = runtime.block_on(chat.facts_of(gifs))?;
            Ok(Shelf { items, known })
        };
        self.shelves.reading.run(Requester::new(visitor, address), read).await
    }

    /// The GIFs that a room shows to somebody seated there.
    pub async fn gifs_of_room(&self, visitor: VisitorId, room: RoomId) -> Result<SeenInRoom, Error> {
        let gifs = self.store.gifs_of_room(room, visitor, MOST_OF_ROOM as u32).await?;
        let known = self.facts_of(gifs.iter().map(|seen| seen.gif.sha).collect()).await?;
        Ok(SeenInRoom { gifs, known })
    }

    async fn facts_of(&self, gifs: Vec<GifHash>) -> Result<Vec<Known>, Error> {
        if gifs.is_empty() { Ok(Vec::new()) } else { self.store.gif_facts(&gifs).await }
    }

    /// Keeps the GIF of a message. `description` is what the visitor was told that it shows, if that is another than the message has
    /// said from the beginning.
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

    /// Keeps a GIF that is loaded from a file.
    pub async fn keep_upload(
        &self,
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
        // What has no place is not stored first.
        self.may_keep(visitor, shelved.address, &gif).await?;
        self.hold(gif.sha).await?;
        self.media.put(gif.sha, StoredGif { gif: checked.bytes.into(), poster: checked.poster.into() }).await?;
        drop(in_memory);
        self.keep(visitor, shelved).await
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

    /// Names, tags and files an item. If it is to be `kept`, one that was only sent is kept from now on.
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
        let address = self.tag_of(address);
        let _turn = self.shelves.turn(visitor, address).await;
        let gif = self.store.shelved(visitor, sha).await?.item.gif;
        let bytes = self.may_keep(visitor, address, &gif).await?;
        self.shelves.reserve(bytes)?;
        let kept = self.store.label_item(visitor, sha, kept, label).await;
        kept.inspect_err(|_| self.shelves.give_back(bytes))
    }

    pub async fn drop_gif(&self, visitor: VisitorId, sha: GifHash) -> Result<(), Error> {
        self.store.unshelve(visitor, &[sha]).await
    }

    /// The bytes of a GIF on the visitor's shelf, for them alone.
    pub async fn shelved_gif(self: &Arc<Self>, visitor: VisitorId, sha: GifHash) -> Result<Shown, Error> {
        let shelved = self.store.shelved(visitor, sha).await?;
        let sight = if shelved.whispered { Sight::Whispered } else { Sight::Public };
        Ok(Shown::on_shelf(Arc::clone(self), visitor, sha, sight))
    }

    /// Appends a GIF that is there already, and that the author sees: in a room where they sit, or on their shelf. Otherwise it fails
    /// with [`Error::NotFound`], whether or not somebody else has such a GIF.
    #[allow(clippy::too_many_arguments, reason = "the fields of one form")]
    pub async fn send_seen_gif(
        self: &Arc<Self>,
        author: VisitorId,
        address: Option<Address>,
        room: RoomId,
        client: ClientId,
        sha: GifHash,
        showing: Showing,
        target: Target,
    ) -> Result<Entry, Error> {
        self.store.seat(room, author).await?;
        // Pages ask this way before each upload, which must not count as two messages, nor take a turn.
        let gif = match self.store.may_send_gif(author, sha).await {
            Ok(gif) => gif,
            Err(error) => return self.sent_before(author, room, client, error).await,
        };
        let _ = self.allow(Act::Say, author, address)?;
        self.allow_in_room(Act::Say, room, author).await?;
        self.in_turn(author, room, client, async {
            let saying = match self.targeted(author, room, What::Gif(gif), target).await {
                Ok(saying) => Saying { showing, by_sight: true, ..saying },
                Err(error) => return self.sent_before(author, room, client, error).await,
            };
            self.hold(sha).await?;
            let sent = match self.append(author, room, client, saying).await {
                Err(Error::NotFound) => self.sent_before(author, room, client, Error::NotFound).await?,
                sent => sent?,
            };
            self.after_gif(author, address, room, &sent).await;
            Ok(sent)
        })
        .await
    }

    /// Adds a reaction with a GIF to message `seq`, or takes it back. The GIF is one that the person could send by its hash.
    #[allow(clippy::too_many_arguments, reason = "the fields of one form")]
    pub async fn react_by_gif(
        self: &Arc<Self>,
        by: VisitorId,
        room: RoomId,
        client: ClientId,
        seq: u64,
        sha: GifHash,
        on: bool,
    ) -> Result<Entry, Error> {
        self.allow_in_room(Act::Say, room, by).await?;
        let message = self.store.entry(room, by, seq).await?;
        policy::may_react(&message)?;
        let gif = match self.store.may_send_gif(by, sha).await {
            Ok(gif) => Some(gif),
            Err(error) => return self.sent_before(by, room, client, error).await,
        };
        self.allow_reaction(room, seq, by)?;
        if on {
            self.hold(sha).await?;
        }
        // A reaction to a whisper is only for its two people.
        let to = if message.person.id == by { message.to } else { message.to.map(|_| message.person) };
        let saying = Saying { to, by_sight: on, ..What::GifReaction { seq, gif, on }.into() };
        self.append(by, room, client, saying).await
    }

    /// Does what a GIF that was just sent still needs: copies, and a place among those that its author sent lately.
    pub(super) async fn after_gif(
        self: &Arc<Self>,
        author: VisitorId,
        address: Option<Address>,
        room: RoomId,
        sent: &Entry,
    ) {
        self.copy_soon(Requester::new(author, address), room, sent);
        let Some(gif) = sent.what.gif() else { return };
        let description = sent.showing.description.clone();
        let item = Item { gif: *gif, description, label: Label::default(), kept: false, used_at: sent.at };
        let origin = Some(Origin { room, seq: sent.seq });
        let shelved = Shelved { item, origin, whispered: sent.is_whisper(), address: self.tag_of(address) };
        match self.put_on_shelf(author, shelved).await {
            // The entry may be removed by now, and its author gone.
            Ok(_) | Err(Error::NotFound | Error::Removed | Error::NotSeated | Error::Barred) => {}
            Err(error) => tracing::debug!(%room, %error, "a GIF that was sent is not on its author's shelf"),
        }
    }

    /// Keeps a GIF, if the bounds allow it.
    async fn keep(&self, visitor: VisitorId, shelved: Shelved) -> Result<Item, Error> {
        let _turn = self.shelves.turn(visitor, shelved.address).await;
        let bytes = self.may_keep(visitor, shelved.address, &shelved.item.gif).await?;
        self.shelves.reserve(bytes)?;
        let kept = self.put_on_shelf(visitor, shelved).await;
        kept.inspect_err(|_| self.shelves.give_back(bytes))
    }

    async fn put_on_shelf(&self, visitor: VisitorId, shelved: Shelved) -> Result<Item, Error> {
        let kept = self.store.load(LoadOf::Visitor(visitor)).await?.items;
        let free = (MOST_ITEMS as u64).saturating_sub(kept + u64::from(shelved.item.kept));
        let most_sent = MOST_RECENT.min(usize::try_from(free).unwrap_or(MOST_RECENT));
        self.store.shelve(visitor, shelved, most_sent as u32).await
    }

    /// How many bytes it adds to keep this GIF, or why that cannot be.
    async fn may_keep(&self, visitor: VisitorId, address: Option<AddressTag>, gif: &Gif) -> Result<u64, Error> {
        match self.store.shelved(visitor, gif.sha).await {
            Ok(known) if known.item.kept => return Ok(0),
            Ok(_) | Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
        let (bytes, bounds) = (weight(gif), self.shelves.bounds);
        let Load { items, bytes: used } = self.store.load(LoadOf::Visitor(visitor)).await?;
        if items >= MOST_ITEMS as u64 {
            return Err(Error::ShelfFull(Bound::Items));
        }
        if used + bytes > bounds.visitor {
            return Err(Error::ShelfFull(Bound::Visitor));
        }
        if let Some(tag) = address
            && self.store.load(LoadOf::Address(tag)).await?.bytes + bytes > bounds.address
        {
            return Err(Error::ShelfFull(Bound::Address));
        }
        if self.house_bytes().await? + bytes > bounds.house {
            return Err(Error::ShelfFull(Bound::House));
        }
        Ok(bytes)
    }

    /// The bytes of all that is kept, as they were counted within the last minute.
    async fn house_bytes(&self) -> Result<u64, Error> {
        if let Some(bytes) = self.counted() {
            return Ok(bytes);
        }
        let _counting = self.shelves.counting.lock().await;
        if let Some(bytes) = self.counted() {
            return Ok(bytes);
        }
        let Load { bytes, .. } = self.store.load(LoadOf::House).await?;
        *self.shelves.house.lock() = Some((self.clock.monotonic(), bytes));
        Ok(bytes)
    }

    fn counted(&self) -> Option<u64> {
        let (at, bytes) = (*self.shelves.house.lock())?;
        (self.clock.monotonic().saturating_sub(at) < COUNT_AGAIN).then_some(bytes)
    }

    /// Notes, once a day, that a visitor is still here.
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
