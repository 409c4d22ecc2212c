//! Making rooms, entering and leaving them, looking at them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::feed::RoomFeed;
use super::{Chat, Feed, HISTORY_PAGE, PasswordKey, frame};
use crate::address::Address;
use crate::bus::{Envelope, LobbyNews, RoomEvent};
use crate::entry::{Entry, Page, Reason, What};
use crate::error::Error;
use crate::event::PROTOCOL;
use crate::finish::Finish;
use crate::id::{RoomId, VisitorId};
use crate::policy;
use crate::record::{PasswordHash, Room};
use crate::room::{Capacity, Password, RoomCard, RoomTitle};
use crate::store::{RoomChange, Snapshot, Updated};
use crate::view::RoomView;
use crate::visitor::Person;
use crate::visitor::likeness::Named;

/// A room as it shows itself to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    Outside(RoomCard),
    Inside(RoomView),
    /// Thrown out.
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
            together(RoomTitle::new(title), Capacity::parse(capacity), Password::new(password))?;
        let password = match password {
            Some(password) => Some(self.passwords.hash(password).await?),
            None => None,
        };
        let now = self.clock.now();
        let mut room = Room::new(RoomId::generate(), title, capacity, password, by.id, now);
        let entries = room.take_seat(&Named::new(by.clone()), now)?;
        let (chat, id, by) = (self.clone(), room.id, by.id);
        Finish::new(async move {
            let updated = chat.store.create_room(room, entries).await?;
            chat.presence.renew((id, by));
            chat.tell(updated).await;
            Ok(id)
        })
        .await
    }

    /// Takes a seat, or keeps the one `by` has. The only way into a room.
    pub async fn enter(
        self: &Arc<Self>,
        by: &Person,
        address: Option<Address>,
        room: RoomId,
        password: &str,
    ) -> Result<(), Error> {
        let record = self.store.room(room).await?;
        policy::may_take_seat(&record, by.id)?;
        let opened = policy::password_needed(&record, by.id).cloned();
        if let Some(hash) = &opened {
            self.open_door(by.id, address, room, password, hash.clone()).await?;
        }
        // What a name looks like takes time: here, and not where everybody's changes wait.
        let (now, newcomer) = (self.clock.now(), Named::new(by.clone()));
        let take_seat = move |room: &mut Room| {
            // The owner may have changed it since it was read.
            if policy::password_needed(room, newcomer.person().id).is_some_and(|hash| opened.as_ref() != Some(hash)) {
                return Err(Error::WrongPassword);
            }
            room.take_seat(&newcomer, now)
        };
        self.change(room, Arc::new(take_seat)).await?;
        self.presence.renew((room, by.id));
        Ok(())
    }

    /// Ends the seat at once. No error when there is none, or no such room (any more).
    pub async fn leave(self: &Arc<Self>, visitor: VisitorId, room: RoomId) -> Result<(), Error> {
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

    /// The room from the inside for who is seated there, its door for others. Looking renews the seat's grace.
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
                    None => Look::Outside(card),
                })
            }
            Err(error) => Err(error),
        }
    }

    /// The room from the inside with the page of its log before `before`.
    pub async fn log_before(&self, visitor: VisitorId, room: RoomId, before: u64) -> Result<RoomView, Error> {
        let page = self.history(visitor, room, before).await?;
        match self.look(visitor, room).await? {
            Look::Inside(view) => Ok(RoomView { entries: page.entries, more: page.more, first: page.first, ..view }),
            Look::Outside(_) => Err(Error::NotSeated),
            Look::Barred { .. } => Err(Error::Barred),
        }
    }

    /// The page of messages before `before`.
    pub async fn history(&self, visitor: VisitorId, room: RoomId, before: u64) -> Result<Page, Error> {
        self.store.page_before(room, visitor, before, HISTORY_PAGE).await
    }

    /// Everything after `after`, then what comes, for a page that speaks `protocol`. The seat counts as watched while the
    /// feed lives.
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
            _arrival: self.presence.arrive((room, visitor)),
        };
        self.tell_presence_soon((room, visitor));
        // After joining, so that whoever unlistens sees that somebody is here.
        self.bus.listen(room).await;
        // Joined first, asked second: what is stored in between comes as a signal.
        if channel.last().is_none() {
            channel.start_after(self.store.last_seq(room).await?);
        }
        Ok(Feed::room(feed))
    }

    /// A socket of this room has gone.
    pub(super) fn left_channel(self: &Arc<Self>, room: RoomId) {
        if self.hub.leave(room)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let chat = self.clone();
            runtime.spawn(async move {
                chat.bus.unlisten(room).await;
                // Somebody may have come since, and have found that it was listened to.
                if chat.hub.channel(room).is_some() {
                    chat.bus.listen(room).await;
                }
            });
        }
    }

    /// Counts an attempt against visitor, room and address before it is checked, and takes it back when it was right:
    /// so that many at once are not checked for the price of one.
    async fn open_door(
        &self,
        visitor: VisitorId,
        address: Option<Address>,
        room: RoomId,
        password: &str,
        hash: PasswordHash,
    ) -> Result<(), Error> {
        let Some(password) = Password::new(password)? else { return Err(Error::WrongPassword) };
        let now = self.clock.monotonic();
        let keys =
            [Some(PasswordKey::Visitor(visitor)), Some(PasswordKey::Room(room)), address.map(PasswordKey::Address)];
        let mut counted = Vec::with_capacity(keys.len());
        for key in keys.into_iter().flatten() {
            if let Err(refused) = self.wrong_passwords.take(key, now) {
                counted.iter().for_each(|key| self.wrong_passwords.give_back(key));
                return Err(refused);
            }
            counted.push(key);
        }
        let opened = self.passwords.verify(password, hash).await;
        if !matches!(opened, Err(Error::WrongPassword)) {
            counted.iter().for_each(|key| self.wrong_passwords.give_back(key));
        }
        opened
    }

    /// Changes a room and tells everybody. Says what it is then.
    pub(super) async fn change(self: &Arc<Self>, room: RoomId, change: RoomChange) -> Result<Room, Error> {
        let chat = self.clone();
        Finish::new(async move {
            let updated = chat.store.update_room(room, change).await?;
            let room = updated.room.clone();
            chat.tell(updated).await;
            Ok(room)
        })
        .await
    }

    async fn tell(&self, Updated { room, entries }: Updated) {
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

/// The values of a form, or all that is wrong with them.
pub(super) fn together<A, B, C>(
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
