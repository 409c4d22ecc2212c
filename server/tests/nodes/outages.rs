//! Engines and nodes that go away while people write: nothing that was acknowledged is lost, doubled or out of order.

use std::time::{Duration, Instant};

use chat::RoomId;
use tokio::time::sleep;

use crate::helper::{Cluster, PATIENCE, Visitor, Watch, Writing, calm, card_of, id_of, log_of, times_left, until};

/// While NATS is away, others' messages come within this time.
const CROSSING: Duration = Duration::from_millis(2500);

#[tokio::test]
async fn nats_stops_for_ten_seconds() {
    let _calm = calm().await;
    let mut cluster = Cluster::start(2, &[]).await;
    let writing = Writing::begin(&cluster, 2).await;
    let quiet = Quiet::begin(&cluster).await;
    let outside = cluster.visitor(1);
    cluster.nats.stop().await;
    let stopped = Instant::now();
    let room = cluster.visitor(0).create_room("그사이에 생긴 방", "10", "").await;
    let mut slowest = Duration::ZERO;
    let mut is_listed = false;
    while stopped.elapsed() < Duration::from_secs(10) {
        slowest = slowest.max(quiet.crosses(CROSSING).await);
        is_listed |= card_of(&outside, room).await.is_some();
    }
    assert!(is_listed, "the other lobby knows of a new room");
    let back = Instant::now();
    cluster.nats.start_again().await;
    // By NATS again, many times faster than the store is looked at then.
    let mut in_a_row = 0;
    while in_a_row < 5 {
        assert!(back.elapsed() < PATIENCE, "NATS carries nothing");
        let is_fast = quiet.crosses(PATIENCE).await < Duration::from_secs(1);
        in_a_row = if is_fast { in_a_row + 1 } else { 0 };
    }
    writing.flows(PATIENCE).await;
    assert!(cluster.nodes().iter_mut().all(|node| node.runs()));
    let outcome = writing.end(&[0, 1]).await;
    let slowest = slowest.max(outcome.slowest(stopped, back));
    assert!(slowest <= CROSSING, "{slowest:?}");
    println!("{} entries; the slowest took {slowest:?} while NATS was away", outcome.log.len());
}

/// A room where people of one node write and those of the other listen: nothing else tells these that something is new.
struct Quiet {
    room: RoomId,
    writer: Visitor,
    listener: Watch,
}

impl Quiet {
    async fn begin(cluster: &Cluster) -> Self {
        let (writer, listener) = (cluster.visitor(0), cluster.visitor(1));
        let room = writer.create_room("조용한 방", "10", "").await;
        assert_eq!(listener.enter(room, "").await.status, 200);
        let listener = Watch::begun(vec![listener], room, 2).await;
        Self { room, writer, listener }
    }

    /// How long the next message takes from its acknowledgement to the other node's socket.
    async fn crosses(&self, within: Duration) -> Duration {
        let said = self.writer.say_well(self.room, "들려?").await;
        let acknowledged = Instant::now();
        self.listener.hears("a message from the other node", within, |entry| entry.seq == said.seq).await;
        acknowledged.elapsed()
    }
}

#[tokio::test]
async fn nats_pauses_for_five_seconds() {
    let _calm = calm().await;
    let mut cluster = Cluster::start(2, &[]).await;
    let writing = Writing::begin(&cluster, 2).await;
    let paused = Instant::now();
    cluster.nats.pause();
    sleep(Duration::from_secs(5)).await;
    cluster.nats.resume();
    let resumed = Instant::now();
    writing.flows(PATIENCE).await;
    assert!(cluster.nodes().iter_mut().all(|node| node.runs()));
    let outcome = writing.end(&[0, 1]).await;
    let slowest = outcome.slowest(paused, resumed);
    println!("{} entries; the slowest took {slowest:?} while NATS paused", outcome.log.len());
}

#[tokio::test]
async fn mongodb_stops_for_five_seconds() {
    let _calm = calm().await;
    let mut cluster = Cluster::start_on_own_mongodb(2, &[]).await;
    let writing = Writing::begin(&cluster, 2).await;
    cluster.mongodb().stop().await;
    sleep(Duration::from_secs(5)).await;
    cluster.mongodb().start_again().await;
    writing.flows(PATIENCE).await;
    mongodb_was_away_once(&mut cluster).await;
    writing.end(&[0, 1]).await;
    mongodb_was_away_once(&mut cluster).await;
}

