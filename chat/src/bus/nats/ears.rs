//! What this node listens to: one subscription and one task for each room, and for the lobby.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_nats::Subscriber;
use futures_util::StreamExt;
use tokio::task::AbortHandle;

use super::line::Line;
use super::wire;
use crate::bus::{Envelope, Inbox};
use crate::id::RoomId;

pub struct Ears {
    line: Arc<Line>,
    inbox: Arc<dyn Inbox>,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    rooms: HashMap<RoomId, AbortHandle>,
    lobby: Option<AbortHandle>,
    /// The server has been asked for these, and may not have done it yet.
    fresh: Vec<RoomId>,
}

impl Ears {
    pub fn new(line: Arc<Line>, inbox: Arc<dyn Inbox>) -> Self {
        Self { line, inbox, heard: Mutex::default() }
    }

    pub fn listen(self: &Arc<Self>, room: RoomId) {
        let mut heard = self.lock();
        if self.line.has_ended() || heard.rooms.contains_key(&room) {
            return;
        }
        let subject = self.line.room(room);
        let listening = match self.line.subscribe_now(subject.clone()) {
            Some(subscriber) => {
                heard.fresh.push(room);
                tokio::spawn(hear(subscriber, room, self.inbox.clone()))
            }
            None => {
                let ears = self.clone();
                tokio::spawn(async move {
                    let Some(subscriber) = ears.line.subscribe(subject).await else { return };
                    ears.lock().fresh.push(room);
                    ears.line.pulse.raised.notify_one();
                    hear(subscriber, room, ears.inbox.clone()).await;
                })
            }
        };
        heard.rooms.insert(room, listening.abort_handle());
        drop(heard);
        self.line.pulse.raised.notify_one();
    }

    /// With its task the subscription is dropped, and the server told.
    pub fn unlisten(&self, room: RoomId) {
        if let Some(listening) = self.lock().rooms.remove(&room) {
            listening.abort();
        }
    }

    pub fn listen_to_lobby(&self) {
        let (line, inbox) = (self.line.clone(), self.inbox.clone());
        let listening = tokio::spawn(async move {
            if let Some(subscriber) = line.subscribe(line.lobby()).await {
                hear_lobby(subscriber, inbox).await;
            }
        });
        self.lock().lobby = Some(listening.abort_handle());
    }

    pub fn stop(&self) {
        let heard = std::mem::take(&mut *self.lock());
        heard.rooms.into_values().chain(heard.lobby).for_each(|listening| listening.abort());
    }

    pub fn take_fresh(&self) -> Vec<RoomId> {
        std::mem::take(&mut self.lock().fresh)
    }

    pub fn doubt(&self, rooms: Vec<RoomId>) {
        rooms.into_iter().for_each(|room| self.inbox.doubt(room));
    }

    pub fn doubt_all(&self) {
        self.doubt(self.lock().rooms.keys().copied().collect());
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn hear(mut subscriber: Subscriber, room: RoomId, inbox: Arc<dyn Inbox>) {
    while let Some(message) = subscriber.next().await {
        match wire::read(&message.payload) {
            Some(event) => inbox.deliver(Envelope { room, event }),
            None => inbox.doubt(room),
        }
    }
}

async fn hear_lobby(mut subscriber: Subscriber, inbox: Arc<dyn Inbox>) {
    while let Some(message) = subscriber.next().await {
        match serde_json::from_slice(&message.payload) {
            Ok(news) => inbox.deliver_to_lobby(news),
            Err(_) => tracing::debug!(len = message.payload.len(), "news for the lobby that are not understood"),
        }
    }
}
