//! Ten people who talk in one room, spread over the nodes, each with a socket. Whatever happens meanwhile, all sockets and
//! the log must agree in the end.

use std::time::{Duration, Instant};

use chat::{Entry, RoomId, What};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::writer::{SentMessage, write};
use super::{Cluster, Watch, assert_numbered, log_of};
use testing::{TIMEOUT, Visitor, until};

const PEOPLE: usize = 10;

/// The number of entries that every socket must receive before the conversation counts as running.
const PROGRESS: u64 = 3 * PEOPLE as u64;

pub struct Conversation {
    pub room: RoomId,
    /// For each person, the same browser at every node, beginning with their own.
    people: Vec<Vec<Visitor>>,
    watches: Vec<Watch>,
    writers: JoinSet<Vec<SentMessage>>,
    stop: watch::Sender<bool>,
}

/// The log at the end, the acknowledged messages, and when each socket received them.
pub struct Outcome {
    pub log: Vec<Entry>,
    sent: Vec<SentMessage>,
    watches: Vec<Watch>,
}

impl Conversation {
    /// Everybody enters the room and begins to talk.
    pub async fn start(cluster: &Cluster, nodes: usize) -> Self {
        let owner = cluster.visitor(0);
        let room = owner.create_room("방", "20", "").await;
        let mut people = vec![cluster.at_every_node(0, &owner)];
        for n in 1..PEOPLE {
            let visitor = cluster.visitor(n % nodes);
            assert_eq!(visitor.enter(room, "").await.status, 200);
            people.push(cluster.at_every_node(n % nodes, &visitor));
        }
        let mut watches = Vec::new();
        for endpoints in &people {
            watches.push(Watch::start_and_wait(clone_all(endpoints), room, PEOPLE as u64).await);
        }
        let (stop, stopped) = watch::channel(false);
        let mut writers = JoinSet::new();
        for (n, endpoints) in people.iter().enumerate() {
            writers.spawn(write(clone_all(endpoints), room, format!("writer {n}:"), stopped.clone()));
        }
        let conversation = Self { room, people, watches, writers, stop };
        conversation.wait_for_progress(TIMEOUT).await;
        conversation
    }

    /// Waits until every socket has received [`PROGRESS`] more entries than any socket has now.
    pub async fn wait_for_progress(&self, within: Duration) {
        let furthest = self.watches.iter().map(Watch::cursor).max().unwrap_or_default();
        let all = async || self.watches.iter().all(|watch| watch.cursor() >= furthest + PROGRESS).then_some(());
        until("everybody hears everybody", within, all).await;
    }

    /// Stops the writers. Asserts that nothing acknowledged is lost, doubled or out of order, that nobody has left, and that
    /// every socket has received exactly what is stored. `survivors`: the nodes that still run.
    pub async fn end(mut self, survivors: &[usize]) -> Outcome {
        self.stop.send(true).expect("writers");
        let mut sent = Vec::new();
        let joining = async {
            while let Some(done) = self.writers.join_next().await {
                sent.push(done.expect("a writer who could go on"));
            }
        };
        timeout(4 * TIMEOUT, joining).await.expect("the last of what they said, acknowledged");

        let count = self.people[0].len();
        let mut logs = Vec::new();
        for node in survivors {
            // The owner's first endpoint is node 0.
            logs.push(log_of(&self.people[0][node % count], self.room).await);
        }
        let log = logs.first().expect("a node").clone();
        assert!(logs.iter().all(|other| *other == log), "the nodes disagree");
        assert_numbered(&log);
        sent.iter().for_each(|sent| assert_stored(sent, &log));
        let entered = log.iter().filter(|entry| entry.what == What::Entered).count();
        let messages = log.iter().filter(|entry| entry.what.is_message()).count();
        assert_eq!((entered, messages), (PEOPLE, log.len() - PEOPLE), "nobody left, nobody came twice");
        assert_eq!(messages, sent.iter().map(Vec::len).sum::<usize>(), "nothing else was said");
        for watch in &self.watches {
            watch.wait_for_seq(log.len() as u64).await;
            assert!(watch.entries() == log, "a socket was told something else than what is stored");
        }
        Outcome { log, sent: sent.into_iter().flatten().collect(), watches: self.watches }
    }
}

impl Outcome {
    /// The longest time from an acknowledgement in this period until a socket received the message.
    pub fn slowest(&self, from: Instant, to: Instant) -> Duration {
        let in_time = self.sent.iter().filter(|sent| (from..=to).contains(&sent.acknowledged));
        let delays = in_time.flat_map(|sent| {
            let came = self.watches.iter().filter_map(|watch| watch.received_at(sent.entry.seq));
            came.map(|came| came.saturating_duration_since(sent.acknowledged))
        });
        delays.max().expect("something said in this time")
    }
}

fn clone_all(endpoints: &[Visitor]) -> Vec<Visitor> {
    endpoints.iter().map(|endpoint| endpoint.at(endpoint.address)).collect()
}

/// Asserts that the log has exactly the acknowledged messages of this author, in this order, with the same numbers.
fn assert_stored(sent: &[SentMessage], log: &[Entry]) {
    let author = sent.first().expect("something said").entry.person.id;
    let stored: Vec<_> = log.iter().filter(|entry| entry.what.is_message() && entry.person.id == author).collect();
    for (sent, stored) in sent.iter().zip(&stored) {
        assert_eq!(sent.entry, **stored, "acknowledged, and stored");
        assert_eq!(sent.client, stored.client);
        assert!(matches!(&stored.what, What::Text(text) if text.as_str() == sent.text), "{stored:?}");
    }
    assert_eq!(sent.len(), stored.len(), "acknowledged, and stored");
}
