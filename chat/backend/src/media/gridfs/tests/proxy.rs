//! A proxy to MongoDB that can be paused: no bytes pass, and no connection closes, as with a paused server.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{TestDatabase, server};
use crate::store::mongo::tests::engine::{address_of, uri_through};

pub struct Proxy {
    open: watch::Sender<bool>,
    /// A database behind the proxy.
    pub database: TestDatabase,
}

impl Proxy {
    pub async fn new() -> Self {
        let to = address_of(&server()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let database =
            TestDatabase::at(uri_through(&listener.local_addr().expect("an address").to_string(), &server()));
        let (open, is_open) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((here, _)) = listener.accept().await {
                let there = TcpStream::connect(&to).await.expect("a MongoDB");
                let ((from_here, to_here), (from_there, to_there)) = (here.into_split(), there.into_split());
                for (from, to) in [(from_here, to_there), (from_there, to_here)] {
                    tokio::spawn(forward(from, to, is_open.clone()));
                }
            }
        });
        Self { open, database }
    }

    pub fn set_open(&self, open: bool) {
        self.open.send_replace(open);
    }
}

async fn forward(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut is_open: watch::Receiver<bool>) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(len @ 1..) = from.read(&mut bytes).await {
        // (Waiting fails when the test is over.)
        if is_open.wait_for(|open| *open).await.is_err() || to.write_all(&bytes[..len]).await.is_err() {
            break;
        }
    }
}
