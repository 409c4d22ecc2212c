//! Messages: texts, GIFs and reactions, and removing them.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use super::Chat;
use super::copies::Told;
use super::turns::{Bounds, Requester, Turns};
use crate::address::Address;
use crate::background;
use crate::bus::LobbyNews;
use crate::finish::Finish;
use crate::media::{Reading, Rendition, StoredGif};
use crate::spool::Upload;
use crate::store::{Sight, SlowTurn, WriteId};
use chat::command;
use chat::entry::{Emoji, Entry, Reply, Saying, Showing, Text, What};
use chat::error::Error;
use chat::gif::{self, GifHash};
use chat::id::{ClientId, RoomId, VisitorId};
use chat::limit::Act;
use chat::policy;
use chat::time::Timestamp;

/// How long an upload may take from its first stored byte to its entry.
pub(super) const HOLD_MS: u64 = 3_600_000;

/// How many times to try to hold a GIF that is just being removed, and the pause between two tries.
pub(super) const HOLD_TRIES: u32 = 50;
const HOLD_PAUSE: Duration = Duration::from_millis(100);

/// How many GIFs are checked at once. Each takes a core, the worst of 5 MiB for half a second.
const CHECKED_AT_ONCE: usize = 2;

/// A GIF of fewer bytes is checked at once, without a turn. A check takes time in proportion to the bytes (less than a
/// millisecond for these), so a small GIF should not wait for a large one. (It was never written to the disk either.)
const SMALL: u64 = 64 * 1024;

/// How many may wait for a check. A page sends one GIF after the other, and an upload that waits keeps its file on the disk.
const CHECK_BOUNDS: Bounds = Bounds { per_visitor: 2, per_address: 8, addresses: 64 };

/// Decides whose GIF is checked next.
pub(super) fn gif_check_turns() -> Turns<()> {
    Turns::new(vec![(); background::at_once(CHECKED_AT_ONCE)], CHECK_BOUNDS)
}

/// To whom a message is sent, and which message it answers. The default is to everybody, and no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Target {
    /// The only person the message is for (a whisper).
    pub to: Option<VisitorId>,
    /// The `seq` of the message it answers.
    pub reply: Option<u64>,
}

/// A GIF that the visitor may see.
pub struct VisibleGif {
    chat: Arc<Chat>,
    visitor: VisitorId,
    /// `None` for one that is on their shelf.
    room: Option<RoomId>,
    sha: GifHash,
    sight: Sight,
}

impl VisibleGif {
    pub(super) fn on_shelf(chat: Arc<Chat>, visitor: VisitorId, sha: GifHash, sight: Sight) -> Self {
        Self { chat, visitor, room: None, sha, sight }
    }

    /// Whether only whispers show it to this visitor.
    pub fn is_whispered(&self) -> bool {
        self.sight == Sight::Whispered
    }

    /// Opens the bytes of a part, which are read in pieces. [`Error::NotFound`] when it is not there. A copy that should be there
    /// is made again for a room that misses it.
    pub async fn open(&self, part: Rendition) -> Result<Reading, Error> {
        let opened = self.chat.media.open(self.sha, part).await;
        if let (Err(Error::NotFound), Some(room)) = (&opened, self.room) {
            let audience = self.is_whispered().then_some([self.visitor; 2]);
            self.chat.copy_again(self.sha, part, Told { room, audience }).await?;
        }
        opened
    }
}

/// Calls `hold` until it has held a GIF, up to so many times. It cannot while the bytes of the GIF are being removed, which takes as
/// long as deleting a few files. Fails with [`Error::Unavailable`] if it takes too long.
async fn unless_removed<F>(tries: u32, hold: impl Fn() -> F) -> Result<(), Error>
where
    F: Future<Output = Result<bool, Error>>,
{
    for _ in 0..tries {
        if hold().await? {
            return Ok(());
        }
        tokio::time::sleep(HOLD_PAUSE).await;
    }
    Err(Error::Unavailable)
}

impl Chat {
    /// Appends a text. A text sent twice with one client id makes one entry, which both calls return.
    pub async fn send_text(
        self: &Arc<Self>,
        author: VisitorId,
        room: RoomId,
        client: ClientId,
        text: &str,
        target: Target,
    ) -> Result<Entry, Error> {
        // A whisper is only for its two people, so even a text that looks like a command is sent as it was typed.
        let said = if target.to.is_none() { command::for_all(text) } else { Ok(text) };
        let text = Text::new(said.as_deref().unwrap_or(text))?;
        self.allow_in_room(Act::Say, room, author).await?;
        if let Err(error) = said {
            return self.sent_before(author, room, client, error).await;
        }
        self.in_turn(author, room, client, async {
            match self.targeted(author, room, What::Text(text), target).await {
                Ok(saying) => self.append(author, room, client, saying).await,
                Err(error) => self.sent_before(author, room, client, error).await,
            }
        })
        .await
    }

