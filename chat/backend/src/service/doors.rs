//! The doors of locked rooms: how often a visitor may try a password, and whose try is next.
//!
//! Visitors and addresses are refused when they have tried too often (`Act::WrongPassword`). A room refuses nobody for what
//! others have tried. After some wrong tries it checks strangers' passwords one at a time, with a pause in between, in turn by
//! address. So whoever knows the password gets in, however many others guess. Each node counts for itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::task::JoinHandle;

use super::Chat;
use super::alarms::Alarm;
use super::clock::Clock;
use super::limits::{Limiter, Rate};
use super::passwords::Passwords;
use super::turns::{Bounds, Requester, Turn, Turns};
use chat::error::Error;
use chat::id::RoomId;
use chat::limit::Act;
use chat::record::PasswordHash;
use chat::room::Password;

/// The pause between two tries at a door where too many passwords were wrong.
const TRY_INTERVAL: Duration = Duration::from_secs(2);

/// How many may wait at such a door. With so many addresses, the last one waits about two minutes.
const BOUNDS: Bounds = Bounds { per_visitor: 1, per_address: 8, addresses: 64 };

pub struct Doors {
    clock: Arc<dyn Clock>,
    pub passwords: Passwords,
    wrong_tries: Limiter<RoomId>,
    /// The doors at which strangers' passwords are checked one at a time.
    turns: Mutex<HashMap<RoomId, Arc<Turns<()>>>>,
}

impl Chat {
    /// Checks the password. Fails with [`Error::WrongPassword`] if it is wrong, with [`Error::TooMany`] if this visitor or
    /// address has tried too often or is already waiting too often, and with [`Error::Unavailable`] if too many addresses wait.
    ///
    /// A try is counted before the check, and uncounted if it was right or never checked. Otherwise many tries at once
    /// would count as one.
    pub(super) async fn open_door(
        &self,
        who: Requester,
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
    /// `wrong`: how many wrong passwords a room checks before it checks strangers' passwords one at a time.
    pub fn new(wrong: Rate, clock: Arc<dyn Clock>) -> Self {
        Self { clock, passwords: Passwords::default(), wrong_tries: Limiter::new(wrong), turns: Mutex::default() }
    }

    async fn try_at(&self, room: RoomId, who: Requester, password: Password, hash: PasswordHash) -> Result<(), Error> {
        let may_try = || self.wrong_tries.take(room, self.clock.monotonic()).is_ok();
        if !may_try() {
            let turn = self.turn_at(room, who).await?;
            // All the tries that were counted may have been right by now. In that case nobody has to wait here.
            if !may_try() {
                let (turn, pause) = hold_for_interval(turn);
                let opened = self.passwords.verify(who, password, hash, turn).await;
                if opened.is_ok() {
                    pause.abort();
                }
                return opened;
            }
        }
        let opened = self.passwords.verify(who, password, hash, ()).await;
        if opened != Err(Error::WrongPassword) {
            self.wrong_tries.give_back(&room);
        }
        opened
    }

    pub fn sweep(&self) {
        // If another task holds a reference to a door's turns, it is about to ask for a turn.
        self.turns().retain(|_, turns| Arc::strong_count(turns) > 1 || !turns.is_idle());
    }

    /// Waits for a turn at a door where strangers' passwords are checked one at a time.
    pub(super) async fn turn_at(&self, room: RoomId, who: Requester) -> Result<Turn<()>, Error> {
        let turns = Arc::clone(self.turns().entry(room).or_insert_with(|| Arc::new(Turns::new([()], BOUNDS))));
        turns.turn(who).await
    }

    /// How many strangers wait at this door.
    #[cfg(test)]
    pub fn waiting(&self, room: RoomId) -> usize {
        self.turns().get(&room).map_or(0, |turns| turns.waiting())
    }

    /// Held for a few instructions, never across an await.
    fn turns(&self) -> MutexGuard<'_, HashMap<RoomId, Arc<Turns<()>>>> {
        self.turns.lock()
    }
}

/// Shares a turn: one reference is for the check of a try, and a task holds the other for [`TRY_INTERVAL`] in any case.
pub(super) fn hold_for_interval(turn: Turn<()>) -> (Arc<Turn<()>>, JoinHandle<()>) {
    let turn = Arc::new(turn);
    let held = Arc::clone(&turn);
    let pause = tokio::spawn(async move {
        tokio::time::sleep(TRY_INTERVAL).await;
        drop(held);
    });
    (turn, pause)
}
