//! Connections: accepted until told to stop, then ended within bounds. axum's own `serve` sets no limit on how long a
//! client may take to send a request's head, nor on how many there are, which is why this is not it.

mod acceptor;
mod answer;
mod ledger;
mod places;
mod stream;

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

use crate::Site;
use acceptor::{Acceptor, Newcomer};
use answer::Answer;
pub use ledger::Caps;
use places::{Places, Seat};
use stream::{MOST_UNSENT, Stream};

/// From a connection's begin to the end of its first request's head.
const FIRST_HEAD_TIME: Duration = Duration::from_secs(10);
/// From one request's end to the end of the next one's head: also how long an idle connection is kept.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Head of a request, all in all. Of an answer about as much waits here for its reader, and one piece of its body more.
const MAX_HEAD: usize = 64 * 1024;

/// Open connections.
pub struct Connections {
    router: Router,
    site: Arc<Site>,
    places: Arc<Places>,
    tasks: JoinSet<()>,
}

impl Connections {
    pub fn new(router: Router, site: Arc<Site>) -> Self {
        let places = Places::new(site.caps);
        Self { router, site, places, tasks: JoinSet::new() }
    }

    /// Serves until `shutdown`.
    pub async fn accept(&mut self, listener: TcpListener, shutdown: impl Future) -> io::Result<()> {
        let mut shutdown = pin!(shutdown);
        let mut acceptor = Acceptor::start(listener, self.site.clone(), self.places.clone())?;
        loop {
            tokio::select! {
                _ = &mut shutdown => break,
                newcomer = acceptor.next() => match newcomer {
                    Some(newcomer) => self.serve(newcomer),
                    // `Acceptor::stop` says why.
                    None => break,
                },
                // Ended ones are taken away as they end.
                Some(_) = self.tasks.join_next() => {}
            }
        }
        acceptor.stop().await
    }

    fn serve(&mut self, Newcomer { stream, peer, place, told_to_go }: Newcomer) {
        let stream = match TcpStream::from_std(stream) {
            Ok(stream) => stream,
            Err(error) => return tracing::error!(%error, "a connection cannot be served"),
        };
        // Without this a response in two writes waits 40 ms for a delayed acknowledgement.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        if let Err(error) = SockRef::from(&stream).set_tcp_notsent_lowat(MOST_UNSENT) {
            tracing::debug!(%error, "TCP_NOTSENT_LOWAT");
        }
        let seat = place.seat().clone();
        let (router, site, asking) = (self.router.clone(), self.site.clone(), seat.clone());
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(peer));
            let running = asking.begin();
            if site.clients.is_unnamed_proxy(peer.ip(), request.headers()) {
                asking.is_a_proxys();
            }
            let (mut router, seat) = (router.clone(), asking.clone());
            async move {
                // It was told to go while this came in.
                let running = running.ok_or(io::ErrorKind::ConnectionAborted)?;
                let Ok(response) = router.call(request).await;
                if response.status() == StatusCode::SWITCHING_PROTOCOLS {
                    seat.becomes_live();
                }
                Ok::<_, io::Error>(response.map(|body| Answer::new(body, running)))
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(Stream::new(stream, place)), service)
            .with_upgrades();
        let stopping = self.site.stopping.clone();
        self.tasks.spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = &mut connection => ended,
                () = stopping.begun() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
                () = has_to_go(&told_to_go, &seat) => return,
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke");
            }
        });
    }

    /// Lets running requests finish, for as long as `patience` allows, then cuts them off. They have been told to stop.
    pub async fn finish(mut self, patience: Duration) {
        let all_ended = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(patience, all_ended).await.is_err() {
            tracing::warn!(connections = self.tasks.len(), "requests that did not end are cut off");
        }
        self.tasks.shutdown().await;
    }
}

/// Waits until another needs the place, or no request has come for too long.
async fn has_to_go(told: &Notify, seat: &Seat) {
    let silent = async {
        sleep(FIRST_HEAD_TIME).await;
        if !seat.is_too_late() {
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = told.notified() => {}
        () = silent => {}
    }
}
