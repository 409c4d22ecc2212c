//! Runs work that takes a core for a while and can wait a little: searches, password hashing, GIF checks, and writing uploads
//! to the disk. Its threads have a lower priority (niceness), so that work somebody waits for gets the core first, even on a
//! single core.

use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

/// How much nicer these threads are than others. At this niceness a thread gets a tenth of a core that others want too.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Only the blocking threads of this runtime are used, so nothing has to drive it. `None` when it could not be built (for
/// example without free descriptors). The ordinary threads do the work in that case.
static NICED: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    let built = Builder::new_current_thread().thread_name("background").on_thread_start(lower_priority).build();
    built.inspect_err(|error| tracing::warn!(%error, "work in the background gets no threads of its own")).ok()
});

/// How many of these jobs may run at once: `most`, but no more than there are cores. More would not finish sooner, and would
/// slow down everybody else.
pub fn at_once(most: usize) -> usize {
    available_parallelism().map_or(1, |cores| most.min(cores.get()))
}

/// Runs `work` on a low-priority thread. Dropping the handle does not stop it. Must be called within a tokio runtime.
pub fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    match &*NICED {
        Some(niced) => niced.spawn_blocking(work),
        None => Handle::current().spawn_blocking(work),
    }
}

/// On other systems a niceness belongs to the whole process, not to a thread.
#[cfg(not(target_os = "linux"))]
fn lower_priority() {}

#[cfg(target_os = "linux")]
fn lower_priority() {
    // A thread starts with the niceness of its process, which the host may have raised already. The maximum is 19.
    let further = |niceness: i32| rustix::process::setpriority_process(None, (niceness + NICENESS).min(19));
    if let Err(error) = rustix::process::getpriority_process(None).and_then(further) {
        tracing::debug!(%error, "work in the background does not give way");
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::getpriority_process;

    use super::*;

    #[tokio::test]
    async fn its_threads_give_way_and_no_others_do() {
        let mine = getpriority_process(None).unwrap();
        assert_eq!(run(|| getpriority_process(None)).await.unwrap(), Ok((mine + NICENESS).min(19)));
        assert_eq!(getpriority_process(None), Ok(mine));
        assert_eq!(tokio::task::spawn_blocking(|| getpriority_process(None)).await.unwrap(), Ok(mine));
    }
}
