//! A visitor's socket.

use std::time::Duration;

use chat::event::{Down, PROTOCOL, Up};
use chat::{Entry, RoomCard, RoomId};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::{COOKIE, ORIGIN};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use super::Visitor;

const PATIENCE: Duration = Duration::from_secs(10);

/// An open socket.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// All frames as they came.
    pub seen: String,
}

impl Socket {
    /// Opens a socket and says hello.
    pub async fn open(visitor: &Visitor) -> Result<Self, Error> {
        Self::open_as(visitor, PROTOCOL).await
    }

    /// The same, as a page that speaks `protocol`.
    pub async fn open_as(visitor: &Visitor, protocol: u16) -> Result<Self, Error> {
        let mut socket = Self::connect(visitor, &visitor.origin()).await?;
        assert_eq!(socket.next().await, Ok(Down::Hello { protocol: PROTOCOL }));
        socket.say(&Up::Hello { protocol }).await;
        Ok(socket)
    }

    /// Opens a socket from a page of `origin`, and says nothing.
    pub async fn connect(visitor: &Visitor, origin: &str) -> Result<Self, Error> {
        let mut request = format!("ws://{}/ws", visitor.address).into_client_request()?;
        for (name, value) in [(COOKIE, visitor.cookie().as_str()), (ORIGIN, origin)] {
            if !value.is_empty() {
                request.headers_mut().insert(name, value.parse().expect("a header"));
            }
        }
        let stream = TcpStream::connect(visitor.address).await?;
        let (stream, _) = client_async(request, stream).await?;
        Ok(Self { stream, seen: String::new() })
    }

    pub async fn say(&mut self, up: &Up) {
        self.try_say(up).await.expect("sent");
    }

    /// The same; the socket may be broken.
    pub async fn try_say(&mut self, up: &Up) -> Result<(), Error> {
        self.stream.send(Message::text(serde_json::to_string(up).expect("JSON"))).await
    }

    pub async fn say_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.expect("sent");
    }

    pub async fn watch(&mut self, room: RoomId, after: u64) {
        self.say(&Up::WatchRoom { room, after }).await;
    }

    /// The next frame, or the code the socket was closed with.
    pub async fn next(&mut self) -> Result<Down, u16> {
        timeout(PATIENCE, self.next_at_last()).await.expect("in time")
    }

    /// The same, however long it takes.
    pub async fn next_at_last(&mut self) -> Result<Down, u16> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    self.seen.push_str(&text);
                    return Ok(serde_json::from_str(&text).expect("a frame"));
                }
                Some(Ok(Message::Close(frame))) => return Err(frame.map_or(1005, |frame| frame.code.into())),
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Err(1006),
            }
        }
    }

    pub async fn entry(&mut self) -> Entry {
        match self.next().await {
            Ok(Down::Entry(entry)) => entry,
            other => panic!("no entry: {other:?}"),
        }
    }

    /// Everything of the room up to now.
    pub async fn watched(&mut self, room: RoomId) -> Vec<Entry> {
        self.watch(room, 0).await;
        self.caught_up().await
    }

    /// Everything up to where the store has been caught up with.
    pub async fn caught_up(&mut self) -> Vec<Entry> {
        let mut entries = Vec::new();
        loop {
            match self.next().await {
                Ok(Down::Entry(entry)) => entries.push(entry),
                Ok(Down::Skip { .. }) => {}
                Ok(Down::CaughtUp { .. }) => return entries,
                other => panic!("neither: {other:?}"),
            }
        }
    }

    /// Waits until the lobby shows the room like this.
    pub async fn card_when(&mut self, room: RoomId, is_it: impl Fn(&RoomCard) -> bool) -> RoomCard {
        loop {
            match self.next().await {
                Ok(Down::LobbyChange(change)) => {
                    if let Some(card) = change.changed.into_iter().find(|card| card.id == room && is_it(card)) {
                        return card;
                    }
                }
                other => panic!("no change: {other:?}"),
            }
        }
    }

    /// Waits until the lobby shows it no more.
    pub async fn card_gone(&mut self, room: RoomId) {
        loop {
            match self.next().await {
                Ok(Down::LobbyChange(change)) if change.removed.contains(&room) => return,
                Ok(Down::LobbyChange(_)) => {}
                other => panic!("no change: {other:?}"),
            }
        }
    }

    /// The code it is closed with, whatever comes before.
    pub async fn closed(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }
}
