//! Connections are accepted until the server is told to stop, then closed within a time limit. axum's own `serve` is
//! not used, because it limits neither the number of connections nor the time a client may take to send the head of a
//! request.

mod acceptor;
mod admission;
mod slots;
mod stream;
mod tracked_body;

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use socket2::SockRef;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower::Service;

use crate::AppState;
use acceptor::{AcceptedConnection, Acceptor};
pub use admission::Caps;
pub use slots::Slot;
use slots::{SlotHandle, Slots};
use stream::MOST_UNSENT;
pub use stream::Stream;
use tracked_body::TrackedBody;

/// The time from the opening of a connection to the end of its first request's head.
const FIRST_HEAD_TIME: Duration = Duration::from_secs(10);
/// The time from the end of one request to the end of the next request's head. An idle connection is kept for this
/// long, too.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// The largest head of a request in bytes. About as much of a response is buffered here for its reader, plus one
/// piece of its body.
const MAX_HEAD: usize = 64 * 1024;

/// Open connections.
pub struct Connections {
    router: Router,
    state: Arc<AppState>,
    slots: Arc<Slots>,
    tasks: JoinSet<()>,
}

impl Connections {
    pub fn new(router: Router, state: Arc<AppState>) -> Self {
        let slots = Slots::new(state.caps);
        Self { router, state, slots, tasks: JoinSet::new() }
    }

    /// Accepts and serves connections until `shutdown` completes.
    pub async fn accept(&mut self, listener: TcpListener, shutdown: impl Future) -> io::Result<()> {
        let mut shutdown = pin!(shutdown);
        let mut acceptor = Acceptor::start(listener, self.state.clone(), self.slots.clone())?;
        loop {
            tokio::select! {
                _ = &mut shutdown => break,
                accepted = acceptor.next() => match accepted {
                    Some(accepted) => self.serve(accepted),
                    // `Acceptor::stop` returns the reason.
                    None => break,
                },
                // Finished tasks are removed as they finish.
                Some(_) = self.tasks.join_next() => {}
            }
        }
        acceptor.stop().await
    }

    fn serve(&mut self, AcceptedConnection { stream, peer, slot, evicted }: AcceptedConnection) {
        let stream = match TcpStream::from_std(stream) {
            Ok(stream) => stream,
            Err(error) => return tracing::error!(%error, "a connection cannot be served"),
        };
        // Without TCP_NODELAY, a response in two writes waits 40 ms for a delayed acknowledgement.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        if let Err(error) = SockRef::from(&stream).set_tcp_notsent_lowat(MOST_UNSENT) {
            tracing::debug!(%error, "TCP_NOTSENT_LOWAT");
        }
        let handle = slot.handle().clone();
        let (router, state, service_handle) = (self.router.clone(), self.state.clone(), handle.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let busy = service_handle.begin();
            if state.clients.is_unnamed_proxy(peer.ip(), request.headers()) {
                service_handle.mark_proxy();
            }
            let (mut router, handle) = (router.clone(), service_handle.clone());
            async move {
                // The connection was evicted while this request came in.
                let busy = busy.ok_or(io::ErrorKind::ConnectionAborted)?;
                let Ok(response) = router.call(request).await;
                if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                    handle.mark_socket();
                }
                Ok::<_, io::Error>(response.map(|body| TrackedBody::new(body, busy)))
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(Stream::new(stream, slot)), service)
            .with_upgrades();
        let stopping = self.state.stopping.clone();
        self.tasks.spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = &mut connection => ended,
                () = stopping.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
                () = until_evicted(&evicted, &handle) => return,
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke");
            }
        });
    }

    /// Lets running requests finish for up to `patience`, then aborts them. They have been told to stop.
    pub async fn finish(mut self, patience: Duration) {
        let all_ended = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(patience, all_ended).await.is_err() {
            tracing::warn!(connections = self.tasks.len(), "requests that did not end are cut off");
        }
        self.tasks.shutdown().await;
    }
}

/// Waits until the connection is evicted, or until its first request has taken too long.
async fn until_evicted(evicted: &Notify, handle: &SlotHandle) {
    let silent = async {
        sleep(FIRST_HEAD_TIME).await;
        if !handle.evict_if_silent() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = evicted.notified() => {}
        () = silent => {}
    }
}
