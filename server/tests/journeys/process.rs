//! The real binary as a separate process: its exit codes, its signals, and a disk that fills up.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use app::page::Page;
use chat::{Error, What};
use tempfile::tempdir;

use crate::helper::{TIMEOUT, Visitor, until};

const BINARY: &str = env!("CARGO_BIN_EXE_gifchat");

/// A server process with a limit on the size of its files. It is killed on drop.
struct LimitedServer {
    child: Child,
    address: SocketAddr,
}

impl LimitedServer {
    /// Starts it in `dir`. None of its files may grow above `max_kib` KiB.
    fn start(dir: &Path, max_kib: &str) -> Self {
        let script = format!("trap '' XFSZ; ulimit -f {max_kib}; exec {BINARY}");
        let mut child = Command::new("bash")
            .args(["-c", &script])
            .current_dir(dir)
            .envs([("PORT", "0"), ("DATA_DIR", "data"), ("LIMIT_MESSAGES", "100000/1")])
            .stderr(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut log = BufReader::new(child.stderr.take().expect("its log")).lines();
        let prefix = "listening on http://";
        let line = log.by_ref().map_while(Result::ok).find(|line| line.contains(prefix)).expect("that it listens");
        let address = line.split_once(prefix).and_then(|(_, rest)| rest.trim().parse().ok()).expect("an address");
        // The log is read on, because a full pipe would block the process.
        std::thread::spawn(move || log.for_each(drop));
        Self { child, address }
    }

    fn visitor(&self) -> Visitor {
        Visitor::new(self.address)
    }

    /// Ends it as a person or a supervisor does, with SIGTERM. Returns the exit code.
    fn terminate(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
        self.child.wait().expect("its end").code()
    }
}

impl Drop for LimitedServer {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_full_disk_refuses_and_loses_nothing() {
    let dir = tempdir().expect("a directory");
    let full = LimitedServer::start(dir.path(), "768");
    let ann = full.visitor();
    let room = ann.create_room("방", "10", "").await;
    let mut kept = Vec::new();
    let mut refused = 0;
    loop {
        let text = format!("{} {}", kept.len(), "가".repeat(1900));
        let answer = ann.say(room, &text).await;
        if answer.status.is_success() {
            kept.push(text);
            continue;
        }
        assert_eq!(answer.error(), (503, Error::Unavailable));
        assert!(!answer.header("retry-after").is_empty());
        // A smaller message may still fit, and the database frees some space a few times.
        let text = format!("{} is small", kept.len());
        if !ann.say(room, &text).await.status.is_success() {
            break;
        }
        kept.push(text);
        refused += 1;
        assert!(refused < 200 && kept.len() < 2000, "the disk never fills");
    }
    let unready = async || (ann.get("/readyz").await.status == 503).then_some(());
    until("it is not ready", TIMEOUT, unready).await;
    assert_eq!(ann.get("/healthz").await.status, 200);
    assert_eq!(ann.get(&format!("/room/{room}")).await.status, 200, "reading goes on");
    assert_eq!(full.terminate(), Some(0));

    let free = LimitedServer::start(dir.path(), "unlimited");
    let ann = ann.at(free.address);
    let mut found = Vec::new();
    let mut before = u64::MAX >> 1;
    loop {
        let page: chat::entry::LogPage = ann.get(&format!("/api/history?room={room}&before={before}")).await.json();
        let texts = page.entries.iter().rev().filter_map(|entry| match &entry.what {
            What::Text(text) => Some(text.as_str().to_owned()),
            _ => None,
        });
        found.extend(texts);
        match page.entries.first() {
            Some(first) if page.more => before = first.seq,
            _ => break,
        }
    }
    found.reverse();
    assert_eq!(found, kept);
    assert!(matches!(ann.get(&format!("/room/{room}")).await.page().page, Page::Room { .. }), "the seat is kept");
    ann.say_ok(room, "and on").await;
    assert_eq!(free.terminate(), Some(0));
}

#[test]
fn wrong_settings_end_it_with_one_line() {
    let dir = tempdir().expect("a directory");
    let output = Command::new(BINARY)
        .current_dir(dir.path())
        .envs([("PORT", "x"), ("NATS_URL", "nats://localhost")])
        .output()
        .expect("its end");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.lines().count() == 1 && stderr.contains("PORT") && stderr.contains("NATS_URL"), "{stderr}");
    assert!(!dir.path().join("data").exists());
}

#[tokio::test]
async fn a_second_process_is_told_that_the_directory_is_taken() {
    let dir = tempdir().expect("a directory");
    let first = LimitedServer::start(dir.path(), "unlimited");
    let second = Command::new(BINARY).current_dir(dir.path()).env("PORT", "0").output().expect("its end");
    let stderr = String::from_utf8_lossy(&second.stderr);
    assert_eq!(second.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("in use by another gifchat"), "{stderr}");
    assert_eq!(first.terminate(), Some(0));
}
