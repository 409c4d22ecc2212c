//! Making rooms, looking at them and watching them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::feed::RoomFeed;
use super::turns::Requester;
use super::{Chat, Feed, HISTORY_PAGE, frame};
use crate::address::Address;
use crate::bus::{Envelope, LobbyNews, RoomEvent};
use crate::finish::Finish;
use crate::store::{RoomChange, Snapshot, Updated};
use chat::entry::{Entry, LogPage, What};
use chat::error::Error;
use chat::event::PROTOCOL;
use chat::id::{PageId, RoomId, VisitorId};
use chat::record::{Pass, Room};
use chat::room::{Capacity, Outside, Password, Reason, RoomCard, RoomTitle};
use chat::view::{RoomView, drop_foreign_sends};
use chat::visitor::Person;
use chat::visitor::likeness::Named;

/// What a visitor sees of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    Outside {
        card: RoomCard,
        /// Whether they get in without the password.
        has_pass: bool,
        /// Whether there is neither a free seat nor one that a newcomer takes from somebody who is away.
        is_full: bool,
        /// Why they have no seat any more.
        why: Option<Outside>,
        /// Whether they had a pass, and the password has changed since.
        is_password_new: bool,
    },
    Inside(RoomView),
    /// The visitor was thrown out.
    Barred {
        card: RoomCard,
        reason: Option<Reason>,
    },
}

impl Chat {
    /// Makes a room with `by` in its first seat. Every wrong value is named in one [`Error::Invalid`].
    pub async fn create_room(
        self: &Arc<Self>,
        by: &Person,
        address: Option<Address>,
        title: &str,
        capacity: &str,
        password: &str,
    ) -> Result<RoomId, Error> {
        let (title, capacity, password) =
            all_valid(RoomTitle::new(title), Capacity::parse(capacity), Password::new(password))?;
        let password = match password {
            Some(password) => Some(self.doors.passwords.hash(Requester::new(by.id, address), password).await?),
            None => None,
        };
        let now = self.clock.now();
        let mut room = Room::new(RoomId::generate(), title, capacity, password, by.id, now);
        let entries = room.take_seat(&Named::new(by.as_newcomer()), now)?;
        let from = self.tag_of(address);
        room.seats.iter_mut().for_each(|seat| seat.address = from);
        let (chat, id, by, is_locked) = (self.clone(), room.id, by.id, room.password.is_some());
        Finish::new(async move {
            let updated = chat.store.create_room(room, entries).await?;
            chat.presence.took_seat((id, by), from);
            let pass = Pass::new(&updated.room, by, now);
            chat.announce(updated).await;
            if is_locked && let Err(error) = chat.store.give_pass(pass).await {
                tracing::warn!(room = %id, %error, "the owner of a new room has no pass for it");
            }
            Ok(id)
        })
        .await
    }

    /// The room from the inside for a visitor with a seat there, its door for others. Looking renews the seat's grace period.
    pub async fn look(self: &Arc<Self>, visitor: VisitorId, room: RoomId) -> Result<Look, Error> {
        match self.store.snapshot(room, visitor, HISTORY_PAGE).await {
            Ok(mut snapshot) => {
                snapshot.page.gifs = self.known_gifs(room, &snapshot.page.entries).await?;
                self.presence.renew((room, visitor));
                let absent = self.absent_in(&snapshot.room);
                Ok(Look::Inside(view_of(snapshot, visitor, absent)))
            }
            Err(Error::NotSeated | Error::Barred) => {
                let room = self.store.room(room).await?;
                match room.bar(visitor) {
                    Some(bar) => Ok(Look::Barred { card: room.card(), reason: bar.reason.clone() }),
                    None => self.look_outside(&room, visitor).await,
                }
            }
            Err(error) => Err(error),
        }
    }

    /// The room from the inside, with the page of its log before `before`.
    pub async fn log_before(
        self: &Arc<Self>,
        visitor: VisitorId,
        room: RoomId,
        before: u64,
    ) -> Result<RoomView, Error> {
        let page = self.history(visitor, room, before).await?;
        match self.look(visitor, room).await? {
            Look::Inside(view) => {
                Ok(RoomView { entries: page.entries, more: page.more, first: page.first, gifs: page.gifs, ..view })
            }
            Look::Outside { .. } => Err(Error::NotSeated),
            Look::Barred { .. } => Err(Error::Barred),
        }
    }

    /// The page of the log before `before`.
    pub async fn history(self: &Arc<Self>, visitor: VisitorId, room: RoomId, before: u64) -> Result<LogPage, Error> {
        let mut page = self.store.page_before(room, visitor, before, HISTORY_PAGE).await?;
        page.gifs = self.known_gifs(room, &page.entries).await?;
        Ok(page)
    }

