//! The browser's WebSocket, by gloo-net.

use std::cell::RefCell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures_util::{SinkExt, StreamExt};
use gloo_net::websocket::futures::WebSocket;
use gloo_net::websocket::{Message, State, WebSocketError};
use leptos::task::spawn_local;

/// What happens on a socket.
pub enum Heard {
    Opened,
    Frame(String),
    /// The socket has ended with this code, or could not be opened.
    Closed(u16),
}

/// A socket. It is `None` after it was closed here. Then no more events of it are reported.
pub struct Socket(Rc<RefCell<Option<WebSocket>>>);

impl Socket {
    /// Opens a socket and reports its events to `hear`. `None` if the browser refuses the address.
    pub fn open(address: &str, hear: impl Fn(Heard) + 'static) -> Option<Self> {
        let socket = Rc::new(RefCell::new(Some(WebSocket::open(address).ok()?)));
        let listening = socket.clone();
        spawn_local(async move {
            poll_fn(|context| ready(&listening, context)).await;
            if matches!(state(&listening), State::Open) {
                hear(Heard::Opened);
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
