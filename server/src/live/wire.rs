//! The two directions of a socket. Both are small, because most sockets are idle: nothing of the HTTP request is
//! kept, and no buffer is larger than the data in it.

use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use backend::service::{Accepted, Sink};
use parking_lot::Mutex;
use tokio::net::TcpStream;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig, WebSocketContext};
use tungstenite::{Error, Message};

use crate::connections::Slot;

/// This is larger than most messages from the browser, such as `Pong` and `Typing`. For a larger one the buffer doubles, and
/// stays so large.
const READ_BUFFER: usize = 64;
/// This is larger than any [`chat::event::Up`].
const MAX_MESSAGE: usize = 4 * 1024;

/// How many messages are read of a socket that cannot be written to any more.
const MAX_REST: usize = 32;

/// Sends whole frames to the browser, from the socket's own task and from the room's writer.
pub struct Outgoing {
    // The stream is declared before the slot, so that it is closed before the slot is freed.
    stream: TcpStream,
    /// The bytes that the kernel has not taken yet. While there are any, only the socket's own task adds to them.
    unsent: Mutex<Vec<u8>>,
    _slot: Slot,
}

impl Outgoing {
    /// Sends some frames, after the unsent bytes.
    pub fn push(&self, frames: &[u8]) {
        let mut unsent = self.unsent.lock();
        let taken = match unsent.is_empty() {
            // A broken socket is noticed by the task that reads, or by the one that flushes.
            true => self.stream.try_write(frames).unwrap_or_default(),
            false => 0,
        };
        unsent.extend_from_slice(&frames[taken..]);
    }

    /// Whether there are unsent bytes.
    pub fn has_unsent(&self) -> bool {
        !self.unsent.lock().is_empty()
    }

    /// Waits until the kernel has taken everything.
    pub async fn flush(&self) -> io::Result<()> {
        while !self.try_flush()? {
            self.stream.writable().await?;
        }
        Ok(())
    }

    /// Sends what the kernel takes at once. Returns whether nothing is unsent now.
    pub fn try_flush(&self) -> io::Result<bool> {
        let mut unsent = self.unsent.lock();
        if unsent.is_empty() {
            return Ok(true);
        }
        match self.stream.try_write(&unsent) {
            Ok(taken) => drop(unsent.drain(..taken)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
        if unsent.is_empty() {
            *unsent = Vec::new();
        }
        Ok(unsent.is_empty())
    }
}

impl Sink for Outgoing {
    fn take(&self, frames: &[u8]) -> Accepted {
        let mut unsent = self.unsent.lock();
        if !unsent.is_empty() {
            return Accepted::None;
        }
        match self.stream.try_write(frames) {
            Ok(taken) if taken == frames.len() => Accepted::All,
            Ok(taken) => {
                unsent.extend_from_slice(&frames[taken..]);
                Accepted::Last
            }
            Err(_) => Accepted::None,
        }
    }
}

/// Reads messages from the browser.
pub struct Incoming {
    context: WebSocketContext,
    outgoing: Arc<Outgoing>,
}

/// The stream for tungstenite: reading never waits, and its own frames (pongs, the answer to a close) go through
/// [`Outgoing`] like all others.
struct NonBlocking<'a>(&'a Outgoing);

impl Read for NonBlocking<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.stream.try_read(buffer)
    }
}

impl Write for NonBlocking<'_> {
    fn write(&mut self, frames: &[u8]) -> io::Result<usize> {
        self.0.push(frames);
        Ok(frames.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Incoming {
    /// A socket whose handshake is done. `read` holds the bytes that came after the handshake.
    pub fn new(stream: TcpStream, slot: Slot, read: &[u8]) -> Self {
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        Self {
            context: WebSocketContext::from_partially_read(read.to_vec(), Role::Server, Some(config)),
            outgoing: Arc::new(Outgoing { stream, unsent: Mutex::default(), _slot: slot }),
        }
    }

    pub fn outgoing(&self) -> &Arc<Outgoing> {
        &self.outgoing
    }

    /// The next message. Cancel-safe.
    pub async fn next(&mut self) -> Result<Message, Error> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// Keeps nothing while it waits. (The future of `readable` has 200 bytes.)
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Result<Message, Error>> {
        loop {
            match self.context.read(&mut NonBlocking(&self.outgoing)) {
                Err(Error::Io(error)) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready!(self.outgoing.stream.poll_read_ready(context))?;
                }
                read => return Poll::Ready(read),
            }
        }
    }

    /// The close code among the messages that have arrived already. The other messages are dropped.
    pub fn read_rest(&mut self) -> Option<CloseCode> {
        for _ in 0..MAX_REST {
            match self.context.read(&mut NonBlocking(&self.outgoing)) {
                Ok(Message::Close(frame)) => return frame.map(|frame| frame.code),
                Ok(_) => {}
                Err(_) => return None,
            }
        }
        None
    }

    /// Sends the close frame, and waits until the other side has closed.
    pub async fn close(&mut self, frame: CloseFrame) {
        if self.context.close(&mut NonBlocking(&self.outgoing), Some(frame)).is_err()
            || self.outgoing.flush().await.is_err()
        {
            return;
        }
        while self.next().await.is_ok() {}
    }
}
