//! Saying something in a room.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use super::Chat;
use super::turns::{Bounds, Turns, Who};
use crate::address::Address;
use crate::background;
use crate::bus::LobbyNews;
use crate::entry::{Emoji, Entry, Reply, Saying, Text, What};
use crate::error::Error;
use crate::finish::Finish;
use crate::gif::{self, GifHash};
use crate::id::{ClientId, RoomId, VisitorId};
use crate::limit::Act;
use crate::media::{Media, Moving, Part, Reading};
use crate::policy;
use crate::spool::Upload;
use crate::store::SlowTurn;
use crate::time::Timestamp;

/// How long an upload may take from its first byte kept to its entry.
const HOLD_MS: u64 = 3_600_000;

/// How often, and how far apart, a GIF is asked for that is just being removed.
const HOLD_TRIES: u32 = 50;
const HOLD_PAUSE: Duration = Duration::from_millis(100);

/// GIFs judged at once: each takes a core, the worst of 5 MiB for half a second.
const JUDGED_AT_ONCE: usize = 2;

/// A page sends one after the other. Whoever waits has their GIF on the disk, and an upload’s place.
const JUDGING: Bounds = Bounds { of_a_visitor: 2, of_an_address: 8, addresses: 64 };

/// Whose GIF is judged next.
pub(super) fn judging() -> Turns<()> {
    Turns::new(vec![(); background::at_once(JUDGED_AT_ONCE)], JUDGING)
}

/// To whom something is said, and in answer to what: to all and to nothing, where a page does not say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Aim {
    /// Whispered to this person.
    pub to: Option<VisitorId>,
    /// The `seq` of the message it answers.
    pub reply: Option<u64>,
}

/// A GIF that somebody may see.
pub struct Shown {
    media: Arc<dyn Media>,
    sha: GifHash,
    part: Part,
}

impl Shown {
    /// Its bytes, to be read piece by piece.
    pub async fn open(&self) -> Result<Reading, Error> {
        self.media.open(self.sha, self.part).await
    }
}

impl Chat {
    /// Appends a text. Sent twice under one client id it is one entry, and both are told so.
    pub async fn send_text(
        self: &Arc<Self>,
        author: VisitorId,
        room: RoomId,
        client: ClientId,
        text: &str,
        aim: Aim,
    ) -> Result<Entry, Error> {
        let text = Text::new(text)?;
        self.allow_in_room(Act::Say, room, author).await?;
        self.in_turn(author, room, client, async {
            match self.aimed(author, room, What::Text(text), aim).await {
                Ok(saying) => self.append(author, room, client, saying).await,
                Err(error) => self.sent_before(author, room, client, error).await,
            }
        })
        .await
    }

    /// An upload that begins: its bytes wait in it until it is sent.
    pub fn begin_upload(&self) -> Upload {
        self.spool.begin()
    }

    /// Judges the bytes, keeps them, and appends the GIF.
    pub async fn send_gif(
        self: &Arc<Self>,
        author: VisitorId,
        address: Option<Address>,
        room: RoomId,
        client: ClientId,
        upload: impl Into<Upload>,
        aim: Aim,
    ) -> Result<Entry, Error> {
        self.may_upload(author, room).await?;
        self.allow_in_room(Act::Say, room, author).await?;
        self.in_turn(author, room, client, async {
            let (checked, in_memory) = self.judge(Who::new(author, address), upload.into()).await?;
            let sha = checked.gif.sha;
            let saying = match self.aimed(author, room, What::Gif(checked.gif), aim).await {
                Ok(saying) => saying,
                Err(error) => return self.sent_before(author, room, client, error).await,
            };
            self.hold(sha).await?;
            self.media.put(sha, Moving { gif: checked.bytes.into(), poster: checked.poster.into() }).await?;
            drop(in_memory);
            self.append(author, room, client, saying).await
        })
        .await
    }

