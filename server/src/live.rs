//! The WebSocket endpoint. After a hello from both sides, a socket watches one room or the lobby at a time. Frames
//! are encoded once for all sockets. The room's writer sends them while the socket keeps up with its room, and
//! otherwise the socket's own feed does. Browsers whose network carries no sockets poll ([`poll`]).

pub mod poll;
mod talk;
mod wire;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use axum::response::{IntoResponse, Response};
use backend::Address;
use backend::service::{Alarm, Allowed, Feed, put_text};
use bytes::Bytes;
use chat::event::{Close, Down, HEARTBEAT_SECONDS, PROTOCOL, Up};
use chat::{Act, Error, VisitorId};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tungstenite::handshake::derive_accept_key;
use tungstenite::protocol::CloseFrame;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::{Message, Utf8Bytes};

use crate::AppState;
use crate::connections::Stream;
use crate::refusal::{RequestInfo, fail, refuse, status_of};
use crate::session::Visitor;
use crate::sockets::{self, SocketPermit};
use talk::Talk;
use wire::{Incoming, Outgoing};

/// The most bytes of frames that are sent at once. Further frames wait in the log.
const MAX_BATCH: usize = 64 * 1024;

const HELLO_TIME: Duration = Duration::from_secs(10);
/// How long one write may take before the socket is closed as too slow.
const WRITE_TIME: Duration = Duration::from_secs(10);
/// How long the other side may take to answer a close frame.
const GOODBYE_TIME: Duration = Duration::from_secs(2);
const HEARTBEAT: Duration = Duration::from_secs(HEARTBEAT_SECONDS);

/// The most frames a browser may send in [`INBOUND_PERIOD`].
const MAX_INBOUND: u32 = 20;
const INBOUND_PERIOD: Duration = Duration::from_secs(10);

/// Handles GET /ws.
pub async fn open(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let info = RequestInfo::of(&request);
    let (mut parts, _) = request.into_parts();
    let upgrade = parts.extensions.get::<OnUpgrade>().cloned();
    // axum only checks the handshake here. Its own WebSocket would hold a buffer for each direction.
    if let Err(rejection) = WebSocketUpgrade::from_request_parts(&mut parts, &()).await {
        return rejection.into_response();
    }
    let (Some(upgrade), Some(key)) = (upgrade, info.headers.get(SEC_WEBSOCKET_KEY)) else {
        return refuse(&state, &info, 400, Error::Refused).await;
    };
    let handshake_response = handshake_response(key);
    let visitor = match known_visitor(&state, &info).await {
        Ok(visitor) => visitor,
        Err((status, error)) => return refuse(&state, &info, status, error).await,
    };
    // A handshake is counted and never given back.
    let (_, permit) = match admit(&state, &info, &visitor) {
        Ok(admitted) => admitted,
        Err(error) => return fail(&state, &info, error).await,
    };
    tokio::spawn(async move {
        // The upgrade fails if the client hangs up in between.
        if let Some(incoming) = upgrade.await.ok().and_then(into_incoming) {
            let mut socket = LiveSocket { incoming, talk: Talk::new(state.chat.clone(), permit.visitor()) };
            socket.run(&state).await;
        }
        drop(permit);
    });
    visitor.set_cookies(handshake_response)
}

