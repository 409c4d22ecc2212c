//! The release server: started on a free port, alone or as a node, ended with its data.

use std::env;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Outcome;
use crate::http::Http;
use crate::process::{Process, free_address};

/// How often a process is looked at that starts or ends.
const LOOK_EVERY: Duration = Duration::from_millis(20);

pub struct Server {
    pub address: SocketAddr,
    pub process: Process,
    /// That started it, and would again.
    command: Command,
    _data: TempDir,
}

/// The load comes from one address.
const BOUNDLESS: [&str; 9] = [
    "LIMIT_MESSAGES",
    "LIMIT_ACTS",
    "LIMIT_NEW_ROOMS",
    "LIMIT_UPLOADS",
    "LIMIT_ENTERS",
    "LIMIT_LOOKS",
    "LIMIT_SEARCHES",
    "LIMIT_CONNECTS",
    "LIMIT_REQUESTS",
];

impl Server {
    /// A server on SQLite with nothing in it, whose limits no load meets.
    pub async fn start() -> Outcome<Self> {
        Self::start_with(&[]).await
    }

    /// The same with these settings too.
    pub async fn start_with(settings: &[(&str, &str)]) -> Outcome<Self> {
        let binary = env::var_os("GIFCHAT_SERVER").ok_or("GIFCHAT_SERVER does not name the server; use bin/bench")?;
        let data = tempfile::tempdir()?;
        let address = free_address()?;
        let mut command = Command::new(binary);
        command
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
            .env_clear()
            .env("HOST", address.ip().to_string())
            .env("PORT", address.port().to_string())
            .env("DATA_DIR", data.path())
            .envs(BOUNDLESS.map(|limit| (limit, "1000000/1")))
            .env("LIMIT_CONNECTIONS", "1000000")
            // Senders have no socket; their seats must outlast the load.
            .env("ROOM_GRACE", "3600")
            .env("ROOM_EMPTY_GRACE", "3600")
            .env("RUST_LOG", "warn")
            .envs(settings.iter().copied());
        let process = Process::spawn(&mut command)?;
        let mut server = Self { address, process, command, _data: data };
        server.wait_until_ready().await?;
        Ok(server)
    }

    /// Stops it as a supervisor does, and starts it again with the same data.
    pub async fn restart(&mut self) -> Outcome<()> {
        self.process.terminate()?;
        while self.process.status()?.is_none() {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        self.process = Process::spawn(&mut self.command)?;
        self.wait_until_ready().await
    }

    async fn wait_until_ready(&mut self) -> Outcome<()> {
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until {
            if let Some(status) = self.process.status()? {
                return Err(format!("the server ended at its start: {status}").into());
            }
            if let Ok(mut http) = Http::connect(self.address, "").await
                && http.get("/readyz").await.is_ok_and(|answer| answer.status == 200)
            {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Err("the server was not ready within 20 s".into())
    }

    pub fn cpu(&self) -> Outcome<Duration> {
        self.process.cpu()
    }

    pub fn memory_kib(&self) -> Outcome<f64> {
        self.process.memory_kib()
    }
}
