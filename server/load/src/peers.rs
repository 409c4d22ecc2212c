//! The same deliveries by Bun, ws and socket.io. Each is a server of a few lines (`peers/`), which stores nothing and
//! has no visitors. gifchat's figures include its further work: a message is on the disk before anybody receives it,
//! and every sender's seat is checked.

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::deliveries::{Figures, IN_FLIGHT, SendText, figures, gifchat_figures};
use crate::process::{Process, free_address};
use crate::report::short;
use crate::run::{Outcome, run_part};
use crate::server::pinned;
use crate::socket::{Heartbeat, Socket};

/// How many times all servers are measured, in turn, because a machine's speed varies from one minute to the next.
const ROUNDS: usize = 2;

#[derive(Clone, Copy)]
enum Peer {
    Bun,
    Ws,
    SocketIo,
}

impl Peer {
    const ALL: [Self; 3] = [Self::Bun, Self::Ws, Self::SocketIo];

    fn name(self) -> &'static str {
        match self {
            Self::Bun => "Bun",
            Self::Ws => "ws",
            Self::SocketIo => "socket.io",
        }
    }

    /// The program that runs the server, and its script in `peers/`.
    fn program(self) -> (&'static str, &'static str) {
        match self {
            Self::Bun => ("node_modules/.bin/bun", "bun.js"),
            Self::Ws => ("node", "ws.js"),
            Self::SocketIo => ("node", "socket.io.js"),
        }
    }

    /// The paths for sockets that watch, and for sockets that only send.
    fn paths(self) -> (&'static str, &'static str) {
        match self {
            Self::Bun | Self::Ws => ("/watch", "/say"),
            Self::SocketIo => {
                ("/socket.io/?EIO=4&transport=websocket&watch=1", "/socket.io/?EIO=4&transport=websocket")
            }
        }
    }

    async fn open(self, address: SocketAddr, path: &str) -> Outcome<Socket> {
        // An empty heartbeat matches no frame.
        let heartbeat = match self {
            Self::Bun | Self::Ws => Heartbeat { ping: b"", pong: b"" },
            Self::SocketIo => Heartbeat { ping: b"2", pong: b"3" },
        };
        let mut socket = Socket::open(TcpStream::connect(address).await?, path, "", heartbeat).await?;
        if let Self::SocketIo = self {
            // Engine.IO opens first, then the client joins Socket.IO's namespace.
            expect(&mut socket, b"0").await?;
            socket.text(b"40").await?;
            expect(&mut socket, b"40").await?;
        }
        Ok(socket)
    }
}

async fn expect(socket: &mut Socket, start: &[u8]) -> Outcome<()> {
    let frame = socket.next().await?;
    if frame.starts_with(start) { Ok(()) } else { Err(format!("{} came", String::from_utf8_lossy(frame)).into()) }
}

/// A client that sends messages to a peer's sockets.
struct Speaker {
    peer: Peer,
    socket: Socket,
}

impl SendText for Speaker {
    async fn send_text(&mut self, text: &str) -> Outcome<()> {
        match self.peer {
            Peer::Bun | Peer::Ws => self.socket.text(text.as_bytes()).await,
            Peer::SocketIo => self.socket.text(format!("42{}", json!(["say", text])).as_bytes()).await,
        }
    }
}

async fn peer_figures(peer: Peer) -> Outcome<Figures> {
    let address = free_address()?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
    let (program, script) = peer.program();
    let mut command = pinned(program);
    command.arg(script).current_dir(folder).env("PORT", address.port().to_string()).env("NODE_ENV", "production");
    let process = Process::spawn(&mut command)?;
    wait_until_it_listens(address).await?;
    let (watch, say) = peer.paths();
    let watcher = async |_| peer.open(address, watch).await;
    let speaker = async |_| Ok(Speaker { peer, socket: peer.open(address, say).await? });
    figures(&process, watcher, speaker).await
}

async fn wait_until_it_listens(address: SocketAddr) -> Outcome<()> {
    let until = Instant::now() + Duration::from_secs(20);
    while TcpStream::connect(address).await.is_err() {
        if Instant::now() > until {
            return Err("it did not listen within 20 s".into());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

#[derive(Default)]
pub struct Report(Vec<Row>);

struct Row {
    name: &'static str,
    round: usize,
    figures: Figures,
}

pub async fn measure(report: &mut Report) -> Outcome<()> {
    for round in 1..=ROUNDS {
        run_part("gifchat", report.add("gifchat", round, gifchat_figures())).await?;
        for peer in Peer::ALL {
            run_part(peer.name(), report.add(peer.name(), round, peer_figures(peer))).await?;
        }
    }
    Ok(())
}

impl Report {
    async fn add(
        &mut self,
        name: &'static str,
        round: usize,
        figures: impl Future<Output = Outcome<Figures>>,
    ) -> Outcome<()> {
        self.0.push(Row { name, round, figures: figures.await? });
        Ok(())
    }

    pub fn json(&self) -> Outcome<String> {
        let rows = self.0.iter().map(|Row { name, round, figures }| {
            let deliveries = figures.deliveries.iter().zip(IN_FLIGHT).map(|(delivery, in_flight)| {
                json!({
                    "in_flight": in_flight, "cpu_us": delivery.cpu_us, "per_second": delivery.per_second,
                    "p50_ms": delivery.times.percentile_ms(50), "p99_ms": delivery.times.percentile_ms(99),
                })
            });
            let deliveries: Vec<Value> = deliveries.collect();
            json!({ "name": name, "round": round, "memory_kib": figures.memory_kib, "deliveries": deliveries })
        });
        let rows: Vec<Value> = rows.collect();
        let cores = std::thread::available_parallelism()?.get();
        Ok(serde_json::to_string_pretty(&json!({ "cores": cores, "figures": rows }))?)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:10} {:>5} {:>14}", "", "round", "KiB a socket")?;
        for in_flight in IN_FLIGHT {
            write!(f, "  {:>9} {in_flight} in flight, times", "µs CPU,")?;
        }
        for Row { name, round, figures } in &self.0 {
            write!(f, "\n{name:10} {round:>5} {:>14}", short(figures.memory_kib))?;
            for delivery in &figures.deliveries {
                write!(f, "  {:>9.2}  {}", delivery.cpu_us, delivery.times)?;
            }
        }
        Ok(())
    }
}
