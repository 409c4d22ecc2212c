//! The frames for a socket that watches the lobby: those of the first page, which every watcher gets, and the changes of the
//! other cards that its page shows.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::broadcast;

use super::{Changes, Lobby};
use crate::service::receiving::{close_of, no_wait};
use chat::event::Close;
use chat::id::RoomId;

pub struct LobbyFeed {
    lobby: Arc<Lobby>,
    /// Frames to hand out before all others.
    ready: VecDeque<Bytes>,
    frames: broadcast::Receiver<Bytes>,
    shown: Option<ExtraCards>,
}

/// The cards that the page shows besides the first page.
struct ExtraCards {
    rooms: HashSet<RoomId>,
    changes: broadcast::Receiver<Arc<Changes>>,
}

impl LobbyFeed {
    pub fn new(lobby: Arc<Lobby>) -> Self {
        let (first, frames) = lobby.watch();
        Self { lobby, ready: VecDeque::from([first]), frames, shown: None }
    }

    /// From now on sends changes of these cards, and first the current state of those that were not shown before.
    pub fn show(&mut self, rooms: Vec<RoomId>) {
        if rooms.is_empty() {
            self.shown = None;
            return;
        }
        let known = self.shown.as_ref().map(|shown| &shown.rooms);
        let fresh: Vec<RoomId> =
            rooms.iter().copied().filter(|room| known.is_none_or(|known| !known.contains(room))).collect();
        let (now, changes) = self.lobby.watch_cards(&fresh);
        self.ready.extend(now);
        let rooms = rooms.into_iter().collect();
        match &mut self.shown {
            // The receiver is kept, because it may hold changes that were not read yet.
            Some(shown) => shown.rooms = rooms,
            None => self.shown = Some(ExtraCards { rooms, changes }),
        }
    }

    /// The next frame. Cancel-safe.
    pub async fn next(&mut self) -> Result<Bytes, Close> {
        loop {
            if let Some(frame) = self.ready.pop_front() {
                return Ok(frame);
            }
            let Some(shown) = &mut self.shown else { return self.frames.recv().await.map_err(close_of) };
            // Boxed, because few pages show more than the first, and the task of each socket has room for its largest future.
            let frame = Box::pin(async {
                tokio::select! {
                    frame = self.frames.recv() => frame.map(Some),
                    changes = shown.changes.recv() => changes.map(|changes| changes.of(&shown.rooms)),
                }
            });
            if let Some(frame) = frame.await.map_err(close_of)? {
                return Ok(frame);
            }
        }
    }

    /// The next frame, if it is there already.
    pub fn try_next(&mut self) -> Option<Result<Bytes, Close>> {
        if let Some(frame) = self.ready.pop_front() {
            return Some(Ok(frame));
        }
        if let Some(frame) = no_wait(&mut self.frames) {
            return Some(frame);
        }
        let shown = self.shown.as_mut()?;
        loop {
            match no_wait(&mut shown.changes)? {
                Ok(changes) => {
                    if let Some(frame) = changes.of(&shown.rooms) {
                        return Some(Ok(frame));
                    }
                }
                Err(close) => return Some(Err(close)),
            }
        }
    }
}
