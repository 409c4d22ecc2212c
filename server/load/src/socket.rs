//! A minimal WebSocket client (RFC 6455).

use std::error::Error;
use std::fmt;
use std::io::ErrorKind;
use std::net::SocketAddr;

use chat::RoomId;
use chat::event::{Down, PROTOCOL, Up};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::run::Outcome;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

pub struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// How many bytes of the buffer were consumed already.
    consumed: usize,
    /// The number of the last entry that [`Socket::step`] has read.
    pub seq: u64,
    heartbeat: Heartbeat,
}

/// The text frame with which a server checks that a client is alive, and the answer. (WebSocket's own pings are
/// always answered.)
#[derive(Clone, Copy)]
pub struct Heartbeat {
    pub ping: &'static [u8],
    pub pong: &'static [u8],
}

const OURS: Heartbeat = Heartbeat { ping: br#""Ping""#, pong: br#""Pong""# };

/// The server has closed the socket with this code, or cut it off without one.
#[derive(Debug)]
pub struct Ended(pub Option<u16>);

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(code) => write!(f, "the server closed a socket: {code}"),
            None => write!(f, "the server cut a socket"),
        }
    }
}

impl Error for Ended {}

impl Socket {
    /// A socket that has caught up with all entries of `room` after number `after`.
    pub async fn watch(address: SocketAddr, cookie: &str, room: RoomId, after: u64) -> Outcome<Self> {
        Self::watch_over(TcpStream::connect(address).await?, cookie, room, after).await
    }

    /// Does the same over this connection.
    pub async fn watch_over(stream: TcpStream, cookie: &str, room: RoomId, after: u64) -> Outcome<Self> {
        let mut socket = Self::greeted(stream, cookie).await?;
        socket.seq = after;
        socket.say(&Up::WatchRoom { room, after }).await?;
        while !socket.step().await? {}
        Ok(socket)
    }

    /// A socket of ours that watches nothing yet.
    pub async fn greeted(stream: TcpStream, cookie: &str) -> Outcome<Self> {
        let mut socket = Self::open(stream, "/ws", cookie, OURS).await?;
        socket.say(&Up::Hello { protocol: PROTOCOL }).await?;
        Ok(socket)
    }

    /// A socket at this path, on which nothing was sent yet.
    pub async fn open(mut stream: TcpStream, path: &str, cookie: &str, heartbeat: Heartbeat) -> Outcome<Self> {
        stream.set_nodelay(true)?;
        let address = stream.peer_addr()?;
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nCookie: {cookie}\r\n\
             Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let mut socket = Self { stream, buffer: Vec::new(), consumed: 0, seq: 0, heartbeat };
        socket.read_upgrade().await?;
        Ok(socket)
    }

    /// Reads the next frame, and fails if an entry is missing before it. Returns true if the frame says that the
    /// socket has caught up.
    pub async fn step(&mut self) -> Outcome<bool> {
        let down = serde_json::from_slice(self.next().await?)?;
        let (expected, seq) = match &down {
            Down::Entry(entry) => (self.seq + 1, entry.seq),
            Down::Skip { seq } => (self.seq + 1, *seq),
            Down::CaughtUp { seq, .. } => (self.seq, *seq),
            _ => return Ok(false),
        };
        if seq != expected {
            return Err(format!("{seq} came where {expected} was due").into());
        }
        self.seq = seq;
        Ok(matches!(down, Down::CaughtUp { .. }))
    }

    async fn read_upgrade(&mut self) -> Outcome<()> {
        loop {
            if let Some(end) = self.buffer.windows(4).position(|window| window == b"\r\n\r\n") {
                if !self.buffer.starts_with(b"HTTP/1.1 101") {
                    return Err(format!("no socket: {}", String::from_utf8_lossy(&self.buffer)).into());
                }
                self.consumed = end + 4;
                return Ok(());
            }
            self.fill().await?;
        }
    }

    pub async fn say(&mut self, up: &Up) -> Outcome<()> {
        self.text(&serde_json::to_vec(up)?).await
    }

    pub async fn text(&mut self, text: &[u8]) -> Outcome<()> {
        self.write(TEXT, text).await
    }

    /// A client has to mask its frames. A mask of zeros leaves them as they are.
    async fn write(&mut self, opcode: u8, payload: &[u8]) -> Outcome<()> {
        const IS_LAST: u8 = 0x80;
        const IS_MASKED: u8 = 0x80;
        let mut frame = vec![IS_LAST | opcode];
        match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
            (Ok(len @ ..126), _) => frame.push(IS_MASKED | len),
            (_, Ok(len)) => {
                frame.push(IS_MASKED | 126);
                frame.extend(len.to_be_bytes());
            }
            _ => return Err("a frame too long for this client".into()),
        }
        frame.extend([0; 4]);
        frame.extend(payload);
        Ok(self.stream.write_all(&frame).await?)
    }

    /// The next text frame.
    pub async fn next(&mut self) -> Outcome<&[u8]> {
        loop {
            while let Some((opcode, start, end)) = frame(&self.buffer, self.consumed) {
                self.consumed = end;
                match opcode {
                    TEXT if self.buffer[start..end] == *self.heartbeat.ping => self.text(self.heartbeat.pong).await?,
                    TEXT => return Ok(&self.buffer[start..end]),
                    PING => {
                        let payload = self.buffer[start..end].to_vec();
                        self.write(PONG, &payload).await?;
                    }
                    CLOSE => {
                        let code = self.buffer[start..end].first_chunk().map(|code| u16::from_be_bytes(*code));
                        return Err(Ended(code).into());
                    }
                    _ => return Err(format!("a frame of kind {opcode}").into()),
                }
            }
            self.buffer.drain(..self.consumed);
            self.consumed = 0;
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> Outcome<()> {
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) => Err(Ended(None).into()),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => Err(Ended(None).into()),
            read => Ok(read.map(drop)?),
        }
    }
}

/// The opcode, start and end of the frame at `at`, if all of it has arrived. Servers do not mask.
fn frame(buffer: &[u8], at: usize) -> Option<(u8, usize, usize)> {
    let [first, second] = *buffer.get(at..)?.first_chunk()?;
    let (start, len) = match second & 0x7f {
        126 => (at + 4, u16::from_be_bytes(*buffer.get(at + 2..)?.first_chunk()?).into()),
        127 => (at + 10, usize::try_from(u64::from_be_bytes(*buffer.get(at + 2..)?.first_chunk()?)).ok()?),
        len => (at + 2, usize::from(len)),
    };
    let end = start.checked_add(len)?;
    (end <= buffer.len()).then_some((first & 0x0f, start, end))
}
