//! The threads that attack. They give way to whoever is measured beside them, who shares their core: what is judged is how
//! busy the server is, and not how busy this side.

use std::process::Command;
use std::sync::LazyLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// Where what attacks is spawned.
#[allow(dead_code)]
pub fn attackers() -> &'static Handle {
    static THREADS: LazyLock<Runtime> = LazyLock::new(|| {
        let threads = Builder::new_multi_thread()
            .thread_name("attackers")
            .worker_threads(2)
            .enable_all()
            .on_thread_start(give_way)
            .build();
        threads.expect("threads that attack")
    });
    THREADS.handle()
}

/// Only a thread of this kind loses the core at once to one that wakes up: a niced one keeps it until its slice of some 3 ms is over,
/// which is longer than what is measured.
fn give_way() {
    let thread = std::fs::read_link("/proc/thread-self").expect("what thread this is");
    let id = thread.file_name().expect("its number");
    let changed = Command::new("chrt").args(["--idle", "--pid", "0"]).arg(id).status();
    assert!(changed.is_ok_and(|status| status.success()), "chrt (of util-linux) is needed");
}
