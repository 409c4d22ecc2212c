//! A line to MongoDB that can be held up: bytes stop, and no connection closes, as with a server that is paused.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

use super::{Place, server};
use crate::store::mongo::tests::engine::{address_of, by_way_of};

pub struct Line {
    open: watch::Sender<bool>,
    /// A database at its other end.
    pub place: Place,
}

impl Line {
    pub async fn new() -> Self {
        let to = address_of(&server()).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let place = Place::at(by_way_of(&listener.local_addr().expect("an address").to_string(), &server()));
        let (open, is_open) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((here, _)) = listener.accept().await {
                let there = TcpStream::connect(&to).await.expect("a MongoDB");
                let ((from_here, to_here), (from_there, to_there)) = (here.into_split(), there.into_split());
                for (from, to) in [(from_here, to_there), (from_there, to_here)] {
                    tokio::spawn(carry(from, to, is_open.clone()));
                }
            }
        });
        Self { open, place }
    }

    pub fn set(&self, open: bool) {
        self.open.send_replace(open);
    }
}

async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut is_open: watch::Receiver<bool>) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(len @ 1..) = from.read(&mut bytes).await {
        // (It fails when the test is over.)
        if is_open.wait_for(|open| *open).await.is_err() || to.write_all(&bytes[..len]).await.is_err() {
            break;
        }
    }
}
