//! Killed nodes: what happens to the seats that they held, and what the other nodes do.

use std::time::{Duration, Instant};

use chat::{Entry, VisitorId, What};

use crate::helper::{
    Cluster, Watch, assert_numbered, card_of, id_of, log_of, people_of, share_machine, times_left, until,
};

/// The time from the death of a node until the others have taken over its seats.
const TAKEOVER_TIME: Duration = Duration::from_secs(15);

/// Extra time, since sweeps come once a second, and machines are slow.
const SLACK: Duration = Duration::from_secs(3);

/// The number of people in one room on the node that dies.
const PEOPLE: usize = 40;

fn left(visitor: VisitorId) -> impl Fn(&Entry) -> bool {
    move |entry| entry.what == What::Left && entry.person.id == visitor
}

#[tokio::test]
async fn who_a_killed_node_held_goes_once() {
    let _machine = share_machine().await;
    let mut cluster =
        Cluster::start(3, &[("ROOM_GRACE", "5"), ("ROOM_AWAY_GRACE", "5"), ("ROOM_EMPTY_GRACE", "3")]).await;
    // Two people stay, on two nodes that both see the third one die.
    let (ann, ben) = (cluster.visitor(1), cluster.visitor(2));
    let room = ann.create_room("방", "100", "").await;
    ben.enter(room, "").await;
    let watches = [
        Watch::start_and_wait(vec![cluster.at(1, &ann)], room, 2).await,
        Watch::start_and_wait(vec![cluster.at(2, &ben)], room, 2).await,
    ];
    // The others have their sockets on that node. One of them, Eve, reconnects to another node.
    let mut lost = Vec::new();
    let mut sockets = Vec::new();
    for n in 0..PEOPLE {
        let visitor = cluster.visitor(0);
        visitor.enter(room, "").await;
        sockets.push(Watch::start_and_wait(vec![cluster.at(0, &visitor)], room, 3 + n as u64).await);
        lost.push(id_of(&visitor).await);
    }
    let eve = cluster.visitor(0);
    eve.enter(room, "").await;
    let eve_id = id_of(&eve).await;
    let before = 3 + PEOPLE;
    let saved = Watch::start_and_wait(cluster.at_every_node(0, &eve), room, before as u64).await;
    // Another room has only one person, on the node that dies.
    let dan = cluster.visitor(0);
    let lonely = dan.create_room("외딴 방", "10", "").await;
    sockets.push(Watch::start_and_wait(vec![cluster.at(0, &dan)], lonely, 1).await);
    let shown = async || card_of(&cluster.at(1, &ann), lonely).await;
    until("the other lobby shows the room", SLACK, shown).await;

    cluster.node(0).kill();
    let killed = Instant::now();
    for visitor in &lost {
        let within = TAKEOVER_TIME + Duration::from_secs(5) + SLACK;
        watches[0].wait_for_entry("a seat ends", within.saturating_sub(killed.elapsed()), left(*visitor)).await;
    }
    for (node, visitor) in [(1, &ann), (2, &ben)] {
        let seen = async || card_of(&cluster.at(node, visitor), lonely).await.is_none().then_some(());
        until("the lonely room is gone", TAKEOVER_TIME + SLACK, seen).await;
    }
    assert_eq!(cluster.at(1, &dan).get(&format!("/room/{lonely}")).await.status, 404);

    let last = ben.say_ok(room, "우리만 남았네").await;
    let log = log_of(&ann, room).await;
    assert_numbered(&log);
    assert_eq!(log.last(), Some(&last));
    for visitor in &lost {
        assert_eq!(times_left(&log, *visitor), 1, "{log:?}");
    }
    assert_eq!(log.len(), before + PEOPLE + 1, "and nobody else: {log:?}");
    assert_eq!(people_of(&ann, room).await, [id_of(&ann).await, id_of(&ben).await, eve_id]);
    for watch in watches.iter().chain([&saved]) {
        watch.wait_for_seq(last.seq).await;
        assert_eq!(watch.entries(), log);
    }
}

#[tokio::test]
async fn a_killed_node_leaves_no_ghosts() {
    let _machine = share_machine().await;
    let mut cluster = Cluster::start(2, &[("ROOM_GRACE", "20"), ("ROOM_AWAY_GRACE", "20")]).await;
    let (ann, ben, cat) = (cluster.visitor(1), cluster.visitor(0), cluster.visitor(0));
    let room = ann.create_room("방", "10", "").await;
    let observer = Watch::start_and_wait(vec![cluster.at(1, &ann)], room, 1).await;
    let mut ids = Vec::new();
    let mut sockets = Vec::new();
    for visitor in [&ben, &cat] {
        visitor.enter(room, "").await;
        ids.push(id_of(visitor).await);
        sockets.push(Watch::start_and_wait(vec![cluster.at(0, visitor)], room, observer.cursor()).await);
    }
    cluster.node(0).kill();
    let killed = Instant::now();
    for id in &ids {
        let within = Duration::from_secs(35).saturating_sub(killed.elapsed());
        observer.wait_for_entry("a ghost goes", within, left(*id)).await;
        // The grace runs from the node's last heartbeat, at most two seconds before the kill.
        assert!(killed.elapsed() >= Duration::from_secs(17), "{:?}", killed.elapsed());
    }
    assert_eq!(people_of(&ann, room).await, [id_of(&ann).await]);
    assert_eq!(card_of(&ann, room).await.map(|card| card.people), Some(1));
    let log = log_of(&ann, room).await;
    assert_numbered(&log);
    assert!(ids.iter().all(|id| times_left(&log, *id) == 1), "{log:?}");
}
