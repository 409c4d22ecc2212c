//! Copies of GIFs: stills, light copies, and the facts that are found out while making them. They are made after the
//! message has gone out, one after the other and in turn by address, and no message waits for them. When too many GIFs
//! wait, another gets no copies for now.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::{Semaphore, mpsc};

use super::Chat;
use super::frame;
use super::turns::{Bounds, Requester, Turns};
use crate::background;
use crate::bus::{Envelope, Notice, RoomEvent};
use crate::media::Rendition;
use chat::entry::Entry;
use chat::error::Error;
use chat::event::Down;
use chat::gif::{Facts, Gif, GifFacts, GifHash, MOST_ASKED};
use chat::id::{RoomId, VisitorId};

/// Decodes GIFs, and makes copies from their pixels. (The server's does so in a process of its own.)
pub trait Copier: Send + Sync + 'static {
    /// Calls `tell` as soon as there is something: first with the still and whether the GIF flashes, then with all of that
    /// and the light copy. What it cannot make is left out. This takes seconds, so it runs on a thread that may block.
    fn make(&self, gif: &[u8], tell: &mut dyn FnMut(Made));
}

/// What was made of a GIF so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    pub still: Option<Bytes>,
    pub light: Option<Bytes>,
    /// See [`Facts::flashes`].
    pub flashes: Option<bool>,
}

/// How many GIFs wait at most, of one visitor, of one address, and of all.
const WAITING: Bounds = Bounds { per_visitor: 20, per_address: 30, addresses: 100 };
const ALL_WAITING: usize = 100;

/// How long a GIF is kept while copies of it are made and stored, even if its message is removed meanwhile. (A copier takes
/// half of this at most.)
const HOLD_MS: u64 = 60_000;

/// The longest that making the copies takes when the copier gets a core. (The copier of the server limits its own CPU time to
/// 15 seconds.)
const LONGEST: Duration = Duration::from_secs(20);

/// The requester of copies of GIFs that have none when they are looked at. A look costs nothing, and neither does a new
/// visitor, so all visitors who look share the places of one.
const LOOKS: Requester = Requester { visitor: VisitorId([0; 16]), address: None };

pub(super) struct Copies {
    copier: Option<Arc<dyn Copier>>,
    turns: Turns<()>,
    places: Arc<Semaphore>,
    /// The GIFs that wait or are being copied.
    under_way: Mutex<HashMap<GifHash, UnderWay>>,
}

/// Who is to be told about a GIF that waits or is being copied.
#[derive(Default)]
struct UnderWay {
    all: Vec<Told>,
    /// How many of them, counted from the first, have been told the newest facts.
    told: usize,
}

/// Who is told the facts about a GIF: those who see a message that shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Told {
    pub room: RoomId,
    pub audience: Option<[VisitorId; 2]>,
}

/// The result of a GIF's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CopyResult {
    Done,
    /// Another node makes the copies.
    Elsewhere,
}

/// How many seconds to wait before looking again whether another node has made the copies. In all they are longer than
/// a copier takes, and longer than it takes to see that the other node is dead.
const LOOK_AGAIN: [u64; 6] = [1, 2, 4, 8, 16, 32];

impl Copies {
    pub fn new(copier: Option<Arc<dyn Copier>>) -> Self {
        Self {
            copier,
            turns: Turns::new([()], WAITING),
            places: Arc::new(Semaphore::new(ALL_WAITING)),
            under_way: Mutex::default(),
        }
    }

    /// Notes that a GIF is to be copied, and who is to be told about it. False if it was noted already.
    fn begin(&self, sha: GifHash, told: Told) -> bool {
        let mut under_way = self.under_way.lock();
        let is_new = !under_way.contains_key(&sha);
        let all = &mut under_way.entry(sha).or_default().all;
        if !all.contains(&told) {
            all.push(told);
        }
        is_new
    }

    /// Everybody who is to be told about a GIF now.
    fn telling(&self, sha: GifHash) -> Vec<Told> {
        let mut under_way = self.under_way.lock();
        let Some(noted) = under_way.get_mut(&sha) else { return Vec::new() };
        noted.told = noted.all.len();
        noted.all.clone()
    }

