//! Making rooms, entering and leaving them, looking at them and watching them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::feed::RoomFeed;
use super::turns::Requester;
use super::{Chat, Feed, HISTORY_PAGE, frame};
use crate::address::Address;
use crate::bus::{Envelope, LobbyNews, RoomEvent};
use crate::finish::Finish;
use crate::store::{RoomChange, Snapshot, Updated};
use chat::entry::{Entry, Page, What};
use chat::error::Error;
use chat::event::PROTOCOL;
use chat::id::{RoomId, VisitorId};
use chat::policy;
use chat::record::{Pass, Room};
use chat::room::{Capacity, Password, Reason, RoomCard, RoomTitle};
use chat::view::RoomView;
use chat::visitor::Person;
use chat::visitor::likeness::Named;

/// What a visitor sees of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    Outside {
        card: RoomCard,
        /// Whether they get in without the password.
        has_pass: bool,
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
        let (chat, id, by, is_locked) = (self.clone(), room.id, by.id, room.password.is_some());
        Finish::new(async move {
            let updated = chat.store.create_room(room, entries).await?;
            chat.presence.renew((id, by));
            let pass = Pass::new(&updated.room, by, now);
            chat.announce(updated).await;
            if is_locked && let Err(error) = chat.store.give_pass(pass).await {
                tracing::warn!(room = %id, %error, "the owner of a new room has no pass for it");
            }
            Ok(id)
        })
        .await
    }

    /// Takes a seat, or keeps the one `by` has: the only way into a room. The right password, or a pass, gives a new pass.
    pub async fn enter(
        self: &Arc<Self>,
        by: &Person,
        address: Option<Address>,
        room: RoomId,
        password: &str,
    ) -> Result<(), Error> {
        let read = self.store.room(room).await?;
        policy::may_take_seat(&read, by.id).inspect_err(|error| self.note_refusal(error))?;
        if let Some(hash) = policy::password_needed(&read, by.id) {
            if !self.has_pass(&read, by.id).await? {
                self.open_door(Requester::new(by.id, address), room, password, hash.clone()).await?;
            }
            // The pass comes before the seat, so that leaving (in another tab) or being thrown out later ends it too.
            self.store.give_pass(Pass::new(&read, by.id, self.clock.now())).await?;
        }
        // Computing what a name looks like takes time, so it is done here and not in the room's queue.
        let (now, newcomer) = (self.clock.now(), Named::new(by.as_newcomer()));
        let take_seat = move |room: &mut Room| {
            // The owner may have changed the password since the room was read.
            let is_as_read = (&room.password, room.password_rev) == (&read.password, read.password_rev);
            if policy::password_needed(room, newcomer.person().id).is_some() && !is_as_read {
                return Err(Error::WrongPassword);
            }
            room.take_seat(&newcomer, now)
        };
        self.change(room, Arc::new(take_seat)).await?;
        self.presence.renew((room, by.id));
        Ok(())
    }

    /// Whether `visitor` gets into this locked room without its password.
    async fn has_pass(&self, room: &Room, visitor: VisitorId) -> Result<bool, Error> {
        let pass = self.store.pass(room.id, visitor).await?;
        Ok(pass.is_some_and(|pass| policy::opens(&pass, room, visitor, self.clock.now())))
    }

    /// Ends the seat at once, and the pass with it. It is no error if there is no seat or no such room any more.
    pub async fn leave(self: &Arc<Self>, visitor: VisitorId, room: RoomId) -> Result<(), Error> {
        self.store.end_pass(room, visitor).await?;
        let now = self.clock.now();
        let left = self.change(room, Arc::new(move |room| Ok(room.end_seat(visitor, now)))).await;
        match left {
            Ok(_) | Err(Error::NotFound) => {
                self.presence.forget((room, visitor));
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// The room from the inside for a visitor with a seat there, its door for others. Looking renews the seat's grace period.
    pub async fn look(&self, visitor: VisitorId, room: RoomId) -> Result<Look, Error> {
        match self.store.snapshot(room, visitor, HISTORY_PAGE).await {
            Ok(snapshot) => {
                self.presence.renew((room, visitor));
                Ok(Look::Inside(view_of(snapshot, visitor)))
            }
            Err(Error::NotSeated | Error::Barred) => {
                let room = self.store.room(room).await?;
                let card = room.card();
                Ok(match room.bar(visitor) {
                    Some(bar) => Look::Barred { card, reason: bar.reason.clone() },
                    None => Look::Outside { has_pass: card.locked && self.has_pass(&room, visitor).await?, card },
                })
            }
            Err(error) => Err(error),
        }
    }

    /// The room from the inside, with the page of its log before `before`.
    pub async fn log_before(&self, visitor: VisitorId, room: RoomId, before: u64) -> Result<RoomView, Error> {
        let page = self.history(visitor, room, before).await?;
        match self.look(visitor, room).await? {
            Look::Inside(view) => Ok(RoomView { entries: page.entries, more: page.more, first: page.first, ..view }),
            Look::Outside { .. } => Err(Error::NotSeated),
            Look::Barred { .. } => Err(Error::Barred),
        }
    }

    /// The page of the log before `before`.
    pub async fn history(&self, visitor: VisitorId, room: RoomId, before: u64) -> Result<Page, Error> {
        self.store.page_before(room, visitor, before, HISTORY_PAGE).await
    }

    /// A feed of everything after `after`, and then of what comes, for a page that speaks `protocol`. The seat counts as
    /// watched while the feed lives.
    pub async fn watch_room(
        self: &Arc<Self>,
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
            _socket: self.presence.add_socket((room, visitor)),
        };
        self.report_presence_soon((room, visitor));
        // This comes after joining, so that a concurrent `unlisten` sees that the room has a socket.
        self.bus.listen(room).await;
        // The store is asked after joining, so that entries stored in between come as signals.
        if channel.last().is_none() {
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

fn view_of(Snapshot { room, page, seq }: Snapshot, me: VisitorId) -> RoomView {
    let away = away_in(&room);
    RoomView {
        id: room.id,
        title: room.title,
        capacity: room.capacity,
        locked: room.password.is_some(),
        slow: room.slow,
        owner: room.owner,
        me,
        away,
        people: room.seats.into_iter().map(|seat| seat.person).collect(),
        entries: page.entries,
        more: page.more,
        first: page.first,
        seq,
        unloaded: 0,
    }
}

fn away_in(room: &Room) -> Vec<VisitorId> {
    let mut away: Vec<_> = room.seats.iter().filter(|seat| seat.away).map(|seat| seat.person.id).collect();
    away.sort_unstable();
    away
}
