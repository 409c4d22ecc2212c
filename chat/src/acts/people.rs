//! What people in a room do besides entering and leaving: they change their name, remove messages and go away. The
//! owner also throws people out, hands the room over, changes its settings and closes it.

use crate::entry::{Entry, PasswordChange, Settings, Showing, What};
use crate::error::Error;
use crate::id::VisitorId;
use crate::policy;
use crate::record::{NewEntry, Room, Wanted, WantedPassword};
use crate::room::{Bar, Reason};
use crate::time::Timestamp;
use crate::visitor::Person;
use crate::visitor::likeness::Named;

impl Room {
    /// Gives a person a new name from now on. Changes nothing if they have it already.
    pub fn rename(&mut self, named: &Named, now: Timestamp) -> Result<Vec<NewEntry>, Error> {
        let renamed = named.person();
        let person = policy::seat_of(self, renamed.id)?.person.clone();
        if person == *renamed {
            return Ok(Vec::new());
        }
        policy::may_be_called(self, named)?;
        for seat in self.seats.iter_mut().filter(|seat| seat.person.id == renamed.id) {
            (seat.person, seat.looks) = (renamed.clone(), named.looks());
        }
        Ok(vec![self.announce(renamed.clone(), What::Renamed { from: person.name }, now)])
    }

    /// The owner makes another person in the room the owner.
    pub fn hand_over(&mut self, by: VisitorId, to: VisitorId, now: Timestamp) -> Result<Vec<NewEntry>, Error> {
        let heir = policy::may_hand_over(self, by, to)?.person.clone();
        self.owner = heir.id;
        Ok(vec![self.announce(heir, What::NewOwner, now)])
    }

    /// Ends a person's seat and bars them from coming back. Changes nothing for a person who is barred already.
    pub fn throw_out(
        &mut self,
        by: VisitorId,
        whom: VisitorId,
        reason: Option<Reason>,
        now: Timestamp,
    ) -> Result<Vec<NewEntry>, Error> {
        policy::may_own(self, by)?;
        if self.bar(whom).is_some() {
            return Ok(Vec::new());
        }
        policy::may_throw_out(self, by, whom)?;
        let person = self.remove_seat(whom).ok_or(Error::Absent)?;
        if self.bars.len() == Self::MAX_BARS {
            self.bars.remove(0);
        }
        self.outside.retain(|put| put.visitor != whom);
        self.bars.push(Bar { person: person.clone(), at: now, reason: reason.clone() });
        Ok(vec![self.announce(person, What::ThrownOut { reason }, now)])
    }

    /// Lets a person who was thrown out come back.
    pub fn let_in(&mut self, by: VisitorId, whom: VisitorId) -> Result<(), Error> {
        policy::may_own(self, by)?;
        self.bars.retain(|bar| bar.person.id != whom);
        Ok(())
    }

    /// Applies the settings that the owner wants.
    pub fn set(&mut self, by: VisitorId, wanted: &Wanted, now: Timestamp) -> Result<Vec<NewEntry>, Error> {
        let owner = policy::may_set(self, by, wanted)?.person.clone();
        let mut changed = Settings::default();
        if let Some(title) = wanted.title.as_ref().filter(|title| self.title != **title) {
            self.title = title.clone();
            changed.title = Some(title.clone());
        }
        if let Some(capacity) = wanted.capacity.filter(|capacity| self.capacity != *capacity) {
            self.capacity = capacity;
            changed.capacity = Some(capacity);
        }
        changed.password = match (&wanted.password, self.password.is_some()) {
            (WantedPassword::AsItIs, _) | (WantedPassword::Removed, false) => None,
            (WantedPassword::Removed, true) => Some(PasswordChange::Removed),
            (WantedPassword::New(_), true) => Some(PasswordChange::Changed),
            (WantedPassword::New(_), false) => Some(PasswordChange::Set),
        };
        if changed.password.is_some() {
            self.password_rev += 1;
        }
        match &wanted.password {
            WantedPassword::AsItIs => {}
            WantedPassword::Removed => self.password = None,
            WantedPassword::New(hash) => self.password = Some(hash.clone()),
        }
        if let Some(slow) = wanted.slow.filter(|slow| self.slow != *slow) {
            self.slow = slow;
            changed.slow = Some(slow);
        }
        if let Some(veil) = wanted.veil.filter(|veil| self.veil != *veil) {
            self.veil = veil;
            changed.veil = Some(veil);
        }
        if changed == Settings::default() {
            return Ok(Vec::new());
        }
        Ok(vec![self.announce(owner, What::Settings(changed), now)])
    }

    /// Ends every seat. A room without seats is gone.
    pub fn close(&mut self, by: VisitorId) -> Result<(), Error> {
        policy::may_own(self, by)?;
        self.seats.clear();
        Ok(())
    }

    /// Announces that a message is removed. The store empties the message when it takes this entry.
    pub fn remove(&self, by: VisitorId, message: &Entry, now: Timestamp) -> Result<Vec<NewEntry>, Error> {
        let person = policy::may_remove(self, by, message)?.person.clone();
        Ok(vec![self.announce_about(message, person, What::Removal { seq: message.seq }, now)])
    }

    /// Announces how the GIF of a message is to be shown from now on.
    pub fn show(
        &self,
        by: VisitorId,
        message: &Entry,
        showing: Showing,
        now: Timestamp,
    ) -> Result<Vec<NewEntry>, Error> {
        let person = policy::may_set_showing(self, by, message)?.person.clone();
        Ok(vec![self.announce_about(message, person, What::Showing { seq: message.seq, showing }, now)])
    }

    /// An announcement about a whisper is itself a whisper, to the other one of its two people.
    fn announce_about(&self, message: &Entry, by: Person, what: What, now: Timestamp) -> NewEntry {
        let to = message.audience().and_then(|_| match message.person.id == by.id {
            true => message.to.clone(),
            false => Some(message.person.clone()),
        });
        NewEntry { to, ..self.announce(by, what, now) }
    }

    /// Notes that a person has been inactive for a while, or is back.
    pub fn set_away(&mut self, by: VisitorId, away: bool, now: Timestamp) -> Result<Vec<NewEntry>, Error> {
        policy::seat_of(self, by)?;
        let mut told = Vec::new();
        if let Some(seat) = self.seats.iter_mut().find(|seat| seat.person.id == by && seat.away != away) {
            seat.away = away;
            let person = seat.person.clone();
            told.push(self.announce(person, What::Away(away), now));
        }
        Ok(told)
    }
}
