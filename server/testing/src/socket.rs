//! A visitor's WebSocket.

use std::time::Duration;

use chat::event::{Down, PROTOCOL, Up};
use chat::{Entry, RoomCard, RoomId};
use futures_util::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::header::{COOKIE, ORIGIN};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

use crate::Visitor;

const TIMEOUT: Duration = Duration::from_secs(10);

/// An open WebSocket.
pub struct Socket {
    stream: WebSocketStream<TcpStream>,
    /// The text of all frames received so far.
    pub received: String,
}

impl Socket {
    /// Opens a socket and exchanges hellos.
    pub async fn open(visitor: &Visitor) -> Result<Self, Error> {
        Self::open_as(visitor, PROTOCOL).await
    }

    /// The same, as a page that speaks `protocol`.
    pub async fn open_as(visitor: &Visitor, protocol: u16) -> Result<Self, Error> {
        let mut socket = Self::connect(visitor, &visitor.origin()).await?;
        assert_eq!(socket.next().await, Ok(Down::Hello { protocol: PROTOCOL }));
        socket.send(&Up::Hello { protocol }).await;
        Ok(socket)
    }

    /// Opens a socket as a page of `origin` would, and sends nothing.
    pub async fn connect(visitor: &Visitor, origin: &str) -> Result<Self, Error> {
        let mut request = format!("ws://{}/ws", visitor.address).into_client_request()?;
        for (name, value) in [(COOKIE, visitor.cookie().as_str()), (ORIGIN, origin)] {
            if !value.is_empty() {
                request.headers_mut().insert(name, value.parse().expect("a header"));
            }
        }
        let stream = TcpStream::connect(visitor.address).await?;
        let (stream, _) = client_async(request, stream).await?;
        Ok(Self { stream, received: String::new() })
    }

    pub async fn send(&mut self, up: &Up) {
        self.try_send(up).await.expect("sent");
    }

    /// The same, but returns an error if the socket is broken.
    pub async fn try_send(&mut self, up: &Up) -> Result<(), Error> {
        self.stream.send(Message::text(serde_json::to_string(up).expect("JSON"))).await
    }

    pub async fn send_text(&mut self, text: &str) {
        self.stream.send(Message::text(text)).await.expect("sent");
    }

    pub async fn watch(&mut self, room: RoomId, after: u64) {
        self.send(&Up::WatchRoom { room, after }).await;
    }

    /// Closes the socket as a browser does when its page goes away: with this code, or without one.
    pub async fn close(mut self, code: Option<u16>) {
        let frame = code.map(|code| CloseFrame { code: code.into(), reason: "".into() });
        self.stream.close(frame).await.expect("sent");
        // The server answers, and closes the connection.
        while let Some(Ok(_)) = timeout(TIMEOUT, self.stream.next()).await.expect("in time") {}
    }

    /// The same without reading the answer, or anything else that has arrived: the system then tells the server that nothing more
    /// can be written.
    pub async fn close_unread(mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "".into() };
        self.stream.close(Some(frame)).await.expect("sent");
    }

    /// The next frame, or the code that the socket was closed with. A broken connection gives 1006.
    pub async fn next(&mut self) -> Result<Down, u16> {
        timeout(TIMEOUT, self.next_without_timeout()).await.expect("in time")
    }

    /// The same, but waits without a time limit.
    pub async fn next_without_timeout(&mut self) -> Result<Down, u16> {
        loop {
            match self.stream.next().await {
                Some(Ok(Message::Text(text))) => {
                    self.received.push_str(&text);
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

    /// Watches the room from its first entry, and returns all entries up to now.
    pub async fn watch_from_start(&mut self, room: RoomId) -> Vec<Entry> {
        self.watch(room, 0).await;
        self.read_until_caught_up().await
    }

    /// Returns the entries received until the server reports that the socket has caught up with the store.
    pub async fn read_until_caught_up(&mut self) -> Vec<Entry> {
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

    /// Waits for a lobby change with a card of this room for which `is_it` holds.
    pub async fn wait_for_card(&mut self, room: RoomId, is_it: impl Fn(&RoomCard) -> bool) -> RoomCard {
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

    /// Waits for a lobby change that removes the room's card.
    pub async fn wait_for_card_removal(&mut self, room: RoomId) {
        loop {
            match self.next().await {
                Ok(Down::LobbyChange(change)) if change.removed.contains(&room) => return,
                Ok(Down::LobbyChange(_)) => {}
                other => panic!("no change: {other:?}"),
            }
        }
    }

    /// Reads until the socket is closed, and returns the close code. All frames before are ignored.
    pub async fn close_code(&mut self) -> u16 {
        loop {
            if let Err(code) = self.next().await {
                return code;
            }
        }
    }
}
