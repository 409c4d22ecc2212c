//! The browser's socket: says hello, watches, answers pings, and comes back by itself for as long as that helps.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use chat::event::{Close, Down, HEARTBEAT_SECONDS, PROTOCOL, Up};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{CloseEvent, MessageEvent, WebSocket};

use crate::browser;
use crate::state::outbox::backoff;

/// A connection that is lost is not mentioned before this: most are back by then.
const MENTIONED_AFTER_MILLIS: u32 = 1000;
/// What a probe, and what opening a socket, may take. A dead socket is to be noticed within five seconds of coming back.
const PROBE_MILLIS: u32 = 3000;
/// Not asked again before.
const PROBE_AGAIN_MILLIS: u64 = 1000;
const OPENING_MILLIS: u64 = 10_000;
/// How often silence is looked for, and how late that may come before the device must have slept in between.
const LOOK_MILLIS: u64 = 2000;
const SLEPT_MILLIS: u64 = 5000;

/// How the connection is, for the page to show.
#[derive(Debug, Clone, Copy)]
pub struct Link {
    /// It has been lost for a while and is being looked for.
    pub lost: RwSignal<bool>,
    /// It ended for good.
    pub ended: RwSignal<Option<Close>>,
    /// Counts how often it was (again) up to date.
    pub joined: RwSignal<u32>,
    /// It is up to date: what comes now is live, not caught up with.
    pub settled: RwSignal<bool>,
    /// Says something passing. Lost where there is no connection.
    say: StoredValue<Option<Say>, LocalStorage>,
}

type Say = Rc<dyn Fn(&Up)>;

impl Link {
    pub fn new() -> Self {
        Self {
            lost: RwSignal::new(false),
            ended: RwSignal::new(None),
            joined: RwSignal::new(0),
            settled: RwSignal::new(false),
            say: StoredValue::new_local(None),
        }
    }

    pub fn say(self, up: &Up) {
        if let Some(say) = self.say.get_value() {
            say(up);
        }
    }

    /// Opens the socket and keeps it open as long as the page lives. `watch` says what to watch, from where `take` has got
    /// to; when `take` says false something is missing, and the watch begins again.
    pub fn open(self, watch: impl Fn() -> Up + 'static, take: impl Fn(Down) -> bool + 'static) {
        let socket = Rc::new(Keeper {
            link: self,
            watch: Box::new(watch),
            take: Box::new(take),
            socket: RefCell::new(None),
            tries: Cell::new(0),
            heard_at: Cell::new(0),
            looked_at: Cell::new(browser::now()),
            probed_at: Cell::new(0),
            retry: Cell::new(None),
        });
        socket.connect();
        socket.look_after();
        self.say.set_value(Some(Rc::new(move |up| socket.say(up))));
    }
}

