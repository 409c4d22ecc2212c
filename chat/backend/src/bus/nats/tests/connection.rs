//! Tests in which the connection to the server is lost and comes back, or is refused.

use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use super::engine::Engine;
use super::log::Log;
use super::relay::Relay;
use super::{deployment, node, nodes};
use crate::bus::cases::{Node, card, entry, room};
use crate::bus::nats::{NatsBus, OpenError};
use crate::bus::{LobbyNews, Reach};
use chat::id::NodeId;

/// Waits for `reach`, and returns how long that took.
async fn until(node: &Node, reach: Reach) -> Duration {
    let begun = Instant::now();
    eventually("the connection to change", || node.bus.reach() == reach).await;
    begun.elapsed()
}

async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(10), waiting).await.unwrap_or_else(|_| panic!("in vain, for: {what}"));
}

/// Asserts that `to` receives what `from` publishes, once.
async fn assert_heard(from: &Node, to: &Node, seq: u64) {
    let envelope = entry(room(1), seq);
    from.bus.publish(envelope.clone()).await;
    let events = to.events_with(&envelope).await;
    assert_eq!(events.iter().filter(|event| **event == envelope).count(), 1);
}

fn doubts(node: &Node) -> usize {
    node.inbox.delivered().doubts.iter().filter(|doubted| **doubted == room(1)).count()
}

/// Two nodes listen to a room and publish while the connection is cut. After it is restored, everything published in between
/// was received or is in doubt.
async fn lose_the_connection(engine: &mut Engine, cut: fn(&mut Engine), restore: impl AsyncFnOnce(&mut Engine, &Log)) {
    let (log, _guard) = Log::begin();
    let nodes = nodes(&engine.url(), 2).await;
    for node in &nodes {
        node.listen(room(1)).await;
    }
    assert_heard(&nodes[0], &nodes[1], 1).await;
    let doubted = doubts(&nodes[1]);

    cut(engine);
    for node in &nodes {
        let noticed = until(node, Reach::Cut).await;
        assert!(noticed < Duration::from_secs(2), "only after {noticed:?}");
    }
    let begun = Instant::now();
    nodes[0].bus.publish(entry(room(1), 2)).await;
    nodes[0].bus.tell_lobby(LobbyNews::Gone { room: room(7) }).await;
    nodes[1].bus.listen(room(2)).await;
    nodes[1].bus.listen(room(3)).await;
    nodes[1].bus.unlisten(room(3)).await;
    assert!(begun.elapsed() < Duration::from_millis(100), "nothing waits for the connection");
    assert_eq!(nodes[0].events().len(), 2, "what is published is here at once, connection or not");

    restore(engine, &log).await;
    for node in &nodes {
        until(node, Reach::Connected).await;
    }
    nodes[1].inbox.until("doubt", |delivered| delivered.doubts.contains(&room(2))).await;
    assert!(doubts(&nodes[1]) > doubted);
    assert_heard(&nodes[0], &nodes[1], 3).await;
    nodes[0].inbox.until("doubt", |delivered| delivered.doubts.len() > 1).await;
    assert_heard(&nodes[1], &nodes[0], 4).await;
    nodes[0].bus.publish(entry(room(3), 1)).await;
    nodes[0].bus.publish(entry(room(2), 1)).await;
    let events = nodes[1].events_with(&entry(room(2), 1)).await;
    assert!(!events.contains(&entry(room(3), 1)), "it was unlistened");
    let mut logged = log.visible();
    logged.sort();
    assert_eq!(logged, ["INFO NATS is back", "INFO NATS is back", "WARN NATS is away", "WARN NATS is away"]);
}