    /// Ends what [`Copies::begin`] began. Returns those who were noted after the others had been told.
    fn end(&self, sha: GifHash) -> Vec<Told> {
        let ended = self.under_way.lock().remove(&sha).unwrap_or_default();
        ended.all.into_iter().skip(ended.told).collect()
    }
}

impl Chat {
    /// The known facts about the GIFs that these entries show, ordered by hash. GIFs without facts are copied soon.
    pub(super) async fn known_gifs(self: &Arc<Self>, room: RoomId, entries: &[Entry]) -> Result<Vec<GifFacts>, Error> {
        let moving = |entry: &Entry| entry.what.gif().filter(|gif| moves(gif)).map(|gif| gif.sha);
        let shown: Vec<(GifHash, &Entry)> = entries.iter().filter_map(|entry| Some((moving(entry)?, entry))).collect();
        let mut shas: Vec<_> = shown.iter().map(|(sha, _)| *sha).collect();
        shas.sort_unstable();
        shas.dedup();
        if shas.is_empty() {
            return Ok(Vec::new());
        }
        let mut known = self.store.gif_facts(&shas).await?;
        known.sort_unstable_by_key(|known| known.sha);
        for (sha, entry) in shown {
            if known.binary_search_by_key(&sha, |known| known.sha).is_err() {
                self.copy_soon(LOOKS, room, entry);
            }
        }
        Ok(known)
    }

    /// The known facts about those of `gifs` that this visitor sees in the room. Fails with [`Error::Refused`] if there are
    /// more than [`MOST_ASKED`].
    pub async fn facts_of_gifs(
        &self,
        visitor: VisitorId,
        room: RoomId,
        gifs: &[GifHash],
    ) -> Result<Vec<GifFacts>, Error> {
        if gifs.len() > MOST_ASKED {
            return Err(Error::Refused);
        }
        let mut seen = Vec::with_capacity(gifs.len());
        for sha in gifs {
            match self.store.may_see_gif(room, visitor, *sha).await {
                Ok(_) => seen.push(*sha),
                // Its message may have been removed since the page was loaded.
                Err(Error::NotFound) => {}
                Err(error) => return Err(error),
            }
        }
        self.store.gif_facts(&seen).await
    }

    /// Makes copies of an entry's GIF when its turn comes, unless it has facts already. Those who see the entry are told.
    pub(super) fn copy_soon(self: &Arc<Self>, who: Requester, room: RoomId, entry: &Entry) {
        if let Some(gif) = entry.what.gif().filter(|gif| moves(gif)) {
            self.copy_one_soon(who, gif.sha, Told { room, audience: entry.audience() });
        }
    }

    /// Makes a GIF's copies again if `copy`, which the caller has not found, should be there.
    pub(super) async fn copy_again(self: &Arc<Self>, sha: GifHash, copy: Rendition, told: Told) -> Result<(), Error> {
        let [GifFacts { facts, .. }] = self.store.gif_facts(&[sha]).await?[..] else { return Ok(()) };
        let should_be_there = match copy {
            Rendition::Still => facts.still,
            Rendition::Light => facts.light,
            Rendition::Gif | Rendition::Poster => false,
        };
        if should_be_there {
            tracing::warn!(%sha, "a copy of a GIF is lost, and is made again");
            self.store.forget_gif_facts(sha).await?;
            self.copy_one_soon(LOOKS, sha, told);
        }
        Ok(())
    }

    fn copy_one_soon(self: &Arc<Self>, who: Requester, sha: GifHash, told: Told) {
        if self.copies.copier.is_none() || !self.copies.begin(sha, told) {
            return;
        }
        let chat = Arc::clone(self);
        tokio::spawn(async move {
            if let Err(error) = chat.copy(who, sha).await {
                tracing::debug!(%sha, %error, "a GIF stays without copies for now");
            }
            let late = chat.copies.end(sha);
            if !late.is_empty()
                && let Ok([known]) = chat.store.gif_facts(&[sha]).await.as_deref()
            {
                chat.tell(late, *known).await;
            }
        });
    }

