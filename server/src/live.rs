//! A socket's life: hello both ways, then one watch at a time. Frames come from the feed as bytes that were encoded once
//! for everybody. Sockets are mostly idle, so that what one keeps is small: no large buffers, nothing of its request.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, Method};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use chat::event::{Close, Down, HEARTBEAT_SECONDS, PROTOCOL, Up};
use chat::service::{Alarm, Chat, Feed};
use chat::{Act, Error, VisitorId};
use futures_util::SinkExt;
use tokio::time::{Instant, sleep, timeout};

use crate::refusal::{Asked, fail, refuse};
use crate::sockets::Place;
use crate::{Site, Stopping};

const READ_BUFFER: usize = 1024;
const WRITE_BUFFER: usize = 2 * 1024;
/// Only a bound: a frame larger than the buffer is written on its own.
const MAX_WRITE_BUFFER: usize = 256 * 1024;
/// More than any [`Up`].
const MAX_MESSAGE: usize = 4 * 1024;

const HELLO_TIME: Duration = Duration::from_secs(10);
/// How long one write may take before the socket counts as too slow.
const WRITE_TIME: Duration = Duration::from_secs(10);
/// How long a closed socket may take to say goodbye.
const GOODBYE_TIME: Duration = Duration::from_secs(2);
const HEARTBEAT: Duration = Duration::from_secs(HEARTBEAT_SECONDS);

/// Frames a browser may send in [`INBOUND_PER`].
const INBOUND: u32 = 20;
const INBOUND_PER: Duration = Duration::from_secs(10);

/// GET /ws
pub async fn open(
    State(site): State<Arc<Site>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let asked =
        Asked { method: Method::GET, path: "/ws".to_owned(), query: String::new(), headers, peer: Some(peer.ip()) };
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let visitor = match site.sessions.find(&asked.headers).await {
        Ok(Some(visitor)) => visitor,
        // Whoever has a page of ours has a session.
        Ok(None) => return refuse(&site, &asked, 403, Error::Refused).await,
        Err(error) => return fail(&site, &asked, error).await,
    };
    let address = asked.address(&site);
    // Counted, and never given back: each is a handshake.
    if let Err(refused) = site.chat.allow(Act::Connect, visitor.person.id, address).map(drop) {
        return fail(&site, &asked, refused).await;
    }
    let Some(place) = site.sockets.take(visitor.person.id, address) else {
        return fail(&site, &asked, Error::TooMany { of: Act::Connect, retry_after: 60 }).await;
    };
    let socket = Live { chat: site.chat.clone(), visitor: visitor.person.id, stopping: site.stopping.clone() };
    let response = upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER)
        .max_write_buffer_size(MAX_WRITE_BUFFER)
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .on_upgrade(move |stream| socket.run(stream, place));
    visitor.onto(response)
}

/// One socket.
struct Live {
    chat: Arc<Chat>,
    visitor: VisitorId,
    stopping: Stopping,
}

/// Why a socket ended.
enum End {
    /// We close it, and say why.
    Close(Close),
    /// It is closed, or broken.
    Gone,
}

impl From<Close> for End {
    fn from(close: Close) -> Self {
        End::Close(close)
    }
}

impl Live {
    async fn run(self, mut stream: WebSocket, place: Place) {
        if let Err(End::Close(close)) = self.talk(&mut stream).await {
            if close == Close::BadFrame {
                self.chat.raise(Alarm::Flood);
            }
            say_goodbye(&mut stream, close).await;
        }
        drop(place);
    }

    async fn talk(&self, stream: &mut WebSocket) -> Result<(), End> {
        let mut stopping = pin!(self.stopping.clone().begun());
        say(stream, &Down::Hello { protocol: PROTOCOL }).await?;
        let mut inbound = Inbound::new();
        let mut greeted = None;
        let mut feed: Option<Feed> = None;
        let mut alarm = pin!(sleep(HELLO_TIME));
        loop {
            tokio::select! {
                () = &mut stopping => return Err(Close::GoingAway.into()),
                message = stream.recv() => match inbound.read(message)? {
                    None => {}
                    Some(Up::Hello { protocol }) => {
                        if greeted.is_some() {
                            return Err(Close::BadFrame.into());
                        }
                        if protocol != PROTOCOL && Some(protocol) != PROTOCOL.checked_sub(1) {
                            return Err(Close::OldPage.into());
                        }
                        greeted = Some(protocol);
                        alarm.as_mut().reset(Instant::now() + HEARTBEAT);
                    }
                    Some(_) if greeted.is_none() => return Err(Close::BadFrame.into()),
                    Some(Up::Ping) => say(stream, &Down::Pong).await?,
                    Some(Up::Pong) => {}
                    Some(Up::Typing) => {
                        if let Some(feed) = &mut feed {
                            feed.tell_typing().await;
                        }
                    }
                    Some(Up::WatchLobby) => feed = Some(self.chat.watch_lobby()),
                    Some(Up::WatchRoom { room, after }) => {
                        // The old watch ends first: a seat is watched once by a socket.
                        drop(feed.take());
                        let watch = self.chat.watch_room(self.visitor, room, after, greeted.unwrap_or(PROTOCOL)).await;
                        feed = Some(watch.map_err(|error| close_of(&error))?);
                    }
                },
                frame = next(&mut feed) => send(stream, frame?, feed.as_mut()).await?,
                () = &mut alarm => {
                    if greeted.is_none() || inbound.heard.elapsed() >= 2 * HEARTBEAT {
                        return Err(Close::Silent.into());
                    }
                    say(stream, &Down::Ping).await?;
                    alarm.as_mut().reset(Instant::now() + HEARTBEAT);
                }
            }
        }
    }
}