    /// A feed for a new page that speaks `protocol`: all entries after the cursor `after`, and then everything live. The
    /// seat counts as watched while the feed lives.
    pub async fn watch_room(
        self: &Arc<Self>,
        visitor: VisitorId,
        room: RoomId,
        after: u64,
        protocol: u16,
    ) -> Result<Feed, Error> {
        self.watch_room_on(PageId::generate(), visitor, room, after, protocol).await
    }

    /// The same for a page that may have watched the room before.
    pub async fn watch_room_on(
        self: &Arc<Self>,
        page: PageId,
        visitor: VisitorId,
        room: RoomId,
        after: u64,
        protocol: u16,
    ) -> Result<Feed, Error> {
        self.store.seat(room, visitor).await?;
        let (channel, signals) = self.hub.join(room);
        let feed = RoomFeed {
            chat: self.clone(),
            room,
            channel: channel.clone(),
            visitor,
            signals: Some(signals),
            is_old: protocol < PROTOCOL,
            seq: after,
            is_behind: true,
            ready: VecDeque::new(),
            subscriber: None,
            socket: Some(self.presence.add_socket((room, visitor), page)),
        };
        channel.is_back(visitor);
        self.report_presence_soon((room, visitor));
        // This comes after joining, so that a concurrent `unlisten` sees that the room has a socket.
        self.bus.listen(room).await;
        // The store is asked after joining, so that entries stored in between come as signals.
        if channel.last().is_none() {
            channel.set_absent(self.absent_of(room));
            channel.start_after(self.store.last_seq(room).await?);
        }
        Ok(Feed::room(feed))
    }

    /// Must be called when a socket of this room has closed.
    pub(super) fn socket_closed(self: &Arc<Self>, room: RoomId) {
        if self.hub.leave(room)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let chat = self.clone();
            runtime.spawn(async move {
                chat.bus.unlisten(room).await;
                // A new socket may have joined meanwhile and found the room still listened to.
                if chat.hub.channel(room).is_some() {
                    chat.bus.listen(room).await;
                }
            });
        }
    }

    /// Changes a room and publishes the change. Returns the room after it.
    pub(super) async fn change(self: &Arc<Self>, room: RoomId, change: RoomChange) -> Result<Room, Error> {
        let chat = self.clone();
        Finish::new(async move {
            let lock = chat.queues.wait(room).await;
            let updated = chat.store.update_room(room, change).await?;
            drop(lock);
            let room = updated.room.clone();
            chat.announce(updated).await;
            Ok(room)
        })
        .await
    }

    async fn announce(&self, Updated { room, entries }: Updated) {
        let id = room.id;
        if room.is_gone() {
            self.bus.tell_lobby(LobbyNews::Gone { room: id }).await;
            self.bus.publish(Envelope { room: id, event: RoomEvent::Gone }).await;
            self.remove_unused_media().await;
            return;
        }
        if !entries.is_empty() {
            self.bus.tell_lobby(LobbyNews::Room { card: room.card(), rev: room.rev }).await;
        }
        for entry in &entries {
            self.publish(id, entry).await;
        }
        if entries.iter().any(|entry| matches!(entry.what, What::Removal { .. })) {
            self.remove_unused_media().await;
        }
    }

    pub(super) async fn publish(&self, room: RoomId, entry: &Entry) {
        self.bus.publish(Envelope { room, event: RoomEvent::Entry(frame::framed(entry)) }).await;
    }
}

/// The values of a form, or everything that is wrong with them.
pub(super) fn all_valid<A, B, C>(
    one: Result<A, Error>,
    two: Result<B, Error>,
    three: Result<C, Error>,
) -> Result<(A, B, C), Error> {
    match (one, two, three) {
        (Ok(one), Ok(two), Ok(three)) => Ok((one, two, three)),
        (one, two, three) => {
            let errors = [one.err(), two.err(), three.err()];
            let fields = errors.into_iter().flatten().flat_map(|error| match error {
                Error::Invalid(fields) => fields,
                _ => Vec::new(),
            });
            Err(Error::Invalid(fields.collect()))
        }
    }
}

fn view_of(Snapshot { room, mut page, seq }: Snapshot, me: VisitorId, absent: Vec<VisitorId>) -> RoomView {
    drop_foreign_sends(&mut page.entries, me);
    let away = away_in(&room);
    RoomView {
        id: room.id,
        title: room.title,
        capacity: room.capacity,
        locked: room.password.is_some(),
        slow: room.slow,
        veil: room.veil,
        owner: room.owner,
        me,
        away,
        absent,
        people: room.seats.into_iter().map(|seat| seat.person).collect(),
        entries: page.entries,
        more: page.more,
        first: page.first,
        seq,
        unloaded: 0,
        gifs: page.gifs,
    }
}

fn away_in(room: &Room) -> Vec<VisitorId> {
    let mut away: Vec<_> = room.seats.iter().filter(|seat| seat.away).map(|seat| seat.person.id).collect();
    away.sort_unstable();
    away
}
