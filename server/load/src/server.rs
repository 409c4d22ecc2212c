//! The release server. It is started on a free port, alone or as a node, and its data is deleted at the end.

use std::env;
use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::http::Http;
use crate::process::{Process, free_address};
use crate::run::Outcome;

/// How often a process that starts or ends is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

pub struct Server {
    pub address: SocketAddr,
    pub process: Process,
    /// The command that started the server, which restarts it.
    command: Command,
    _data: TempDir,
}

/// These limits are raised, because the whole load comes from one address.
const RAISED_LIMITS: [&str; 9] = [
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

/// A command for this program, on the core named by GIFCHAT_CORE if that is set.
pub fn pinned(program: impl AsRef<OsStr>) -> Command {
    match env::var_os("GIFCHAT_CORE") {
        // taskset replaces itself with the program, so the process id is the program's.
        Some(core) => {
            let mut command = Command::new("taskset");
            command.arg("-c").arg(core).arg(program);
            command
        }
        None => Command::new(program),
    }
}

impl Server {
    /// Starts a server on SQLite without any data, whose limits no load reaches.
    pub async fn start() -> Outcome<Self> {
        Self::start_with(&[]).await
    }

    /// Starts a server with these additional settings.
    pub async fn start_with(settings: &[(&str, &str)]) -> Outcome<Self> {
        let binary = env::var_os("GIFCHAT_SERVER").ok_or("GIFCHAT_SERVER does not name the server; use bin/bench")?;
        let data = tempfile::tempdir()?;
        let address = free_address()?;
        let mut command = pinned(binary);
        command
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."))
            .env_clear()
            .env("HOST", address.ip().to_string())
            .env("PORT", address.port().to_string())
            .env("DATA_DIR", data.path())
            .envs(RAISED_LIMITS.map(|limit| (limit, "1000000/1")))
            .env("LIMIT_CONNECTIONS", "1000000")
            // Senders have no socket, and their seats must outlast the load.
            .env("ROOM_GRACE", "3600")
            .env("ROOM_EMPTY_GRACE", "3600")
            .env("RUST_LOG", "warn")
            .envs(settings.iter().copied());
        let process = Process::spawn(&mut command)?;
        let mut server = Self { address, process, command, _data: data };
        server.wait_until_ready().await?;
        Ok(server)
    }

    /// Stops the server as a supervisor does, and starts it again with the same data.
    pub async fn restart(&mut self) -> Outcome<()> {
        self.process.terminate()?;
        while self.process.status()?.is_none() {
            tokio::time::sleep(POLL_INTERVAL).await;
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
            tokio::time::sleep(POLL_INTERVAL).await;
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
