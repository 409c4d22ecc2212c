//! Two nodes are one place: what happens on the one is seen on the other.

use std::time::Duration;

use chat::event::{Down, Up};
use chat::{Entry, RoomId, What};
use reqwest::multipart::Part;
use tokio::time::interval;

use crate::helper::{
    Cluster, GIF, PATIENCE, Visitor, Watch, assert_numbered, calm, card_of, hash_of, id_of, log_of, people_of,
    times_left, until,
};

#[tokio::test]
async fn what_happens_on_one_node_is_told_on_the_other() {
    let _calm = calm().await;
    let cluster = Cluster::start(2, &[]).await;
    let (ann, ben) = (cluster.visitor(0), cluster.visitor(1));
    let room = ann.create_room("방", "10", "secret").await;
    assert_eq!(ben.enter(room, "wrong").await.status, 403);
    assert_eq!(ben.enter(room, "secret").await.status, 200);
    let (ann_id, ben_id) = (id_of(&ann).await, id_of(&ben).await);
    let at_0 = Watch::begun(vec![cluster.at(0, &ann)], room, 2).await;
    let at_1 = Watch::begun(vec![cluster.at(1, &ben)], room, 2).await;

    let said = [ann.say_well(room, "안녕").await, ben.say_well(room, "반가워").await];
    let shown: Entry = ann.upload(room, Part::bytes(GIF), &[]).await.json();
    for watch in [&at_0, &at_1] {
        watch.reaches(5).await;
        assert_eq!(watch.entries()[2..], [said[0].clone(), said[1].clone(), shown.clone()]);
    }
    let picture = ben.get(&format!("/gif/{room}/{}", hash_of(&shown))).await;
    assert_eq!((picture.status.as_u16(), picture.header("content-type")), (200, "image/gif"));

    // Who is inside, and whose room it is, is known everywhere.
    let cat = cluster.visitor(0);
    cat.enter(room, "secret").await;
    at_1.reaches(6).await;
    assert_eq!(people_of(&ben, room).await.len(), 3);
    let leaving = cluster.at(1, &ann);
    assert_eq!(leaving.call("leave_room", &[("room", &room.to_string())]).await.status, 200);
    at_1.reaches(8).await;
    let told: Vec<_> = at_1.entries()[5..].iter().map(|entry| entry.what.clone()).collect();
    assert_eq!(told, [What::Entered, What::Left, What::NewOwner]);
    assert_eq!(at_1.entries()[6].person.id, ann_id);
    assert_eq!(at_1.entries()[7].person.id, ben_id);
    until("the socket of who left is closed", PATIENCE, async || at_0.ended()).await;
    assert_eq!(people_of(&cluster.at(0, &ben), room).await, people_of(&ben, room).await);
}

#[tokio::test]
async fn the_lobby_is_one() {
    let _calm = calm().await;
    let cluster = Cluster::start(2, &[]).await;
    let (ann, ben) = (cluster.visitor(0), cluster.visitor(1));
    ann.get("/").await;
    ben.get("/").await;
    let mut socket = ben.socket().await;
    socket.say(&Up::WatchLobby).await;
    assert!(matches!(socket.next().await, Ok(Down::Lobby(page)) if page.cards.is_empty()));

    let room = ann.create_room("하나뿐인 방", "10", "").await;
    assert_eq!(socket.card_when(room, |card| card.people == 1).await.title.as_str(), "하나뿐인 방");
    ann.say_well(room, "안녕").await;
    socket.card_when(room, |card| card.spoken_at.is_some()).await;
    ben.enter(room, "").await;
    socket.card_when(room, |card| card.people == 2).await;
    for node in 0..2 {
        let seen = async || card_of(&cluster.at(node, &ben), room).await.filter(|card| card.people == 2);
        until("both lobbies show two people", PATIENCE, seen).await;
    }
    for visitor in [&ben, &ann] {
        visitor.call("leave_room", &[("room", &room.to_string())]).await;
    }
    socket.card_gone(room).await;
    assert_eq!(cluster.at(1, &ann).get(&format!("/room/{room}")).await.status, 404);
}

/// Somebody comes, has a socket, and loses it: when that is announced, a whole grace has passed.
async fn a_grace_passes(cluster: &Cluster, observer: &Watch, room: RoomId) {
    let guest = cluster.visitor(1);
    assert_eq!(guest.enter(room, "").await.status, 200);
    let id = id_of(&guest).await;
    let watch = Watch::begun(vec![guest], room, observer.cursor()).await;
    drop(watch);
    let left = |entry: &Entry| entry.what == What::Left && entry.person.id == id;
    observer.hears("a guest who went is announced", PATIENCE, left).await;
}

