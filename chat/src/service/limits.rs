//! How often somebody may do something: one row for each [`Act`], and one place that counts.
//!
//! A visitor costs an attacker nothing, so each act is counted for the visitor, for their address and for the house.
//! Each node counts for itself: what a limit keeps whole (a node's CPU, memory and writer) is the node's own. Only slow
//! mode is a promise to the room, and is kept by the store.

mod rate;
mod windows;

use std::ops::{Index, IndexMut};
use std::time::Duration;

pub use self::rate::Rate;
pub use self::windows::Limiter;

use self::windows::{Buckets, Key};
use super::Chat;
use super::alarms::Alarm;
use crate::address::Address;
use crate::error::Error;
use crate::id::{RoomId, VisitorId};
use crate::limit::Act;

/// One limit as it is when nobody sets it.
struct Row {
    /// The environment variable that sets `rate`.
    setting: Option<&'static str>,
    /// Of one visitor.
    rate: Rate,
    /// So many visitors' worth has an address: a school is one.
    address: u32,
    /// So many visitors' worth has the house.
    house: u32,
    /// So many visitors' worth has a room, before everybody in it has to take turns.
    room: Option<u32>,
}

/// A school behind one address.
const SCHOOL: u32 = 10;
/// More people than one node serves well.
const HOUSE: u32 = 1000;

const fn row(act: Act) -> Row {
    let free = Row { setting: None, rate: Rate::new(1, 1), address: SCHOOL, house: HOUSE, room: None };
    match act {
        Act::Say => Row { setting: Some("LIMIT_MESSAGES"), rate: Rate::new(10, 10), room: Some(5), ..free },
        // Each may be as large as GIF_MAX_BYTES, and is judged.
        Act::Upload => Row { setting: Some("LIMIT_UPLOADS"), rate: Rate::new(15, 60), house: 40, ..free },
        Act::Do => Row { setting: Some("LIMIT_ACTS"), rate: Rate::new(40, 10), ..free },
        Act::Enter => Row { setting: Some("LIMIT_ENTERS"), rate: Rate::new(20, 60), ..free },
        Act::NewRoom => Row { setting: Some("LIMIT_NEW_ROOMS"), rate: Rate::new(5, 600), house: 100, ..free },
        Act::WrongPassword => {
            Row { setting: Some("LIMIT_WRONG_PASSWORDS"), rate: Rate::new(5, 60), address: 12, ..free }
        }
        // (Not counted in time: `turns` has its bounds.)
        Act::Wait => free,
        Act::React => Row { rate: Rate::new(30, 600), ..free },
        Act::Ask => Row { setting: Some("LIMIT_REQUESTS"), rate: Rate::new(1000, 10), ..free },
        // What went wrong is stored until the next page. Past this the page itself is the answer, and nothing is stored.
        Act::Mistake => Row { rate: Rate::new(10, 60), address: 3, house: 12, ..free },
        Act::Look => Row { setting: Some("LIMIT_LOOKS"), rate: Rate::new(100, 10), ..free },
        Act::Search => Row { setting: Some("LIMIT_SEARCHES"), rate: Rate::new(30, 10), house: 50, ..free },
        Act::Connect => Row { setting: Some("LIMIT_CONNECTS"), rate: Rate::new(60, 60), ..free },
    }
}

impl Act {
    /// The environment variable that sets its rate.
    pub fn setting(self) -> Option<&'static str> {
        row(self).setting
    }
}

/// How often one visitor may do each act; everything else follows from that.
#[derive(Debug, Clone, Copy)]
pub struct Rates([Rate; Act::ALL.len()]);

impl Default for Rates {
    fn default() -> Self {
        Self(Act::ALL.map(|act| row(act).rate))
    }
}

impl Index<Act> for Rates {
    type Output = Rate;

    fn index(&self, act: Act) -> &Rate {
        &self.0[act as usize]
    }
}

impl IndexMut<Act> for Rates {
    fn index_mut(&mut self, act: Act) -> &mut Rate {
        &mut self.0[act as usize]
    }
}

/// All that is counted.
pub(super) struct Limits {
    rates: Rates,
    /// Exact, for what one person is told.
    visitors: Limiter<(Act, Key)>,
    /// Of little memory, however large the number.
    shared: Buckets<(Act, Key)>,
}

/// What [`Chat::allow`] has counted, to be given back when nothing was spent.
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Allowed {
    act: Act,
    visitor: VisitorId,
    address: Option<Address>,
}

impl Limits {
    pub fn new(rates: Rates) -> Self {
        Self { rates, visitors: Limiter::default(), shared: Buckets::default() }
    }

