//! What happens without anybody asking: graces that end, media and sessions that nobody needs, lobby changes that go out.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use super::Chat;
use super::lobby::CHANGE_INTERVAL;
use super::presence::Seat;
use crate::error::Error;
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
        for seat in self.presence.away_at_least(self.config.room_grace) {
            match self.end_grace(seat).await {
                // A store that is away says so itself, once.
                Ok(()) | Err(Error::Unavailable) => {}
                Err(error) => tracing::warn!(%error, "a seat whose grace is over is still there"),
            }
        }
        self.tell_presence().await;
        self.hub.sweep();
        let now = self.clock.monotonic();
        self.alarms.sweep(now);
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
        self.remove_unused_media().await;
    }

    /// Ends a seat that nobody watches. The last seat of a room has a longer grace: the room goes with it.
    async fn end_grace(self: &Arc<Self>, seat: Seat) -> Result<(), Error> {
        let (room, visitor) = seat;
        let (grace, last_grace) = (self.config.room_grace, self.config.room_empty_grace);
        if self.lobby.people(room) == Some(1) && self.presence.away_for(seat).is_none_or(|away| away < last_grace) {
            return Ok(());
        }
        let (presence, now) = (self.presence.clone(), self.clock.now());
        let me = self.nodes.as_ref().map(|nodes| nodes.me);
        let ended = self.change(
            room,
            Arc::new(move |room| {
                let Some(stored) = room.seat(visitor) else { return Ok(Vec::new()) };
                let is_elsewhere = stored.nodes.iter().any(|node| Some(*node) != me);
                let grace = if room.seats.len() == 1 { last_grace } else { grace };
                // Asked again here: they may have come back since the sweep began.
                Ok(match presence.away_for(seat) {
                    Some(away) if away >= grace && !is_elsewhere && presence.is_current(seat, stored) => {
                        room.end_seat(visitor, now)
                    }
                    _ => Vec::new(),
                })
            }),
        );
        match ended.await {
            Ok(room) => match room.seat(visitor) {
                // Somebody else times its grace, when it comes to that: once the store knows that nobody watches here.
                Some(stored) if stored.nodes.iter().any(|node| Some(*node) != me) => {
                    if !stored.nodes.iter().any(|node| Some(*node) == me) {
                        self.presence.forget(seat);
                    }
                }
                Some(stored) => self.presence.renewed(seat, stored.renewed),
                None => self.presence.forget(seat),
            },
            Err(Error::NotFound) => self.presence.forget(seat),
            Err(error) => return Err(error),
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
