//! Uploads of files that are no valid GIFs, and of valid GIFs that cost as much as possible: what the server spends on
//! them, and what it keeps of them.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chat::RoomId;
use corpus::{Right, Sample};
use reqwest::multipart::Part;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::helper::{GIF, MIB, RAISED_LIMITS, TestServer, Visitor, attackers};

/// The most memory in bytes, above that of a server at rest, while the files are uploaded one after the other.
const MEMORY: u64 = 64 * MIB;

/// How long a running thread may keep the only core while other threads want it. The upload of a small GIF takes less
/// than this when nobody else uploads.
const TICK: Duration = Duration::from_millis(4);

/// The most rounds in which a small GIF is uploaded beside an attack. When all are slow, they take some twenty seconds.
const ROUNDS: usize = 30;

/// The largest file that is uploaded, in bytes. The corpus has larger ones, but their bodies are not read to the end.
const LARGEST: usize = 5 << 20;

async fn upload(visitor: &Visitor, room: RoomId, sample: &Sample) -> (u16, Duration) {
    let begun = Instant::now();
    let answer = visitor.upload(room, Part::bytes(sample.bytes.clone()), &[]).await;
    (answer.status.as_u16(), begun.elapsed())
}

fn files_in(dir: &Path) -> usize {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.map(|entry| if entry.path().is_dir() { files_in(&entry.path()) } else { 1 }).sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_refused_costs_little_and_leaves_nothing() {
    let server = TestServer::start_with(&RAISED_LIMITS).await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let refused = corpus::all().into_iter().filter(|sample| matches!(sample.right, Right::Refused(_)));
    let refused: Vec<_> = refused.filter(|sample| sample.bytes.len() <= LARGEST).collect();
    assert!(refused.len() > 50, "{}", refused.len());
    let (rest, mut most, mut slowest) = (server.memory(), 0, (Duration::ZERO, ""));
    for sample in &refused {
        let (status, time) = upload(&ann, room, sample).await;
        assert!(matches!(status, 413 | 415), "{}: {status}", sample.name);
        most = most.max(server.memory());
        slowest = slowest.max((time, &sample.name));
    }
    let grown = most.saturating_sub(rest);
    println!("{} files are refused: {} MiB more, the slowest took {slowest:?}", refused.len(), grown / MIB);
    assert!(grown <= MEMORY, "{} MiB more", grown / MIB);
    assert_eq!(files_in(&server.data_dir().join("gifs")), 0, "something of them is stored");
    let entries = ann.say_ok(room, "아무 일도 없었다").await.seq;
    assert_eq!(entries, 2, "something of them is said");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twelve_at_once_hold_up_nobody_elses_gif() {
    let server = TestServer::start_with(&RAISED_LIMITS).await;
    let ann = server.visitor_from(3);
    let room = ann.create_room("방", "100", "").await;
    let small = Sample {
        name: "small".to_owned(),
        bytes: GIF.to_vec(),
        right: Right::Shown { width: 1, height: 1, frames: 1, duration_ms: 0 },
    };
    let median = async || {
        let mut times = Vec::new();
        for _ in 0..15 {
            let (status, time) = upload(&ann, room, &small).await;
            assert_eq!(status, 200);
            times.push(time);
        }
        times.sort();
        times[times.len() / 2]
    };
    let alone = median().await;
    // The attack uses the files that take the longest to judge, so all of them are uploaded and timed first.
    let mut hostile = Vec::new();
    let bob = server.visitor_from(2);
    assert_eq!(bob.enter(room, "").await.status, 200);
    for sample in corpus::all().into_iter().filter(|sample| sample.bytes.len() <= LARGEST) {
        let (_, time) = upload(&bob, room, &sample).await;
        hostile.push((time, sample));
    }
    hostile.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    let slowest = (hostile[0].0, hostile[0].1.name.clone());
    let (mut attack, begun) = (JoinSet::new(), Arc::new(Semaphore::new(0)));
    for (_, sample) in hostile.into_iter().take(12) {
        let visitor = server.visitor_from(2);
        assert_eq!(visitor.enter(room, "").await.status, 200);
        let begun = Arc::clone(&begun);
        let repeat = async move {
            upload(&visitor, room, &sample).await;
            begun.add_permits(1);
            loop {
                upload(&visitor, room, &sample).await;
            }
        };
        attack.spawn_on(repeat, attackers());
    }
    // From here on, each attacker has been answered once, and goes on.
    let _all = begun.acquire_many(12).await.expect("attackers");
    // In one run of thirty, each thread that a small GIF wakes waits for the scheduler's tick for a while (decision 28). So there
    // are rounds until one is fast.
    let (bound, mut rounds) = (alone * 3 + TICK, Vec::new());
    while rounds.len() < ROUNDS && rounds.last().is_none_or(|last| *last > bound) {
        rounds.push(median().await);
    }
    drop(attack);
    println!("a small GIF takes {alone:?} alone and {rounds:?} beside twelve; the slowest is {slowest:?}");
    // A thread that was started by one of low priority would be of low priority itself.
    assert_eq!(server.threads_of_other_priority(), 0);
    assert!(rounds.last().is_some_and(|last| *last <= bound), "{rounds:?} beside twelve, {alone:?} alone");
}
