//! A server process on its own core, with its use of memory, descriptors and disk.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Once;

use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use testing::{Process, Visitor};

pub const MIB: u64 = 1024 * 1024;

/// Settings for tests that are not about the rate of requests.
pub const RAISED_LIMITS: [(&str, &str); 6] = [
    // The people in these tests have no socket, and must keep their seats for the whole test.
    ("ROOM_GRACE", "3600"),
    ("LIMIT_NEW_ROOMS", "1000000/1"),
    ("LIMIT_UPLOADS", "1000000/1"),
    ("LIMIT_ENTERS", "1000000/1"),
    ("LIMIT_LOOKS", "1000000/1"),
    ("LIMIT_ACTS", "1000000/1"),
];

/// The release build, if GIFCHAT_SERVER has its path. Otherwise the build of this test, which is slower.
fn binary() -> String {
    std::env::var("GIFCHAT_SERVER").unwrap_or_else(|_| env!("CARGO_BIN_EXE_gifchat").to_owned())
}

/// Only one server runs at a time, so that nothing else affects the measurements.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// A server process that stores everything in its own directory. It ends on drop.
pub struct TestServer {
    pub address: SocketAddr,
    process: Process,
    dir: TempDir,
    _alone: MutexGuard<'static, ()>,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts with these environment variables.
    pub async fn start_with(variables: &[(&str, &str)]) -> Self {
        Self::start_under("", variables).await
    }

    /// Runs `script` in bash first, for example to set limits of the process.
    pub async fn start_under(script: &str, variables: &[(&str, &str)]) -> Self {
        let alone = ONE_AT_A_TIME.lock().await;
        leave_first_core();
        let dir = tempfile::tempdir().expect("a directory");
        let pinned = if cores() > 1 { "taskset -c 0 " } else { "" };
        let mut command = Command::new("bash");
        let script = format!("{script}\nexec {pinned}{}", binary());
        command.args(["-c", &script]).current_dir(dir.path()).envs([("PORT", "0"), ("DATA_DIR", "data")]);
        // The visitors who are measured send as fast as they can.
        command.env("LIMIT_MESSAGES", "100000/1").envs(variables.iter().copied());
        let mut process = Process::start("gifchat", &mut command);
        let prefix = "listening on http://";
        let line = process.wait_for_log(prefix).await;
        let address = line.split_once(prefix).and_then(|(_, rest)| rest.trim().parse().ok()).expect("an address");
        Self { address, process, dir, _alone: alone }
    }

    /// A new visitor.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.address)
    }

    /// A new visitor whose connections come from 127.0.0.`n`, which counts as an address of its own.
    pub fn visitor_from(&self, n: u8) -> Visitor {
        Visitor::from_address(self.address, [127, 0, 0, n].into())
    }

    /// The resident memory of the process in bytes (VmRSS).
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(self.proc_path("status")).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches("kB").trim().parse::<u64>().expect("a number") * 1024
    }

    /// The number of open descriptors.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(self.proc_path("fd")).expect("its descriptors").count()
    }

    /// What each open descriptor refers to: the path of a file, `socket:[…]` and so on.
    pub fn open_files(&self) -> Vec<String> {
        let all = fs::read_dir(self.proc_path("fd")).expect("its descriptors").flatten();
        all.filter_map(|entry| fs::read_link(entry.path()).ok()).map(|path| path.display().to_string()).collect()
    }

    /// The total size in bytes of open files that are deleted already.
    pub fn unlinked_bytes(&self) -> u64 {
        let all = fs::read_dir(self.proc_path("fd")).expect("its descriptors").flatten().map(|entry| entry.path());
        let nameless =
            all.filter(|fd| fs::read_link(fd).is_ok_and(|path| path.display().to_string().ends_with(" (deleted)")));
        nameless.filter_map(|fd| fs::metadata(fd).ok()).map(|about| about.len()).sum()
    }

    /// How many of tokio's threads have another priority than the process.
    pub fn threads_of_other_priority(&self) -> usize {
        let all = fs::read_dir(self.proc_path("task")).expect("its threads").flatten();
        let threads: Vec<String> = all.filter_map(|task| fs::read_to_string(task.path().join("stat")).ok()).collect();
        // The fields after the name begin with the third one (proc(5)).
        let priority = |stat: &String| {
            let fields: Vec<&str> = stat.rsplit(") ").next()?.split(' ').collect();
            Some((fields.get(19 - 3)?.to_string(), fields.get(41 - 3)?.to_string()))
        };
        let main = threads.iter().find(|stat| stat.starts_with(&format!("{} ", self.process.id()))).and_then(priority);
        assert!(main.is_some(), "the main thread is not among {threads:?}");
        threads.iter().filter(|stat| stat.contains("(tokio-rt-worker)") && priority(stat) != main).count()
    }

    /// The total size in bytes of the files in its data directory.
    pub fn disk(&self) -> u64 {
        bytes_in(&self.data_dir())
    }

    pub fn data_dir(&self) -> std::path::PathBuf {
        self.dir.path().join("data")
    }

    fn proc_path(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.process.id())
    }
}

fn bytes_in(dir: &Path) -> u64 {
    // Files that vanish meanwhile are ignored.
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let about = entry.metadata().ok()?;
            Some(if about.is_dir() { bytes_in(&entry.path()) } else { about.len() })
        })
        .sum()
}

fn cores() -> usize {
    // This is read only once, because later this process is pinned to fewer cores.
    static CORES: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, |cores| cores.get()))
}

/// Moves this process to all cores but the first, which belongs to the server.
fn leave_first_core() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if cores() > 1 {
            let (last, me) = ((cores() - 1).to_string(), std::process::id().to_string());
            let moved =
                Command::new("taskset").args(["-apc", &format!("1-{last}"), &me]).stdout(Stdio::null()).status();
            assert!(moved.is_ok_and(|status| status.success()), "taskset (of util-linux) is needed");
        }
    });
}
