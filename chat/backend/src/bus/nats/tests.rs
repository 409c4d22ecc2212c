mod connection;
mod engine;
mod log;
mod relay;

use std::sync::Arc;

use bytes::Bytes;

use self::engine::shared;
use super::NatsBus;
use crate::bus::Framed;
use crate::bus::cases::{self, Node, Recorder, entry, room};
use crate::bus::{Bus, Envelope, LobbyNews, Reach, RoomEvent};
use chat::id::NodeId;
use chat::time::Timestamp;

/// The name of a deployment that no other test uses.
fn deployment() -> String {
    format!("test {}", NodeId::generate())
}

async fn node(url: &str, deployment: &str) -> Node {
    let inbox = Arc::new(Recorder::default());
    let bus: Arc<dyn Bus> = NatsBus::open(url, deployment, NodeId::generate()).await.unwrap().bus(inbox.clone());
    Node { bus, inbox }
}

async fn nodes(url: &str, count: usize) -> Vec<Node> {
    let deployment = deployment();
    let mut nodes = Vec::new();
    for _ in 0..count {
        nodes.push(node(url, &deployment).await);
    }
    nodes
}

/// The headers of a room's end.
fn gone_headers() -> async_nats::HeaderMap {
    super::wire::write(&RoomEvent::Gone).0
}

async fn driver(count: usize) -> (Vec<Node>, ()) {
    (nodes(&shared(), count).await, ())
}

mod one {
    crate::bus::cases::own_cases!(super::driver, 1);
}

mod two {
    crate::bus::cases::shared_cases!(super::driver, 2);
}

mod three {
    crate::bus::cases::own_cases!(super::driver, 3);
    crate::bus::cases::shared_cases!(super::driver, 3);
}

#[tokio::test]
async fn it_knows_whether_it_reaches_others() {
    let node = node(&shared(), &deployment()).await;
    assert_eq!(node.bus.reach(), Reach::Connected);
    node.bus.close().await;
    assert_eq!(node.bus.reach(), Reach::Cut);
}

#[tokio::test]
async fn deployments_are_apart() {
    let here = nodes(&shared(), 2).await;
    let there = nodes(&shared(), 2).await;
    for node in here.iter().chain(&there) {
        node.listen(room(1)).await;
    }
    let news = |at| LobbyNews::Spoke { room: room(1), at: Timestamp(at) };
    for (nodes, n) in [(&here, 1), (&there, 2)] {
        nodes[0].bus.tell_lobby(news(n)).await;
        nodes[0].bus.publish(entry(room(1), n)).await;
    }
    for (nodes, n) in [(&here, 1), (&there, 2)] {
        assert_eq!(nodes[1].events_with(&entry(room(1), n)).await, [entry(room(1), n)]);
        let delivered = nodes[1].inbox.until("news", |delivered| !delivered.news.is_empty()).await;
        assert_eq!(delivered.news, [news(n)]);
    }
}

#[tokio::test]
async fn what_is_not_understood_makes_doubt_and_no_harm() {
    let deployment = NodeId::generate().to_string();
    let node = node(&shared(), &deployment).await;
    let room = chat::id::RoomId::generate();
    node.listen(room).await;
    let stranger = async_nats::connect(shared()).await.unwrap();
    let (subject, lobby) = (format!("gifchat.{deployment}.room.{room}"), format!("gifchat.{deployment}.lobby"));
    // The last two are messages of nodes of the previous version.
    let messages: [&[u8]; 6] = [b"", &[1], &[2, 1, 0], b"{\"Entry\":{}}", &[1, 2], b"\x01\x01\0\0\0\0\0\0\0\x07\0{}"];
    for message in messages {
        stranger.publish(subject.clone(), Bytes::from_static(message)).await.unwrap();
    }
    for news in ["", "{}", "{\"Typing\":{}}", "\u{0}", "{\"Gone\":{\"room\":\"\"}}"] {
        stranger.publish(lobby.clone(), Bytes::from_static(news.as_bytes())).await.unwrap();
    }
    let gone = format!("{{\"Gone\":{{\"room\":\"{room}\"}}}}");
    stranger.publish(lobby.clone(), Bytes::from(gone)).await.unwrap();
    stranger.publish_with_headers(subject, gone_headers(), Bytes::new()).await.unwrap();
    let gone = Envelope { room, event: RoomEvent::Gone };
    assert_eq!(node.events_with(&gone).await, [gone]);
    let delivered = node.inbox.until("news", |delivered| !delivered.news.is_empty()).await;
    assert_eq!(delivered.news, [LobbyNews::Gone { room }]);
    assert_eq!(delivered.doubts, vec![room; 1 + messages.len()]);
}

#[tokio::test]
async fn what_the_server_does_not_take_is_doubted_by_the_others() {
    let nodes = nodes(&shared(), 3).await;
    for node in &nodes {
        node.listen(room(1)).await;
    }
    let frame = Bytes::from(vec![b'x'; 1024 * 1024]);
    let large = Envelope { room: room(1), event: RoomEvent::Entry(Framed::plain(1, frame)) };
    nodes[0].bus.publish(large.clone()).await;
    assert!(nodes[0].events() == [large]);
    for node in &nodes[1..] {
        let delivered = node.inbox.until("doubt", |delivered| delivered.doubts_of_lobby == 1).await;
        assert_eq!((delivered.doubts, delivered.events), (vec![room(1); 2], vec![]));
    }
    nodes[0].bus.publish(entry(room(1), 2)).await;
    nodes[1].events_with(&entry(room(1), 2)).await;
    assert_eq!(nodes[0].bus.reach(), Reach::Connected);
}

/// Another thread publishes while this thread, which has to deliver, is blocked.
#[tokio::test]
async fn who_cannot_keep_up_doubts() {
    let deployment = NodeId::generate().to_string();
    let node = node(&shared(), &deployment).await;
    let rooms = [chat::id::RoomId::generate(), chat::id::RoomId::generate()];
    node.listen(rooms[0]).await;
    node.listen(rooms[1]).await;
    let subject = format!("gifchat.{deployment}.room.{}", rooms[0]);
    let flood = std::thread::spawn(move || {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let stranger = async_nats::connect(shared()).await.unwrap();
            for _ in 0..40_000 {
                stranger.publish_with_headers(subject.clone(), gone_headers(), Bytes::new()).await.unwrap();
            }
            stranger.flush().await.unwrap();
        });
    });
    flood.join().unwrap();
    let doubts =
        |delivered: &cases::Delivered, n: usize| delivered.doubts.iter().filter(|room| **room == rooms[n]).count();
    node.inbox.until("doubt", |delivered| doubts(delivered, 0) > 1 && doubts(delivered, 1) > 1).await;
    assert!(node.events().len() < 40_000);
    node.bus.publish(entry(rooms[1], 1)).await;
    assert_eq!(node.bus.reach(), Reach::Connected);
}