impl Default for Link {
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

struct Keeper {
    link: Link,
    watch: Box<dyn Fn() -> Up>,
    take: Box<dyn Fn(Down) -> bool>,
    socket: RefCell<Option<Socket>>,
    tries: Cell<u32>,
    /// When the last frame came, or the socket was opened.
    heard_at: Cell<u64>,
    /// When silence was looked for last.
    looked_at: Cell<u64>,
    probed_at: Cell<u64>,
    /// The next try, when one is planned.
    retry: Cell<Option<TimeoutHandle>>,
}

impl Keeper {
    /// Never called from a listener of the socket it replaces.
    fn connect(self: &Rc<Self>) {
        if let Some(planned) = self.retry.take() {
            planned.clear();
        }
        if self.link.ended.get_untracked().is_some() {
            return;
        }
        // One that is just closing would still tell of its end.
        self.drop_socket();
        self.heard_at.set(browser::now());
        self.link.settled.set(false);
        let Some(socket) = address().and_then(|address| WebSocket::new(&address).ok()) else {
            return self.come_back();
        };
        let keeper = |this: &Rc<Self>| Rc::downgrade(this);
        let (opened, heard, closed) = (keeper(self), keeper(self), keeper(self));
        let on_open = Closure::<dyn Fn()>::new(move || {
            if let Some(this) = opened.upgrade() {
                this.say(&Up::Hello { protocol: PROTOCOL });
                this.say(&(this.watch)());
            }
        });
        let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let (Some(this), Some(frame)) = (heard.upgrade(), event.data().as_string()) {
                this.hear(&frame);
            }
        });
        let on_close = Closure::<dyn Fn(CloseEvent)>::new(move |event: CloseEvent| {
            if let Some(this) = closed.upgrade() {
                match Close::from_code(event.code()) {
                    Some(close) if !close.is_worth_retrying() => this.link.ended.set(Some(close)),
                    _ => this.come_back(),
                }
            }
        });
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        self.socket.replace(Some(Socket { socket, _on_open: on_open, _on_message: on_message, _on_close: on_close }));
    }

    /// Where it is not open nothing is said: what matters is said again after the next hello.
    fn say(&self, up: &Up) {
        if self.ready_state() != WebSocket::OPEN {
            return;
        }
        if let (Some(socket), Ok(frame)) = (self.socket.borrow().as_ref(), serde_json::to_string(up)) {
            let _ = socket.socket.send_with_str(&frame);
        }
    }

    fn hear(self: &Rc<Self>, frame: &str) {
        self.heard_at.set(browser::now());
        // A newer server may say what this page does not know; it closes the socket when that matters.
        let Ok(down) = serde_json::from_slice::<Down>(frame.as_bytes()) else { return };
        match down {
            Down::Hello { .. } | Down::Pong => {}
            Down::Ping => self.say(&Up::Pong),
            down => {
                let settles = matches!(down, Down::Lobby(_) | Down::CaughtUp { .. });
                if !(self.take)(down) {
                    self.drop_socket();
                    return self.come_back();
                }
                if settles && !self.link.settled.get_untracked() {
                    self.link.settled.set(true);
                    self.tries.set(0);
                    self.link.lost.set(false);
                    self.link.joined.update(|times| *times += 1);
                }
            }
        }
    }

    /// Lets go of a socket that is of no use any more, without hearing of its end.
    fn drop_socket(&self) {
        if let Some(Socket { socket, .. }) = self.socket.borrow().as_ref() {
            socket.set_onopen(None);
            socket.set_onmessage(None);
            socket.set_onclose(None);
            let _ = socket.close();
        }
    }

    /// Plans the next try, a little later each time and at no moment that others chose too.
    fn come_back(self: &Rc<Self>) {
        self.link.settled.set(false);
        self.mention_if_it_lasts();
        let wait = f64::from(backoff(self.tries.get())) * (0.5 + js_sys::Math::random() / 2.0);
        self.tries.set(self.tries.get() + 1);
        let this = self.clone();
        let planned = set_timeout_with_handle(move || this.connect(), Duration::from_millis(wait as u64));
        if let Some(before) = self.retry.replace(planned.ok()) {
            before.clear();
        }
    }

    /// Notices what no event tells: silence, a laptop that slept, a network that changed.
    fn look_after(self: &Rc<Self>) {
        let this = self.clone();
        set_interval(move || this.notice_silence(), Duration::from_millis(LOOK_MILLIS));
        for event in ["online", "offline", "visibilitychange", "pageshow", "focus"] {
            let this = self.clone();
            // Kept as long as the page lives.
            let _ = window_event_listener_untyped(event, move |_| {
                if browser::is_visible() {
                    this.probe();
                }
            });
        }
    }

    fn notice_silence(self: &Rc<Self>) {
        let now = browser::now();
        let slept = now.saturating_sub(self.looked_at.replace(now)) > SLEPT_MILLIS;
        if slept && browser::is_visible() {
            // No event tells that a lid was opened.
            self.probe();
        }
        let silent = now.saturating_sub(self.heard_at.get());
        let too_long = match self.ready_state() {
            WebSocket::OPEN => silent > 2 * HEARTBEAT_SECONDS * 1000,
            WebSocket::CONNECTING => silent > OPENING_MILLIS,
            _ => false,
        };
        if too_long {
            self.drop_socket();
            self.come_back();
        }
    }

    /// Is anybody there? At once, instead of at the next heartbeat.
    fn probe(self: &Rc<Self>) {
        match self.ready_state() {
            WebSocket::OPEN => {
                let asked_at = browser::now();
                // Events come in twos, and many when somebody walks through their tabs.
                if asked_at.abs_diff(self.probed_at.replace(asked_at)) < PROBE_AGAIN_MILLIS {
                    return;
                }
                self.say(&Up::Ping);
                let this = self.clone();
                browser::after_millis(PROBE_MILLIS, move || {
                    if this.ready_state() == WebSocket::OPEN && this.heard_at.get() < asked_at {
                        this.connect();
                        this.mention_if_it_lasts();
                    }
                });
            }
            WebSocket::CONNECTING => {}
            _ if self.link.ended.get_untracked().is_none() => self.connect(),
            _ => {}
        }
    }

    fn mention_if_it_lasts(self: &Rc<Self>) {
        let this = self.clone();
        browser::after_millis(MENTIONED_AFTER_MILLIS, move || {
            if !this.link.settled.get_untracked() && this.link.ended.get_untracked().is_none() {
                this.link.lost.set(true);
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
