//! As much of a WebSocket client (RFC 6455) as watching needs.

use std::error::Error;
use std::fmt;
use std::io::ErrorKind;
use std::net::SocketAddr;

use chat::RoomId;
use chat::event::{Down, PROTOCOL, Up};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::Outcome;

const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

pub struct Socket {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// What of the buffer was read already.
    done: usize,
    /// All up to here has come, as far as [`Socket::step`] has read.
    pub seq: u64,
}

/// The server has ended a socket: with this close code, or without a word.
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
    /// A socket that has caught up with all that `room` holds after `after`.
    pub async fn watch(address: SocketAddr, cookie: &str, room: RoomId, after: u64) -> Outcome<Self> {
        Self::watch_over(TcpStream::connect(address).await?, cookie, room, after).await
    }

    /// The same over this connection.
    pub async fn watch_over(stream: TcpStream, cookie: &str, room: RoomId, after: u64) -> Outcome<Self> {
        stream.set_nodelay(true)?;
        let address = stream.peer_addr()?;
        let mut socket = Self { stream, buffer: Vec::new(), done: 0, seq: after };
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nCookie: {cookie}\r\n\
             Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        socket.stream.write_all(request.as_bytes()).await?;
        socket.read_upgrade().await?;
        socket.say(&Up::Hello { protocol: PROTOCOL }).await?;
        socket.say(&Up::WatchRoom { room, after }).await?;
        while !socket.step().await? {}
        Ok(socket)
    }

    /// Takes the next frame, of which none of the room's log may be missing. True when it says that this was all so far.
    pub async fn step(&mut self) -> Outcome<bool> {
        let down = serde_json::from_slice(self.next().await?)?;
        let (expected, seq) = match &down {
            Down::Entry(entry) => (self.seq + 1, entry.seq),
            Down::Skip { seq } => (self.seq + 1, *seq),
            Down::CaughtUp { seq } => (self.seq, *seq),
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
                self.done = end + 4;
                return Ok(());
            }
            self.fill().await?;
        }
    }

    async fn say(&mut self, up: &Up) -> Outcome<()> {
        self.write(TEXT, &serde_json::to_vec(up)?).await
    }

    /// A client has to mask its frames; a mask of zeros leaves them as they are.
    async fn write(&mut self, opcode: u8, payload: &[u8]) -> Outcome<()> {
        let len =
            u8::try_from(payload.len()).ok().filter(|len| *len < 126).ok_or("a frame too long for this client")?;
        let frame = [&[0x80 | opcode, 0x80 | len, 0, 0, 0, 0], payload].concat();
        Ok(self.stream.write_all(&frame).await?)
    }

    /// The next text frame.
    pub async fn next(&mut self) -> Outcome<&[u8]> {
        loop {
            while let Some((opcode, start, end)) = frame(&self.buffer, self.done) {
                self.done = end;
                match opcode {
                    TEXT if self.buffer[start..end] == *b"\"Ping\"" => self.say(&Up::Pong).await?,
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
            self.buffer.drain(..self.done);
            self.done = 0;
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

/// Kind, start and end of the frame at `at`, when all of it has come. Servers do not mask.
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
