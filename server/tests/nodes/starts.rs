//! Nodes that start, stop and start again.

use std::time::{Duration, Instant};

use chat::{Entry, What};

use crate::helper::{
    Cluster, PATIENCE, Watch, assert_numbered, calm, card_of, id_of, log_of, people_of, rounds, times_left, until,
};

#[tokio::test]
async fn nodes_start_at_once_on_an_empty_database() {
    let _calm = calm().await;
    for round in 0..rounds(20) {
        let mut cluster = Cluster::start(4, &[]).await;
        let ann = cluster.visitor(0);
        let room = ann.create_room("방", "10", "").await;
        let mut watches = Vec::new();
        for node in 1..4 {
            let visitor = cluster.visitor(node);
            assert_eq!(visitor.enter(room, "").await.status, 200, "round {round}");
            let shown = async || card_of(&visitor, room).await;
            until("every lobby shows the room", PATIENCE, shown).await;
            watches.push(Watch::begun(vec![cluster.at(node, &visitor)], room, 1 + node as u64).await);
        }
        let said = ann.say_well(room, "안녕").await;
        for watch in &watches {
            watch.reaches(said.seq).await;
        }
        for node in cluster.nodes() {
            assert_eq!(node.said("ERROR"), Vec::<String>::new());
            assert_eq!(node.said("WARN"), Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn a_node_that_stops_hands_its_seats_over() {
    let _calm = calm().await;
    let mut cluster = Cluster::start(2, &[("ROOM_GRACE", "4")]).await;
    let (ann, ben, cat) = (cluster.visitor(1), cluster.visitor(0), cluster.visitor(0));
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    cat.enter(room, "").await;
    let (ben_id, cat_id) = (id_of(&ben).await, id_of(&cat).await);
    let at_1 = Watch::begun(vec![cluster.at(1, &ann)], room, 3).await;
    let goes_over = Watch::begun(cluster.everywhere(0, &ben), room, 3).await;
    let stays_away = Watch::begun(vec![cluster.at(0, &cat)], room, 3).await;

    let began = Instant::now();
    assert_eq!(cluster.node(0).terminate().await, Some(0));
    let stopped = began.elapsed();
    assert!(stopped < Duration::from_secs(9), "{stopped:?}");
    drop(stays_away);
    let said = ann.say_well(room, "들려?").await;
    goes_over.reaches(said.seq).await;
    let gone = |entry: &Entry| entry.what == What::Left && entry.person.id == cat_id;
    // Well before a node counts as dead, which takes ten seconds, and the grace after it.
    at_1.hears("who did not come back is announced", Duration::from_secs(9), gone).await;
    assert_eq!(cluster.node(1).said("a node is dead"), Vec::<String>::new());
    let last = cluster.at(1, &ben).say_well(room, "들려").await;
    let log = log_of(&ann, room).await;
    assert_numbered(&log);
    assert_eq!((times_left(&log, cat_id), times_left(&log, ben_id)), (1, 0), "{log:?}");
    assert_eq!(log.len(), 6, "{log:?}");
    for watch in [&goes_over, &at_1] {
        watch.reaches(last.seq).await;
        assert_eq!(watch.entries(), log);
    }
}

#[tokio::test]
async fn a_node_alone_finds_its_rooms_again() {
    let _calm = calm().await;
    let mut cluster = Cluster::start(1, &[("ROOM_GRACE", "3")]).await;
    let (ann, ben, cat) = (cluster.visitor(0), cluster.visitor(0), cluster.visitor(0));
    let room = ann.create_room("방", "10", "").await;
    for visitor in [&ben, &cat] {
        visitor.enter(room, "").await;
    }
    let ids = [id_of(&ann).await, id_of(&ben).await, id_of(&cat).await];
    ann.say_well(room, "안녕").await;
    let watch_at =
        |cluster: &Cluster, node| [&ann, &ben, &cat].map(|visitor| Watch::begin(vec![cluster.at(node, visitor)], room));
    let sockets = watch_at(&cluster, 0);
    for watch in &sockets {
        watch.reaches(4).await;
    }

    // Stopped as one should: everybody comes back, and nobody has gone.
    assert_eq!(cluster.node(0).terminate().await, Some(0));
    cluster.start_nodes(1).await;
    assert_eq!(people_of(&cluster.at(1, &ann), room).await, ids);
    assert_eq!(card_of(&cluster.at(1, &ann), room).await.map(|card| card.people), Some(3));
    let sockets = watch_at(&cluster, 1);
    let said = cluster.at(1, &ben).say_well(room, "다시").await;
    assert_eq!(said.seq, 5);
    for watch in &sockets {
        watch.reaches(said.seq).await;
    }

    // Killed: one of them does not come back.
    cluster.node(1).kill();
    cluster.start_nodes(1).await;
    assert_eq!(people_of(&cluster.at(2, &ann), room).await, ids);
    let sockets = [&ann, &ben].map(|visitor| Watch::begin(vec![cluster.at(2, visitor)], room));
    let gone = |entry: &Entry| entry.what == What::Left && entry.person.id == ids[2];
    // Until the killed one counts as dead, then the grace.
    sockets[0].hears("who did not come back is announced", Duration::from_secs(20), gone).await;
    let last = cluster.at(2, &ann).say_well(room, "안녕").await;
    let log = log_of(&cluster.at(2, &ann), room).await;
    assert_numbered(&log);
    assert_eq!(log.len(), 7, "{log:?}");
    for watch in &sockets {
        watch.reaches(last.seq).await;
        assert_eq!(watch.entries(), log);
    }
}
