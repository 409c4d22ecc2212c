//! As much of a WebSocket client (RFC 6455) as watching needs.

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
}

impl Socket {
    /// A socket that has caught up with all that `room` holds after `after`.
    pub async fn watch(address: SocketAddr, cookie: &str, room: RoomId, after: u64) -> Outcome<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let mut socket = Self { stream, buffer: Vec::new(), done: 0 };
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nCookie: {cookie}\r\n\
             Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        socket.stream.write_all(request.as_bytes()).await?;
        socket.read_upgrade().await?;
        socket.say(&Up::Hello { protocol: PROTOCOL }).await?;
        socket.say(&Up::WatchRoom { room, after }).await?;
        while !matches!(serde_json::from_slice(socket.next().await?)?, Down::CaughtUp { .. }) {}
        Ok(socket)
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
                    CLOSE => return Err(format!("the server closed a socket: {:?}", &self.buffer[start..end]).into()),
                    _ => return Err(format!("a frame of kind {opcode}").into()),
                }
            }
            self.buffer.drain(..self.done);
            self.done = 0;
            self.fill().await?;
        }
    }

    async fn fill(&mut self) -> Outcome<()> {
        match self.stream.read_buf(&mut self.buffer).await? {
            0 => Err("the server cut a socket".into()),
            _ => Ok(()),
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
