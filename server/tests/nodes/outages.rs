//! Engines and nodes go away while people write. Nothing acknowledged may be lost, doubled or out of order.

use std::time::{Duration, Instant};

use chat::RoomId;
use tokio::time::sleep;

use crate::helper::{
    Cluster, Conversation, TIMEOUT, Visitor, Watch, card_of, id_of, log_of, share_machine, times_left, until,
};

/// The longest time that a message takes to the other node while NATS is away.
const MAX_DELAY: Duration = Duration::from_millis(2500);

#[tokio::test]
async fn nats_stops_for_ten_seconds() {
    let _machine = share_machine().await;
    let mut cluster = Cluster::start(2, &[]).await;
    let conversation = Conversation::start(&cluster, 2).await;
    let quiet = QuietRoom::start(&cluster).await;
    let outside = cluster.visitor(1);
    cluster.nats.stop().await;
    let stopped = Instant::now();
    let room = cluster.visitor(0).create_room("그사이에 생긴 방", "10", "").await;
    let mut slowest = Duration::ZERO;
    let mut is_listed = false;
    while stopped.elapsed() < Duration::from_secs(10) {
        slowest = slowest.max(quiet.time_to_cross(MAX_DELAY).await);
        is_listed |= card_of(&outside, room).await.is_some();
    }
    assert!(is_listed, "the other lobby knows of a new room");
    let back = Instant::now();
    cluster.nats.start_again().await;
    // Messages come by NATS again when they are much faster than by polling the store.
    let mut in_a_row = 0;
    while in_a_row < 5 {
        assert!(back.elapsed() < TIMEOUT, "NATS carries nothing");
        let is_fast = quiet.time_to_cross(TIMEOUT).await < Duration::from_secs(1);
        in_a_row = if is_fast { in_a_row + 1 } else { 0 };
    }
    conversation.wait_for_progress(TIMEOUT).await;
    assert!(cluster.nodes().iter_mut().all(|node| node.is_running()));
    let outcome = conversation.end(&[0, 1]).await;
    let slowest = slowest.max(outcome.slowest(stopped, back));
    assert!(slowest <= MAX_DELAY, "{slowest:?}");
    println!("{} entries; the slowest took {slowest:?} while NATS was away", outcome.log.len());
}

/// A room with a writer on one node and a listener on the other. Nothing on the listener's node hints at new messages.
struct QuietRoom {
    room: RoomId,
    writer: Visitor,
    listener: Watch,
}

impl QuietRoom {
    async fn start(cluster: &Cluster) -> Self {
        let (writer, listener) = (cluster.visitor(0), cluster.visitor(1));
        let room = writer.create_room("조용한 방", "10", "").await;
        assert_eq!(listener.enter(room, "").await.status, 200);
        let listener = Watch::start_and_wait(vec![listener], room, 2).await;
        Self { room, writer, listener }
    }

    /// How long the next message takes from its acknowledgement to the other node's socket.
    async fn time_to_cross(&self, within: Duration) -> Duration {
        let said = self.writer.say_ok(self.room, "들려?").await;
        let acknowledged = Instant::now();
        self.listener.wait_for_entry("a message from the other node", within, |entry| entry.seq == said.seq).await;
        acknowledged.elapsed()
    }
}

#[tokio::test]
async fn nats_pauses_for_five_seconds() {
    let _machine = share_machine().await;
    let mut cluster = Cluster::start(2, &[]).await;
    let conversation = Conversation::start(&cluster, 2).await;
    let paused = Instant::now();
    cluster.nats.pause();
    sleep(Duration::from_secs(5)).await;
    cluster.nats.resume();
    let resumed = Instant::now();
    conversation.wait_for_progress(TIMEOUT).await;
    assert!(cluster.nodes().iter_mut().all(|node| node.is_running()));
    let outcome = conversation.end(&[0, 1]).await;
    let slowest = outcome.slowest(paused, resumed);
    println!("{} entries; the slowest took {slowest:?} while NATS paused", outcome.log.len());
}

#[tokio::test]
async fn mongodb_stops_for_five_seconds() {
    let _machine = share_machine().await;
    let mut cluster = Cluster::start_on_own_mongodb(2, &[]).await;
    let conversation = Conversation::start(&cluster, 2).await;
    cluster.mongodb().stop().await;
    sleep(Duration::from_secs(5)).await;
    cluster.mongodb().start_again().await;
    conversation.wait_for_progress(TIMEOUT).await;
    mongodb_was_away_once(&mut cluster).await;
    conversation.end(&[0, 1]).await;
    mongodb_was_away_once(&mut cluster).await;
}