    /// Says something when it is the author's turn: where slow mode is on, that is once in so long for all but the owner,
    /// whatever they say, on whatever node. What was stored before under this client id is told at any time.
    async fn in_turn(
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
        // Of what the store could not do it is not known whether it did: who tries again has the turn for that already.
        let is_refused = said.as_ref().is_err_and(|error| !matches!(error, Error::Unavailable | Error::Internal));
        if is_new
            && is_refused
            && let Err(error) = self.store.give_back_slow_turn(turn).await
        {
            tracing::debug!(%room, %error, "somebody waits for their turn who has said nothing");
        }
        said
    }

    /// Feels about message `seq`, or no longer.
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
        // About a whisper: for its two.
        let to = if message.person.id == by { message.to } else { message.to.map(|_| message.person) };
        self.append(by, room, client, Saying { what: What::Reaction { seq, emoji, on }, to, reply: None }).await
    }

    /// Empties a message for good.
    pub async fn remove_message(self: &Arc<Self>, by: VisitorId, room: RoomId, seq: u64) -> Result<(), Error> {
        let (now, message) = (self.clock.now(), self.store.entry(room, by, seq).await?);
        self.change(room, Arc::new(move |room| room.remove(by, &message, now))).await.map(drop)
    }

    /// Whether it is worth reading an upload's body at all.
    pub async fn may_upload(&self, author: VisitorId, room: RoomId) -> Result<(), Error> {
        self.store.seat(room, author).await.map(|_| ())
    }

    /// A GIF, for who is seated in a room that shows it. Its bytes are not looked at yet.
    pub async fn gif(&self, visitor: VisitorId, room: RoomId, sha: GifHash, part: Part) -> Result<Shown, Error> {
        self.store.may_see_gif(room, visitor, sha).await?;
        Ok(Shown { media: self.media.clone(), sha, part })
    }

    /// Holds a GIF. When its bytes are just being removed, that is waited for: it takes as long as a few files.
    async fn hold(&self, sha: GifHash) -> Result<(), Error> {
        for _ in 0..HOLD_TRIES {
            if self.store.hold_gif(sha, Timestamp(self.clock.now().0 + HOLD_MS)).await? {
                return Ok(());
            }
            tokio::time::sleep(HOLD_PAUSE).await;
        }
        Err(Error::Unavailable)
    }

    /// Reads an upload when it is its turn, and judges it. The permit is for its bytes in memory, until they are kept.
    async fn judge(&self, who: Who, upload: Upload) -> Result<(gif::Checked, OwnedSemaphorePermit), Error> {
        let (limits, whole, runtime) = (self.config.gif, self.whole.clone(), Handle::current());
        let work = move |(): &mut ()| {
            // Now that its turn has come, so that turns alone decide who is next.
            let in_memory = runtime.block_on(whole.acquire_owned()).map_err(|_| Error::Unavailable)?;
            gif::check(&upload.read()?, &limits).map(|checked| (checked, in_memory))
        };
        self.judging.run(who, work).await
    }

    /// Whoever has got no answer asks again, when the person it was for may have left: then it was sent all the same.
    async fn sent_before(
        &self,
        author: VisitorId,
        room: RoomId,
        client: ClientId,
        refused: Error,
    ) -> Result<Entry, Error> {
        self.store.seat(room, author).await?;
        self.store.sent(room, author, client).await?.ok_or(refused)
    }

    /// Finds those whom an aim names.
    async fn aimed(&self, author: VisitorId, room: RoomId, what: What, aim: Aim) -> Result<Saying, Error> {
        let to = match aim.to {
            None => None,
            Some(to) => Some(policy::may_whisper(&self.store.room(room).await?, author, to)?.person.clone()),
        };
        let reply = match aim.reply {
            None => None,
            Some(seq) => {
                let message = self.store.entry(room, author, seq).await?;
                policy::may_answer(&message, author, aim.to)?;
                Some(Reply { seq, person: message.person })
            }
        };
        Ok(Saying { what, to, reply })
    }

    async fn append(
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
