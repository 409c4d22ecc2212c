//! Regular upkeep: ends grace periods, removes unused media and sessions, and sends lobby changes.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use super::Chat;
use super::lobby::CHANGE_INTERVAL;
use chat::error::Error;
use chat::id::{RoomId, VisitorId};
use chat::record;
use chat::time::Timestamp;

/// Every how many sweeps the store is swept too: about once a minute.
const STORE_SWEEP_EVERY: u64 = 60;

/// Every how many sweeps the store is tidied, so that nothing that was removed stays on the disk.
const TIDY_EVERY: u64 = 20;

/// How many GIFs are removed at a time.
const MEDIA_BATCH: u32 = 100;

/// How long a node that began to remove a GIF has for it, before another node tries.
const REMOVAL_MS: u64 = 600_000;

impl Chat {
    /// Must be called about once a second.
    pub async fn sweep(self: &Arc<Self>) {
        let mut rooms: HashMap<RoomId, HashSet<VisitorId>> = HashMap::new();
        for (room, visitor) in self.presence.away_at_least(self.config.room_grace) {
            rooms.entry(room).or_default().insert(visitor);
        }
        for (room, visitors) in rooms {
            match self.end_graces(room, visitors).await {
                // The store itself logs, once, that it cannot be reached.
                Ok(()) | Err(Error::Unavailable) => {}
                Err(error) => tracing::warn!(%error, "seats whose grace is over are still there"),
            }
        }
        self.report_presence().await;
        self.hub.sweep();
        let now = self.clock.monotonic();
        self.log_alarms();
        self.doors.sweep();
        self.lobby.sweep(now);
        let sweeps = self.sweeps.fetch_add(1, Ordering::Relaxed);
        if sweeps.is_multiple_of(STORE_SWEEP_EVERY) {
            self.sweep_store().await;
        }
        if sweeps.is_multiple_of(TIDY_EVERY) {
            match self.store.tidy().await {
                // The store itself logs, once, that it cannot be reached.
                Ok(()) | Err(Error::Unavailable) => {}
                Err(error) => tracing::warn!(%error, "what was removed may still be on the disk"),
            }
        }
    }

    /// Removes what nobody uses any more and nobody removed in passing.
    async fn sweep_store(&self) {
        match self.store.sweep(self.clock.now()).await {
            Ok(_) | Err(Error::Unavailable) => {}
            Err(error) => tracing::warn!(%error, "sessions and passes that are over are still there"),
        }
        self.remove_unused_media().await;
    }

    /// Ends overdue seats of a room, all in one change. The last seat of a room has a longer grace period, because the room
    /// ends with it.
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
                // The seats are visited from the newest to the oldest. If all are overdue, the oldest one is kept longest, and
                // its visitor then owns the room.
                for stored in room.seats.iter().rev().filter(|stored| overdue.contains(&stored.person.id)) {
                    let seat = (room.id, stored.person.id);
                    let grace = if staying == 1 { last_grace } else { grace };
                    // This is asked again because the visitor may have come back since the sweep began.
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
                // Another node watches this seat. It is forgotten here once the store knows that this node does not watch it.
                Some(stored) if is_elsewhere(stored) => {
                    if !stored.nodes.iter().any(|node| Some(*node) == me) {
                        self.presence.forget(seat);
                    }
                }
                Some(stored) => self.presence.note_renewals(seat, stored.renewed),
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

/// Sends lobby changes as long as the service lives, at most once per interval.
pub(super) async fn send_lobby_changes(chat: Weak<Chat>) {
    loop {
        // The service is held for a minute at most, so that this task does not keep it alive for ever.
        let Some(chat) = chat.upgrade() else { return };
        let changed = tokio::time::timeout(std::time::Duration::from_secs(60), chat.lobby.changed()).await;
        if changed.is_ok() {
            chat.lobby.send_changes(chat.clock.monotonic());
        }
        drop(chat);
        tokio::time::sleep(CHANGE_INTERVAL).await;
    }
}
