//! Tests of several nodes together.

use std::collections::HashSet;

use bytes::Bytes;

use super::{Node, all_news, entry, room};
use crate::bus::{Envelope, Framed, LobbyNews, Notice, RoomEvent};
use chat::id::{RoomId, VisitorId};
use chat::time::Timestamp;

async fn all_listen(nodes: &[Node], room: RoomId) {
    for node in nodes {
        node.listen(room).await;
    }
}

pub async fn what_is_published_is_once_where_it_is_listened_to_and_nowhere_else(nodes: Vec<Node>) {
    let (publisher, others) = nodes.split_first().expect("nodes");
    let (last, listeners) = others.split_last().expect("two nodes");
    all_listen(listeners, room(1)).await;
    all_listen(&nodes, room(2)).await;
    publisher.bus.publish(entry(room(1), 1)).await;
    publisher.bus.publish(entry(room(2), 1)).await;
    for listener in listeners {
        assert_eq!(listener.events_with(&entry(room(2), 1)).await, [entry(room(1), 1), entry(room(2), 1)]);
    }
    assert_eq!(last.events_with(&entry(room(2), 1)).await, [entry(room(2), 1)]);
}

pub async fn nothing_comes_back_to_its_publisher(nodes: Vec<Node>) {
    all_listen(&nodes, room(1)).await;
    nodes[0].bus.publish(entry(room(1), 1)).await;
    let news = LobbyNews::Spoke { room: room(1), at: Timestamp(1) };
    nodes[0].bus.tell_lobby(news.clone()).await;
    nodes[1].events_with(&entry(room(1), 1)).await;
    nodes[1].inbox.until("news", |delivered| delivered.news.len() == 1).await;
    nodes[1].bus.publish(entry(room(1), 2)).await;
    // The server delivers in order. If it had sent the first event back, that would have come before the second.
    let delivered = nodes[0].inbox.until("the other's", |delivered| delivered.events.len() > 1).await;
    assert_eq!((delivered.events, delivered.news), (vec![entry(room(1), 1), entry(room(1), 2)], vec![news]));
}

pub async fn everything_about_an_event_arrives(nodes: Vec<Node>) {
    all_listen(&nodes, room(1)).await;
    let leaver = Some(VisitorId([0xfe; 16]));
    let audience = Some([VisitorId([1; 16]), VisitorId([2; 16])]);
    let frame = Bytes::from("\r\nPUB 나갔어요 🐱\0\r\n");
    let events = [
        RoomEvent::Entry(Framed { leaver, ..Framed::plain(u64::MAX, frame.clone()) }),
        RoomEvent::Entry(Framed { audience, empties: true, is_new: true, ..Framed::plain(2, frame.clone()) }),
        RoomEvent::Passing { from: VisitorId([3; 16]), frame: frame.clone() },
        RoomEvent::Gif(Notice { frame: frame.clone(), audience: None }),
        RoomEvent::Gif(Notice { frame: frame.clone(), audience }),
        RoomEvent::Entry(Framed::plain(1, frame)),
        RoomEvent::Gone,
    ];
    let all = events.map(|event| Envelope { room: room(1), event });
    for envelope in &all {
        nodes[0].bus.publish(envelope.clone()).await;
    }
    for node in &nodes {
        assert_eq!(node.events_with(&all[5]).await, all);
    }
}

pub async fn a_thousand_arrive_in_order(nodes: Vec<Node>) {
    all_listen(&nodes, room(1)).await;
    let all: Vec<Envelope> = (1..=1000).map(|seq| entry(room(1), seq)).collect();
    for envelope in &all {
        nodes[0].bus.publish(envelope.clone()).await;
    }
    for node in &nodes {
        assert_eq!(node.events_with(&all[999]).await, all);
    }
}

pub async fn large_frames_arrive(nodes: Vec<Node>) {
    all_listen(&nodes, room(1)).await;
    let of_kib = |kib: usize, seq| {
        let frame: Vec<u8> = (0..kib * 1024).map(|n| b'a' + (n % 26) as u8).collect();
        Envelope { room: room(1), event: RoomEvent::Entry(Framed::plain(seq, Bytes::from(frame))) }
    };
    let all = [of_kib(64, 1), of_kib(900, 2), of_kib(1, 3)];
    for envelope in &all {
        nodes[0].bus.publish(envelope.clone()).await;
    }
    for node in &nodes {
        assert!(node.events_with(&all[2]).await == all);
    }
}

pub async fn news_arrive_everywhere(nodes: Vec<Node>) {
    // The server gets these subscriptions after the lobby's, so both are made when the nodes listen.
    all_listen(&nodes, room(1)).await;
    for news in all_news() {
        nodes[0].bus.tell_lobby(news).await;
    }
    for node in &nodes {
        let delivered = node.inbox.until("news", |delivered| delivered.news.len() >= 3).await;
        assert_eq!(delivered.news, all_news());
    }
}