#[tokio::test]
async fn a_server_that_stops_and_comes_back() {
    let mut engine = Engine::start(&[]).await;
    lose_the_connection(&mut engine, Engine::stop, async |engine: &mut Engine, log: &Log| {
        let tries = || log.lines().iter().filter(|line| line.text.starts_with("connection attempt failed")).count();
        eventually("several tries", || tries() >= 14).await;
        engine.run().await;
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_paused_and_goes_on() {
    let mut engine = Engine::start(&[]).await;
    lose_the_connection(&mut engine, |engine| engine.pause(), async |engine: &mut Engine, _: &Log| engine.resume())
        .await;
}

/// The other node notices nothing, and would not read the store by itself.
#[tokio::test]
async fn a_line_that_only_one_node_loses() {
    let engine = Engine::start(&[]).await;
    let mut relay = Relay::to(&engine.url()).await;
    let deployment = deployment();
    let (far, near) = (node(&relay.url(), &deployment).await, node(&engine.url(), &deployment).await);
    far.listen(room(1)).await;
    near.listen(room(1)).await;
    near.listen(room(2)).await;
    assert_heard(&far, &near, 1).await;
    let before = (doubts(&far), doubts(&near));

    relay.stall();
    // Nobody has noticed yet, so this is written to the connection and never arrives.
    far.bus.publish(entry(room(2), 1)).await;
    until(&far, Reach::Cut).await;
    far.bus.publish(entry(room(1), 2)).await;
    far.bus.tell_lobby(LobbyNews::Room { card: card(room(7)), rev: 2 }).await;
    near.bus.publish(entry(room(1), 3)).await;
    assert_eq!(near.bus.reach(), Reach::Connected);

    relay.restore().await;
    until(&far, Reach::Connected).await;
    let delivered = near.inbox.until("what was lost", |delivered| {
        let rooms = [room(1), room(2)].map(|room| delivered.doubts.iter().filter(|doubted| **doubted == room).count());
        rooms == [before.1 + 1, 2] && delivered.doubts_of_lobby == 1
    });
    assert_eq!(delivered.await.news, [], "nobody repeats what the store knows");
    far.inbox.until("doubt", |delivered| delivered.doubts.len() > before.0).await;
    assert_heard(&far, &near, 4).await;
    assert_heard(&near, &far, 5).await;
}

#[tokio::test]
async fn a_server_that_is_not_there_yet() {
    let mut engine = Engine::at_rest(&[]).await;
    let (log, _guard) = Log::begin();
    let begun = Instant::now();
    let nodes = nodes(&engine.url(), 2).await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    for node in &nodes {
        assert_eq!(node.bus.reach(), Reach::Cut);
        node.bus.listen(room(1)).await;
    }
    nodes[0].bus.publish(entry(room(1), 1)).await;
    assert_eq!(nodes[0].events(), [entry(room(1), 1)]);
    engine.run().await;
    for node in &nodes {
        until(node, Reach::Connected).await;
        node.inbox.until("doubt", |delivered| delivered.doubts.contains(&room(1))).await;
    }
    assert_heard(&nodes[0], &nodes[1], 2).await;
    let logged = log.visible();
    assert_eq!(logged.len(), 4, "{logged:?}");
    assert!(logged[..2].iter().all(|line| line.starts_with("WARN NATS is away reason=")), "{logged:?}");
    assert_eq!(logged[2..], ["INFO NATS is back", "INFO NATS is back"]);
}

#[tokio::test]
async fn more_than_the_queue_holds_while_the_line_is_cut() {
    let mut engine = Engine::at_rest(&[]).await;
    let nodes = nodes(&engine.url(), 2).await;
    let rooms: Vec<_> = (0..5000_u32).map(|_| chat::id::RoomId::generate()).collect();
    for room in &rooms {
        nodes[0].bus.listen(*room).await;
        nodes[1].bus.publish(entry(*room, 1)).await;
    }
    engine.run().await;
    let all = |delivered: &crate::bus::cases::Delivered| rooms.iter().all(|room| delivered.doubts.contains(room));
    nodes[0].inbox.until("doubt of each", |delivered| delivered.doubts.len() >= rooms.len() && all(delivered)).await;
    for room in [rooms[0], rooms[4999]] {
        let (before, mut seq) = (entry(room, 1), 2);
        let heard = || nodes[0].events().iter().any(|event| event.room == room && *event != before);
        // The publisher's queue may be full of what it held meanwhile, and then another event is lost.
        let publishing = async {
            while !heard() {
                nodes[1].bus.publish(entry(room, seq)).await;
                seq += 1;
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(10), publishing).await.expect("an event that arrives");
    }
}

#[tokio::test]
async fn who_may_not_come_in_is_told_so_and_no_secret_is_logged() {
    let engine = Engine::start(&["--user", "ann", "--pass", "p@ss w0rd"]).await;
    let (log, _guard) = Log::begin();
    for login in ["", "ann:wr0ng@", "bob:p%40ss%20w0rd@", "t0ken@"] {
        let refused = NatsBus::open(&engine.url_for(login), &deployment(), NodeId::generate()).await;
        assert_eq!(refused.err(), Some(OpenError::Refused), "{login}");
    }
    let (url, deployment) = (engine.url_for("ann:p%40ss%20w0rd@"), deployment());
    let nodes = [node(&url, &deployment).await, node(&url, &deployment).await];
    nodes[1].listen(room(1)).await;
    assert_heard(&nodes[0], &nodes[1], 1).await;
    for line in log.lines() {
        for secret in ["p@ss", "p%40ss", "wr0ng", "t0ken"] {
            assert!(!line.text.contains(secret), "{line:?}");
        }
    }
}

#[tokio::test]
async fn a_token_opens_too() {
    let engine = Engine::start(&["--auth", "s3same"]).await;
    let node = node(&engine.url_for("s3same@"), &deployment()).await;
    assert_eq!(node.bus.reach(), Reach::Connected);
}

#[tokio::test]
async fn a_password_that_no_longer_opens_is_complained_about_once() {
    let mut engine = Engine::start(&["--user", "ann", "--pass", "old"]).await;
    let (log, _guard) = Log::begin();
    let node = node(&engine.url_for("ann:old@"), &deployment()).await;
    engine.stop();
    until(&node, Reach::Cut).await;
    engine.arguments(&["--user", "ann", "--pass", "new"]);
    engine.run().await;
    let tries = || log.lines().iter().filter(|line| line.text.contains("authorization violation")).count();
    eventually("several tries", || tries() >= 12).await;
    let logged = log.visible();
    assert_eq!(logged.len(), 2, "{logged:?}");
    assert!(logged[1].starts_with("WARN NATS refuses something"), "{logged:?}");
}

#[tokio::test]
async fn an_address_that_is_none() {
    for url in ["http://127.0.0.1:1", "nats://", "nats://127.0.0.1:port", "redis://ann:s3cret@127.0.0.1"] {
        let error = NatsBus::open(url, &deployment(), NodeId::generate()).await.err().unwrap();
        assert_eq!(error, OpenError::Address);
        assert!(!error.to_string().contains("s3cret"));
    }
}

#[tokio::test]
async fn closing_does_not_wait_for_a_server_that_is_away() {
    let mut engine = Engine::start(&[]).await;
    let node = node(&engine.url(), &deployment()).await;
    engine.pause();
    node.bus.publish(entry(room(1), 1)).await;
    timeout(Duration::from_secs(3), node.bus.close()).await.expect("an end");
    engine.stop();
}
