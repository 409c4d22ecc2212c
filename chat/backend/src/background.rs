//! Runs work that takes a core for a while and can wait a little: searches, password hashing, GIF checks, copies of GIFs,
//! and writing uploads to the disk. Its threads have a lower priority than others, so that work that people wait for gets
//! the core first, even on a single core.
//!
//! There are two kinds of such threads. [`run`] uses niced ones, which always get a tenth of a busy core, but which keep it
//! for up to 4 ms even when another thread wants it. [`compute`] uses threads of the kernel's scheduling policy `idle`,
//! which give the core up at once, but which hardly run on a core that never rests.

mod starvation;

use std::sync::LazyLock;
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::{JoinHandle, spawn_blocking, yield_now};

use self::starvation::Starvation;

/// What [`run`] adds to the niceness of its threads. At this niceness a thread gets a tenth of a core that others want too.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 10;

static NICED: LazyLock<Option<Runtime>> = LazyLock::new(|| threads("background", make_nicer));
static IDLE: LazyLock<Option<Runtime>> = LazyLock::new(|| threads("computing", make_idle));
static STARVATION: Mutex<Starvation> = Mutex::new(Starvation::new());

/// How many jobs of one kind may run at once: `most`, but no more than there are cores. More would not finish sooner, and
/// would slow down all other work.
pub fn at_once(most: usize) -> usize {
    available_parallelism().map_or(1, |cores| most.min(cores.get()))
}

/// Must be called before work that takes some tenths of a millisecond on an async thread. Everything else that is ready now
/// goes first: other tasks of this thread, and other threads that want its core.
///
/// A thread that always has something to do keeps its core for a slice of some 3 ms, however short its tasks are. Handling
/// a message wakes three threads in turn, and each of them could have to wait for such a slice.
pub async fn give_way() {
    yield_now().await;
    std::thread::yield_now();
}

/// Runs `work` on a niced thread. Dropping the handle does not stop it. Must be called within a tokio runtime.
pub fn run<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    spawn(&NICED, work)
}

/// Runs `work`, which holds no lock that others wait for, on an idle thread. It takes no longer than `longest` if its thread
/// gets a core. While idle threads get no core, this is the same as [`run`].
pub fn compute<T: Send + 'static>(longest: Duration, work: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    let Some(job) = Job::begin(longest) else { return run(work) };
    spawn(&IDLE, move || {
        let _job = job;
        work()
    })
}

/// Runs `work`, which may block, on an ordinary thread of `runtime`. Work in the background must use this: a new thread has the
/// priority of the thread that starts it, so one that it started itself would do all kinds of work at a low priority from then on.
pub fn run_ordinary(runtime: &Handle, work: impl FnOnce() + Send + 'static) {
    runtime.spawn(async { drop(spawn_blocking(work)) });
}

/// A job of an idle thread. It ends when this is dropped, also by a panic.
struct Job(u64);

impl Job {
    /// `None` while idle threads get no core.
    fn begin(longest: Duration) -> Option<Self> {
        let (mut starvation, now) = (STARVATION.lock(), Instant::now());
        (!starvation.is_on(now)).then(|| Self(starvation.begin(now, longest)))
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        STARVATION.lock().end(self.0, Instant::now());
    }
}

/// Runs `work` on a thread of `runtime`, or on one of the ordinary blocking threads if that runtime could not be built.
fn spawn<T: Send + 'static>(
    runtime: &'static Option<Runtime>,
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    match runtime {
        Some(threads) => threads.spawn_blocking(work),
        None => Handle::current().spawn_blocking(work),
    }
}

/// Only the blocking threads of this runtime are used, so nothing has to drive it. `None` when it could not be built (for
/// example without free descriptors).
fn threads(name: &str, prepare: fn()) -> Option<Runtime> {
    let built = Builder::new_current_thread().thread_name(name).on_thread_start(prepare).build();
    built.inspect_err(|error| tracing::warn!(%error, "work in the background gets no threads of its own")).ok()
}

/// On other systems a niceness belongs to the whole process, not to a thread.
#[cfg(not(target_os = "linux"))]
fn make_nicer() {}

#[cfg(target_os = "linux")]
fn make_nicer() {
    // A thread starts with the niceness of its process, which the operator may have raised already. The maximum is 19.
    let further = |niceness: i32| rustix::process::setpriority_process(None, (niceness + NICENESS).min(19));
    if let Err(error) = rustix::process::getpriority_process(None).and_then(further) {
        tracing::debug!(%error, "work in the background does not give way");
    }
}

/// Gives this thread the scheduling policy `idle`, or a lower priority if that fails. Other systems than Linux know no such
/// policy: there this does nothing.
#[cfg(not(target_os = "linux"))]
pub fn make_idle() {}

/// Gives this thread the scheduling policy `idle`, or a lower priority if that fails.
#[cfg(target_os = "linux")]
pub fn make_idle() {
    use thread_priority::{NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy};
    use thread_priority::{set_thread_priority_and_policy, thread_native_id};

    let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
    if let Err(error) = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle) {
        tracing::debug!(?error, "work in the background does not give way at once");
        make_nicer();
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::getpriority_process;
    use thread_priority::{NormalThreadSchedulePolicy, ThreadSchedulePolicy, thread_schedule_policy};

    use super::*;

    #[tokio::test]
    async fn its_threads_give_way_and_no_others_do() {
        let mine = getpriority_process(None).unwrap();
        assert_eq!(run(|| getpriority_process(None)).await.unwrap(), Ok((mine + NICENESS).min(19)));
        assert_eq!(getpriority_process(None), Ok(mine));
        assert_eq!(tokio::task::spawn_blocking(|| getpriority_process(None)).await.unwrap(), Ok(mine));
    }

    #[tokio::test]
    async fn those_that_compute_are_idle() {
        let idle = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        assert_eq!(compute(Duration::from_secs(1), thread_schedule_policy).await.unwrap(), Ok(idle));
        assert_ne!(run(thread_schedule_policy).await.unwrap(), Ok(idle));
        assert_ne!(thread_schedule_policy(), Ok(idle));
    }

    #[tokio::test]
    async fn threads_that_they_start_are_ordinary() {
        let (mine, ordinary) = (getpriority_process(None), Handle::current());
        let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
        let start = || {
            let (ordinary, tell) = (ordinary.clone(), tell.clone());
            move || {
                run_ordinary(&ordinary, move || {
                    let _ = tell.send((getpriority_process(None), thread_schedule_policy()));
                    // The other one must not get the same thread.
                    std::thread::sleep(Duration::from_millis(100));
                });
            }
        };
        run(start()).await.expect("started");
        compute(Duration::from_secs(1), start()).await.expect("started");
        for _ in 0..2 {
            assert_eq!(told.recv().await, Some((mine, thread_schedule_policy())));
        }
    }
}
