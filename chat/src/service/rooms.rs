//! Making rooms, entering and leaving them, looking at them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::feed::RoomFeed;
use super::turns::Who;
use super::{Chat, Feed, HISTORY_PAGE, frame};
use crate::address::Address;
use crate::bus::{Envelope, LobbyNews, RoomEvent};
use crate::entry::{Entry, Page, Reason, What};
use crate::error::Error;
use crate::event::PROTOCOL;
use crate::finish::Finish;
use crate::id::{RoomId, VisitorId};
use crate::policy;
use crate::record::{Pass, Room};
use crate::room::{Capacity, Password, RoomCard, RoomTitle};
use crate::store::{RoomChange, Snapshot, Updated};
use crate::view::RoomView;
use crate::visitor::Person;
use crate::visitor::likeness::Named;

/// A room as it shows itself to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    Outside {
        card: RoomCard,
        /// They get in without the password.
        has_pass: bool,
    },
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
            Some(password) => Some(self.doors.passwords.hash(Who::new(by.id, address), password).await?),
            None => None,
        };
        let now = self.clock.now();
        let mut room = Room::new(RoomId::generate(), title, capacity, password, by.id, now);
        let entries = room.take_seat(&Named::new(by.clone()), now)?;
        let (chat, id, by, is_locked) = (self.clone(), room.id, by.id, room.password.is_some());
        Finish::new(async move {
            let updated = chat.store.create_room(room, entries).await?;
            chat.presence.renew((id, by));
            let pass = Pass::new(&updated.room, by, now);
            chat.tell(updated).await;
            if is_locked && let Err(error) = chat.store.give_pass(pass).await {
                tracing::warn!(room = %id, %error, "the owner of a new room has no pass for it");
            }
            Ok(id)
        })
        .await
    }

    /// Takes a seat, or keeps the one `by` has. The only way into a room. Who shows the right password, or comes by a pass,
    /// has a pass from now on.
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
                self.open_door(Who::new(by.id, address), room, password, hash.clone()).await?;
            }
            // Before the seat: whoever throws them out, or leaves in their other tab, ends it after this.
            self.store.give_pass(Pass::new(&read, by.id, self.clock.now())).await?;
        }
        // What a name looks like takes time: here, and not where everybody's changes wait.
        let (now, newcomer) = (self.clock.now(), Named::new(by.clone()));
        let take_seat = move |room: &mut Room| {
            // The owner may have changed it since it was read.
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

    /// Ends the seat at once, and the pass with it. No error when there is none, or no such room (any more).
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
                    None => Look::Outside { has_pass: card.locked && self.has_pass(&room, visitor).await?, card },
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
            Look::Outside { .. } => Err(Error::NotSeated),
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

    /// Changes a room and tells everybody. Says what it is then.
    pub(super) async fn change(self: &Arc<Self>, room: RoomId, change: RoomChange) -> Result<Room, Error> {
        let chat = self.clone();
        Finish::new(async move {
            let head = chat.queues.wait(room).await;
            let updated = chat.store.update_room(room, change).await?;
            drop(head);
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
