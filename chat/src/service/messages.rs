//! Saying something in a room.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::Chat;
use crate::bus::LobbyNews;
use crate::entry::{Entry, Text, What};
use crate::error::Error;
use crate::finish::Finish;
use crate::gif::{self, GifHash};
use crate::id::{ClientId, RoomId, VisitorId};
use crate::media::{Moving, Part};
use crate::time::Timestamp;

/// How long an upload may take from its first byte kept to its entry.
const HOLD_MS: u64 = 3_600_000;

/// How often, and how far apart, a GIF is asked for that is just being removed.
const HOLD_TRIES: u32 = 50;
const HOLD_PAUSE: Duration = Duration::from_millis(100);

impl Chat {
    /// Appends a text. Sent twice under one client id it is one entry, and both are told so.
    pub async fn send_text(
        self: &Arc<Self>,
        author: VisitorId,
        room: RoomId,
        client: ClientId,
        text: &str,
    ) -> Result<Entry, Error> {
        let text = Text::new(text)?;
        self.messages.take(author, self.clock.monotonic())?;
        self.append(author, room, client, What::Text(text)).await
    }

    /// Judges the bytes, keeps them, and appends the GIF.
    pub async fn send_gif(
        self: &Arc<Self>,
        author: VisitorId,
        room: RoomId,
        client: ClientId,
        bytes: Bytes,
    ) -> Result<Entry, Error> {
        self.may_upload(author, room).await?;
        self.messages.take(author, self.clock.monotonic())?;
        let checked = self.judge(bytes).await?;
        let sha = checked.gif.sha;
        self.hold(sha).await?;
        self.media.put(sha, Moving { gif: checked.bytes.into(), poster: checked.poster.into() }).await?;
        self.append(author, room, client, What::Gif(checked.gif)).await
    }

    /// Whether it is worth reading an upload's body at all.
    pub async fn may_upload(&self, author: VisitorId, room: RoomId) -> Result<(), Error> {
        self.store.seat(room, author).await.map(|_| ())
    }

    /// A GIF's bytes, for who is seated in a room that shows it.
    pub async fn gif(&self, visitor: VisitorId, room: RoomId, sha: GifHash, part: Part) -> Result<Bytes, Error> {
        self.store.may_see_gif(room, visitor, sha).await?;
        self.media.get(sha, part).await
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

    async fn judge(&self, bytes: Bytes) -> Result<gif::Checked, Error> {
        let _judging = self.judging.acquire().await.map_err(|_| Error::Unavailable)?;
        let limits = self.config.gif;
        tokio::task::spawn_blocking(move || gif::check(&bytes, &limits)).await.map_err(|error| {
            tracing::error!(%error, "judging a GIF ended early");
            Error::Internal
        })?
    }

    async fn append(
        self: &Arc<Self>,
        author: VisitorId,
        room: RoomId,
        client: ClientId,
        what: What,
    ) -> Result<Entry, Error> {
        let chat = self.clone();
        Finish::new(async move {
            let appended = chat.store.append(room, author, client, what, chat.clock.now()).await?;
            if appended.is_new {
                let at = appended.entry.at;
                chat.publish(room, &appended.entry).await;
                if chat.lobby.spoke(room, at) {
                    chat.bus.tell_lobby(LobbyNews::Spoke { room, at }).await;
                }
            }
            Ok(appended.entry)
        })
        .await
    }
}