#[tokio::test]
async fn mongodb_pauses_for_eight_seconds() {
    let _calm = calm().await;
    let mut cluster = Cluster::start_on_own_mongodb(2, &[]).await;
    let writing = Writing::begin(&cluster, 2).await;
    cluster.mongodb().pause();
    sleep(Duration::from_secs(8)).await;
    cluster.mongodb().resume();
    writing.flows(PATIENCE).await;
    mongodb_was_away_once(&mut cluster).await;
    writing.end(&[0, 1]).await;
    mongodb_was_away_once(&mut cluster).await;
}

#[tokio::test]
async fn both_stop_and_come_back_one_after_the_other() {
    let _calm = calm().await;
    let mut cluster = Cluster::start_on_own_mongodb(2, &[]).await;
    let writing = Writing::begin(&cluster, 2).await;
    cluster.nats.stop().await;
    cluster.mongodb().stop().await;
    sleep(Duration::from_secs(3)).await;
    cluster.mongodb().start_again().await;
    writing.flows(PATIENCE).await;
    cluster.nats.start_again().await;
    writing.flows(PATIENCE).await;
    mongodb_was_away_once(&mut cluster).await;
    writing.end(&[0, 1]).await;
}

/// Whoever loses their socket while MongoDB is away cannot come back before it does: that time is not theirs.
#[tokio::test]
async fn nobody_loses_a_seat_to_an_outage() {
    let _calm = calm().await;
    let mut cluster = Cluster::start_on_own_mongodb(2, &[("ROOM_GRACE", "5")]).await;
    let (ann, ben) = (cluster.visitor(0), cluster.visitor(1));
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let id = id_of(&ben).await;
    let stays = Watch::begun(vec![cluster.at(0, &ann)], room, 2).await;
    let reloads = Watch::begun(vec![cluster.at(1, &ben)], room, 2).await;
    // Long enough for the store to be told of the sockets.
    stays.reaches(ben.say_well(room, "안녕").await.seq).await;
    cluster.mongodb().stop().await;
    drop(reloads);
    sleep(Duration::from_secs(8)).await;
    cluster.mongodb().start_again().await;
    mongodb_was_away_once(&mut cluster).await;
    sleep(Duration::from_secs(2)).await;
    let back = Watch::begun(vec![cluster.at(1, &ben)], room, 3).await;
    let said = ben.say_well(room, "다시 왔어").await;
    for watch in [&stays, &back] {
        watch.reaches(said.seq).await;
    }
    assert_eq!(times_left(&log_of(&ann, room).await, id), 0);
}

/// Each node says once that it went and once that it came back, and is still there.
async fn mongodb_was_away_once(cluster: &mut Cluster) {
    for node in cluster.nodes() {
        let is_back = async || (!node.said("MongoDB is back").is_empty()).then_some(());
        until("MongoDB is back", PATIENCE, is_back).await;
        for words in ["MongoDB is away", "MongoDB is back"] {
            let lines = node.said(words);
            assert_eq!(lines.len(), 1, "{words}: {lines:?}");
        }
        assert!(node.runs());
    }
}

#[tokio::test]
async fn a_node_pauses_for_five_seconds() {
    let _calm = calm().await;
    let mut cluster = Cluster::start(2, &[]).await;
    let writing = Writing::begin(&cluster, 2).await;
    cluster.node(1).pause();
    sleep(Duration::from_secs(5)).await;
    cluster.node(1).resume();
    writing.flows(PATIENCE).await;
    assert_eq!(cluster.node(0).said("a node is dead"), Vec::<String>::new());
    writing.end(&[0, 1]).await;
}

#[tokio::test]
async fn a_node_is_killed() {
    let _calm = calm().await;
    let mut cluster = Cluster::start(2, &[]).await;
    let writing = Writing::begin(&cluster, 2).await;
    cluster.node(1).kill();
    writing.flows(PATIENCE).await;
    // Also when the other one takes it for dead nothing happens to those who came over.
    let node = cluster.node(0);
    let is_dead = async || (!node.said("a node is dead").is_empty()).then_some(());
    until("the other node takes it for dead", Duration::from_secs(15), is_dead).await;
    writing.flows(PATIENCE).await;
    assert!(cluster.node(0).runs());
    writing.end(&[0]).await;
}
