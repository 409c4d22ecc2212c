//! The browser's WebSocket, by gloo-net.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::{SinkExt, StreamExt};
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, State, WebSocketError};
use leptos::prelude::window;
use leptos::task::spawn_local;
use wasm_bindgen::{JsCast, JsValue};

use crate::browser::{property, set_property};

/// The name of the property of the window that has the early socket.
const EARLY: &str = "earlySocket";
/// The name of the property of the early socket that says whether it was greeted.
const GREETED: &str = "greeted";

/// What happens on a socket.
pub enum Heard {
    /// The socket is open. `greeted`: the page's first messages were sent by [`greet`].
    Opened {
        greeted: bool,
    },
    Frame(String),
    /// The socket has ended with this code, or could not be opened.
    Closed(u16),
}

/// A socket. It is `None` after it was closed here. Then no more events of it are reported.
pub struct Socket(Rc<RefCell<Option<WebSocket>>>);

impl Socket {
    /// Opens a socket and reports its events to `hear`. `None` if the browser refuses the address. The first socket of a page was
    /// opened before its WASM was there (boot.js).
    pub fn open(address: &str, hear: impl Fn(Heard) + 'static) -> Option<Self> {
        let (socket, greeted) = match take_early() {
            Some((early, greeted)) => (WebSocket::try_from(early).ok()?, greeted),
            None => (WebSocket::open(address).ok()?, false),
        };
        let socket = Rc::new(RefCell::new(Some(socket)));
        let listening = socket.clone();
        spawn_local(async move {
            poll_fn(|context| ready(&listening, context)).await;
            if matches!(state(&listening), State::Open) {
                hear(Heard::Opened { greeted });
            }
            while let Some(message) = poll_fn(|context| next(&listening, context)).await {
                match message {
                    Ok(Message::Text(frame)) => hear(Heard::Frame(frame)),
                    Err(WebSocketError::ConnectionClose(event)) => hear(Heard::Closed(event.code)),
                    // The server sends no binary frames, and an error is followed by the close event.
                    _ => {}
                }
            }
        });
        Some(Self(socket))
    }

    pub fn state(&self) -> State {
        state(&self.0)
    }

    /// Sends a frame, or drops it if the socket is not open.
    pub fn send(&self, frame: String) {
        if let Some(socket) = self.0.borrow_mut().as_mut().filter(|socket| matches!(socket.state(), State::Open)) {
            let _ = socket.start_send_unpin(Message::Text(frame));
        }
    }

    /// Closes the socket, without a code unless one is given. No more events of it are reported.
    pub fn close(&self, code: Option<u16>) {
        let socket = self.0.borrow_mut().take();
        if let Some(socket) = socket {
            let _ = socket.close(code, None);
        }
    }
}

/// Sends these frames on the socket that boot.js has opened, if it is open. The server answers while the page is hydrated, and the
/// page takes the socket before the browser delivers the answer.
pub fn greet(frames: impl Iterator<Item = String>) {
    if let Some(early) = early()
        && early.ready_state() == web_sys::WebSocket::OPEN
    {
        set_property(&early, GREETED, true);
        frames.for_each(|frame| _ = early.send_with_str(&frame));
    }
}

fn early() -> Option<web_sys::WebSocket> {
    property(&window(), EARLY).dyn_into().ok()
}

/// Takes the early socket unless it has ended again, and says whether it was greeted.
fn take_early() -> Option<(web_sys::WebSocket, bool)> {
    let early = early()?;
    set_property(&window(), EARLY, JsValue::UNDEFINED);
    (early.ready_state() <= web_sys::WebSocket::OPEN).then(|| {
        let greeted = property(&early, GREETED).is_truthy();
        (early, greeted)
    })
}

type Shared = RefCell<Option<WebSocket>>;

fn state(socket: &Shared) -> State {
    socket.borrow().as_ref().map_or(State::Closed, WebSocket::state)
}

/// Ready when the socket is open, has failed to open, or was closed here.
fn ready(socket: &Shared, context: &mut Context<'_>) -> Poll<()> {
    match socket.borrow_mut().as_mut() {
        Some(socket) => socket.poll_ready_unpin(context).map(drop),
        None => Poll::Ready(()),
    }
}

fn next(socket: &Shared, context: &mut Context<'_>) -> Poll<Option<Result<Message, WebSocketError>>> {
    match socket.borrow_mut().as_mut() {
        Some(socket) => socket.poll_next_unpin(context),
        None => Poll::Ready(None),
    }
}
