//! Sending a GIF that a visitor sees, and reacting with one: the request has only its hash, and no bytes.

use std::sync::Arc;

use super::Chat;
use super::messages::Target;
use super::turns::Requester;
use crate::address::Address;
use crate::store::{Origin, Shelved};
use chat::entry::{Entry, Saying, Showing, What};
use chat::error::Error;
use chat::gif::GifHash;
use chat::id::{ClientId, RoomId, VisitorId};
use chat::limit::Act;
use chat::policy;
use chat::shelf::{Item, Label};

impl Chat {
    /// Appends a GIF that is there already, and that the author sees: in a room where they sit, or on their shelf.
    /// Otherwise it fails with [`Error::NotFound`], whether or not somebody else has such a GIF.
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
        // Pages try this before each upload. A try that does not find the GIF must not count as a message, nor take a turn.
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

    /// Adds a reaction with a GIF to message `seq`, or takes it back. The visitor must see the GIF, as for
    /// [`Chat::send_seen_gif`].
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

    /// Does what is left to do for a GIF that was just sent: has copies made, and puts it among those that its author sent
    /// lately.
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
}
