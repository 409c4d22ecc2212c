//! What people in a room may do to themselves and, as its owner, to others and to the room.

use std::sync::Arc;

use super::rooms::all_valid;
use super::turns::Requester;
use super::{Alarm, Chat};
use crate::address::Address;
use chat::error::Error;
use chat::id::{RoomId, VisitorId};
use chat::limit::Act;
use chat::policy;
use chat::record::{Wanted, WantedPassword};
use chat::room::{Bar, Capacity, Password, Reason, RoomTitle, Slow};
use chat::visitor::likeness::Named;
use chat::visitor::{Name, OwnName, Person};

impl Chat {
    /// Renames `by` in this room, and returns them with their new name.
    pub async fn rename(self: &Arc<Self>, by: VisitorId, room: RoomId, name: &str) -> Result<Person, Error> {
        let own = OwnName::new(name)?;
        self.allow_in_room(Act::Say, room, by).await?;
        let (now, person) = (self.clock.now(), self.store.seat(room, by).await?);
        let name = Name { own: Some(own), number: 1, ..person.name };
        let renamed = Person { id: by, name };
        // Computing what a name looks like takes time, so it is done here and not in the room's queue.
        let named = Named::new(renamed.clone());
        self.change(room, Arc::new(move |room| room.rename(&named, now))).await?;
        Ok(renamed)
    }

    /// Notes whether `by` is away.
    pub async fn set_away(self: &Arc<Self>, by: VisitorId, room: RoomId, away: bool) -> Result<(), Error> {
        let now = self.clock.now();
        self.change(room, Arc::new(move |room| room.set_away(by, away, now))).await.map(drop)
    }

    /// Makes `to` the owner.
    pub async fn hand_over(self: &Arc<Self>, by: VisitorId, room: RoomId, to: VisitorId) -> Result<(), Error> {
        let now = self.clock.now();
        self.change(room, Arc::new(move |room| room.hand_over(by, to, now))).await.map(drop)
    }

    /// Ends a person's seat and bars them: their sockets are closed, and they cannot reach the room in any way.
    pub async fn throw_out(
        self: &Arc<Self>,
        by: VisitorId,
        room: RoomId,
        whom: VisitorId,
        reason: &str,
    ) -> Result<(), Error> {
        let (now, reason) = (self.clock.now(), Reason::new(reason)?);
        self.change(room, Arc::new(move |room| room.throw_out(by, whom, reason.clone(), now))).await?;
        self.presence.forget((room, whom));
        self.raise(Alarm::ThrownOut);
        // If this fails, the pass is still worthless while they are barred, and it ends when they are let in.
        if let Err(error) = self.store.end_pass(room, whom).await {
            tracing::warn!(%room, %error, "somebody who was thrown out still has a pass");
        }
        Ok(())
    }

    /// Lets a person who was thrown out come back like a stranger: with the password.
    pub async fn let_in(self: &Arc<Self>, by: VisitorId, room: RoomId, whom: VisitorId) -> Result<(), Error> {
        let read = self.store.room(room).await?;
        policy::may_own(&read, by)?;
        if read.bar(whom).is_some() {
            self.store.end_pass(room, whom).await?;
        }
        self.change(room, Arc::new(move |room| room.let_in(by, whom).map(|()| Vec::new()))).await.map(drop)
    }

    /// The people who were thrown out. Only for the owner.
    pub async fn bars(&self, by: VisitorId, room: RoomId) -> Result<Vec<Bar>, Error> {
        let room = self.store.room(room).await?;
        policy::may_own(&room, by)?;
        Ok(room.bars)
    }

    /// Changes the room's settings. A missing title, capacity, slow mode or veil stays as it is. So does the password if
    /// `password` is empty, unless `is_open`, which removes it. Wrong titles, capacities and passwords are all named in one
    /// [`Error::Invalid`]. A slow mode that is not offered is [`Error::Refused`].
    #[allow(clippy::too_many_arguments, reason = "the fields of one form, each of which may be missing")]
    pub async fn set_room(
        self: &Arc<Self>,
        by: VisitorId,
        address: Option<Address>,
        room: RoomId,
        title: Option<&str>,
        capacity: Option<&str>,
        password: &str,
        is_open: bool,
        slow: Option<&str>,
        veil: Option<bool>,
    ) -> Result<(), Error> {
        policy::may_own(&self.store.room(room).await?, by)?;
        let (title, capacity) = (title.map(RoomTitle::new), capacity.map(Capacity::parse));
        let (title, capacity, password) = all_valid(title.transpose(), capacity.transpose(), Password::new(password))?;
        let slow = slow.map(Slow::parse).transpose()?;
        self.allow_in_room(Act::Say, room, by).await?;
        let password = match (is_open, password) {
            (true, None) => WantedPassword::Removed,
            (false, None) => WantedPassword::AsItIs,
            // Whoever typed a password wants one.
            (_, Some(password)) => {
                WantedPassword::New(self.doors.passwords.hash(Requester::new(by, address), password).await?)
            }
        };
        let (now, wanted) = (self.clock.now(), Wanted { title, capacity, password, slow, veil });
        self.change(room, Arc::new(move |room| room.set(by, &wanted, now))).await.map(drop)
    }

    /// Deletes the room and everything in it.
    pub async fn close_room(self: &Arc<Self>, by: VisitorId, room: RoomId) -> Result<(), Error> {
        self.change(room, Arc::new(move |room| room.close(by).map(|()| Vec::new()))).await.map(drop)
    }
}