pub async fn who_no_longer_listens_gets_nothing(nodes: Vec<Node>) {
    all_listen(&nodes, room(1)).await;
    nodes[1].bus.unlisten(room(1)).await;
    nodes[1].listen(room(2)).await;
    nodes[0].bus.publish(entry(room(1), 1)).await;
    nodes[0].bus.publish(entry(room(2), 1)).await;
    assert_eq!(nodes[1].events_with(&entry(room(2), 1)).await, [entry(room(2), 1)]);
    for other in &nodes[2..] {
        other.events_with(&entry(room(1), 1)).await;
    }
    nodes[1].listen(room(1)).await;
    nodes[0].bus.publish(entry(room(1), 2)).await;
    assert_eq!(nodes[1].events_with(&entry(room(1), 2)).await, [entry(room(2), 1), entry(room(1), 2)]);
}

pub async fn listening_twice_is_listening_once(nodes: Vec<Node>) {
    all_listen(&nodes, room(1)).await;
    nodes[1].bus.listen(room(1)).await;
    nodes[1].bus.listen(room(1)).await;
    nodes[1].listen(room(2)).await;
    nodes[0].bus.publish(entry(room(1), 1)).await;
    nodes[0].bus.publish(entry(room(2), 1)).await;
    assert_eq!(nodes[1].events_with(&entry(room(2), 1)).await, [entry(room(1), 1), entry(room(2), 1)]);
    // A single `unlisten` ends it, however often `listen` was called.
    nodes[1].bus.unlisten(room(1)).await;
    nodes[1].bus.unlisten(room(1)).await;
    nodes[1].listen(room(3)).await;
    nodes[0].bus.publish(entry(room(1), 2)).await;
    nodes[0].bus.publish(entry(room(3), 1)).await;
    let events = nodes[1].events_with(&entry(room(3), 1)).await;
    assert!(!events.contains(&entry(room(1), 2)), "{events:?}");
}

pub async fn what_was_asked_last_counts(nodes: Vec<Node>) {
    let (listened, left): (Vec<u8>, Vec<u8>) = ((1..=20).collect(), (21..=40).collect());
    for _ in 0..10 {
        for n in &listened {
            nodes[1].bus.unlisten(room(*n)).await;
            nodes[1].bus.listen(room(*n)).await;
        }
        for n in &left {
            nodes[1].bus.listen(room(*n)).await;
            nodes[1].bus.unlisten(room(*n)).await;
        }
    }
    nodes[1].listen(room(50)).await;
    for n in listened.iter().chain(&left) {
        nodes[0].bus.publish(entry(room(*n), 1)).await;
    }
    nodes[0].bus.publish(entry(room(50), 1)).await;
    // Events of different rooms arrive in any order.
    let count = listened.len() + 1;
    let delivered = nodes[1].inbox.until("what is listened to", |delivered| delivered.events.len() >= count).await;
    let rooms: HashSet<RoomId> = delivered.events.iter().map(|envelope| envelope.room).collect();
    assert_eq!(rooms, listened.iter().copied().chain([50]).map(room).collect());
    assert_eq!(delivered.events.len(), count);
}

/// Whatever concurrent calls lead to, the next call takes effect.
pub async fn many_who_ask_at_once(nodes: Vec<Node>) {
    let asking: Vec<_> = (0..64)
        .map(|n| {
            let bus = nodes[1].bus.clone();
            tokio::spawn(
                async move { if n % 2 == 0 { bus.listen(room(1)).await } else { bus.unlisten(room(1)).await } },
            )
        })
        .collect();
    for asked in asking {
        asked.await.expect("a task that ends");
    }
    nodes[1].bus.unlisten(room(1)).await;
    // Once the node listens to another room, the doubts of those tasks have arrived, and the next one is of the next `listen`.
    nodes[1].listen(room(2)).await;
    nodes[1].listen(room(1)).await;
    nodes[0].bus.publish(entry(room(1), 1)).await;
    assert_eq!(nodes[1].events_with(&entry(room(1), 1)).await, [entry(room(1), 1)]);
}

pub async fn closing_sends_what_waits(nodes: Vec<Node>) {
    all_listen(&nodes[1..], room(1)).await;
    let all: Vec<Envelope> = (1..=500).map(|seq| entry(room(1), seq)).collect();
    for envelope in &all {
        nodes[0].bus.publish(envelope.clone()).await;
    }
    nodes[0].bus.close().await;
    for node in &nodes[1..] {
        assert_eq!(node.events_with(&all[499]).await, all);
    }
}
