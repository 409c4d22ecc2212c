//! The connection that brings the server's events to the page, and its state. It reconnects by itself as long as that helps.

mod connector;
mod polls;
mod socket;

use std::rc::Rc;

use chat::event::{Close, Down, Up};
use leptos::prelude::*;

use self::connector::Connector;
pub use self::connector::greet;
use crate::site::{Site, site};

/// Why the server opens no socket for this page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// There are too many sockets of this browser or its network.
    TooMany,
    /// The server does not know this browser: its cookie is gone.
    Stranger,
}

/// The state of the connection, for the page to show.
#[derive(Debug, Clone, Copy)]
pub struct Connection {
    /// The connection has been lost for a while and is being restored.
    pub lost: RwSignal<bool>,
    /// The connection has ended for good, for this reason.
    pub ended: RwSignal<Option<Close>>,
    /// The server opens no socket, for this reason.
    pub refused: RwSignal<Option<Refusal>>,
    /// How often the connection has become up to date: once after the page was loaded, and once after each loss.
    pub joined: RwSignal<u32>,
    /// The connection is up to date: an event that arrives now is new, and not one that the page catches up on.
    pub settled: RwSignal<bool>,
    connector: StoredValue<Option<Rc<Connector>>, LocalStorage>,
    site: Site,
}

impl Connection {
    pub fn new() -> Self {
        Self {
            lost: RwSignal::new(false),
            ended: RwSignal::new(None),
            refused: RwSignal::new(None),
            joined: RwSignal::new(0),
            settled: RwSignal::new(false),
            connector: StoredValue::new_local(None),
            site: site(),
        }
    }

    /// Sends a message that may get lost: without a connection it is dropped.
    pub fn send(self, up: &Up) {
        if let Some(connector) = self.connector.get_value() {
            connector.send(up);
        }
    }

    /// Connects at once, as the person wants.
    pub fn try_again(self) {
        self.refused.set(None);
        if let Some(connector) = self.connector.get_value() {
            connector.connect();
        }
    }

    /// Whether what the page shows may be out of date.
    pub fn is_down(self) -> bool {
        self.lost.get() || self.refused.get().is_some() || self.ended.get().is_some()
    }

    /// Opens the connection and keeps it open as long as the page lives. `watch` makes the request to watch, which continues
    /// after the last event that `take` was given. When `take` returns false, an event is missing, and the watch begins again.
    pub fn open(self, watch: impl Fn() -> Up + 'static, take: impl Fn(Down) -> bool + 'static) {
        let connector = Connector::new(self, watch, take);
        connector.open();
        self.connector.set_value(Some(connector));
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self::new()
    }
}