    /// Counts for the visitor, their address and the house, or for none of them.
    fn take(&self, act: Act, visitor: VisitorId, address: Option<Address>, now: Duration) -> Result<(), Refused> {
        let (rate, row) = (self.rates[act], row(act));
        self.visitors
            .take_of((act, Key::Visitor(visitor)), rate, now)
            .map_err(|wait| Refused { wait, whose: "visitor" })?;
        let shared = [
            address.map(|address| (Key::Address(address), rate.times(row.address), "address")),
            Some((Key::House, rate.times(row.house), "house")),
        ];
        for (n, (key, rate, whose)) in shared.iter().flatten().enumerate() {
            if let Err(wait) = self.shared.take((act, *key), *rate, now) {
                shared.iter().flatten().take(n).for_each(|(key, rate, _)| self.shared.give_back(&(act, *key), *rate));
                self.visitors.give_back(&(act, Key::Visitor(visitor)));
                return Err(Refused { wait, whose });
            }
        }
        Ok(())
    }

    fn give_back(&self, Allowed { act, visitor, address }: Allowed) {
        let (rate, row) = (self.rates[act], row(act));
        self.visitors.give_back(&(act, Key::Visitor(visitor)));
        self.shared.give_back(&(act, Key::House), rate.times(row.house));
        if let Some(address) = address {
            self.shared.give_back(&(act, Key::Address(address)), rate.times(row.address));
        }
    }

    /// A room has a rate of its own. Past it everybody there may do one thing in that time: a crowd of bots cannot silence
    /// anybody who says less than they do.
    fn take_in_room(&self, act: Act, room: RoomId, visitor: VisitorId, now: Duration) -> Result<(), Refused> {
        let Some(worth) = row(act).room else { return Ok(()) };
        let rate = self.rates[act];
        let (own, all) = ((act, Key::Guest(room, visitor)), (act, Key::Room(room)));
        let is_first = self.visitors.take_of(own, Rate { count: 1, per: rate.per }, now);
        match self.shared.take(all, rate.times(worth), now) {
            Ok(()) => Ok(()),
            Err(_) => is_first.map_err(|wait| Refused { wait, whose: "room" }),
        }
    }
}

/// Whose limit is reached, and how long that lasts.
struct Refused {
    wait: Duration,
    whose: &'static str,
}

impl Chat {
    /// Whether `visitor` may do this now. To be asked before the body of a request is read, and before anything else is
    /// spent on it.
    pub fn allow(&self, act: Act, visitor: VisitorId, address: Option<Address>) -> Result<Allowed, Error> {
        match self.limits.take(act, visitor, address, self.clock.monotonic()) {
            Ok(()) => Ok(Allowed { act, visitor, address }),
            Err(refused) => Err(self.refuse(act, refused)),
        }
    }

    /// Whether a request from this address is looked at at all: before anything is known of it, so that no address can keep
    /// a core busy.
    pub fn allow_request(&self, address: Option<Address>) -> Result<(), Error> {
        let (act, Some(address)) = (Act::Ask, address) else { return Ok(()) };
        let rate = self.limits.rates[act].times(row(act).address);
        let taken = self.limits.shared.take((act, Key::Address(address)), rate, self.clock.monotonic());
        taken.map_err(|wait| self.refuse(act, Refused { wait, whose: "address" }))
    }

    /// Asked for each new connection before anything is read from it, so that nobody keeps a core busy by coming and hanging
    /// up. An address has as many of them as one visitor has requests.
    pub fn allow_connection(&self, address: Address) -> Result<(), Error> {
        let act = Act::Ask;
        let key = (act, Key::Connections(address));
        let taken = self.limits.shared.take(key, self.limits.rates[act], self.clock.monotonic());
        taken.map_err(|wait| self.refuse(act, Refused { wait, whose: "address" }))
    }

    /// What was allowed has not been done: a form with a mistake in it makes no room.
    pub fn give_back(&self, allowed: Allowed) {
        self.limits.give_back(allowed);
    }

    /// Whether the room can take one more. To be asked once the fields are parsed, and before anything is hashed, judged or
    /// stored. Counts only for who has a seat there: strangers could take a room's rate from those inside.
    pub(super) async fn allow_in_room(&self, act: Act, room: RoomId, visitor: VisitorId) -> Result<(), Error> {
        if !self.presence.knows((room, visitor)) {
            self.store.seat(room, visitor).await?;
        }
        let taken = self.limits.take_in_room(act, room, visitor, self.clock.monotonic());
        taken.map_err(|refused| self.refuse(act, refused))
    }

    /// Whether `visitor` may change their mind about a message once more: a page of the log reads all that was felt.
    pub(super) fn allow_reaction(&self, room: RoomId, seq: u64, visitor: VisitorId) -> Result<(), Error> {
        let key = (Act::React, Key::Message(room, seq, visitor));
        let taken = self.limits.visitors.take_of(key, self.limits.rates[Act::React], self.clock.monotonic());
        taken.map_err(|wait| self.refuse(Act::React, Refused { wait, whose: "message" }))
    }

    fn refuse(&self, act: Act, Refused { wait, whose }: Refused) -> Error {
        self.raise(Alarm::Refused { act, whose });
        Error::TooMany { of: act, retry_after: whole_seconds(wait) }
    }
}

/// Rounded up: who waits so long is not refused again.
fn whole_seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests;