#[tokio::test]
async fn mongodb_pauses_for_eight_seconds() {
    let _machine = share_machine().await;
    let mut cluster = Cluster::start_on_own_mongodb(2, &[]).await;
    let conversation = Conversation::start(&cluster, 2).await;
    cluster.mongodb().pause();
    sleep(Duration::from_secs(8)).await;
    cluster.mongodb().resume();
    conversation.wait_for_progress(TIMEOUT).await;
    mongodb_was_away_once(&mut cluster).await;
    conversation.end(&[0, 1]).await;
    mongodb_was_away_once(&mut cluster).await;
}

#[tokio::test]
async fn both_stop_and_come_back_one_after_the_other() {
    let _machine = share_machine().await;
    let mut cluster = Cluster::start_on_own_mongodb(2, &[]).await;
    let conversation = Conversation::start(&cluster, 2).await;
    cluster.nats.stop().await;
    cluster.mongodb().stop().await;
    sleep(Duration::from_secs(3)).await;
    cluster.mongodb().start_again().await;
    conversation.wait_for_progress(TIMEOUT).await;
    cluster.nats.start_again().await;
    conversation.wait_for_progress(TIMEOUT).await;
    mongodb_was_away_once(&mut cluster).await;
    conversation.end(&[0, 1]).await;
}

/// People who lose their socket while MongoDB is away cannot come back before MongoDB does, so that time must not count.
#[tokio::test]
async fn nobody_loses_a_seat_to_an_outage() {
    let _machine = share_machine().await;
    let mut cluster = Cluster::start_on_own_mongodb(2, &[("ROOM_GRACE", "5"), ("ROOM_AWAY_GRACE", "5")]).await;
    let (ann, ben) = (cluster.visitor(0), cluster.visitor(1));
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let id = id_of(&ben).await;
    let stays = Watch::start_and_wait(vec![cluster.at(0, &ann)], room, 2).await;
    let reloads = Watch::start_and_wait(vec![cluster.at(1, &ben)], room, 2).await;
    // The message takes long enough for the sockets to be stored.
    stays.wait_for_seq(ben.say_ok(room, "안녕").await.seq).await;
    cluster.mongodb().stop().await;
    drop(reloads);
    sleep(Duration::from_secs(8)).await;
    cluster.mongodb().start_again().await;
    mongodb_was_away_once(&mut cluster).await;
    sleep(Duration::from_secs(2)).await;
    let back = Watch::start_and_wait(vec![cluster.at(1, &ben)], room, 3).await;
    let said = ben.say_ok(room, "다시 왔어").await;
    for watch in [&stays, &back] {
        watch.wait_for_seq(said.seq).await;
    }
    assert_eq!(times_left(&log_of(&ann, room).await, id), 0);
}

/// Asserts that each node logged once that MongoDB went away and once that it came back, and still runs.
async fn mongodb_was_away_once(cluster: &mut Cluster) {
    for node in cluster.nodes() {
        let is_back = async || (!node.log_lines("MongoDB is back").is_empty()).then_some(());
        until("MongoDB is back", TIMEOUT, is_back).await;
        for words in ["MongoDB is away", "MongoDB is back"] {
            let lines = node.log_lines(words);
            assert_eq!(lines.len(), 1, "{words}: {lines:?}");
        }
        assert!(node.is_running());
    }
}

#[tokio::test]
async fn a_node_pauses_for_five_seconds() {
    let _machine = share_machine().await;
    let mut cluster = Cluster::start(2, &[]).await;
    let conversation = Conversation::start(&cluster, 2).await;
    cluster.node(1).pause();
    sleep(Duration::from_secs(5)).await;
    cluster.node(1).resume();
    conversation.wait_for_progress(TIMEOUT).await;
    assert_eq!(cluster.node(0).log_lines("a node is dead"), Vec::<String>::new());
    conversation.end(&[0, 1]).await;
}

#[tokio::test]
async fn a_node_is_killed() {
    let _machine = share_machine().await;
    let mut cluster = Cluster::start(2, &[]).await;
    let conversation = Conversation::start(&cluster, 2).await;
    cluster.node(1).kill();
    conversation.wait_for_progress(TIMEOUT).await;
    // The people who came over keep their seats when the other node considers the killed one dead.
    let node = cluster.node(0);
    let is_dead = async || (!node.log_lines("a node is dead").is_empty()).then_some(());
    until("the other node takes it for dead", Duration::from_secs(15), is_dead).await;
    conversation.wait_for_progress(TIMEOUT).await;
    assert!(cluster.node(0).is_running());
    conversation.end(&[0]).await;
}