/// Handles POST /ws: says whether a socket would be opened now, and if not, why. Browsers hide the answer to a failed
/// handshake from the page, which could otherwise only retry for ever.
pub async fn ask(State(state): State<Arc<AppState>>, request: Request) -> Response {
    let info = RequestInfo::of(&request);
    let visitor = match known_visitor(&state, &info).await {
        Ok(visitor) => visitor,
        Err((status, error)) => return refuse(&state, &info, status, error).await,
    };
    match admit(&state, &info, &visitor) {
        Ok((allowed, _)) => {
            state.chat.give_back(allowed);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(error) => fail(&state, &info, error).await,
    }
}

/// The visitor who asks for a socket, or the status and error of the refusal.
async fn known_visitor(state: &AppState, info: &RequestInfo) -> Result<Visitor, (u16, Error)> {
    match state.sessions.find(&info.headers).await {
        Ok(Some(visitor)) => Ok(visitor),
        // A browser that has loaded a page of ours has its identity cookie.
        Ok(None) => Err((403, Error::Refused)),
        Err(error) => Err((status_of(&error), error)),
    }
}

/// Takes a place for one more socket, and counts that it was opened.
fn admit(state: &AppState, info: &RequestInfo, visitor: &Visitor) -> Result<(Allowed, SocketPermit), Error> {
    let (id, address) = (visitor.person.id, info.address(state));
    let allowed = state.chat.allow(Act::Connect, id, address)?;
    Ok((allowed, take_place(state, id, address)?))
}

/// Takes a place for one more socket, or for a page that polls.
fn take_place(state: &AppState, visitor: VisitorId, address: Option<Address>) -> Result<SocketPermit, Error> {
    state.sockets.take(visitor, address).ok_or_else(|| {
        state.chat.raise(Alarm::Refused { act: Act::Connect, whose: sockets::LOG_NAME });
        Error::TooMany { of: Act::Connect, retry_after: 60 }
    })
}

/// The response to a handshake (RFC 6455, section 4.2.2).
fn handshake_response(key: &HeaderValue) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::try_from(derive_accept_key(key.as_bytes())) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

/// Takes the connection out of what HTTP needed around it.
fn into_incoming(upgraded: Upgraded) -> Option<Incoming> {
    let parts = upgraded.downcast::<TokioIo<Stream<TcpStream>>>().ok()?;
    let (stream, slot) = parts.io.into_inner().into_parts();
    Some(Incoming::new(stream, slot, &parts.read_buf))
}

/// One socket. Its task is most of what an idle socket costs, and has room for whatever it may wait for at any time. So
/// everything here is borrowed instead of moved, and waits that are rare are boxed (`a_socket_costs_little` counts it).
struct LiveSocket {
    incoming: Incoming,
    talk: Talk,
}

/// Why a socket ended.
enum End {
    /// We close the socket for this reason.
    Close(Close),
    /// The connection is broken.
    Gone,
    /// The browser has closed the socket with this code. The script of a page says goodbye with 1000. (A page that
    /// looks for a better connection closes without a code.) Browsers send 1001 when a page ends without its script's
    /// goodbye: when the system ends a page that is asleep, or when a page of the previous protocol is closed or left.
    /// Pages of the previous protocol send no page id, so 1001 counts as goodbye only for sockets without one.
    Closed(Option<CloseCode>),
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        End::Close(close)
    }
}

impl LiveSocket {
    async fn run(&mut self, state: &AppState) {
        let end = self.talk(&state.stopping).await;
        let Self { incoming, talk } = self;
        let code = match &end {
            Err(End::Closed(code)) => *code,
            // A write may have failed before the last messages were read.
            Err(End::Gone) => incoming.read_rest(),
            _ => None,
        };
        let has_said_goodbye = match code {
            Some(CloseCode::Normal) => true,
            Some(CloseCode::Away) => talk.page.is_none(),
            _ => false,
        };
        if let Some(mut feed) = talk.feed.take()
            && has_said_goodbye
        {
            feed.say_goodbye();
        }
        if let Err(End::Close(close)) = end {
            if close == Close::BadFrame {
                state.chat.raise(Alarm::Flood);
            }
            let frame = CloseFrame { code: close.code().into(), reason: Utf8Bytes::default() };
            // A client that does not answer in time is dropped.
            let _ = Box::pin(timeout(GOODBYE_TIME, incoming.close(frame))).await;
        }
    }

