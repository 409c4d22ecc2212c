//! Opens the socket, and opens another one whenever it is lost. Where no socket works, it polls.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use chat::event::{Close, Down, HEARTBEAT_SECONDS, PROTOCOL, Up, backoff};
use chat::{Error, PageId, wire};
use gloo_net::websocket::State;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::socket::{self, Heard, Socket};
use super::{Connection, Refusal};
use crate::page::Page;
use crate::{browser, call};

/// A lost connection is not shown before this time, because most are back by then.
const SHOW_LOSS_AFTER_MILLIS: u32 = 1000;
/// The close code of a page that goes away. Scripts may not use 1001, which browsers send.
const GOODBYE: u16 = 1000;
/// The longest a probe may take. A dead socket must be noticed within five seconds of coming back to the page.
const PROBE_MILLIS: u32 = 3000;
/// The shortest time between two probes.
const PROBE_AGAIN_MILLIS: u64 = 1000;
/// The longest that a socket may take to open, and that a new socket may stay silent.
const OPENING_MILLIS: u64 = 10_000;
/// How often the page checks for silence.
const CHECK_EVERY_MILLIS: u64 = 2000;
/// If more time than this has passed since the last check, the device must have slept, or the clock was set.
const SLEPT_MILLIS: u64 = 5000;

/// How long a page that polls waits before it tries a socket again.
const SOCKET_AGAIN_MILLIS: u64 = 60_000;

pub struct Connector {
    pub(super) connection: Connection,
    watch: Box<dyn Fn() -> Up>,
    take: Box<dyn Fn(Down) -> bool>,
    /// Names this page to the server, also after a reload.
    page: PageId,
    /// The last message that named the cards to watch. Every poll repeats it.
    cards: RefCell<Option<Up>>,
    socket: RefCell<Option<Socket>>,
    /// This socket has brought the page up to date.
    works: Cell<bool>,
    pub(super) is_polling: Cell<bool>,
    /// Ends the pause between two polls.
    pub(super) wake: RefCell<Option<js_sys::Function>>,
    pub(super) tries: Cell<u32>,
    /// When the last frame arrived, or the socket was opened.
    heard_at: Cell<u64>,
    /// When the last check for silence was, by the browser's clock like the other times.
    checked_at: Cell<u64>,
    probed_at: Cell<u64>,
    /// When the page last asked for the time.
    asked_at: Cell<u64>,
    /// The timer of the next attempt, if one is planned.
    retry: Cell<Option<TimeoutHandle>>,
}

impl Connector {
    pub fn new(
        connection: Connection,
        watch: impl Fn() -> Up + 'static,
        take: impl Fn(Down) -> bool + 'static,
    ) -> Rc<Self> {
        Rc::new(Self {
            connection,
            watch: Box::new(watch),
            take: Box::new(take),
            page: browser::page_id(),
            cards: RefCell::new(None),
            socket: RefCell::new(None),
            works: Cell::new(false),
            is_polling: Cell::new(false),
            wake: RefCell::new(None),
            tries: Cell::new(0),
            heard_at: Cell::new(0),
            checked_at: Cell::new(browser::now()),
            probed_at: Cell::new(0),
            asked_at: Cell::new(0),
            retry: Cell::new(None),
        })
    }

    /// Connects, and listens to the browser's events as long as the page lives.
    pub fn open(self: &Rc<Self>) {
        self.connect();
        if browser::has_no_sockets() {
            self.poll();
        }
        self.watch_for_silence();
    }

    /// Opens a new socket.
    pub fn connect(self: &Rc<Self>) {
        if let Some(planned) = self.retry.take() {
            planned.clear();
        }
        if self.connection.ended.get_untracked().is_some() {
            return;
        }
        // A socket that is closing would still report its end.
        self.drop_socket();
        self.heard_at.set(browser::now());
        self.works.set(false);
        if !self.is_polling.get() {
            self.connection.settled.set(false);
        }
        let this = Rc::downgrade(self);
        let hear = move |heard| {
            if let Some(this) = this.upgrade() {
                this.hear(heard);
            }
        };
        match address().and_then(|address| Socket::open(&address, hear)) {
            Some(socket) => drop(self.socket.replace(Some(socket))),
            None => self.lose(),
        }
    }

