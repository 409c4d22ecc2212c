//! How often visitors may do something: one row for each [`Act`], and one place that counts.
//!
//! A visitor costs an attacker nothing, so each act is counted for the visitor, for their address and for all visitors
//! together. Each node counts for itself, because the limits protect what belongs to a node: its CPU, memory and database
//! writer. Only slow mode is a promise to the room, so the store enforces it.

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
use chat::error::Error;
use chat::id::{RoomId, VisitorId};
use chat::limit::Act;

/// The defaults of one act's limits.
struct Row {
    /// The environment variable that sets `rate`.
    setting: Option<&'static str>,
    /// The rate of one visitor.
    rate: Rate,
    /// An address may do as much as this many visitors.
    address: u32,
    /// All visitors together may do as much as this many visitors.
    everyone: u32,
    /// A room takes as much as this many visitors may do. After that everybody in it has to take turns.
    room: Option<u32>,
}

/// A school, whose visitors share one address.
const SCHOOL: u32 = 10;
/// More people than one node serves well.
const EVERYONE: u32 = 1000;

const fn row(act: Act) -> Row {
    let default = Row { setting: None, rate: Rate::new(1, 1), address: SCHOOL, everyone: EVERYONE, room: None };
    match act {
        Act::Say => Row { setting: Some("LIMIT_MESSAGES"), rate: Rate::new(10, 10), room: Some(5), ..default },
        // Each upload may be as large as GIF_MAX_BYTES, and is checked.
        Act::Upload => Row { setting: Some("LIMIT_UPLOADS"), rate: Rate::new(15, 60), everyone: 40, ..default },
        Act::Other => Row { setting: Some("LIMIT_ACTS"), rate: Rate::new(40, 10), ..default },
        Act::Enter => Row { setting: Some("LIMIT_ENTERS"), rate: Rate::new(20, 60), ..default },
        Act::NewRoom => Row { setting: Some("LIMIT_NEW_ROOMS"), rate: Rate::new(5, 600), everyone: 100, ..default },
        Act::WrongPassword => {
            Row { setting: Some("LIMIT_WRONG_PASSWORDS"), rate: Rate::new(5, 60), address: 12, ..default }
        }
        // Waiting is not counted over time: `turns` bounds it.
        Act::Wait => default,
        Act::React => Row { rate: Rate::new(30, 600), ..default },
        Act::Request => Row { setting: Some("LIMIT_REQUESTS"), rate: Rate::new(1000, 10), ..default },
        // A mistake is stored until the next page shows it. Over the limit, the response itself shows it and nothing is stored.
        Act::Mistake => Row { rate: Rate::new(10, 60), address: 3, everyone: 12, ..default },
        Act::Look => Row { setting: Some("LIMIT_LOOKS"), rate: Rate::new(100, 10), ..default },
        Act::Search => Row { setting: Some("LIMIT_SEARCHES"), rate: Rate::new(30, 10), everyone: 50, ..default },
        Act::Connect => Row { setting: Some("LIMIT_CONNECTS"), rate: Rate::new(60, 60), ..default },
    }
}

/// The environment variable that sets the rate of an act.
pub fn setting(act: Act) -> Option<&'static str> {
    row(act).setting
}

/// How often one visitor may do each act. All other limits are multiples of these.
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

/// All counters.
pub(super) struct Limits {
    rates: Rates,
    /// Exact counts, because a visitor is told how long to wait.
    visitors: Limiter<(Act, Key)>,
    /// Counts that take little memory, however large the number is.
    shared: Buckets<(Act, Key)>,
}

