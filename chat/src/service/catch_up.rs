//! What the bus has lost is read from the store: when an entry is missing, when the bus comes back, and now and then.

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
use crate::error::Error;
use crate::id::RoomId;

/// How often the bus is looked at, and the store while the bus is away: others' messages come within twice that.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// How often the lobby is read again while the bus is away.
const LOBBY_EVERY: Duration = Duration::from_secs(2);
/// While the bus is there: whatever it loses unnoticed is found after this time at the latest.
const LOOK_ANYWAY: Duration = Duration::from_secs(10);
/// The same for the lobby.
const LOBBY_ANYWAY: Duration = Duration::from_secs(60);
/// Rooms asked for at a time.
const AT_ONCE: usize = 32;
/// Before another try, when the store could not be read.
const RETRY: Duration = Duration::from_secs(1);

impl Chat {
    /// Entries of the log as frames.
    pub(super) async fn read_log(&self, room: RoomId, after: u64, limit: u32) -> Result<Vec<Framed>, Error> {
        self.log_reads.fetch_add(1, Ordering::Relaxed);
        Ok(self.store.log(room, after, limit).await?.iter().map(frame::framed).collect())
    }

    /// Reads what the room's channel has not had.
    async fn mend(&self, channel: &Arc<Channel>) -> Result<(), Error> {
        loop {
            let _reading = channel.reading.lock().await;
            let Some(last) = channel.last() else { return Ok(()) };
            let read = self.read_log(channel.room(), last, CATCH_UP_PAGE).await?;
            channel.learn(&read);
            if read.is_empty() && matches!(self.store.room(channel.room()).await, Err(Error::NotFound)) {
                channel.end();
            }
            if read.len() < CATCH_UP_PAGE as usize {
                return Ok(());
            }
        }
    }

    /// Doubts each room whose log is longer than what came here.
    async fn look_at(&self, channels: Vec<Arc<Channel>>) {
        let looking = stream::iter(channels).map(|channel| async move {
            let Some(last) = channel.last() else { return };
            if self.store.last_seq(channel.room()).await.is_ok_and(|stored| stored != last) {
                self.hub.doubt(channel.room());
            }
        });
        looking.buffer_unordered(AT_ONCE).collect::<()>().await;
    }

    pub(super) async fn read_lobby(&self) -> Result<(), Error> {
        let reading = self.lobby.begin_reading();
        let listed = self.store.cards().await?;
        self.lobby.load(reading, listed, self.clock.monotonic());
        Ok(())
    }
}

/// Mends what is doubted, as long as the service lives.
pub(super) async fn mend(chat: Weak<Chat>) {
    let Some(hub) = chat.upgrade().map(|chat| chat.hub.clone()) else { return };
    loop {
        let doubted = tokio::time::timeout(Duration::from_secs(60), hub.doubted()).await.unwrap_or_default();
        let Some(chat) = chat.upgrade() else { return };
        let mending = stream::iter(doubted.into_iter().filter_map(|room| hub.channel(room))).map(|channel| {
            let chat = &chat;
            async move { chat.mend(&channel).await.map_err(|_| channel.room()) }
        });
        let mended: Vec<Result<(), RoomId>> = mending.buffer_unordered(AT_ONCE).collect().await;
        drop(chat);
        let failed: Vec<RoomId> = mended.into_iter().filter_map(Result::err).collect();
        if !failed.is_empty() {
            tokio::time::sleep(RETRY).await;
            failed.into_iter().for_each(|room| hub.doubt(room));
        }
    }
}

/// Watches over the bus, as long as the service lives. Without other nodes there is nothing to watch.
pub(super) async fn watch_bus(chat: Weak<Chat>) {
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was = Reach::Connected;
    let (mut looked, mut lobby_read) = (Instant::now(), Instant::now());
    loop {
        ticks.tick().await;
        let Some(chat) = chat.upgrade() else { return };
        let reach = chat.bus.reach();
        let is_back = was == Reach::Cut && reach == Reach::Connected;
        was = reach;
        let is_cut = match reach {
            Reach::Alone => return,
            Reach::Cut => true,
            Reach::Connected => is_back,
        };
        if is_cut || looked.elapsed() >= LOOK_ANYWAY {
            looked = Instant::now();
            chat.look_at(chat.hub.channels()).await;
        }
        let lobby_keeps = if is_cut { LOBBY_EVERY } else { LOBBY_ANYWAY };
        if is_back || lobby_read.elapsed() >= lobby_keeps {
            match chat.read_lobby().await {
                Ok(()) => lobby_read = Instant::now(),
                Err(error) => tracing::debug!(%error, "the lobby cannot be read"),
            }
        }
    }
}
