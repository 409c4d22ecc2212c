//! Regular upkeep: removes unused media and sessions, and sends lobby changes.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use super::Chat;
use super::lobby::CHANGE_INTERVAL;
use chat::error::Error;
use chat::time::Timestamp;

/// The store is swept once in this many sweeps: about once a minute.
const STORE_SWEEP_EVERY: u64 = 60;

/// The store is tidied once in this many sweeps, so that nothing that was removed stays on the disk.
const TIDY_EVERY: u64 = 20;

/// How many GIFs are removed at a time.
const MEDIA_BATCH: u32 = 100;

/// How long a node that began to remove a GIF has for it, before another node tries.
const REMOVAL_MS: u64 = 600_000;

impl Chat {
    /// Must be called about once a second.
    pub async fn sweep(self: &Arc<Self>) {
        self.sweep_seats().await;
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

    /// Removes what nobody uses any more, as far as it was not removed at once.
    async fn sweep_store(&self) {
        match self.store.sweep(self.clock.now()).await {
            Ok(_) | Err(Error::Unavailable) => {}
            Err(error) => tracing::warn!(%error, "sessions and passes that are over are still there"),
        }
        self.sweep_shelves().await;
        self.remove_unused_media().await;
    }

    /// Removes the bytes of GIFs that no entry and no shelf uses and no upload holds.
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
