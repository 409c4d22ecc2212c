//! What people in a room do to themselves and, as its owner, to others and to the room.

use std::sync::Arc;

use super::rooms::together;
use super::turns::Who;
use super::{Alarm, Chat};
use crate::address::Address;
use crate::entry::Reason;
use crate::error::Error;
use crate::id::{RoomId, VisitorId};
use crate::limit::Act;
use crate::policy;
use crate::record::{Wanted, WantedPassword};
use crate::room::{Bar, Capacity, Password, RoomTitle, Slow};
use crate::visitor::likeness::Named;
use crate::visitor::{Name, OwnName, Person};

impl Chat {
    /// Calls `by` something else in this room. Says how they are called then.
    pub async fn rename(self: &Arc<Self>, by: VisitorId, room: RoomId, name: &str) -> Result<Person, Error> {
        let own = OwnName::new(name)?;
        self.allow_in_room(Act::Say, room, by).await?;
        let (now, person) = (self.clock.now(), self.store.seat(room, by).await?);
        let name = Name { own: Some(own), number: 1, ..person.name };
        let renamed = Person { id: by, name };
        // What a name looks like takes time: here, and not where everybody's changes wait.
        let named = Named::new(renamed.clone());
        self.change(room, Arc::new(move |room| room.rename(&named, now))).await?;
        Ok(renamed)
    }

    /// Notes whether `by` has looked lately.
    pub async fn set_away(self: &Arc<Self>, by: VisitorId, room: RoomId, away: bool) -> Result<(), Error> {
        let now = self.clock.now();
        self.change(room, Arc::new(move |room| room.set_away(by, away, now))).await.map(drop)
    }

    /// Makes somebody else the owner.
    pub async fn hand_over(self: &Arc<Self>, by: VisitorId, room: RoomId, to: VisitorId) -> Result<(), Error> {
        let now = self.clock.now();
        self.change(room, Arc::new(move |room| room.hand_over(by, to, now))).await.map(drop)
    }

    /// Ends somebody's seat for good: their sockets are closed, and the room is shut to them on every road.
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
        // Where this fails it is worth nothing while they are thrown out, and ends when they are let in.
        if let Err(error) = self.store.end_pass(room, whom).await {
            tracing::warn!(%room, %error, "somebody who was thrown out still has a pass");
        }
        Ok(())
    }

    /// Lets somebody who was thrown out come back, as a stranger: by the password.
    pub async fn let_in(self: &Arc<Self>, by: VisitorId, room: RoomId, whom: VisitorId) -> Result<(), Error> {
        let read = self.store.room(room).await?;
        policy::may_own(&read, by)?;
        if read.bar(whom).is_some() {
            self.store.end_pass(room, whom).await?;
        }
        self.change(room, Arc::new(move |room| room.let_in(by, whom).map(|()| Vec::new()))).await.map(drop)
    }

    /// Who was thrown out, for the owner.
    pub async fn bars(&self, by: VisitorId, room: RoomId) -> Result<Vec<Bar>, Error> {
        let room = self.store.room(room).await?;
        policy::may_own(&room, by)?;
        Ok(room.bars)
    }

    /// Makes the room what its owner wants: no title, number or slow mode leave these as they are, and so does an empty
    /// password, unless it `is_open`: then it has none. Every wrong value is named in one [`Error::Invalid`].
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
    ) -> Result<(), Error> {
        policy::may_own(&self.store.room(room).await?, by)?;
        let (title, capacity) = (title.map(RoomTitle::new), capacity.map(Capacity::parse));
        let (title, capacity, password) = together(title.transpose(), capacity.transpose(), Password::new(password))?;
        let slow = slow.map(Slow::parse).transpose()?;
        self.allow_in_room(Act::Say, room, by).await?;
        let password = match (is_open, password) {
            (true, None) => WantedPassword::Removed,
            (false, None) => WantedPassword::AsItIs,
            // Who typed one wants one.
            (_, Some(password)) => {
                WantedPassword::New(self.doors.passwords.hash(Who::new(by, address), password).await?)
            }
        };
        let (now, wanted) = (self.clock.now(), Wanted { title, capacity, password, slow });
        self.change(room, Arc::new(move |room| room.set(by, &wanted, now))).await.map(drop)
    }

    /// Ends the room with all it holds.
    pub async fn close_room(self: &Arc<Self>, by: VisitorId, room: RoomId) -> Result<(), Error> {
        self.change(room, Arc::new(move |room| room.close(by).map(|()| Vec::new()))).await.map(drop)
    }
}
