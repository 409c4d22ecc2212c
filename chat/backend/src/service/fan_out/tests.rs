//! Whatever sockets accept or refuse, each is sent everything once, in order, and nothing that is not meant for it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::*;
use crate::bus::{Envelope, Framed, RoomEvent};
use crate::service::hub::Hub;
use chat::id::RoomId;

const ROOM: RoomId = RoomId([1; 16]);

fn person(n: u8) -> VisitorId {
    VisitorId([n; 16])
}

fn entry(seq: u64) -> Framed {
    Framed::plain(seq, Bytes::from(format!("e{seq}")))
}

/// A sink that gives the scripted answers first, and accepts everything after them.
#[derive(Default)]
struct TestSink {
    answers: Mutex<VecDeque<Accepted>>,
    taken: Mutex<Vec<u8>>,
}

impl TestSink {
    fn answering(answers: &[Accepted]) -> Arc<Self> {
        Arc::new(Self { answers: Mutex::new(answers.iter().copied().collect()), taken: Mutex::default() })
    }

    /// The texts of the frames it accepted. All of them are short.
    fn told(&self) -> Vec<String> {
        let (taken, mut told) = (self.taken.lock(), Vec::new());
        let mut rest = &taken[..];
        while let [0x81, length, after @ ..] = rest {
            let (text, next) = after.split_at(usize::from(*length));
            told.push(String::from_utf8_lossy(text).into_owned());
            rest = next;
        }
        assert!(rest.is_empty(), "no frame: {rest:?}");
        told
    }
}

impl Sink for TestSink {
    fn take(&self, frames: &[u8]) -> Accepted {
        let taken = self.answers.lock().pop_front().unwrap_or(Accepted::All);
        if taken != Accepted::None {
            self.taken.lock().extend_from_slice(frames);
        }
        taken
    }
}

/// A sink that notes when each write began and ended.
#[derive(Default)]
struct TimedSink {
    takes: Duration,
    /// Sends one more signal during the first write.
    busy: Mutex<Option<broadcast::Sender<Signal>>>,
    writes: Mutex<Vec<(Instant, Instant)>>,
    bytes: AtomicUsize,
}