    async fn talk(&mut self, stopping: &CancellationToken) -> Result<(), End> {
        let mut stopping = pin!(stopping.cancelled());
        send(self.incoming.outgoing(), &encode(Down::Hello { protocol: PROTOCOL }), None).await?;
        let mut inbound = Inbound::new();
        let mut timer = pin!(sleep(HELLO_TIME));
        loop {
            if self.incoming.outgoing().has_unsent() {
                // The unsent bytes are a pong, or the end of a batch of frames that the client has not read yet.
                flush(self.incoming.outgoing()).await?;
            }
            if let Some(feed) = &mut self.talk.feed {
                feed.attach(self.incoming.outgoing());
            }
            tokio::select! {
                () = &mut stopping => return Err(Close::GoingAway.into()),
                message = self.incoming.next() => if let Some(up) = inbound.read(message)? {
                    if !self.talk.has_begun() {
                        timer.as_mut().reset(Instant::now() + HEARTBEAT);
                    }
                    if let Some(frame) = Box::pin(self.talk.hear(up)).await?.map(encode) {
                        send(self.incoming.outgoing(), &frame, None).await?;
                    }
                },
                frame = next(&mut self.talk.feed) => send(self.incoming.outgoing(), &frame?, self.talk.feed.as_mut()).await?,
                () = &mut timer => {
                    if !self.talk.has_begun() || inbound.last_received.elapsed() >= 2 * HEARTBEAT {
                        return Err(Close::Silent.into());
                    }
                    send(self.incoming.outgoing(), &encode(Down::Ping), None).await?;
                    timer.as_mut().reset(Instant::now() + HEARTBEAT);
                }
            }
        }
    }
}

/// Counts and decodes the messages of a socket.
struct Inbound {
    last_received: Instant,
    since: Instant,
    count: u32,
}

impl Inbound {
    fn new() -> Self {
        let now = Instant::now();
        Self { last_received: now, since: now, count: 0 }
    }

    fn read(&mut self, message: Result<Message, tungstenite::Error>) -> Result<Option<Up>, End> {
        // This includes messages that are too large and bytes that are no WebSocket frame. It is too late for a close
        // code.
        let message = message.map_err(|_| End::Gone)?;
        self.last_received = Instant::now();
        if self.last_received - self.since > INBOUND_PERIOD {
            (self.since, self.count) = (self.last_received, 0);
        }
        self.count += 1;
        if self.count > MAX_INBOUND {
            return Err(Close::BadFrame.into());
        }
        match message {
            Message::Text(text) => serde_json::from_str(&text).map(Some).map_err(|_| Close::BadFrame.into()),
            Message::Binary(_) => Err(Close::BadFrame.into()),
            // tungstenite answers these itself.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => Ok(None),
            Message::Close(frame) => Err(End::Closed(frame.map(|frame| frame.code))),
        }
    }
}

/// The next frame of the feed. Without a feed this never returns.
async fn next(feed: &mut Option<Feed>) -> Result<Bytes, Close> {
    match feed {
        Some(feed) => feed.next().await,
        None => std::future::pending().await,
    }
}

/// Sends a frame, together with the frames that are ready already, up to [`MAX_BATCH`] bytes.
async fn send(outgoing: &Outgoing, frame: &[u8], feed: Option<&mut Feed>) -> Result<(), End> {
    let mut frames = Vec::with_capacity(frame.len() + 16);
    put_text(&mut frames, frame);
    let mut end = Ok(());
    if let Some(feed) = feed {
        while frames.len() < MAX_BATCH {
            match feed.try_next() {
                Some(Ok(frame)) => put_text(&mut frames, &frame),
                Some(Err(close)) => {
                    end = Err(close.into());
                    break;
                }
                None => break,
            }
        }
    }
    outgoing.push(&frames);
    flush(outgoing).await?;
    end
}

/// Waits until the kernel has taken everything, for a limited time.
async fn flush(outgoing: &Outgoing) -> Result<(), End> {
    if outgoing.try_flush().map_err(|_| End::Gone)? {
        return Ok(());
    }
    match Box::pin(timeout(WRITE_TIME, outgoing.flush())).await {
        Ok(result) => result.map_err(|_| End::Gone),
        Err(_) => Err(Close::TooSlow.into()),
    }
}

/// The text of a frame that is for one socket alone.
fn encode(down: Down) -> Vec<u8> {
    serde_json::to_vec(&down).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_of_future<F: Future>(_: impl FnOnce(&'static mut LiveSocket, &'static AppState) -> F) -> usize {
        size_of::<F>()
    }

    #[test]
    fn a_socket_costs_little() {
        // What tokio keeps with a task, and the compiler with the state of its block.
        const AROUND: usize = 104 + 8;
        let captured = size_of::<(OnUpgrade, Arc<AppState>, SocketPermit)>();
        let task = AROUND + captured + size_of::<LiveSocket>() + size_of_future(LiveSocket::run);
        assert!(task <= 1024, "{task}");
    }
}
