//! Ten people who talk in one room, half of them on each node, each with a socket; and what must be true of all that they
//! said and were told, whatever happened meanwhile.

use std::time::{Duration, Instant};

use chat::{Entry, RoomId, What};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::writer::{Said, write};
use super::{Cluster, PATIENCE, Visitor, Watch, assert_numbered, log_of, until};

const PEOPLE: usize = 10;

/// Entries that come to every socket before people count as talking.
const FLOW: u64 = 3 * PEOPLE as u64;

pub struct Writing {
    pub room: RoomId,
    /// Each of them at every node, at theirs first.
    people: Vec<Vec<Visitor>>,
    watches: Vec<Watch>,
    writers: JoinSet<Vec<Said>>,
    stop: watch::Sender<bool>,
}

/// What was said, what came of it, and when.
pub struct Outcome {
    pub log: Vec<Entry>,
    said: Vec<Said>,
    watches: Vec<Watch>,
}

impl Writing {
    /// Everybody is in, and talks.
    pub async fn begin(cluster: &Cluster, nodes: usize) -> Self {
        let owner = cluster.visitor(0);
        let room = owner.create_room("방", "20", "").await;
        let mut people = vec![cluster.everywhere(0, &owner)];
        for n in 1..PEOPLE {
            let visitor = cluster.visitor(n % nodes);
            assert_eq!(visitor.enter(room, "").await.status, 200);
            people.push(cluster.everywhere(n % nodes, &visitor));
        }
        let mut watches = Vec::new();
        for places in &people {
            watches.push(Watch::begun(again(places), room, PEOPLE as u64).await);
        }
        let (stop, stopped) = watch::channel(false);
        let mut writers = JoinSet::new();
        for (n, places) in people.iter().enumerate() {
            writers.spawn(write(again(places), room, format!("writer {n}:"), stopped.clone()));
        }
        let writing = Self { room, people, watches, writers, stop };
        writing.flows(PATIENCE).await;
        writing
    }

    /// Waits until everybody has been told of more that was said from now on.
    pub async fn flows(&self, within: Duration) {
        let furthest = self.watches.iter().map(Watch::cursor).max().unwrap_or_default();
        let all = async || self.watches.iter().all(|watch| watch.cursor() >= furthest + FLOW).then_some(());
        until("everybody hears everybody", within, all).await;
    }

    /// They stop, and everything is as it should be: nothing that was acknowledged is lost, doubled or out of order,
    /// nobody has left, and every socket was told exactly what the store has. `survivors`: nodes that are still there.
    pub async fn end(mut self, survivors: &[usize]) -> Outcome {
        self.stop.send(true).expect("writers");
        let mut said = Vec::new();
        let joining = async {
            while let Some(done) = self.writers.join_next().await {
                said.push(done.expect("a writer who could go on"));
            }
        };
        timeout(4 * PATIENCE, joining).await.expect("the last of what they said, acknowledged");

        let count = self.people[0].len();
        let mut logs = Vec::new();
        for node in survivors {
            // The owner begins at node 0.
            logs.push(log_of(&self.people[0][node % count], self.room).await);
        }
        let log = logs.first().expect("a node").clone();
        assert!(logs.iter().all(|other| *other == log), "the nodes disagree");
        assert_numbered(&log);
        said.iter().for_each(|said| assert_kept(said, &log));
        let entered = log.iter().filter(|entry| entry.what == What::Entered).count();
        let messages = log.iter().filter(|entry| entry.what.is_message()).count();
        assert_eq!((entered, messages), (PEOPLE, log.len() - PEOPLE), "nobody left, nobody came twice");
        assert_eq!(messages, said.iter().map(Vec::len).sum::<usize>(), "nothing else was said");
        for watch in &self.watches {
            watch.reaches(log.len() as u64).await;
            assert!(watch.entries() == log, "a socket was told something else than what is stored");
        }
        Outcome { log, said: said.into_iter().flatten().collect(), watches: self.watches }
    }
}

impl Outcome {
    /// The longest that anybody waited for what was acknowledged in this time.
    pub fn slowest(&self, from: Instant, to: Instant) -> Duration {
        let in_time = self.said.iter().filter(|said| (from..=to).contains(&said.acknowledged));
        let delays = in_time.flat_map(|said| {
            let came = self.watches.iter().filter_map(|watch| watch.when(said.entry.seq));
            came.map(|came| came.saturating_duration_since(said.acknowledged))
        });
        delays.max().expect("something said in this time")
    }
}

fn again(places: &[Visitor]) -> Vec<Visitor> {
    places.iter().map(|place| place.at(place.address)).collect()
}

/// Of this author the log has exactly what was acknowledged, where it was said to be, in this order.
fn assert_kept(said: &[Said], log: &[Entry]) {
    let author = said.first().expect("something said").entry.person.id;
    let stored: Vec<_> = log.iter().filter(|entry| entry.what.is_message() && entry.person.id == author).collect();
    for (said, stored) in said.iter().zip(&stored) {
        assert_eq!(said.entry, **stored, "acknowledged, and stored");
        assert_eq!(said.client, stored.client);
        assert!(matches!(&stored.what, What::Text(text) if text.as_str() == said.text), "{stored:?}");
    }
    assert_eq!(said.len(), stored.len(), "acknowledged, and stored");
}
