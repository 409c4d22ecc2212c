//! The browser's WebSocket. It says hello, watches, answers pings, and reconnects by itself as long as that helps.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use chat::event::{Close, Down, HEARTBEAT_SECONDS, PROTOCOL, Up, backoff};
use chat::{Error, PageId, wire};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use crate::state::site::{Site, site};
use crate::{browser, call};

/// A lost connection is not shown before this time, because most are back by then.
const SHOW_LOSS_AFTER_MILLIS: u32 = 1000;
/// The close code of a page that goes away. Scripts may not use 1001, which browsers send.
const GOODBYE: u16 = 1000;
/// The longest a probe may take. A dead socket must be noticed within five seconds of coming back to the page.
const PROBE_MILLIS: u32 = 3000;
/// The shortest time between two probes.
const PROBE_AGAIN_MILLIS: u64 = 1000;
/// The longest that opening a socket may take.
const OPENING_MILLIS: u64 = 10_000;
/// How often the page checks for silence. If a check is later than the second number, the device must have slept.
const CHECK_EVERY_MILLIS: u64 = 2000;
const SLEPT_MILLIS: u64 = 5000;

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
    /// Counts how often the connection has become up to date, first or again.
    pub joined: RwSignal<u32>,
    /// The connection is up to date: what arrives now is new, not caught up on.
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

    /// Opens the socket at once, as the person wants.
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

    /// Opens the socket and keeps it open as long as the page lives. `watch` makes the request to watch, from where
    /// `take` has got to. When `take` returns false, an event is missing, and the watch begins again.
    pub fn open(self, watch: impl Fn() -> Up + 'static, take: impl Fn(Down) -> bool + 'static) {
        let connector = Rc::new(Connector {
            connection: self,
            watch: Box::new(watch),
            take: Box::new(take),
            page: browser::page_id(),
            socket: RefCell::new(None),
            is_opened: Cell::new(false),
            tries: Cell::new(0),
            heard_at: Cell::new(0),
            checked_at: Cell::new(browser::now()),
            probed_at: Cell::new(0),
            asked_at: Cell::new(0),
            retry: Cell::new(None),
        });
        connector.connect();
        connector.watch_for_silence();
        self.connector.set_value(Some(connector));
    }
}

impl Default for Connection {
    fn default() -> Self {
        Self::new()
    }
}

/// A WebSocket with its listeners, which live as long as it does.
struct Socket {
    socket: WebSocket,
    _on_open: Closure<dyn Fn()>,
    _on_message: Closure<dyn Fn(MessageEvent)>,
    _on_close: Closure<dyn Fn(CloseEvent)>,
}

/// Opens the socket, and opens another one whenever it is lost.
struct Connector {
    connection: Connection,
    watch: Box<dyn Fn() -> Up>,
    take: Box<dyn Fn(Down) -> bool>,
    /// Names this page to the server, also after a reload.
    page: PageId,
    socket: RefCell<Option<Socket>>,
    /// The handshake of this socket has succeeded.
    is_opened: Cell<bool>,
    tries: Cell<u32>,
    /// When the last frame arrived, or the socket was opened.
    heard_at: Cell<u64>,
    /// When the last check for silence was.
    checked_at: Cell<u64>,
    probed_at: Cell<u64>,
    /// When the page last asked for the time.
    asked_at: Cell<u64>,
    /// The timer of the next attempt, if one is planned.
    retry: Cell<Option<TimeoutHandle>>,
}