impl TimedSink {
    /// Waits until this many bytes were written.
    async fn written(&self, bytes: usize) {
        let all = async {
            while self.bytes.load(Ordering::Relaxed) < bytes {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(Duration::from_secs(20), all).await.expect("everything is written");
    }
}

impl Sink for TimedSink {
    fn take(&self, frames: &[u8]) -> Accepted {
        let began = Instant::now();
        if let Some(signals) = self.busy.lock().take() {
            let _ = signals.send(passing());
        }
        std::thread::sleep(self.takes);
        self.writes.lock().push((began, Instant::now()));
        self.bytes.fetch_add(frames.len(), Ordering::Relaxed);
        Accepted::All
    }
}

fn passing() -> Signal {
    Signal::Passing { from: person(9), frame: Bytes::from_static(b"typing") }
}

/// Each of these frames has a head of two bytes.
const PASSING_BYTES: usize = 8;

/// Begins to write to a subscriber with this sink.
fn write_to(sink: &Arc<TimedSink>, signals: broadcast::Receiver<Signal>) {
    let mut attached = vec![Subscriber::new(person(1), false, 0, sink.clone())];
    tokio::spawn(run(signals, move || Some(std::mem::take(&mut attached))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn what_was_stored_together_is_written_together() {
    let (signals, receiver) = broadcast::channel(256);
    let sink = Arc::<TimedSink>::default();
    write_to(&sink, receiver);
    let stored: Vec<oneshot::Sender<()>> = (0..8)
        .map(|_| {
            let (stored, is_stored) = oneshot::channel();
            let signals = signals.clone();
            tokio::spawn(async move {
                let _ = is_stored.await;
                let _ = signals.send(passing());
            });
            stored
        })
        .collect();
    // Their senders are woken by one task, as when the store has committed.
    tokio::spawn(async move {
        for stored in stored {
            let _ = stored.send(());
        }
    });
    sink.written(8 * PASSING_BYTES).await;
    assert_eq!(sink.writes.lock().len(), 1);
}

#[tokio::test]
async fn a_long_round_is_followed_by_a_pause_when_more_came_in() {
    let (signals, receiver) = broadcast::channel(256);
    let sink =
        Arc::new(TimedSink { takes: 4 * LONG_ROUND, busy: Mutex::new(Some(signals.clone())), ..TimedSink::default() });
    write_to(&sink, receiver);
    let _ = signals.send(passing());
    sink.written(2 * PASSING_BYTES).await;
    let [(_, ended), (began, _)] = sink.writes.lock()[..] else { panic!("two rounds") };
    assert!(began - ended >= LONG_ROUND, "{:?}", began - ended);
}

/// Makes one batch of the signals.
fn batch(signals: Vec<Signal>) -> Batch {
    let (sender, mut receiver) = broadcast::channel(256);
    for signal in signals {
        sender.send(signal).expect("a receiver");
    }
    let first = receiver.try_recv().expect("one at least");
    Batch::begin(first, &mut receiver).expect("all of them")
}

fn entries(seqs: impl IntoIterator<Item = u64>) -> Batch {
    batch(seqs.into_iter().map(|seq| Signal::Entry(entry(seq))).collect())
}

fn subscriber(n: u8, seq: u64, sink: &Arc<TestSink>) -> Arc<Subscriber> {
    Subscriber::new(person(n), false, seq, sink.clone())
}

#[tokio::test]
async fn those_in_step_are_told_the_same_at_once() {
    let sinks = [TestSink::answering(&[]), TestSink::answering(&[])];
    let subscribers = [subscriber(1, 4, &sinks[0]), subscriber(2, 4, &sinks[1])];
    for next in [entries(5..=7), entries(8..=8)] {
        assert!(subscribers.iter().all(|subscriber| subscriber.write(&next)));
    }
    for sink in sinks {
        assert_eq!(sink.told(), ["e5", "e6", "e7", "e8"]);
    }
}

#[tokio::test]
async fn who_cannot_take_it_falls_out_where_it_was() {
    let sink = TestSink::answering(&[Accepted::All, Accepted::None]);
    let one = subscriber(1, 0, &sink);
    assert!(one.write(&entries([1])));
    assert!(!one.write(&entries([2])));
    assert!(!one.write(&entries([3])), "it stays out");
    assert_eq!((one.detached().await, sink.told()), (1, vec!["e1".to_owned()]));
}

#[tokio::test]
async fn who_has_taken_the_last_falls_out_behind_it() {
    let sink = TestSink::answering(&[Accepted::Last]);
    let one = subscriber(1, 0, &sink);
    assert!(!one.write(&entries([1, 2])));
    assert_eq!((one.detached().await, sink.told().len()), (2, 2));
}

#[tokio::test]
async fn a_hole_is_for_the_store() {
    let sink = TestSink::answering(&[]);
    let one = subscriber(1, 4, &sink);
    assert!(!one.write(&entries([6])));
    assert_eq!((one.detached().await, sink.told().len()), (4, 0));
}

#[tokio::test]
async fn what_was_told_before_is_left_out() {
    let sink = TestSink::answering(&[]);
    let one = subscriber(1, 6, &sink);
    assert!(one.write(&entries(5..=8)));
    assert_eq!(sink.told(), ["e7", "e8"]);
}

#[tokio::test]
async fn a_whisper_interrupts_only_its_two() {
    let whisper = Framed { audience: Some([person(1), person(2)]), ..entry(2) };
    let next = batch(vec![Signal::Entry(entry(1)), Signal::Entry(whisper), Signal::Entry(entry(3))]);
    for (n, second) in [(1, "e2"), (2, "e2"), (3, r#"{"Skip":{"seq":2}}"#)] {
        let sink = TestSink::answering(&[]);
        assert!(subscriber(n, 0, &sink).write(&next));
        assert_eq!(sink.told(), ["e1", second, "e3"], "{n}");
    }
}

#[tokio::test]
async fn what_is_found_out_for_two_is_told_to_them_alone() {
    let news =
        |text: &'static str, audience| Signal::News(Notice { frame: Bytes::from_static(text.as_bytes()), audience });
    let next = batch(vec![news("all", None), news("two", Some([person(1), person(2)]))]);
    for (n, told) in [(1, &["all", "two"][..]), (2, &["all", "two"]), (3, &["all"])] {
        let (sink, old) = (TestSink::answering(&[]), TestSink::answering(&[]));
        assert!(subscriber(n, 0, &sink).write(&next));
        assert_eq!(sink.told(), told, "{n}");
        assert!(Subscriber::new(person(n), true, 0, old.clone()).write(&next));
        assert_eq!(old.told().len(), 0, "a page of the version before knows none of it");
    }
}

#[tokio::test]
async fn a_page_of_the_version_before_skips_what_is_new() {
    let next = batch(vec![Signal::Entry(Framed { is_new: true, ..entry(1) }), Signal::Entry(entry(2))]);
    let (old, new) = (TestSink::answering(&[]), TestSink::answering(&[]));
    assert!(Subscriber::new(person(1), true, 0, old.clone()).write(&next));
    assert!(Subscriber::new(person(1), false, 0, new.clone()).write(&next));
    assert_eq!(
        (old.told(), new.told()),
        (vec![r#"{"Skip":{"seq":1}}"#.into(), "e2".into()], vec!["e1".into(), "e2".into()])
    );
}

#[tokio::test]
async fn whoever_leaves_is_told_nothing_after_it() {
    let left = Framed { leaver: Some(person(1)), ..entry(2) };
    let next = || batch(vec![Signal::Entry(entry(1)), Signal::Entry(left.clone()), Signal::Entry(entry(3))]);
    let (theirs, others) = (TestSink::answering(&[]), TestSink::answering(&[]));
    let (one, two) = (subscriber(1, 0, &theirs), subscriber(2, 0, &others));
    assert_eq!([one.write(&next()), two.write(&next())], [false, true]);
    assert_eq!((theirs.told(), one.detached().await), (vec!["e1".to_owned()], 1));
    assert_eq!(others.told(), ["e1", "e2", "e3"]);
}

#[tokio::test]
async fn when_the_room_is_gone_all_fall_out() {
    let sink = TestSink::answering(&[]);
    let one = subscriber(1, 0, &sink);
    assert!(!one.write(&batch(vec![Signal::Entry(entry(1)), Signal::Gone])));
    assert_eq!((one.detached().await, sink.told()), (1, vec!["e1".to_owned()]));
}

#[tokio::test]
async fn who_writes_something_is_not_told_that_they_do() {
    let next = batch(vec![Signal::Passing { from: person(1), frame: Bytes::from_static(b"typing") }]);
    let (theirs, others) = (TestSink::answering(&[]), TestSink::answering(&[]));
    assert!(subscriber(1, 0, &theirs).write(&next) && subscriber(2, 0, &others).write(&next));
    assert_eq!((theirs.told().len(), others.told()), (0, vec!["typing".to_owned()]));
}

#[tokio::test]
async fn a_socket_that_is_closed_is_not_held() {
    let sink = TestSink::answering(&[]);
    let one = subscriber(1, 0, &sink);
    one.detach();
    assert_eq!(Arc::strong_count(&sink), 1);
    assert!(!one.write(&entries([1])) && sink.told().is_empty());
}

#[tokio::test]
async fn nobody_who_comes_and_goes_in_a_quiet_room_is_kept() {
    let hub = Hub::default();
    let (channel, signals) = hub.join(ROOM);
    channel.start_after(0);
    for _ in 0..1000 {
        let sink = TestSink::answering(&[]);
        channel.attach(0, &signals, || subscriber(1, 0, &sink)).expect("in step").detach();
    }
    assert!(channel.take_attached().len() <= 8);
}

fn answer() -> impl Strategy<Value = Accepted> {
    prop_oneof![4 => Just(Accepted::All), 1 => Just(Accepted::Last), 1 => Just(Accepted::None)]
}

proptest! {
    /// Sockets are detached and attached again while entries go out. Each of them gets every entry once, in order.
    #[test]
    fn everybody_is_told_everything_once_and_in_order(
        answers in prop::collection::vec(prop::collection::vec(answer(), 0..6), 1..5),
        bursts in prop::collection::vec(1..5u64, 1..12),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
        runtime.block_on(async {
            let hub = Arc::new(Hub::default());
            let (channel, signals) = hub.join(ROOM);
            channel.start_after(0);
            // Missed entries are written right here, where a real feed reads the store.
            let all: u64 = bursts.iter().sum();
            let sinks: Vec<_> = answers.iter().map(|answers| TestSink::answering(answers)).collect();
            let mut sockets = Vec::new();
            for (n, sink) in (1..).zip(&sinks) {
                let (channel, sink) = (channel.clone(), sink.clone());
                sockets.push(tokio::spawn(async move {
                    let mut seq = 0;
                    while seq < all {
                        let signals = channel.receiver();
                        let last = channel.last().expect("started");
                        for missed in seq + 1..=last {
                            put_text(&mut sink.taken.lock(), &entry(missed).frame);
                        }
                        seq = last;
                        if let Some(one) = channel.attach(seq, &signals, || subscriber(n, seq, &sink)) {
                            // Waits until it is detached, or has had everything.
                            while one.is_in_sync() && channel.last() < Some(all) {
                                tokio::time::sleep(Duration::from_millis(1)).await;
                            }
                            tokio::time::sleep(Duration::from_millis(1)).await;
                            one.detach();
                            seq = one.detached().await;
                        }
                    }
                }));
            }
            let mut seq = 0;
            for burst in bursts {
                for _ in 0..burst {
                    seq += 1;
                    hub.deliver(Envelope { room: ROOM, event: RoomEvent::Entry(entry(seq)) });
                }
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            for socket in sockets {
                socket.await.expect("told all");
            }
            drop(signals);
            let expected: Vec<_> = (1..=all).map(|seq| format!("e{seq}")).collect();
            for sink in sinks {
                assert_eq!(sink.told(), expected);
            }
        });
    }
}
