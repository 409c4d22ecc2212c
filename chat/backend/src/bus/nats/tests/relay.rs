//! A relay to a server, which a test can cut without the server noticing.

use std::net::SocketAddr;

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

pub struct Relay {
    address: SocketAddr,
    server: String,
    running: JoinSet<()>,
    is_stalled: watch::Sender<bool>,
}

impl Relay {
    pub async fn to(url: &str) -> Self {
        let server = url.trim_start_matches("nats://").to_owned();
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let mut relay = Self { address, server, running: JoinSet::new(), is_stalled: watch::Sender::new(false) };
        relay.restore().await;
        relay
    }

    pub fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// Stops carrying data. Connections stay open, and new ones get no answer.
    pub fn stall(&mut self) {
        self.is_stalled.send_replace(true);
    }

    /// Ends the old connections, and accepts new ones.
    pub async fn restore(&mut self) {
        self.running.shutdown().await;
        self.is_stalled.send_replace(false);
        let listener = TcpListener::bind(self.address).await.unwrap();
        let (server, is_stalled) = (self.server.clone(), self.is_stalled.subscribe());
        self.running.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                connections.spawn(carry(near, server.clone(), is_stalled.clone()));
            }
        });
    }
}

async fn carry(mut near: TcpStream, server: String, mut is_stalled: watch::Receiver<bool>) {
    let Ok(mut far) = TcpStream::connect(server).await else { return };
    tokio::select! {
        biased;
        _ = async { is_stalled.wait_for(|is_stalled| *is_stalled).await.is_ok() } => std::future::pending().await,
        _ = copy_bidirectional(&mut near, &mut far) => {}
    }
}