impl Connector {
    /// Opens a new socket. This must not be called from a listener of the socket it replaces.
    fn connect(self: &Rc<Self>) {
        if let Some(planned) = self.retry.take() {
            planned.clear();
        }
        if self.connection.ended.get_untracked().is_some() {
            return;
        }
        // A socket that is closing would still report its end.
        self.drop_socket();
        self.heard_at.set(browser::now());
        self.is_opened.set(false);
        self.connection.settled.set(false);
        let Some(socket) = address().and_then(|address| WebSocket::new(&address).ok()) else {
            return self.plan_reconnect();
        };
        let weak = |this: &Rc<Self>| Rc::downgrade(this);
        let (opened, heard, closed) = (weak(self), weak(self), weak(self));
        let on_open = Closure::<dyn Fn()>::new(move || {
            if let Some(this) = opened.upgrade() {
                this.is_opened.set(true);
                this.send(&Up::Hello { protocol: PROTOCOL });
                this.send(&Up::Page { id: this.page });
                this.send(&(this.watch)());
                this.ask_time();
            }
        });
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let (Some(this), Some(frame)) = (heard.upgrade(), event.data().as_string()) {
                this.receive(&frame);
            }
        });
        let on_close = Closure::<dyn Fn(CloseEvent)>::new(move |event: CloseEvent| {
            if let Some(this) = closed.upgrade() {
                match Close::from_code(event.code()) {
                    Some(close) if !close.is_worth_retrying() => this.connection.ended.set(Some(close)),
                    _ => this.plan_reconnect(),
                }
                // A first attempt that fails is common, for example while the server restarts.
                if !this.is_opened.get() && this.tries.get() > 1 {
                    this.ask_why();
                }
            }
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        self.socket.replace(Some(Socket { socket, _on_open: on_open, _on_message: on_message, _on_close: on_close }));
    }

    /// Sends a message, or drops it if the socket is not open: everything that matters is sent again after the next hello.
    fn send(&self, up: &Up) {
        if self.ready_state() != WebSocket::OPEN {
            return;
        }
        if let Some(socket) = self.socket.borrow().as_ref() {
            let _ = socket.socket.send_with_str(&wire::write(up));
        }
    }

    fn receive(self: &Rc<Self>, frame: &str) {
        self.heard_at.set(browser::now());
        let Some(down) = wire::read::<Down>(frame) else {
            // Only a server of another version sends what this page does not know, and nothing after it can be relied on.
            self.drop_socket();
            return self.connection.ended.set(Some(Close::OldPage));
        };
        match down {
            Down::Hello { .. } | Down::Pong => {}
            Down::Ping => self.send(&Up::Pong),
            Down::Time { now } => self.connection.site.heard_time(now, self.asked_at.get()),
            down => {
                let settles = matches!(down, Down::Lobby(_) | Down::CaughtUp { .. });
                if !(self.take)(down) {
                    self.drop_socket();
                    return self.plan_reconnect();
                }
                if settles && !self.connection.settled.get_untracked() {
                    self.connection.settled.set(true);
                    self.tries.set(0);
                    self.connection.lost.set(false);
                    self.connection.refused.set(None);
                    self.connection.joined.update(|times| *times += 1);
                }
            }
        }
    }

    /// Asks what time it is. The answer also shows that the socket is alive.
    fn ask_time(&self) {
        self.asked_at.set(browser::now());
        self.send(&Up::Time);
    }

    /// Closes a socket that is of no use any more, without listening for its end. (Without a code this is no goodbye.)
    fn drop_socket(&self) {
        if let Some(Socket { socket, .. }) = self.socket.borrow().as_ref() {
            socket.set_onopen(None);
            socket.set_onmessage(None);
            socket.set_onclose(None);
            let _ = socket.close();
        }
    }

    /// The page goes away. If it may come back (from the browser's cache of pages), it is only out of sight. Otherwise it says
    /// goodbye: not every browser does that by itself.
    fn leave_page(&self, may_come_back: bool) {
        match self.socket.borrow().as_ref() {
            Some(Socket { socket, .. }) if !may_come_back => drop(socket.close_with_code(GOODBYE)),
            _ => self.drop_socket(),
        }
    }

    /// Plans the next attempt, a little later each time and at a random moment, so that not everybody comes at once.
    fn plan_reconnect(self: &Rc<Self>) {
        self.connection.settled.set(false);
        self.show_loss_if_it_lasts();
        let wait = f64::from(backoff(self.tries.get())) * (0.5 + js_sys::Math::random() / 2.0);
        self.tries.set(self.tries.get() + 1);
        self.connect_in(wait as u64);
    }

    fn connect_in(self: &Rc<Self>, millis: u64) {
        let this = self.clone();
        let planned = set_timeout_with_handle(move || this.connect(), Duration::from_millis(millis));
        if let Some(before) = self.retry.replace(planned.ok()) {
            before.clear();
        }
    }

    /// Asks the server why it opens no socket: browsers hide the answer to a failed handshake. What it refuses now, it
    /// would refuse again and again.
    fn ask_why(self: &Rc<Self>) {
        let this = self.clone();
        spawn_local(async move {
            let answer = call::ask_for_socket().await;
            if this.ready_state() == WebSocket::OPEN {
                return;
            }
            let refusal = match answer {
                Err(Error::TooMany { retry_after, .. }) => {
                    this.connect_in(u64::from(retry_after) * 1000);
                    Some(Refusal::TooMany)
                }
                Err(Error::Refused) => {
                    // Coming back to the page tries once more.
                    if let Some(planned) = this.retry.take() {
                        planned.clear();
                    }
                    Some(Refusal::Stranger)
                }
                _ => None,
            };
            if this.connection.refused.get_untracked() != refusal {
                this.connection.refused.set(refusal);
            }
        });
    }

    /// Notices what no event reports: silence, a laptop that slept, a network that changed.
    fn watch_for_silence(self: &Rc<Self>) {
        let this = self.clone();
        set_interval(move || this.notice_silence(), Duration::from_millis(CHECK_EVERY_MILLIS));
        let this = self.clone();
        let _ = window_event_listener_untyped("pagehide", move |event| {
            this.leave_page(!browser::property(&event, "persisted").is_falsy());
        });
        for event in ["online", "offline", "visibilitychange", "pageshow", "focus"] {
            let this = self.clone();
            // The listener stays as long as the page lives.
            let _ = window_event_listener_untyped(event, move |_| {
                if browser::is_visible() {
                    this.probe();
                }
            });
        }
    }

    fn notice_silence(self: &Rc<Self>) {
        let now = browser::now();
        let checked_at = self.checked_at.replace(now);
        if now < checked_at {
            // The clock was set back, so that the time of the last frame says nothing any more.
            self.heard_at.set(now);
        }
        if now.abs_diff(checked_at) > SLEPT_MILLIS {
            // No event reports that a lid was opened, or that the clock was set.
            self.connection.site.look_at_clock();
            if browser::is_visible() {
                self.probe();
            }
        }
        let silent = now.saturating_sub(self.heard_at.get());
        let too_long = match self.ready_state() {
            WebSocket::OPEN => silent > 2 * HEARTBEAT_SECONDS * 1000,
            WebSocket::CONNECTING => silent > OPENING_MILLIS,
            _ => false,
        };
        if too_long {
            self.drop_socket();
            self.plan_reconnect();
        }
    }

    /// Checks at once whether the server is there, instead of at the next heartbeat.
    fn probe(self: &Rc<Self>) {
        match self.ready_state() {
            WebSocket::OPEN => {
                let asked_at = browser::now();
                // Several of these events come at once, above all when somebody walks through their tabs.
                if asked_at.abs_diff(self.probed_at.replace(asked_at)) < PROBE_AGAIN_MILLIS {
                    return;
                }
                self.ask_time();
                let this = self.clone();
                browser::after_millis(PROBE_MILLIS, move || {
                    if this.ready_state() == WebSocket::OPEN && this.heard_at.get() < asked_at {
                        this.connect();
                        this.show_loss_if_it_lasts();
                    }
                });
            }
            WebSocket::CONNECTING => {}
            _ if self.connection.ended.get_untracked().is_none() => self.connect(),
            _ => {}
        }
    }

    fn show_loss_if_it_lasts(self: &Rc<Self>) {
        let this = self.clone();
        browser::after_millis(SHOW_LOSS_AFTER_MILLIS, move || {
            if !this.connection.settled.get_untracked() && this.connection.ended.get_untracked().is_none() {
                this.connection.lost.set(true);
            }
        });
    }

    fn ready_state(&self) -> u16 {
        self.socket.borrow().as_ref().map_or(WebSocket::CLOSED, |socket| socket.socket.ready_state())
    }
}

fn address() -> Option<String> {
    let location = window().location();
    let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
    Some(format!("{scheme}://{}/ws", location.host().ok()?))
}
