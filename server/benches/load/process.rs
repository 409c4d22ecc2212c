//! The server as a child process: started on a free port, measured from outside, ended with its data.

use std::env;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Outcome;
use crate::http::Http;

pub struct Server {
    pub address: SocketAddr,
    child: Child,
    _data: TempDir,
}

impl Server {
    /// A server with nothing in it, whose limits no load meets.
    pub async fn start() -> Outcome<Self> {
        let binary = env::var_os("GIFCHAT_SERVER").ok_or("GIFCHAT_SERVER does not name the server; use bin/bench")?;
        let data = tempfile::tempdir()?;
        let address = free_address()?;
        let child = Command::new(binary)
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
            .env_clear()
            .env("HOST", address.ip().to_string())
            .env("PORT", address.port().to_string())
            .env("DATA_DIR", data.path())
            .env("LIMIT_MESSAGES", "1000000/1")
            .env("LIMIT_NEW_ROOMS", "1000000/1")
            // Senders have no socket; their seats must outlast the load.
            .env("ROOM_GRACE", "3600")
            .env("ROOM_EMPTY_GRACE", "3600")
            .env("RUST_LOG", "warn")
            .stdin(Stdio::null())
            .spawn()?;
        let mut server = Self { address, child, _data: data };
        server.wait_until_ready().await?;
        Ok(server)
    }

    async fn wait_until_ready(&mut self) -> Outcome<()> {
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the server ended at its start: {status}").into());
            }
            if let Ok(mut http) = Http::connect(self.address, "").await
                && http.get("/readyz").await.is_ok_and(|answer| answer.status == 200)
            {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Err("the server was not ready within 20 s".into())
    }

    /// CPU time of all its threads so far, user and system. The unit of /proc is 1/100 s on every Linux.
    pub fn cpu(&self) -> Outcome<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The second field is the name in brackets, which may hold anything; then come state (3) and so on.
        let (_, fields) = stat.rsplit_once(") ").ok_or("/proc/PID/stat is not as expected")?;
        let fields: Vec<&str> = fields.split(' ').collect();
        let [user, system] = [14 - 3, 15 - 3].map(|at| fields.get(at).and_then(|ticks| ticks.parse::<u64>().ok()));
        let ticks = user.zip(system).ok_or("/proc/PID/stat is not as expected")?;
        Ok(Duration::from_millis((ticks.0 + ticks.1) * 10))
    }

    /// Resident memory in KiB. `smaps_rollup` counts; the figure in `statm` may lag by some pages for each thread.
    pub fn memory_kib(&self) -> Outcome<f64> {
        let rollup = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        let line = rollup.lines().find_map(|line| line.strip_prefix("Rss:")).ok_or("smaps_rollup without Rss")?;
        Ok(line.trim().trim_end_matches(" kB").parse()?)
    }
}

impl Drop for Server {
    /// Killed: nobody needs its data any more.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> Outcome<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}
