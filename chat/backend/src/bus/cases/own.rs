//! Tests of one node by itself.

use super::{Node, all_news, entry, room};
use crate::bus::{Envelope, RoomEvent};

pub async fn what_is_published_is_here_at_once_and_once(nodes: Vec<Node>) {
    let gone = Envelope { room: room(2), event: RoomEvent::Gone };
    for (n, envelope) in [entry(room(1), 1), entry(room(1), 2), gone].into_iter().enumerate() {
        nodes[0].bus.publish(envelope.clone()).await;
        let events = nodes[0].events();
        assert_eq!((events.len(), events.last()), (n + 1, Some(&envelope)));
    }
}

pub async fn a_thousand_are_here_in_order(nodes: Vec<Node>) {
    let all: Vec<Envelope> = (1..=1000).map(|seq| entry(room(1), seq)).collect();
    for envelope in &all {
        nodes[0].bus.publish(envelope.clone()).await;
    }
    assert_eq!(nodes[0].events(), all);
}

pub async fn news_are_here_at_once(nodes: Vec<Node>) {
    for news in all_news() {
        nodes[0].bus.tell_lobby(news).await;
    }
    assert_eq!(nodes[0].inbox.delivered().news, all_news());
}

pub async fn listening_makes_no_difference_to_what_is_published_here(nodes: Vec<Node>) {
    let bus = &nodes[0].bus;
    bus.listen(room(1)).await;
    bus.listen(room(1)).await;
    bus.publish(entry(room(1), 1)).await;
    bus.unlisten(room(1)).await;
    bus.unlisten(room(1)).await;
    bus.unlisten(room(2)).await;
    bus.publish(entry(room(1), 2)).await;
    assert_eq!(nodes[0].events(), [entry(room(1), 1), entry(room(1), 2)]);
}

pub async fn a_closed_bus_still_delivers_here(nodes: Vec<Node>) {
    let bus = &nodes[0].bus;
    bus.listen(room(1)).await;
    bus.close().await;
    bus.close().await;
    bus.listen(room(2)).await;
    bus.publish(entry(room(1), 1)).await;
    bus.unlisten(room(1)).await;
    assert_eq!(nodes[0].events(), [entry(room(1), 1)]);
}
