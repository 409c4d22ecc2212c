//! Connections are accepted or refused on a separate thread of low priority, so that a crowd of clients that connect
//! and hang up takes no time from those who are connected. This also holds on a single core: connections are then
//! accepted one by one, whenever nothing else needs the core.

use std::io::{self, Write};
use std::net::{self, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use backend::{Address, background};
use rustix::io::Errno;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::admission;
use super::slots::{Slot, Slots};
use crate::{AppState, Notice};

/// How long accepting pauses after it has failed.
const PAUSE: Duration = Duration::from_millis(500);

/// The response to clients that find no free slot, or that connect too often. It fits into any connection's send
/// buffer, so nothing waits until it is read.
const FULL_RESPONSE: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\
    Cache-Control: no-store\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nfull\n";

/// A connection that was accepted and has a slot.
pub struct AcceptedConnection {
    /// The stream is non-blocking.
    pub stream: net::TcpStream,
    pub peer: SocketAddr,
    pub slot: Slot,
    /// This is notified when another connection needs the slot.
    pub evicted: Arc<Notify>,
}

/// Receives the accepted connections. The thread stops accepting when this is dropped.
pub struct Acceptor {
    connections: mpsc::Receiver<AcceptedConnection>,
    thread: JoinHandle<io::Result<()>>,
}

/// The state of the accepting thread.
struct AcceptLoop {
    state: Arc<AppState>,
    slots: Arc<Slots>,
    accepted: mpsc::Sender<AcceptedConnection>,
}

impl Acceptor {
    /// Starts accepting.
    pub fn start(listener: TcpListener, state: Arc<AppState>, slots: Arc<Slots>) -> io::Result<Self> {
        let listener = listener.into_std()?;
        // The thread accepts the next connection only after this one has been taken.
        let (accepted, connections) = mpsc::channel(1);
        let accept_loop = AcceptLoop { state, slots, accepted };
        Ok(Self { connections, thread: background::run(move || accept_loop.accept(listener)) })
    }

    /// The next connection. `None` when the thread has ended, for a reason that [`Acceptor::stop`] returns.
    pub async fn next(&mut self) -> Option<AcceptedConnection> {
        self.connections.recv().await
    }

    /// Stops accepting and returns the thread's result.
    pub async fn stop(self) -> io::Result<()> {
        drop(self.connections);
        self.thread.await.map_err(io::Error::other)?
    }
}

impl AcceptLoop {
    /// Accepts connections until the [`Acceptor`] is dropped.
    fn accept(self, listener: net::TcpListener) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener)?;
            loop {
                let next = async {
                    self.slots.until_few_evicted().await;
                    listener.accept().await
                };
                tokio::select! {
                    biased;
                    () = self.accepted.closed() => return Ok(()),
                    accepted = next => match accepted {
                        Ok((stream, peer)) => self.admit(stream, peer).await,
                        Err(error) => self.handle_accept_error(&error).await,
                    }
                }
                // Even at low priority, a thread keeps the core for a whole time slice unless it yields.
                thread::yield_now();
            }
        })
    }

    /// Accepts the connection if a slot is free and its address does not connect too often.
    async fn admit(&self, stream: TcpStream, peer: SocketAddr) {
        // Another runtime serves the connection, so it is taken off this thread's runtime.
        let Ok(mut stream) = stream.into_std() else { return };
        let ip = peer.ip().to_canonical();
        let counted = self.state.clients.of_connection(ip);
        if counted.is_some_and(|address| self.state.chat.allow_connection(address).is_err()) {
            // A client that has already gone does not receive this.
            let _ = stream.write_all(FULL_RESPONSE);
            return;
        }
        let is_proxy = self.state.clients.is_proxy(ip);
        match self.slots.take((!is_proxy).then(|| Address::from(ip))) {
            Ok((slot, evicted, evicts_another)) => {
                if evicts_another {
                    self.warn(Notice::Closed);
                }
                // Sending fails only when the server stops.
                let _ = self.accepted.send(AcceptedConnection { stream, peer, slot, evicted }).await;
            }
            Err(admission::Full) => {
                self.warn(Notice::NoSlot);
                let _ = stream.write_all(FULL_RESPONSE);
            }
        }
    }

    /// A client that disconnected before it was accepted is ignored. Other errors would repeat at once, so this
    /// pauses. When the process has no descriptor left, one idle connection is closed for each new one, as when all
    /// slots are taken.
    async fn handle_accept_error(&self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            return;
        }
        let has_no_descriptor = matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE));
        if has_no_descriptor && self.slots.make_room() {
            self.warn(Notice::Closed);
            // Closing a connection takes less time than this.
            let _ = timeout(PAUSE, self.slots.one_closed()).await;
            return;
        }
        tracing::error!(%error, "cannot accept connections");
        sleep(PAUSE).await;
    }

    fn warn(&self, notice: Notice) {
        if let Some(count) = self.state.notices.count(notice) {
            let what = if notice == Notice::Closed { "idle ones are closed" } else { "some are refused" };
            tracing::warn!(count, "no room for more connections: {what}");
        }
    }
}
