//! What happens without anybody asking: graces that end, media and sessions that nobody needs, lobby changes that go out.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use super::Chat;
use super::lobby::CHANGE_INTERVAL;
use crate::error::Error;
use crate::id::{RoomId, VisitorId};
use crate::record;
use crate::time::Timestamp;

/// Sweeps between two that also clear the store: about a minute.
const STORE_SWEEP_EVERY: u64 = 60;

/// Sweeps between two after which nothing that was removed is on the disk any more.
const TIDY_EVERY: u64 = 20;

/// GIFs removed at a time.
const MEDIA_BATCH: u32 = 100;

/// How long one who began to remove a GIF has for it, before another tries.
const REMOVAL_MS: u64 = 600_000;

impl Chat {
    /// To be called about once a second.
    pub async fn sweep(self: &Arc<Self>) {
        let mut rooms: HashMap<RoomId, HashSet<VisitorId>> = HashMap::new();
        for (room, visitor) in self.presence.away_at_least(self.config.room_grace) {
            rooms.entry(room).or_default().insert(visitor);
        }
        for (room, visitors) in rooms {
            match self.end_graces(room, visitors).await {
                // A store that is away says so itself, once.
                Ok(()) | Err(Error::Unavailable) => {}
                Err(error) => tracing::warn!(%error, "seats whose grace is over are still there"),
            }
        }
        self.tell_presence().await;
        self.hub.sweep();
        let now = self.clock.monotonic();
        self.tell_alarms();
        self.doors.sweep();
        self.lobby.sweep(now);
        let sweeps = self.sweeps.fetch_add(1, Ordering::Relaxed);
        if sweeps.is_multiple_of(STORE_SWEEP_EVERY) {
            self.sweep_store().await;
        }
        if sweeps.is_multiple_of(TIDY_EVERY) {
            match self.store.tidy().await {
                // A store that is away says so itself, once.
                Ok(()) | Err(Error::Unavailable) => {}
                Err(error) => tracing::warn!(%error, "what was removed may still be on the disk"),
            }
        }
    }

    /// What nobody uses any more and nobody removed in passing.
    async fn sweep_store(&self) {
        match self.store.sweep_sessions(self.clock.now()).await {
            Ok(_) | Err(Error::Unavailable) => {}
            Err(error) => tracing::warn!(%error, "expired sessions are still there"),
        }
        match self.store.sweep_passes(self.clock.now()).await {
            Ok(_) | Err(Error::Unavailable) => {}
            Err(error) => tracing::warn!(%error, "passes that are over are still there"),
        }
        self.remove_unused_media().await;
    }

    /// Ends seats of a room that nobody watches, however many in one change. The last seat of a room has a longer grace: the
    /// room goes with it.
    async fn end_graces(self: &Arc<Self>, room: RoomId, mut visitors: HashSet<VisitorId>) -> Result<(), Error> {
        let (grace, last_grace) = (self.config.room_grace, self.config.room_empty_grace);
        if self.lobby.people(room) == Some(1) {
            visitors.retain(|visitor| self.presence.away_for((room, *visitor)).is_some_and(|away| away >= last_grace));
        }
        if visitors.is_empty() {
            return Ok(());
        }
        let (presence, now) = (self.presence.clone(), self.clock.now());
        let me = self.nodes.as_ref().map(|nodes| nodes.me);
        let is_elsewhere = move |stored: &record::Seat| stored.nodes.iter().any(|node| Some(*node) != me);
        let visitors = Arc::new(visitors);
        let overdue = Arc::clone(&visitors);
        let ended = self.change(
            room,
            Arc::new(move |room| {
                let mut staying = room.seats.len();
                let mut over = HashSet::new();
                // Who has sat longest goes last, and so does the owner: of a room that all have left, that seat is kept.
                for stored in room.seats.iter().rev().filter(|stored| overdue.contains(&stored.person.id)) {
                    let seat = (room.id, stored.person.id);
                    let grace = if staying == 1 { last_grace } else { grace };
                    // Asked again here: they may have come back since the sweep began.
                    let is_over = presence.away_for(seat).is_some_and(|away| away >= grace);
                    if is_over && !is_elsewhere(stored) && presence.is_current(seat, stored) {
                        over.insert(seat.1);
                        staying -= 1;
                    }
                }
                Ok(room.end_seats(|seat| over.contains(&seat.person.id), now))
            }),
        );
        let seats = match ended.await {
            Ok(record) => record.seats,
            Err(Error::NotFound) => Vec::new(),
            Err(error) => return Err(error),
        };
        let seats: HashMap<_, _> = seats.iter().map(|seat| (seat.person.id, seat)).collect();
        for visitor in visitors.iter() {
            let seat = (room, *visitor);
            match seats.get(visitor) {
                // Somebody else times its grace, when it comes to that: once the store knows that nobody watches here.
                Some(stored) if is_elsewhere(stored) => {
                    if !stored.nodes.iter().any(|node| Some(*node) == me) {
                        self.presence.forget(seat);
                    }
                }
                Some(stored) => self.presence.renewed(seat, stored.renewed),
                None => self.presence.forget(seat),
            }
        }
        Ok(())
    }

    /// Removes the bytes of GIFs that no entry uses and no upload holds.
    pub(super) async fn remove_unused_media(&self) {
        loop {
            let now = self.clock.now();
            let until = Timestamp(now.0 + REMOVAL_MS);
            let unused = match self.store.condemn_gifs(now, until, MEDIA_BATCH).await {
                Ok(unused) => unused,
                Err(Error::Unavailable) => return,
                Err(error) => return tracing::warn!(%error, "unused GIFs are still there"),
            };
            for condemned in &unused {
                let removed = self.media.remove(condemned.sha).await;
                if let Err(error) = removed.and(self.store.forget_gif(*condemned).await) {
                    tracing::warn!(sha = %condemned.sha, %error, "an unused GIF's file is still there");
                }
            }
            if unused.len() < MEDIA_BATCH as usize {
                return;
            }
        }
    }
}

/// Sends what changes in the lobby, not more often than its interval.
pub(super) async fn tell_lobby(chat: Weak<Chat>) {
    loop {
        // Weak while waiting, so that this task does not keep the service alive for ever: it looks once a minute.
        let Some(chat) = chat.upgrade() else { return };
        let changed = tokio::time::timeout(std::time::Duration::from_secs(60), chat.lobby.changed()).await;
        if changed.is_ok() {
            chat.lobby.tell();
        }
        drop(chat);
        tokio::time::sleep(CHANGE_INTERVAL).await;
    }
}
