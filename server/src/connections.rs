//! Connections: accepted until told to stop, then ended within bounds. axum's own `serve` sets no limit on how long a
//! client may take to send a request's head, which is why this is not it.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tower::Service;

use crate::Stopping;

/// From one request's end to the end of the next one's head: also how long an idle connection is kept.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Head of a request, all in all.
const MAX_HEAD: usize = 64 * 1024;

/// Open connections.
pub struct Connections {
    router: Router,
    stopping: Stopping,
    tasks: JoinSet<()>,
}

impl Connections {
    pub fn new(router: Router, stopping: Stopping) -> Self {
        Self { router, stopping, tasks: JoinSet::new() }
    }

    /// Serves until `shutdown`.
    pub async fn accept(&mut self, listener: TcpListener, shutdown: impl Future) {
        let mut shutdown = pin!(shutdown);
        loop {
            tokio::select! {
                _ = &mut shutdown => return,
                accepted = listener.accept() => match accepted {
                    Ok((stream, address)) => self.serve(stream, address),
                    Err(error) => pause_after(&error).await,
                },
                // Ended ones are taken away as they end.
                Some(_) = self.tasks.join_next() => {}
            }
        }
    }

    fn serve(&mut self, stream: TcpStream, address: SocketAddr) {
        // Without this a response in two writes waits 40 ms for a delayed acknowledgement.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "TCP_NODELAY");
        }
        let router = self.router.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(ConnectInfo(address));
            let mut router = router.clone();
            async move {
                Ok::<_, Infallible>(match router.call(request).await {
                    Ok(response) => response,
                })
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIME)
            .max_buf_size(MAX_HEAD)
            .serve_connection(TokioIo::new(stream), service)
            .with_upgrades();
        let stopping = self.stopping.clone();
        self.tasks.spawn(async move {
            let mut connection = pin!(connection);
            let ended = tokio::select! {
                ended = &mut connection => ended,
                () = stopping.begun() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a connection broke");
            }
        });
    }

    /// Lets running requests finish, for as long as `patience` allows, then cuts them off. They have been told to stop.
    pub async fn finish(mut self, patience: Duration) {
        let all_ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(patience, all_ended).await.is_err() {
            tracing::warn!(connections = self.tasks.len(), "requests that did not end are cut off");
        }
        self.tasks.shutdown().await;
    }
}

/// Clients that are gone again are their own affair. Anything else (no file descriptors left, say) would repeat at once.
async fn pause_after(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    if !matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) {
        tracing::error!(%error, "cannot accept connections");
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}
