//! MongoDB or NATS, one that can be taken away.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use tokio::net::TcpStream;

use super::process::Process;
use super::{PATIENCE, until};

/// An engine with a port that stays its own while it is stopped.
pub struct Engine {
    name: &'static str,
    port: u16,
    /// Where its data outlives it.
    folder: Option<PathBuf>,
    process: Process,
}

impl Engine {
    /// One that keeps its data over a stop.
    pub async fn mongodb(folder: &Path) -> Self {
        Self::start("mongodb", Some(folder.to_owned())).await
    }

    pub async fn nats() -> Self {
        Self::start("nats", None).await
    }

    async fn start(name: &'static str, folder: Option<PathBuf>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let process = run(name, port, folder.as_deref()).await;
        Self { name, port, folder, process }
    }

    pub fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Ends it. MongoDB is asked to, since what stands in for it may keep its last second to itself when killed.
    pub async fn stop(&mut self) {
        self.process.terminate().await;
    }

    pub async fn start_again(&mut self) {
        self.process = run(self.name, self.port, self.folder.as_deref()).await;
    }

    /// It takes what comes, and does nothing.
    pub fn pause(&self) {
        self.process.signal("STOP");
    }

    pub fn resume(&self) {
        self.process.signal("CONT");
    }
}

/// Starts an engine; it answers.
async fn run(name: &'static str, port: u16, folder: Option<&Path>) -> Process {
    let engines = std::env::var("GIFCHAT_ENGINES").expect("GIFCHAT_ENGINES is not set: run the tests by bin/test");
    let mut command = Command::new(Path::new(&engines).join(name));
    command.arg(port.to_string()).args(folder);
    let mut process = Process::start(name, &mut command);
    let answers = async || {
        assert!(process.runs(), "{name} has ended");
        TcpStream::connect(("127.0.0.1", port)).await.ok()
    };
    until(&format!("{name} answers"), PATIENCE, answers).await;
    process
}