#[tokio::test]
async fn a_socket_on_either_node_keeps_the_seat() {
    let _calm = calm().await;
    let cluster = Cluster::start(2, &[("ROOM_GRACE", "1")]).await;
    let (ann, ben) = (cluster.visitor(1), cluster.visitor(0));
    let room = ann.create_room("방", "10", "").await;
    let observer = Watch::begun(vec![cluster.at(1, &ann)], room, 1).await;
    ben.enter(room, "").await;
    let id = id_of(&ben).await;
    let first = Watch::begun(vec![cluster.at(0, &ben)], room, 2).await;
    let second = Watch::begun(vec![cluster.at(1, &ben)], room, 2).await;
    drop(first);
    a_grace_passes(&cluster, &observer, room).await;
    a_grace_passes(&cluster, &observer, room).await;
    // And back to the first node, without a moment in between.
    let first = Watch::begun(vec![cluster.at(0, &ben)], room, observer.cursor()).await;
    drop(second);
    a_grace_passes(&cluster, &observer, room).await;
    a_grace_passes(&cluster, &observer, room).await;
    assert_eq!(times_left(&observer.entries(), id), 0);
    ben.say_well(room, "아직 여기 있어요").await;
    drop(first);
    let left = |entry: &Entry| entry.what == What::Left && entry.person.id == id;
    observer.hears("the last socket has gone", PATIENCE, left).await;
    a_grace_passes(&cluster, &observer, room).await;
    let log = log_of(&ann, room).await;
    assert_numbered(&log);
    assert_eq!(times_left(&log, id), 1);
}

#[tokio::test]
async fn who_leaves_and_comes_back_at_once_has_a_seat_like_any_other() {
    let _calm = calm().await;
    let cluster = Cluster::start(2, &[("ROOM_GRACE", "3")]).await;
    let (ann, ben) = (cluster.visitor(1), cluster.visitor(0));
    let room = ann.create_room("방", "10", "").await;
    let observer = Watch::begun(vec![cluster.at(1, &ann)], room, 1).await;
    ben.enter(room, "").await;
    let id = id_of(&ben).await;
    let before = Watch::begun(vec![cluster.at(0, &ben)], room, 2).await;
    // Through the other node, where nobody knows of the socket.
    let elsewhere = cluster.at(1, &ben);
    assert_eq!(elsewhere.call("leave_room", &[("room", &room.to_string())]).await.status, 200);
    assert_eq!(elsewhere.enter(room, "").await.status, 200);
    let again = Watch::begun(vec![cluster.at(0, &ben)], room, 4).await;
    drop(before);
    a_grace_passes(&cluster, &observer, room).await;
    a_grace_passes(&cluster, &observer, room).await;
    assert_eq!(times_left(&observer.entries(), id), 1);
    let said = ben.say_well(room, "계속 있어요").await;
    again.reaches(said.seq).await;
}

#[tokio::test]
async fn reading_the_log_through_either_node_keeps_the_seat() {
    let _calm = calm().await;
    const GRACE: Duration = Duration::from_secs(10);
    let cluster = Cluster::start(2, &[("ROOM_GRACE", "10")]).await;
    let (ann, ben) = (cluster.visitor(0), cluster.visitor(1));
    let room = ann.create_room("방", "10", "").await;
    let observer = Watch::begun(vec![cluster.at(0, &ann)], room, 1).await;
    ben.enter(room, "").await;
    let id = id_of(&ben).await;
    // Half a grace between two looks, as of the frame that reloads: each node sees them once a grace.
    let mut looks = interval(GRACE / 2);
    for look in 0..5 {
        looks.tick().await;
        assert_eq!(read_log(&cluster.at(look % 2, &ben), room).await, 200, "look {look}");
    }
    assert_eq!(times_left(&observer.entries(), id), 0);
    let left = |entry: &Entry| entry.what == What::Left && entry.person.id == id;
    observer.hears("who reads no more is gone", 2 * GRACE, left).await;
}

async fn read_log(visitor: &Visitor, room: RoomId) -> u16 {
    visitor.get(&format!("/room/{room}/log")).await.status.as_u16()
}