    /// Begins an upload, which holds the bytes until it is sent.
    pub fn begin_upload(&self) -> Upload {
        self.spool.begin()
    }

    /// Checks the bytes, stores them, and appends the GIF.
    #[allow(clippy::too_many_arguments, reason = "the fields of one form")]
    pub async fn send_gif(
        self: &Arc<Self>,
        author: VisitorId,
        address: Option<Address>,
        room: RoomId,
        client: ClientId,
        upload: impl Into<Upload>,
        showing: Showing,
        target: Target,
    ) -> Result<Entry, Error> {
        self.may_upload(author, room).await?;
        self.allow_in_room(Act::Say, room, author).await?;
        self.in_turn(author, room, client, async {
            let (checked, in_memory) = self.check_gif(Requester::new(author, address), upload.into()).await?;
            let sha = checked.gif.sha;
            let saying = match self.targeted(author, room, What::Gif(checked.gif), target).await {
                Ok(saying) => Saying { showing, ..saying },
                Err(error) => return self.sent_before(author, room, client, error).await,
            };
            let stored = StoredGif { gif: checked.bytes.into(), poster: checked.poster.into() };
            let chat = Arc::clone(self);
            let sending = async move {
                chat.media.put(sha, stored).await?;
                drop(in_memory);
                chat.append(author, room, client, saying).await
            };
            let sent = self.write_gif(sha, HOLD_MS, HOLD_TRIES, sending).await?;
            self.after_gif(author, address, room, &sent).await;
            Ok(sent)
        })
        .await
    }

    /// Runs `saying` if slow mode allows it. In slow mode everybody but the owner sends one message per period, of any kind and
    /// on any node. A message already stored under this client id is returned at any time.
    pub(super) async fn in_turn(
        &self,
        author: VisitorId,
        room: RoomId,
        client: ClientId,
        saying: impl Future<Output = Result<Entry, Error>>,
    ) -> Result<Entry, Error> {
        let slow = self.lobby.slow_for(author, room);
        if slow.is_off() {
            return saying.await;
        }
        self.store.seat(room, author).await?;
        let turn = SlowTurn { room, visitor: author, client, at: self.clock.now(), slow };
        let is_new = match self.store.take_slow_turn(turn).await {
            Ok(is_new) => is_new,
            Err(error) => return self.sent_before(author, room, client, error).await,
        };
        let said = saying.await;
        // After these errors the message may have been stored all the same, so the author keeps the turn for a retry.
        let is_refused = said.as_ref().is_err_and(|error| !matches!(error, Error::Unavailable | Error::Internal));
        if is_new
            && is_refused
            && let Err(error) = self.store.give_back_slow_turn(turn).await
        {
            tracing::debug!(%room, %error, "somebody waits for their turn who has said nothing");
        }
        said
    }

    /// Adds a reaction to message `seq`, or removes it.
    pub async fn react(
        self: &Arc<Self>,
        by: VisitorId,
        room: RoomId,
        client: ClientId,
        seq: u64,
        emoji: Emoji,
        on: bool,
    ) -> Result<Entry, Error> {
        self.allow_in_room(Act::Say, room, by).await?;
        let message = self.store.entry(room, by, seq).await?;
        policy::may_react(&message)?;
        self.allow_reaction(room, seq, by)?;
        // A reaction to a whisper is only for its two people.
        let to = if message.person.id == by { message.to } else { message.to.map(|_| message.person) };
        self.append(by, room, client, Saying { to, ..What::Reaction { seq, emoji, on }.into() }).await
    }

    /// Removes the content of a message for good.
    pub async fn remove_message(self: &Arc<Self>, by: VisitorId, room: RoomId, seq: u64) -> Result<(), Error> {
        let (now, message) = (self.clock.now(), self.store.entry(room, by, seq).await?);
        self.change(room, Arc::new(move |room| room.remove(by, &message, now))).await.map(drop)
    }

    /// Changes how the GIF of a message is shown.
    pub async fn show_gif(
        self: &Arc<Self>,
        by: VisitorId,
        room: RoomId,
        seq: u64,
        showing: Showing,
    ) -> Result<(), Error> {
        self.allow_in_room(Act::Say, room, by).await?;
        let (now, message) = (self.clock.now(), self.store.entry(room, by, seq).await?);
        self.change(room, Arc::new(move |room| room.show(by, &message, showing.clone(), now))).await.map(drop)
    }

