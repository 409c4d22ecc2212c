//! A server process on a core of its own, and what the machine says of it.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Once;

use tempfile::TempDir;
use tokio::sync::{Mutex, MutexGuard};

use super::process::Process;
use super::visitor::Visitor;

pub const MIB: u64 = 1024 * 1024;

/// Settings for what is about something else than how often.
#[allow(dead_code)]
pub const LIFTED: [(&str, &str); 6] = [
    // People of these tests have no socket, and stay for as long as a test takes.
    ("ROOM_GRACE", "3600"),
    ("LIMIT_NEW_ROOMS", "1000000/1"),
    ("LIMIT_UPLOADS", "1000000/1"),
    ("LIMIT_ENTERS", "1000000/1"),
    ("LIMIT_LOOKS", "1000000/1"),
    ("LIMIT_ACTS", "1000000/1"),
];

/// What people run, where GIFCHAT_SERVER says where it is; else this build, which is slower.
fn binary() -> String {
    std::env::var("GIFCHAT_SERVER").unwrap_or_else(|_| env!("CARGO_BIN_EXE_gifchat").to_owned())
}

/// One house at a time, so that what is measured is its own.
static ALONE: Mutex<()> = Mutex::const_new(());

/// A server that keeps everything in a directory of its own. It ends when it is dropped.
#[allow(dead_code)]
pub struct House {
    pub address: SocketAddr,
    process: Process,
    dir: TempDir,
    _alone: MutexGuard<'static, ()>,
}

#[allow(dead_code)]
impl House {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With these environment variables.
    pub async fn start_with(variables: &[(&str, &str)]) -> Self {
        Self::start_under("", variables).await
    }

    /// After these commands of bash: limits of the process, say.
    pub async fn start_under(script: &str, variables: &[(&str, &str)]) -> Self {
        let alone = ALONE.lock().await;
        move_aside();
        let dir = tempfile::tempdir().expect("a directory");
        let pinned = if cores() > 1 { "taskset -c 0 " } else { "" };
        let mut command = Command::new("bash");
        let script = format!("{script}\nexec {pinned}{}", binary());
        command.args(["-c", &script]).current_dir(dir.path()).envs([("PORT", "0"), ("DATA_DIR", "data")]);
        // The others talk as fast as they can.
        command.env("LIMIT_MESSAGES", "100000/1").envs(variables.iter().copied());
        let mut process = Process::start("gifchat", &mut command);
        let said = "listening on http://";
        let line = process.says(said).await;
        let address = line.split_once(said).and_then(|(_, rest)| rest.trim().parse().ok()).expect("an address");
        Self { address, process, dir, _alone: alone }
    }

    /// Somebody new.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.address)
    }

    /// Somebody new from another address: `n` from 2 on is 127.0.0.n, as limits see it.
    pub fn visitor_from(&self, n: u8) -> Visitor {
        Visitor::from_address(self.address, [127, 0, 0, n].into())
    }

    pub fn runs(&mut self) -> bool {
        self.process.runs()
    }

    /// Lines of its log with these words.
    pub fn said(&self, words: &str) -> Vec<String> {
        self.process.said(words)
    }

    /// Bytes of memory it holds (VmRSS).
    pub fn memory(&self) -> u64 {
        let status = fs::read_to_string(self.of_process("status")).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
        line.trim().trim_end_matches("kB").trim().parse::<u64>().expect("a number") * 1024
    }

    /// Open descriptors.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(self.of_process("fd")).expect("its descriptors").count()
    }

    /// What its descriptors are: paths of files, `socket:[…]` and so on.
    pub fn open_files(&self) -> Vec<String> {
        let all = fs::read_dir(self.of_process("fd")).expect("its descriptors").flatten();
        all.filter_map(|entry| fs::read_link(entry.path()).ok()).map(|path| path.display().to_string()).collect()
    }

    /// Bytes of open files that have no name any more.
    pub fn bytes_without_a_name(&self) -> u64 {
        let all = fs::read_dir(self.of_process("fd")).expect("its descriptors").flatten().map(|entry| entry.path());
        let nameless =
            all.filter(|fd| fs::read_link(fd).is_ok_and(|path| path.display().to_string().ends_with(" (deleted)")));
        nameless.filter_map(|fd| fs::metadata(fd).ok()).map(|about| about.len()).sum()
    }

    /// Bytes of the files it keeps.
    pub fn disk(&self) -> u64 {
        bytes_in(&self.data_dir())
    }

    pub fn data_dir(&self) -> std::path::PathBuf {
        self.dir.path().join("data")
    }

    fn of_process(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.process.id())
    }
}

fn bytes_in(dir: &Path) -> u64 {
    // (Files come and go meanwhile.)
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| {
            let about = entry.metadata().ok()?;
            Some(if about.is_dir() { bytes_in(&entry.path()) } else { about.len() })
        })
        .sum()
}

fn cores() -> usize {
    // Read once for all: afterwards this process has one.
    static CORES: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, |cores| cores.get()))
}

/// Leaves the first core to the server.
fn move_aside() {
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
