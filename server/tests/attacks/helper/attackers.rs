//! The threads that attack. They share cores with the visitor who is measured, and yield to that visitor: the tests judge
//! how busy the server is, not how busy this process is.

use std::process::Command;
use std::sync::LazyLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// The runtime on which all attacks are spawned.
pub fn attackers() -> &'static Handle {
    static THREADS: LazyLock<Runtime> = LazyLock::new(|| {
        let threads = Builder::new_multi_thread()
            .thread_name("attackers")
            .worker_threads(2)
            .enable_all()
            .on_thread_start(run_when_idle)
            .build();
        threads.expect("threads that attack")
    });
    THREADS.handle()
}

/// Gives this thread the scheduling policy `idle`. Only such a thread yields its core at once to one that wakes up: a niced
/// one keeps it until its slice of about 3 ms is over, which is longer than what is measured.
fn run_when_idle() {
    let thread = std::fs::read_link("/proc/thread-self").expect("what thread this is");
    let id = thread.file_name().expect("its number");
    let changed = Command::new("chrt").args(["--idle", "--pid", "0"]).arg(id).status();
    assert!(changed.is_ok_and(|status| status.success()), "chrt (of util-linux) is needed");
}