/// What [`Chat::allow`] has counted. It can be given back when nothing was spent.
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

    /// Counts for the visitor, their address and all visitors together, or for none of these.
    fn take(&self, act: Act, visitor: VisitorId, address: Option<Address>, now: Duration) -> Result<(), Refused> {
        let (rate, row) = (self.rates[act], row(act));
        self.visitors
            .take_at((act, Key::Visitor(visitor)), rate, now)
            .map_err(|wait| Refused { wait, whose: "visitor" })?;
        let shared = [
            address.map(|address| (Key::Address(address), rate.times(row.address), "address")),
            Some((Key::Everyone, rate.times(row.everyone), "deployment")),
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
        self.shared.give_back(&(act, Key::Everyone), rate.times(row.everyone));
        if let Some(address) = address {
            self.shared.give_back(&(act, Key::Address(address)), rate.times(row.address));
        }
    }

    /// A room has a rate of its own. When it is used up, each visitor there may still do one thing in that time, so that a
    /// crowd of bots cannot silence anybody who says less than they do.
    fn take_in_room(&self, act: Act, room: RoomId, visitor: VisitorId, now: Duration) -> Result<(), Refused> {
        let Some(visitors) = row(act).room else { return Ok(()) };
        let rate = self.rates[act];
        let (own, all) = ((act, Key::Seat(room, visitor)), (act, Key::Room(room)));
        let is_first = self.visitors.take_at(own, Rate { count: 1, per: rate.per }, now);
        match self.shared.take(all, rate.times(visitors), now) {
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
    /// Whether `visitor` may do this now. Must be asked before a request's body is read or anything else is spent on it.
    pub fn allow(&self, act: Act, visitor: VisitorId, address: Option<Address>) -> Result<Allowed, Error> {
        match self.limits.take(act, visitor, address, self.clock.monotonic()) {
            Ok(()) => Ok(Allowed { act, visitor, address }),
            Err(refused) => Err(self.refuse(act, refused)),
        }
    }

    /// Whether a request from this address is handled at all. Asked before anything is known of the request, so that no address
    /// can keep a core busy.
    pub fn allow_request(&self, address: Option<Address>) -> Result<(), Error> {
        let (act, Some(address)) = (Act::Request, address) else { return Ok(()) };
        let rate = self.limits.rates[act].times(row(act).address);
        let taken = self.limits.shared.take((act, Key::Address(address)), rate, self.clock.monotonic());
        taken.map_err(|wait| self.refuse(act, Refused { wait, whose: "address" }))
    }

    /// Whether an address may open one more connection. Asked before anything is read from it, so that nobody keeps a core busy
    /// by connecting and hanging up. An address may open as many connections as one visitor may make requests.
    pub fn allow_connection(&self, address: Address) -> Result<(), Error> {
        let act = Act::Request;
        let key = (act, Key::Connections(address));
        let taken = self.limits.shared.take(key, self.limits.rates[act], self.clock.monotonic());
        taken.map_err(|wait| self.refuse(act, Refused { wait, whose: "address" }))
    }

    /// Takes back a count, because what was allowed has not been done: a form with a mistake in it makes no room.
    pub fn give_back(&self, allowed: Allowed) {
        self.limits.give_back(allowed);
    }

    /// Whether the room's limit allows one more. Must be asked once the fields are parsed, and before anything is hashed,
    /// checked or stored. Counts only visitors with a seat there, because strangers could otherwise use up the room's rate.
    pub(super) async fn allow_in_room(&self, act: Act, room: RoomId, visitor: VisitorId) -> Result<(), Error> {
        if !self.presence.knows((room, visitor)) {
            self.store.seat(room, visitor).await?;
        }
        let taken = self.limits.take_in_room(act, room, visitor, self.clock.monotonic());
        taken.map_err(|refused| self.refuse(act, refused))
    }

    /// Whether `visitor` may change their reaction to a message once more. There is a limit because reading a page of the
    /// log reads every change.
    pub(super) fn allow_reaction(&self, room: RoomId, seq: u64, visitor: VisitorId) -> Result<(), Error> {
        let key = (Act::React, Key::Message(room, seq, visitor));
        let taken = self.limits.visitors.take_at(key, self.limits.rates[Act::React], self.clock.monotonic());
        taken.map_err(|wait| self.refuse(Act::React, Refused { wait, whose: "message" }))
    }

    fn refuse(&self, act: Act, Refused { wait, whose }: Refused) -> Error {
        self.raise(Alarm::Refused { act, whose });
        Error::TooMany { of: act, retry_after: whole_seconds(wait) }
    }
}

/// Rounds up, so that whoever waits that long is not refused again.
fn whole_seconds(wait: Duration) -> u32 {
    u32::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests;
