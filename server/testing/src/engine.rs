//! A MongoDB or a NATS process of its own, which a test can stop, pause and restart.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use tokio::net::TcpStream;

use crate::process::Process;
use crate::{TIMEOUT, until};

/// A MongoDB or NATS process. A restarted one listens on the same port.
pub struct Engine {
    name: &'static str,
    port: u16,
    /// The folder of its data, which survives a restart. NATS has none.
    folder: Option<PathBuf>,
    process: Process,
}

impl Engine {
    /// Starts a MongoDB that keeps its data in `folder` when it is stopped.
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

    /// Ends the process with SIGTERM. If it were killed, the stand-in for MongoDB might lose its last second of writes.
    pub async fn stop(&mut self) {
        self.process.terminate().await;
    }

    pub async fn start_again(&mut self) {
        self.process = run(self.name, self.port, self.folder.as_deref()).await;
    }

    /// Suspends the process. It still accepts connections, but answers nothing.
    pub fn pause(&self) {
        self.process.signal("STOP");
    }

    pub fn resume(&self) {
        self.process.signal("CONT");
    }
}

/// Starts an engine and waits until it accepts connections.
async fn run(name: &'static str, port: u16, folder: Option<&Path>) -> Process {
    let engines = std::env::var("GIFCHAT_ENGINES").expect("GIFCHAT_ENGINES is not set: run the tests by bin/test");
    let mut command = Command::new(Path::new(&engines).join(name));
    command.arg(port.to_string()).args(folder);
    let mut process = Process::start(name, &mut command);
    let answers = async || {
        assert!(process.is_running(), "{name} has ended");
        TcpStream::connect(("127.0.0.1", port)).await.ok()
    };
    until(&format!("{name} answers"), TIMEOUT, answers).await;
    process
}
