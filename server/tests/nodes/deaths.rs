//! Nodes that die: whose seats they held, and what the others make of it.

use std::time::{Duration, Instant};

use chat::{Entry, VisitorId, What};

use crate::helper::{Cluster, Watch, assert_numbered, calm, card_of, id_of, log_of, people_of, times_left, until};

/// From its death until the others have taken over its seats.
const TAKEN_OVER: Duration = Duration::from_secs(15);

/// Sweeps come once a second, and machines are slow.
const SLACK: Duration = Duration::from_secs(3);

/// People in one room, on the node that dies.
const HELD: usize = 40;

fn left(visitor: VisitorId) -> impl Fn(&Entry) -> bool {
    move |entry| entry.what == What::Left && entry.person.id == visitor
}

#[tokio::test]
async fn who_a_killed_node_held_goes_once() {
    let _calm = calm().await;
    let mut cluster = Cluster::start(3, &[("ROOM_GRACE", "5"), ("ROOM_EMPTY_GRACE", "3")]).await;
    // Two who stay, on two nodes which both see the third one die.
    let (ann, ben) = (cluster.visitor(1), cluster.visitor(2));
    let room = ann.create_room("방", "100", "").await;
    ben.enter(room, "").await;
    let watches = [
        Watch::begun(vec![cluster.at(1, &ann)], room, 2).await,
        Watch::begun(vec![cluster.at(2, &ben)], room, 2).await,
    ];
    // Some who are held by that one alone. One of them comes over to the second node.
    let mut lost = Vec::new();
    let mut sockets = Vec::new();
    for n in 0..HELD {
        let visitor = cluster.visitor(0);
        visitor.enter(room, "").await;
        sockets.push(Watch::begun(vec![cluster.at(0, &visitor)], room, 3 + n as u64).await);
        lost.push(id_of(&visitor).await);
    }
    let eve = cluster.visitor(0);
    eve.enter(room, "").await;
    let eve_id = id_of(&eve).await;
    let before = 3 + HELD;
    let saved = Watch::begun(cluster.everywhere(0, &eve), room, before as u64).await;
    // And a room that has nobody else.
    let dan = cluster.visitor(0);
    let lonely = dan.create_room("외딴 방", "10", "").await;
    sockets.push(Watch::begun(vec![cluster.at(0, &dan)], lonely, 1).await);
    let shown = async || card_of(&cluster.at(1, &ann), lonely).await;
    until("the other lobby shows the room", SLACK, shown).await;

    cluster.node(0).kill();
    let killed = Instant::now();
    for visitor in &lost {
        let within = TAKEN_OVER + Duration::from_secs(5) + SLACK;
        watches[0].hears("a seat ends", within.saturating_sub(killed.elapsed()), left(*visitor)).await;
    }
    for (node, visitor) in [(1, &ann), (2, &ben)] {
        let seen = async || card_of(&cluster.at(node, visitor), lonely).await.is_none().then_some(());
        until("the lonely room is gone", TAKEN_OVER + SLACK, seen).await;
    }
    assert_eq!(cluster.at(1, &dan).get(&format!("/room/{lonely}")).await.status, 404);

    let last = ben.say_well(room, "우리만 남았네").await;
    let log = log_of(&ann, room).await;
    assert_numbered(&log);
    assert_eq!(log.last(), Some(&last));
    for visitor in &lost {
        assert_eq!(times_left(&log, *visitor), 1, "{log:?}");
    }
    assert_eq!(log.len(), before + HELD + 1, "and nobody else: {log:?}");
    assert_eq!(people_of(&ann, room).await, [id_of(&ann).await, id_of(&ben).await, eve_id]);
    for watch in watches.iter().chain([&saved]) {
        watch.reaches(last.seq).await;
        assert_eq!(watch.entries(), log);
    }
}

#[tokio::test]
async fn a_killed_node_leaves_no_ghosts() {
    let _calm = calm().await;
    let mut cluster = Cluster::start(2, &[("ROOM_GRACE", "20")]).await;
    let (ann, ben, cat) = (cluster.visitor(1), cluster.visitor(0), cluster.visitor(0));
    let room = ann.create_room("방", "10", "").await;
    let observer = Watch::begun(vec![cluster.at(1, &ann)], room, 1).await;
    let mut ids = Vec::new();
    let mut sockets = Vec::new();
    for visitor in [&ben, &cat] {
        visitor.enter(room, "").await;
        ids.push(id_of(visitor).await);
        sockets.push(Watch::begun(vec![cluster.at(0, visitor)], room, observer.cursor()).await);
    }
    cluster.node(0).kill();
    let killed = Instant::now();
    for id in &ids {
        let within = Duration::from_secs(35).saturating_sub(killed.elapsed());
        observer.hears("a ghost goes", within, left(*id)).await;
        // The grace has run since the node's last beat, two seconds before at the most.
        assert!(killed.elapsed() >= Duration::from_secs(17), "{:?}", killed.elapsed());
    }
    assert_eq!(people_of(&ann, room).await, [id_of(&ann).await]);
    assert_eq!(card_of(&ann, room).await.map(|card| card.people), Some(1));
    let log = log_of(&ann, room).await;
    assert_numbered(&log);
    assert!(ids.iter().all(|id| times_left(&log, *id) == 1), "{log:?}");
}