    fn hear(self: &Rc<Self>, heard: Heard) {
        match heard {
            Heard::Opened { greeted } => {
                if !greeted {
                    self.hello().iter().for_each(|up| self.send_by_socket(up));
                }
                self.ask_time();
            }
            Heard::Frame(frame) => self.receive(&frame),
            Heard::Closed(code) => match Close::from_code(code) {
                Some(close) if !close.is_worth_retrying() => self.end(close),
                _ => self.lose(),
            },
        }
    }

    /// The messages that the page sends first, on a socket or in a poll.
    fn hello(&self) -> Vec<Up> {
        hello(self.page, (self.watch)())
    }

    /// All messages of a poll, with one more message if it is given.
    pub(super) fn poll_of(&self, up: Option<Up>) -> Vec<Up> {
        let mut ups = self.hello();
        ups.extend(self.cards.borrow().clone());
        ups.extend(up);
        ups
    }

    /// Sends a message, or drops it without a connection: everything that matters is sent again after the next hello.
    pub fn send(self: &Rc<Self>, up: &Up) {
        if matches!(up, Up::ShowCards { .. }) {
            self.cards.replace(Some(up.clone()));
        }
        if self.is_polling.get() {
            self.say_by_poll(up.clone());
        } else {
            self.send_by_socket(up);
        }
    }

    fn send_by_socket(&self, up: &Up) {
        if let Some(socket) = self.socket.borrow().as_ref() {
            socket.send(wire::write(up));
        }
    }

    fn receive(self: &Rc<Self>, frame: &str) {
        self.heard_at.set(browser::now());
        let Some(down) = wire::read::<Down>(frame) else {
            // Only a server of another version sends a message that this page does not know. Its later messages cannot be
            // relied on.
            self.drop_socket();
            return self.end(Close::OldPage);
        };
        let is_all = is_all(&down);
        if !self.take_down(down) {
            self.drop_socket();
            return self.plan_reconnect();
        }
        if is_all && !self.works.replace(true) && self.is_polling.get() {
            self.end_polls();
        }
    }

