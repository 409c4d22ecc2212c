//! The doors of locked rooms: how often somebody may try a password, and whose try is next.
//!
//! Visitors and addresses are refused when they have tried too often (`Act::WrongPassword`). A room refuses nobody for what others have tried:
//! after some wrong tries strangers are heard one at a time, a while apart, in turn by address, so that whoever knows
//! the password gets in however many guess at it. (Each node counts for itself.)

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::Chat;
use super::alarms::Alarm;
use super::clock::Clock;
use super::limits::{Limiter, Rate};
use super::passwords::Passwords;
use super::turns::{Bounds, Turn, Turns, Who};
use crate::error::Error;
use crate::id::RoomId;
use crate::limit::Act;
use crate::record::PasswordHash;
use crate::room::Password;

/// Between two tries at a door where too many were wrong.
const APART: Duration = Duration::from_secs(2);

/// Who waits at such a door: the last of so many addresses for about two minutes.
const BOUNDS: Bounds = Bounds { of_a_visitor: 1, of_an_address: 8, addresses: 64 };

pub struct Doors {
    clock: Arc<dyn Clock>,
    pub passwords: Passwords,
    wrong: Limiter<RoomId>,
    /// Where strangers are heard one at a time.
    slow: Mutex<HashMap<RoomId, Arc<Turns<()>>>>,
}

impl Chat {
    /// Whether the password opens: [`Error::WrongPassword`] when not, [`Error::TooMany`] when this visitor or address has
    /// tried too often or waits too often already, [`Error::Unavailable`] when too many addresses wait.
    ///
    /// A try is counted before it is checked, and taken back when it was right or never checked: so that many at once
    /// are not checked for the price of one.
    pub(super) async fn open_door(
        &self,
        who: Who,
        room: RoomId,
        password: &str,
        hash: PasswordHash,
    ) -> Result<(), Error> {
        let Some(password) = Password::new(password)? else { return Err(Error::WrongPassword) };
        let allowed = self.allow(Act::WrongPassword, who.visitor, who.address)?;
        let opened = self.doors.try_at(room, who, password, hash).await;
        match &opened {
            Err(Error::WrongPassword) => self.raise(Alarm::WrongPassword),
            Ok(()) => {
                self.raise(Alarm::Opened);
                self.give_back(allowed);
            }
            Err(_) => self.give_back(allowed),
        }
        opened
    }
}

impl Doors {
    /// `wrong`: passwords that a room hears before it hears strangers one at a time.
    pub fn new(wrong: Rate, clock: Arc<dyn Clock>) -> Self {
        Self { clock, passwords: Passwords::default(), wrong: Limiter::new(wrong), slow: Mutex::default() }
    }

    async fn try_at(&self, room: RoomId, who: Who, password: Password, hash: PasswordHash) -> Result<(), Error> {
        let may_try = || self.wrong.take(room, self.clock.monotonic()).is_ok();
        if !may_try() {
            let turn = self.turn_at(room, who).await?;
            // Those who were counted may all have been right: then nobody here waits for anything.
            if !may_try() {
                let (turn, pause) = lasting(turn);
                let opened = self.passwords.verify(who, password, hash, turn).await;
                if opened.is_ok() {
                    pause.abort();
                }
                return opened;
            }
        }
        let opened = self.passwords.verify(who, password, hash, ()).await;
        if opened != Err(Error::WrongPassword) {
            self.wrong.give_back(&room);
        }
        opened
    }

    pub fn sweep(&self) {
        // One that somebody else holds just now is about to be asked for a turn.
        self.slow().retain(|_, turns| Arc::strong_count(turns) > 1 || !turns.is_idle());
    }

    /// Waits until it is this one's turn at a door where strangers are heard one at a time.
    pub(super) async fn turn_at(&self, room: RoomId, who: Who) -> Result<Turn<()>, Error> {
        let turns = Arc::clone(self.slow().entry(room).or_insert_with(|| Arc::new(Turns::new([()], BOUNDS))));
        turns.turn(who).await
    }

    /// How many strangers wait at this door.
    #[cfg(test)]
    pub fn waiting(&self, room: RoomId) -> usize {
        self.slow().get(&room).map_or(0, |turns| turns.waiting())
    }

    /// A std mutex: held for a few instructions, never across an await.
    fn slow(&self) -> MutexGuard<'_, HashMap<RoomId, Arc<Turns<()>>>> {
        self.slow.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The turn to be held while a try is checked, and what keeps it until it has lasted [`APART`], whoever hangs up.
pub(super) fn lasting(turn: Turn<()>) -> (Arc<Turn<()>>, JoinHandle<()>) {
    let turn = Arc::new(turn);
    let lasting = Arc::clone(&turn);
    let pause = tokio::spawn(async move {
        tokio::time::sleep(APART).await;
        drop(lasting);
    });
    (turn, pause)
}
