//! The threads that attack. They give way to whoever is measured beside them, who shares their core: what is judged is how
//! busy the server is, and not how busy this side.

use std::sync::LazyLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// A tenth of the core, while somebody who is measured wants it.
const NICENESS: i32 = 10;

/// Where what attacks is spawned.
#[allow(dead_code)]
pub fn attackers() -> &'static Handle {
    static THREADS: LazyLock<Runtime> = LazyLock::new(|| {
        let give_way = || {
            rustix::process::setpriority_process(None, NICENESS).expect("a niceness");
        };
        let threads = Builder::new_multi_thread().worker_threads(2).enable_all().on_thread_start(give_way).build();
        threads.expect("threads that attack")
    });
    THREADS.handle()
}
