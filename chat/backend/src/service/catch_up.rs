//! Reads from the store what the bus has lost: when an entry is missing, when the bus is back, and at regular intervals.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use tokio::time::MissedTickBehavior;

use super::Chat;
use super::feed::CATCH_UP_PAGE;
use super::frame;
use super::hub::Channel;
use crate::bus::{Framed, Reach};
use chat::error::Error;
use chat::id::RoomId;

/// How often the bus is checked, and, while it is cut off, the store. Messages of other nodes arrive within twice that time.
const TICK: Duration = Duration::from_millis(500);
/// How often the lobby is read again while the bus is cut off.
const LOBBY_RELOAD_WHILE_CUT: Duration = Duration::from_secs(2);
/// How often the store is checked while the bus is connected, to find what was lost unnoticed.
const CHECK_EVERY: Duration = Duration::from_secs(10);
/// The same for the lobby.
const LOBBY_RELOAD: Duration = Duration::from_secs(60);
/// How many rooms are read from the store at a time.
const AT_ONCE: usize = 32;
/// The pause after the store could not be read.
const RETRY: Duration = Duration::from_secs(1);

impl Chat {
    /// Reads entries of the log, as frames.
    pub(super) async fn read_log(&self, room: RoomId, after: u64, limit: u32) -> Result<Vec<Framed>, Error> {
        self.log_reads.fetch_add(1, Ordering::Relaxed);
        Ok(self.store.log(room, after, limit).await?.iter().map(frame::framed).collect())
    }

    /// Reads what the room's channel has not received.
    async fn catch_up_channel(&self, channel: &Arc<Channel>) -> Result<(), Error> {
        loop {
            let _reading = channel.reading.lock().await;
            let Some(last) = channel.last() else { return Ok(()) };
            let read = self.read_log(channel.room(), last, CATCH_UP_PAGE).await?;
            channel.add_from_store(&read);
            if read.is_empty() && matches!(self.store.room(channel.room()).await, Err(Error::NotFound)) {
                channel.end();
            }
            if read.len() < CATCH_UP_PAGE as usize {
                return Ok(());
            }
        }
    }

    /// Marks each room whose log does not end with the last entry that came here, so that it is read from the store.
    async fn check_channels(&self, channels: Vec<Arc<Channel>>) {
        let checking = stream::iter(channels).map(|channel| async move {
            let Some(last) = channel.last() else { return };
            if self.store.last_seq(channel.room()).await.is_ok_and(|stored| stored != last) {
                self.hub.doubt(channel.room());
            }
        });
        checking.buffer_unordered(AT_ONCE).collect::<()>().await;
    }

    pub(super) async fn read_lobby(&self) -> Result<(), Error> {
        let reading = self.lobby.begin_reading();
        let listed = self.store.cards().await?;
        self.lobby.load(reading, listed, self.clock.monotonic());
        Ok(())
    }
}

/// Runs as long as the service lives, and catches up every channel that may have missed something.
pub(super) async fn catch_up_doubted(chat: Weak<Chat>) {
    let Some(hub) = chat.upgrade().map(|chat| chat.hub.clone()) else { return };
    loop {
        let doubted = tokio::time::timeout(Duration::from_secs(60), hub.doubted()).await.unwrap_or_default();
        let Some(chat) = chat.upgrade() else { return };
        let catching_up = stream::iter(doubted.into_iter().filter_map(|room| hub.channel(room))).map(|channel| {
            let chat = &chat;
            async move { chat.catch_up_channel(&channel).await.map_err(|_| channel.room()) }
        });
        let caught_up: Vec<Result<(), RoomId>> = catching_up.buffer_unordered(AT_ONCE).collect().await;
        drop(chat);
        let failed: Vec<RoomId> = caught_up.into_iter().filter_map(Result::err).collect();
        if !failed.is_empty() {
            tokio::time::sleep(RETRY).await;
            failed.into_iter().for_each(|room| hub.doubt(room));
        }
    }
}

/// Checks the store when the bus may have lost something, as long as the service lives. Returns at once if there are no
/// other nodes.
pub(super) async fn watch_bus(chat: Weak<Chat>) {
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was = Reach::Connected;
    let (mut checked, mut lobby_read) = (Instant::now(), Instant::now());
    loop {
        ticks.tick().await;
        let Some(chat) = chat.upgrade() else { return };
        let reach = chat.bus.reach();
        let is_back = was == Reach::Cut && reach == Reach::Connected;
        was = reach;
        let is_uncertain = match reach {
            Reach::Alone => return,
            Reach::Cut => true,
            Reach::Connected => is_back,
        };
        if is_uncertain || checked.elapsed() >= CHECK_EVERY {
            checked = Instant::now();
            chat.check_channels(chat.hub.channels()).await;
        }
        let lobby_interval = if is_uncertain { LOBBY_RELOAD_WHILE_CUT } else { LOBBY_RELOAD };
        if chat.lobby.take_doubt() || is_back || lobby_read.elapsed() >= lobby_interval {
            match chat.read_lobby().await {
                Ok(()) => lobby_read = Instant::now(),
                Err(error) => {
                    chat.lobby.doubt();
                    tracing::debug!(%error, "the lobby cannot be read");
                }
            }
        }
    }
}
