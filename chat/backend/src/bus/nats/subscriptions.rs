//! The subscriptions of this node, each with a task: one for each room, one for the lobby and one for losses of other nodes.

use std::collections::HashMap;
use std::sync::Arc;

use async_nats::Subscriber;
use futures_util::StreamExt;
use parking_lot::{Mutex, MutexGuard};
use tokio::task::AbortHandle;

use super::connection::Connection;
use super::wire;
use crate::bus::{Envelope, Inbox};
use chat::id::RoomId;

pub struct Subscriptions {
    connection: Arc<Connection>,
    inbox: Arc<dyn Inbox>,
    active: Mutex<Active>,
}

#[derive(Default)]
struct Active {
    rooms: HashMap<RoomId, AbortHandle>,
    /// The tasks for the lobby and for losses of other nodes.
    for_all_nodes: Vec<AbortHandle>,
    /// The rooms whose subscriptions were sent to the server, and may not have been made yet.
    unconfirmed: Vec<RoomId>,
}

impl Subscriptions {
    pub fn new(connection: Arc<Connection>, inbox: Arc<dyn Inbox>) -> Self {
        Self { connection, inbox, active: Mutex::default() }
    }

    pub fn listen(self: &Arc<Self>, room: RoomId) {
        let mut active = self.lock();
        if self.connection.has_ended() || active.rooms.contains_key(&room) {
            return;
        }
        let subject = self.connection.room(room);
        let task = match self.connection.subscribe_now(subject.clone()) {
            Some(subscriber) => {
                active.unconfirmed.push(room);
                tokio::spawn(receive(subscriber, room, self.inbox.clone()))
            }
            None => {
                let subscriptions = self.clone();
                tokio::spawn(async move {
                    let Some(subscriber) = subscriptions.connection.subscribe(subject).await else { return };
                    subscriptions.lock().unconfirmed.push(room);
                    subscriptions.connection.status.changed.notify_one();
                    receive(subscriber, room, subscriptions.inbox.clone()).await;
                })
            }
        };
        active.rooms.insert(room, task.abort_handle());
        drop(active);
        self.connection.status.changed.notify_one();
    }

    /// Ends the room's task. Its subscription is dropped with it, and the client tells the server.
    pub fn unlisten(&self, room: RoomId) {
        if let Some(task) = self.lock().rooms.remove(&room) {
            task.abort();
        }
    }

    /// Listens to news for the lobby, and to nodes that report losses.
    pub fn listen_to_all_nodes(self: &Arc<Self>) {
        let (connection, inbox) = (self.connection.clone(), self.inbox.clone());
        let lobby = tokio::spawn(async move {
            if let Some(subscriber) = connection.subscribe(connection.lobby()).await {
                receive_lobby(subscriber, inbox).await;
            }
        });
        let (connection, subscriptions) = (self.connection.clone(), Arc::downgrade(self));
        let lost = tokio::spawn(async move {
            let Some(mut subscriber) = connection.subscribe(connection.lost()).await else { return };
            while subscriber.next().await.is_some() {
                let Some(subscriptions) = subscriptions.upgrade() else { return };
                subscriptions.doubt_all();
            }
        });
        self.lock().for_all_nodes = vec![lobby.abort_handle(), lost.abort_handle()];
    }

    pub fn stop(&self) {
        let active = std::mem::take(&mut *self.lock());
        active.rooms.into_values().chain(active.for_all_nodes).for_each(|task| task.abort());
    }

    pub fn take_unconfirmed(&self) -> Vec<RoomId> {
        std::mem::take(&mut self.lock().unconfirmed)
    }

    pub fn doubt(&self, rooms: Vec<RoomId>) {
        rooms.into_iter().for_each(|room| self.inbox.doubt(room));
    }

    /// Tells the inbox that events of every room and news for the lobby may be missing.
    pub fn doubt_all(&self) {
        let rooms = self.lock().rooms.keys().copied().collect();
        self.doubt(rooms);
        self.inbox.doubt_lobby();
    }

    fn lock(&self) -> MutexGuard<'_, Active> {
        self.active.lock()
    }
}

async fn receive(mut subscriber: Subscriber, room: RoomId, inbox: Arc<dyn Inbox>) {
    while let Some(message) = subscriber.next().await {
        match wire::read(&message) {
            Some(event) => inbox.deliver(Envelope { room, event }),
            None => inbox.doubt(room),
        }
    }
}

async fn receive_lobby(mut subscriber: Subscriber, inbox: Arc<dyn Inbox>) {
    while let Some(message) = subscriber.next().await {
        match serde_json::from_slice(&message.payload) {
            Ok(news) => inbox.deliver_to_lobby(news),
            Err(_) => tracing::debug!(len = message.payload.len(), "news for the lobby that are not understood"),
        }
    }
}
