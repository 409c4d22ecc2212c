//! Connections are accepted, or turned away, on a niced thread of its own, so that a crowd that comes and hangs up takes no time
//! from those who are in. Also where there is one core: newcomers come in one by one, whenever nobody else needs it.

use std::io::{self, Write};
use std::net::{self, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use chat::{Address, background};
use rustix::io::Errno;
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::ledger;
use super::places::{Place, Places};
use crate::{Line, Site};

/// How long nothing is accepted when nothing can be.
const PAUSE: Duration = Duration::from_millis(500);

/// The answer to whom there is no place for, or who comes too often. Small enough for any connection's buffer: nobody waits until it is read.
const NO_ROOM: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n\
    Cache-Control: no-store\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nfull\n";

/// Somebody who was let in.
pub struct Newcomer {
    /// Not blocking.
    pub stream: net::TcpStream,
    pub peer: SocketAddr,
    pub place: Place,
    /// Told when another needs the place.
    pub told_to_go: Arc<Notify>,
}

/// Where newcomers come from. Nothing is accepted any more when this is dropped.
pub struct Acceptor {
    newcomers: mpsc::Receiver<Newcomer>,
    thread: JoinHandle<io::Result<()>>,
}

/// What the thread knows.
struct Entrance {
    site: Arc<Site>,
    places: Arc<Places>,
    inside: mpsc::Sender<Newcomer>,
}

impl Acceptor {
    /// Begins to accept.
    pub fn start(listener: TcpListener, site: Arc<Site>, places: Arc<Places>) -> io::Result<Self> {
        let listener = listener.into_std()?;
        // The next one comes in when this one has been taken.
        let (inside, newcomers) = mpsc::channel(1);
        let entrance = Entrance { site, places, inside };
        Ok(Self { newcomers, thread: background::run(move || entrance.accept(listener)) })
    }

    /// The next one. `None` when nobody can come any more, for a reason that [`Acceptor::stop`] gives.
    pub async fn next(&mut self) -> Option<Newcomer> {
        self.newcomers.recv().await
    }

    /// Nothing is accepted afterwards.
    pub async fn stop(self) -> io::Result<()> {
        drop(self.newcomers);
        self.thread.await.map_err(io::Error::other)?
    }
}

impl Entrance {
    /// Accepts until the [`Acceptor`] is gone.
    fn accept(self, listener: net::TcpListener) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener)?;
            loop {
                let next = async {
                    self.places.settled().await;
                    listener.accept().await
                };
                tokio::select! {
                    biased;
                    () = self.inside.closed() => return Ok(()),
                    accepted = next => match accepted {
                        Ok((stream, peer)) => self.let_in(stream, peer).await,
                        Err(error) => self.not_accepted(&error).await,
                    }
                }
                // Niced or not, a thread keeps the core for a slice of the scheduler's unless it gives way itself.
                thread::yield_now();
            }
        })
    }

    /// Lets it in, if there is a place for it and its address does not come too often.
    async fn let_in(&self, stream: TcpStream, peer: SocketAddr) {
        // Another runtime serves it, so this thread's lets go of it here.
        let Ok(mut stream) = stream.into_std() else { return };
        let ip = peer.ip().to_canonical();
        let counted = self.site.clients.of_connection(ip);
        if counted.is_some_and(|address| self.site.chat.allow_connection(address).is_err()) {
            // (Who is gone already does not hear it.)
            let _ = stream.write_all(NO_ROOM);
            return;
        }
        let is_proxy = self.site.clients.is_proxy(ip);
        match self.places.take((!is_proxy).then(|| Address::from(ip))) {
            Ok((place, told_to_go, another_goes)) => {
                if another_goes {
                    self.tell(Line::Closed);
                }
                // An error says that the server stops.
                let _ = self.inside.send(Newcomer { stream, peer, place, told_to_go }).await;
            }
            Err(ledger::Full) => {
                self.tell(Line::NoPlace);
                let _ = stream.write_all(NO_ROOM);
            }
        }
    }

    /// Clients that are gone again are their own affair. Anything else would repeat at once. Without descriptors idle
    /// connections go, one for each newcomer, as when all places are taken.
    async fn not_accepted(&self, error: &io::Error) {
        use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
        if matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
            return;
        }
        let has_no_descriptor = matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE));
        if has_no_descriptor && self.places.make_room() {
            self.tell(Line::Closed);
            // Longer than any takes to close.
            let _ = timeout(PAUSE, self.places.one_left()).await;
            return;
        }
        tracing::error!(%error, "cannot accept connections");
        sleep(PAUSE).await;
    }

    fn tell(&self, line: Line) {
        if let Some(count) = self.site.lines.count(line) {
            let what = if line == Line::Closed { "idle ones are closed" } else { "some are refused" };
            tracing::warn!(count, "no room for more connections: {what}");
        }
    }
}
