//! Work that takes a core for a while and can wait a little: searches, passwords, the judging of GIFs, uploads on
//! their way to the disk. Its threads are niced, so that whatever somebody waits for in the meantime gets the core first, also
//! where there is only one.

use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::JoinHandle;

/// How far its threads stand behind others: a thread of this niceness gets a tenth of a core that others want too.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

/// Only its blocking threads are used, which need nobody to drive it. None: it could not be had (no descriptors were left,
/// say), and the usual threads have to do.
static NICED: LazyLock<Option<Runtime>> = LazyLock::new(|| {
    let built = Builder::new_current_thread().thread_name("background").on_thread_start(give_way).build();
    built.inspect_err(|error| tracing::warn!(%error, "work in the background gets no threads of its own")).ok()
});

/// How many pieces of such work run at once where `most` are allowed: no more than there are cores. More would be done no sooner, and
/// take more from everybody else.
pub fn at_once(most: usize) -> usize {
    available_parallelism().map_or(1, |cores| most.min(cores.get()))
}

/// Runs `work` on such a thread. Dropping the handle does not stop it. Needs a runtime of tokio around it.
pub fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    match &*NICED {
        Some(niced) => niced.spawn_blocking(work),
        None => Handle::current().spawn_blocking(work),
    }
}

/// Elsewhere a niceness is the whole process's, not a thread's.
#[cfg(not(target_os = "linux"))]
fn give_way() {}

#[cfg(target_os = "linux")]
fn give_way() {
    // (A thread begins with the niceness of the process, which a host may have niced already. 19 is the most there is.)
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