    /// Takes a message. Returns false if one before it is missing.
    pub(super) fn take_down(&self, down: Down) -> bool {
        match down {
            Down::Hello { .. } | Down::Pong => {}
            Down::Ping => self.send_by_socket(&Up::Pong),
            Down::Time { now } => self.connection.site.heard_time(now, self.asked_at.get()),
            down => {
                let settles = is_all(&down);
                if !(self.take)(down) {
                    return false;
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
        true
    }

    /// The connection has ended for good.
    pub(super) fn end(&self, close: Close) {
        self.connection.ended.set(Some(close));
    }

    /// Asks what time it is. The answer also shows that the socket is alive.
    fn ask_time(&self) {
        self.asks_time();
        self.send_by_socket(&Up::Time);
    }

    /// The page is about to ask for the time.
    pub(super) fn asks_time(&self) {
        self.asked_at.set(browser::now());
    }

    /// Closes a socket that is of no use any more, without listening for its end. (To the server this is not a goodbye, because
    /// it has no code.)
    fn drop_socket(&self) {
        if let Some(socket) = self.socket.take() {
            socket.close(None);
        }
    }

    /// The page goes away. If it may come back from the browser's back/forward cache, only the socket is closed. Otherwise the
    /// page says goodbye, because not every browser does that by itself.
    fn leave_page(&self, may_come_back: bool) {
        if may_come_back {
            return self.drop_socket();
        }
        if let Some(socket) = self.socket.take() {
            socket.close(Some(GOODBYE));
        }
        if self.is_polling.get() {
            self.say_goodbye_by_poll();
        }
    }

    /// The socket is lost, or has never worked.
    fn lose(self: &Rc<Self>) {
        let has_worked = self.works.get();
        self.drop_socket();
        self.plan_reconnect();
        // A first attempt that fails is common, for example while the server restarts.
        if !has_worked && self.tries.get() > 1 && !self.is_polling.get() {
            self.ask_why();
        }
    }

    /// Plans the next attempt, later each time and at a random moment, so that not all pages reconnect at once.
    pub(super) fn plan_reconnect(self: &Rc<Self>) {
        if self.is_polling.get() {
            return self.connect_in(SOCKET_AGAIN_MILLIS);
        }
        self.connection.settled.set(false);
        self.show_loss_if_it_lasts();
        self.connect_in(self.next_wait());
    }

    /// Counts a failed attempt, and returns how long to wait before the next one, in milliseconds.
    pub(super) fn next_wait(&self) -> u64 {
        let wait = f64::from(backoff(self.tries.get())) * (0.5 + js_sys::Math::random() / 2.0);
        self.tries.set(self.tries.get() + 1);
        wait as u64
    }

    fn connect_in(self: &Rc<Self>, millis: u64) {
        let this = self.clone();
        let planned = set_timeout_with_handle(move || this.connect(), Duration::from_millis(millis));
        if let Some(before) = self.retry.replace(planned.ok()) {
            before.clear();
        }
    }

    /// Asks the server why it opens no socket, because browsers hide the answer to a failed handshake. If the server would open
    /// one, something on the way prevents it, and the page polls.
    fn ask_why(self: &Rc<Self>) {
        let this = self.clone();
        spawn_local(async move {
            let answer = call::ask_for_socket().await;
            if this.works.get() {
                return;
            }
            match answer {
                Ok(()) => this.poll(),
                Err(error) => this.refused(&error),
            }
        });
    }

    /// The server has refused a socket or a poll.
    pub(super) fn refused(self: &Rc<Self>, error: &Error) {
        let refusal = match error {
            Error::TooMany { retry_after, .. } => {
                self.connect_in(u64::from(*retry_after) * 1000);
                Some(Refusal::TooMany)
            }
            Error::Refused => {
                // There is no further attempt until the person comes back to the page.
                if let Some(planned) = self.retry.take() {
                    planned.clear();
                }
                Some(Refusal::Stranger)
            }
            _ => None,
        };
        if self.connection.refused.get_untracked() != refusal {
            self.connection.refused.set(refusal);
        }
    }

    /// Starts the regular check for silence. Also probes the socket when the person comes back or the network changes, and says
    /// goodbye when the page goes away.
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
            State::Open if self.works.get() => silent > 2 * HEARTBEAT_SECONDS * 1000,
            State::Open | State::Connecting => silent > OPENING_MILLIS,
            _ => false,
        };
        if too_long {
            self.lose();
        }
    }

    /// Checks at once whether the server can be reached, instead of at the next heartbeat. A page that polls does so at once.
    fn probe(self: &Rc<Self>) {
        if self.is_polling.get() {
            return self.end_pause();
        }
        match self.ready_state() {
            State::Open => {
                let asked_at = browser::now();
                // Several of these events come at once, above all when a person switches between tabs.
                if asked_at.abs_diff(self.probed_at.replace(asked_at)) < PROBE_AGAIN_MILLIS {
                    return;
                }
                self.ask_time();
                let this = self.clone();
                browser::after_millis(PROBE_MILLIS, move || {
                    if matches!(this.ready_state(), State::Open) && this.heard_at.get() < asked_at {
                        this.connect();
                        this.show_loss_if_it_lasts();
                    }
                });
            }
            State::Connecting => {}
            _ if self.connection.ended.get_untracked().is_none() => self.connect(),
            _ => {}
        }
    }

    pub(super) fn show_loss_if_it_lasts(self: &Rc<Self>) {
        let this = self.clone();
        browser::after_millis(SHOW_LOSS_AFTER_MILLIS, move || {
            if !this.connection.settled.get_untracked() && this.connection.ended.get_untracked().is_none() {
                this.connection.lost.set(true);
            }
        });
    }

    fn ready_state(&self) -> State {
        self.socket.borrow().as_ref().map_or(State::Closed, Socket::state)
    }
}

fn hello(page: PageId, watch: Up) -> Vec<Up> {
    vec![Up::Hello { protocol: PROTOCOL }, Up::Page { id: page }, watch]
}

/// Greets the server before this page is hydrated.
pub fn greet(page: &Page) {
    let watch = match page {
        Page::Lobby(_) => Up::WatchLobby,
        Page::Room { view, .. } => Up::WatchRoom { room: view.id, after: view.seq },
        _ => return,
    };
    socket::greet(hello(browser::page_id(), watch).iter().map(wire::write));
}

/// Whether a page is up to date after this message.
fn is_all(down: &Down) -> bool {
    matches!(down, Down::Lobby(_) | Down::CaughtUp { .. })
}

fn address() -> Option<String> {
    let location = window().location();
    let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
    Some(format!("{scheme}://{}/ws", location.host().ok()?))
}