    /// Whether an upload's body should be read at all.
    pub async fn may_upload(&self, author: VisitorId, room: RoomId) -> Result<(), Error> {
        self.store.seat(room, author).await.map(|_| ())
    }

    /// A GIF that a room shows, for a visitor with a seat there. Its bytes are not read yet.
    pub async fn gif(self: &Arc<Self>, visitor: VisitorId, room: RoomId, sha: GifHash) -> Result<VisibleGif, Error> {
        let sight = self.store.may_see_gif(room, visitor, sha).await?;
        Ok(VisibleGif { chat: Arc::clone(self), visitor, room: Some(room), sha, sight })
    }

    /// Holds a GIF, so that its bytes are not removed, as [`unless_removed`] says.
    pub(super) async fn hold(&self, sha: GifHash) -> Result<(), Error> {
        unless_removed(HOLD_TRIES, || self.store.hold_gif(sha, Timestamp(self.clock.now().0 + HOLD_MS))).await
    }

    /// Runs `writing`, which stores bytes of a GIF within `most_ms`, to its end. Meanwhile the GIF is not removed. It begins as
    /// [`unless_removed`] says.
    pub(super) async fn write_gif<T: Send + 'static>(
        self: &Arc<Self>,
        sha: GifHash,
        most_ms: u64,
        tries: u32,
        writing: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Result<T, Error> {
        let (chat, write) = (Arc::clone(self), WriteId::generate());
        // Nobody may leave a write that never ends by hanging up: its GIF could not be removed.
        Finish::new(async move {
            let until = || Timestamp(chat.clock.now().0 + most_ms);
            unless_removed(tries, || chat.store.begin_write(sha, write, until())).await?;
            let written = writing.await;
            if let Err(error) = chat.store.end_write(sha, write).await {
                tracing::debug!(%sha, %error, "a GIF cannot be removed for a while");
            }
            written
        })
        .await
    }

    /// Reads and checks an upload when its turn comes. The permit covers its bytes in memory, until they are stored. A
    /// small upload needs neither a turn nor a permit.
    pub(super) async fn check_gif(
        &self,
        who: Requester,
        upload: Upload,
    ) -> Result<(gif::Checked, Option<OwnedSemaphorePermit>), Error> {
        if upload.length() < SMALL {
            background::give_way().await;
            return Ok((gif::check(&upload.read()?, &self.config.gif)?, None));
        }
        let (limits, permits, runtime) = (self.config.gif, self.gifs_in_memory.clone(), Handle::current());
        let work = move |(): &mut ()| {
            // The permit is taken only now, so that nothing but the turns decides who is next.
            let in_memory = runtime.block_on(permits.acquire_owned()).map_err(|_| Error::Unavailable)?;
            gif::check(&upload.read()?, &limits).map(|checked| (checked, Some(in_memory)))
        };
        self.gif_checks.run(who, work).await
    }

    /// Finds the message that is stored under this client id, because its author sends it again after getting no response.
    /// Without one it fails with `refused`. (What was allowed at first may be refused now: for example, the person it was
    /// for may have left since.)
    pub(super) async fn sent_before(
        &self,
        author: VisitorId,
        room: RoomId,
        client: ClientId,
        refused: Error,
    ) -> Result<Entry, Error> {
        self.store.seat(room, author).await?;
        self.store.sent(room, author, client).await?.ok_or(refused)
    }

    /// Looks up the person and the message that a target names.
    pub(super) async fn targeted(
        &self,
        author: VisitorId,
        room: RoomId,
        what: What,
        target: Target,
    ) -> Result<Saying, Error> {
        let to = match target.to {
            None => None,
            Some(to) => Some(policy::may_whisper(&self.store.room(room).await?, author, to)?.person.clone()),
        };
        let reply = match target.reply {
            None => None,
            Some(seq) => {
                let message = self.store.entry(room, author, seq).await?;
                policy::may_answer(&message, author, target.to)?;
                Some(Reply { seq, person: message.person })
            }
        };
        Ok(Saying { to, reply, ..what.into() })
    }

    pub(super) async fn append(
        self: &Arc<Self>,
        author: VisitorId,
        room: RoomId,
        client: ClientId,
        saying: Saying,
    ) -> Result<Entry, Error> {
        let chat = self.clone();
        Finish::new(async move {
            let appended = chat.store.append(room, author, client, saying, chat.clock.now()).await?;
            if appended.is_new {
                let at = appended.entry.at;
                chat.publish(room, &appended.entry).await;
                if appended.entry.is_public_message() && chat.lobby.spoke(room, at) {
                    chat.bus.tell_lobby(LobbyNews::Spoke { room, at }).await;
                }
            }
            Ok(appended.entry)
        })
        .await
    }
}