    async fn copy(self: &Arc<Self>, who: Requester, sha: GifHash) -> Result<(), Error> {
        let Some(copier) = self.copies.copier.clone() else { return Ok(()) };
        if let [known] = self.store.gif_facts(&[sha]).await?[..] {
            self.tell_of_gif(known).await;
            return Ok(());
        }
        let _place = self.copies.places.clone().try_acquire_owned().map_err(|_| Error::Unavailable)?;
        let mut waits = LOOK_AGAIN.into_iter();
        loop {
            let turn = self.copies.turns.turn(who).await?;
            // The GIF must not be removed meanwhile: otherwise a copy could be stored afterwards, and stay for ever.
            let (chat, copier) = (Arc::clone(self), Arc::clone(&copier));
            let copying = async move { chat.copy_now(sha, &copier).await };
            if self.write_gif(sha, HOLD_MS, 1, copying).await? == CopyResult::Done {
                return Ok(());
            }
            drop(turn);
            // The other node may not know that this room shows the GIF, so this node looks for the facts and tells the
            // room.
            tokio::time::sleep(Duration::from_secs(waits.next().ok_or(Error::Unavailable)?)).await;
            if let [known] = self.store.gif_facts(&[sha]).await?[..] {
                self.tell_of_gif(known).await;
                return Ok(());
            }
        }
    }

    /// Returns when all is made, or when it is clear that it cannot be.
    async fn copy_now(&self, sha: GifHash, copier: &Arc<dyn Copier>) -> Result<CopyResult, Error> {
        if !self.claim(sha).await? {
            return Ok(CopyResult::Elsewhere);
        }
        let copied = self.copy_claimed(sha, copier).await;
        if copied.is_err()
            && let Some(nodes) = &self.nodes
        {
            // If this fails too, the claim ends with this node.
            let _ = self.store.unclaim_gif(sha, nodes.me).await;
        }
        copied.map(|()| CopyResult::Done)
    }

    /// Whether this node may make the copies.
    async fn claim(&self, sha: GifHash) -> Result<bool, Error> {
        match &self.nodes {
            Some(nodes) => self.store.claim_gif(sha, nodes.me).await,
            None => Ok(true),
        }
    }

    async fn copy_claimed(&self, sha: GifHash, copier: &Arc<dyn Copier>) -> Result<(), Error> {
        let gif = self.media.get(sha, Rendition::Gif).await?;
        let (copier, (tell, mut told)) = (Arc::clone(copier), mpsc::unbounded_channel());
        // What is made is stored from here, because nobody may have to wait for a thread of the lowest priority.
        let making = background::compute(LONGEST, move || copier.make(&gif, &mut |made| _ = tell.send(made)));
        let mut kept = None;
        while let Some(made) = told.recv().await {
            kept = Some(self.keep_copies(sha, made).await);
        }
        making.await.map_err(|error| {
            tracing::error!(%error, "making copies of a GIF ended early");
            Error::Internal
        })?;
        match kept {
            Some(kept) => kept,
            // A GIF of which the copier makes nothing gets empty facts, so that it is not tried again and again.
            None => self.store.set_gif_facts(sha, Facts::default()).await,
        }
    }

    async fn keep_copies(&self, sha: GifHash, made: Made) -> Result<(), Error> {
        let Made { still, light, flashes } = made;
        let facts = Facts { still: still.is_some(), light: light.is_some(), flashes };
        for (copy, bytes) in [(Rendition::Still, still), (Rendition::Light, light)] {
            if let Some(bytes) = bytes {
                self.media.add(sha, copy, bytes).await?;
            }
        }
        // The facts are stored last, so that every copy they name is there.
        self.store.set_gif_facts(sha, facts).await?;
        self.tell_of_gif(GifFacts { sha, facts }).await;
        Ok(())
    }

    /// Tells the facts to those who were noted for this GIF.
    async fn tell_of_gif(&self, known: GifFacts) {
        self.tell(self.copies.telling(known.sha), known).await;
    }

    async fn tell(&self, all: Vec<Told>, known: GifFacts) {
        let frame = frame::encode(&Down::Gif(known));
        for Told { room, audience } in all {
            let event = RoomEvent::Gif(Notice { frame: frame.clone(), audience });
            self.bus.publish(Envelope { room, event }).await;
        }
    }
}

/// Whether there is anything to be copied. (A GIF of one frame is its own still, and cannot flash.)
fn moves(gif: &Gif) -> bool {
    gif.frames > 1
}