/// What came up, and how much of it.
struct Inbound {
    heard: Instant,
    since: Instant,
    count: u32,
}

impl Inbound {
    fn new() -> Self {
        let now = Instant::now();
        Self { heard: now, since: now, count: 0 }
    }

    fn read(&mut self, message: Option<Result<Message, axum::Error>>) -> Result<Option<Up>, End> {
        let message = match message {
            Some(Ok(message)) => message,
            // Also a message that is too large, or not a WebSocket's: too late for a code.
            Some(Err(_)) | None => return Err(End::Gone),
        };
        self.heard = Instant::now();
        if self.heard - self.since > INBOUND_PER {
            (self.since, self.count) = (self.heard, 0);
        }
        self.count += 1;
        if self.count > INBOUND {
            return Err(Close::BadFrame.into());
        }
        match message {
            Message::Text(text) => serde_json::from_str(&text).map(Some).map_err(|_| Close::BadFrame.into()),
            Message::Binary(_) => Err(Close::BadFrame.into()),
            // tungstenite answers these itself.
            Message::Ping(_) | Message::Pong(_) => Ok(None),
            Message::Close(_) => Err(End::Gone),
        }
    }
}

/// The feed's next frame; never, without a feed.
async fn next(feed: &mut Option<Feed>) -> Result<Bytes, Close> {
    match feed {
        Some(feed) => feed.next().await,
        None => std::future::pending().await,
    }
}

/// Sends a frame, and with it all that is there already: one flush for many.
async fn send(stream: &mut WebSocket, frame: Bytes, feed: Option<&mut Feed>) -> Result<(), End> {
    let sending = async {
        stream.feed(text(frame)?).await.map_err(|_| End::Gone)?;
        if let Some(feed) = feed {
            while let Some(frame) = feed.try_next() {
                match frame {
                    Ok(frame) => stream.feed(text(frame)?).await.map_err(|_| End::Gone)?,
                    Err(close) => {
                        stream.flush().await.map_err(|_| End::Gone)?;
                        return Err(close.into());
                    }
                }
            }
        }
        stream.flush().await.map_err(|_| End::Gone)
    };
    timeout(WRITE_TIME, sending).await.unwrap_or(Err(Close::TooSlow.into()))
}

/// The same bytes, as text. Checking is all it costs.
fn text(frame: Bytes) -> Result<Message, End> {
    match Utf8Bytes::try_from(frame) {
        Ok(text) => Ok(Message::Text(text)),
        Err(error) => {
            tracing::error!(%error, "a frame is not text");
            Err(Close::Unavailable.into())
        }
    }
}

/// Sends something that is for this socket alone.
async fn say(stream: &mut WebSocket, down: &Down) -> Result<(), End> {
    let frame = serde_json::to_vec(down).unwrap_or_default();
    send(stream, frame.into(), None).await
}

/// Why a watch did not begin.
fn close_of(error: &Error) -> Close {
    match error {
        Error::NotSeated => Close::NotSeated,
        Error::Barred => Close::Barred,
        Error::NotFound => Close::RoomGone,
        _ => Close::Unavailable,
    }
}

/// Closes with a code, and waits for the other side to have heard it.
async fn say_goodbye(stream: &mut WebSocket, close: Close) {
    let frame = CloseFrame { code: close.code(), reason: Utf8Bytes::default() };
    let goodbye = async {
        if stream.send(Message::Close(Some(frame))).await.is_ok() {
            while let Some(Ok(_)) = stream.recv().await {}
        }
    };
    // Not answered in time: dropped.
    let _ = timeout(GOODBYE_TIME, goodbye).await;
}
