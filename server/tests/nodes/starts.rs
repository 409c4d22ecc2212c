//! Nodes that start, stop and restart.

use std::time::{Duration, Instant};

use chat::{Entry, What};

use crate::helper::{
    Cluster, TIMEOUT, Watch, assert_numbered, card_of, id_of, log_of, people_of, rounds, share_machine, times_left,
    until,
};

#[tokio::test]
async fn nodes_start_at_once_on_an_empty_database() {
    let _machine = share_machine().await;
    for round in 0..rounds(20) {
        let mut cluster = Cluster::start(4, &[]).await;
        let ann = cluster.visitor(0);
        let room = ann.create_room("방", "10", "").await;
        let mut watches = Vec::new();
        for node in 1..4 {
            let visitor = cluster.visitor(node);
            assert_eq!(visitor.enter(room, "").await.status, 200, "round {round}");
            let shown = async || card_of(&visitor, room).await;
            until("every lobby shows the room", TIMEOUT, shown).await;
            watches.push(Watch::start_and_wait(vec![cluster.at(node, &visitor)], room, 1 + node as u64).await);
        }
        let said = ann.say_ok(room, "안녕").await;
        for watch in &watches {
            watch.wait_for_seq(said.seq).await;
        }
        for node in cluster.nodes() {
            assert_eq!(node.log_lines("ERROR"), Vec::<String>::new());
            assert_eq!(node.log_lines("WARN"), Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn a_node_that_stops_hands_its_seats_over() {
    let _machine = share_machine().await;
    let mut cluster = Cluster::start(2, &[("ROOM_GRACE", "4"), ("ROOM_AWAY_GRACE", "4")]).await;
    let (ann, ben, cat) = (cluster.visitor(1), cluster.visitor(0), cluster.visitor(0));
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    cat.enter(room, "").await;
    let (ben_id, cat_id) = (id_of(&ben).await, id_of(&cat).await);
    let at_1 = Watch::start_and_wait(vec![cluster.at(1, &ann)], room, 3).await;
    let goes_over = Watch::start_and_wait(cluster.at_every_node(0, &ben), room, 3).await;
    let stays_away = Watch::start_and_wait(vec![cluster.at(0, &cat)], room, 3).await;

    let began = Instant::now();
    assert_eq!(cluster.node(0).terminate().await, Some(0));
    let stopped = began.elapsed();
    assert!(stopped < Duration::from_secs(9), "{stopped:?}");
    drop(stays_away);
    let said = ann.say_ok(room, "들려?").await;
    goes_over.wait_for_seq(said.seq).await;
    let gone = |entry: &Entry| entry.what == What::Left && entry.person.id == cat_id;
    // This must happen well before the node would count as dead, which takes ten seconds, with the grace after that.
    at_1.wait_for_entry("who did not come back is announced", Duration::from_secs(9), gone).await;
    assert_eq!(cluster.node(1).log_lines("a node is dead"), Vec::<String>::new());
    let last = cluster.at(1, &ben).say_ok(room, "들려").await;
    let log = log_of(&ann, room).await;
    assert_numbered(&log);
    assert_eq!((times_left(&log, cat_id), times_left(&log, ben_id)), (1, 0), "{log:?}");
    assert_eq!(log.len(), 6, "{log:?}");
    for watch in [&goes_over, &at_1] {
        watch.wait_for_seq(last.seq).await;
        assert_eq!(watch.entries(), log);
    }
}

#[tokio::test]
async fn a_node_alone_finds_its_rooms_again() {
    let _machine = share_machine().await;
    let mut cluster = Cluster::start(1, &[("ROOM_GRACE", "3"), ("ROOM_AWAY_GRACE", "3")]).await;
    let (ann, ben, cat) = (cluster.visitor(0), cluster.visitor(0), cluster.visitor(0));
    let room = ann.create_room("방", "10", "").await;
    for visitor in [&ben, &cat] {
        visitor.enter(room, "").await;
    }
    let ids = [id_of(&ann).await, id_of(&ben).await, id_of(&cat).await];
    ann.say_ok(room, "안녕").await;
    let watch_at =
        |cluster: &Cluster, node| [&ann, &ben, &cat].map(|visitor| Watch::start(vec![cluster.at(node, visitor)], room));
    let sockets = watch_at(&cluster, 0);
    for watch in &sockets {
        watch.wait_for_seq(4).await;
    }

    // After a clean stop everybody comes back, and nobody has left.
    assert_eq!(cluster.node(0).terminate().await, Some(0));
    cluster.start_nodes(1).await;
    assert_eq!(people_of(&cluster.at(1, &ann), room).await, ids);
    assert_eq!(card_of(&cluster.at(1, &ann), room).await.map(|card| card.people), Some(3));
    let sockets = watch_at(&cluster, 1);
    let said = cluster.at(1, &ben).say_ok(room, "다시").await;
    assert_eq!(said.seq, 5);
    for watch in &sockets {
        watch.wait_for_seq(said.seq).await;
    }

    // After a kill one of them does not come back.
    cluster.node(1).kill();
    cluster.start_nodes(1).await;
    assert_eq!(people_of(&cluster.at(2, &ann), room).await, ids);
    let sockets = [&ann, &ben].map(|visitor| Watch::start(vec![cluster.at(2, visitor)], room));
    let gone = |entry: &Entry| entry.what == What::Left && entry.person.id == ids[2];
    // This takes until the killed node counts as dead, and then the grace.
    sockets[0].wait_for_entry("who did not come back is announced", Duration::from_secs(20), gone).await;
    let last = cluster.at(2, &ann).say_ok(room, "안녕").await;
    let log = log_of(&cluster.at(2, &ann), room).await;
    assert_numbered(&log);
    assert_eq!(log.len(), 7, "{log:?}");
    for watch in &sockets {
        watch.wait_for_seq(last.seq).await;
        assert_eq!(watch.entries(), log);
    }
}
