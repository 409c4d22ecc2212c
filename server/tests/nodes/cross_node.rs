//! What happens on one node is seen on the other.

use std::time::Duration;

use chat::event::{Down, Up};
use chat::{Entry, RoomId, What};
use reqwest::multipart::Part;
use tokio::time::interval;

use crate::helper::{
    Cluster, GIF, TIMEOUT, Visitor, Watch, assert_numbered, card_of, hash_of, id_of, log_of, people_of, share_machine,
    times_left, until,
};

#[tokio::test]
async fn what_happens_on_one_node_is_told_on_the_other() {
    let _machine = share_machine().await;
    let cluster = Cluster::start(2, &[]).await;
    let (ann, ben) = (cluster.visitor(0), cluster.visitor(1));
    let room = ann.create_room("방", "10", "secret").await;
    assert_eq!(ben.enter(room, "wrong").await.status, 403);
    assert_eq!(ben.enter(room, "secret").await.status, 200);
    let (ann_id, ben_id) = (id_of(&ann).await, id_of(&ben).await);
    let at_0 = Watch::start_and_wait(vec![cluster.at(0, &ann)], room, 2).await;
    let at_1 = Watch::start_and_wait(vec![cluster.at(1, &ben)], room, 2).await;

    let said = [ann.say_ok(room, "안녕").await, ben.say_ok(room, "반가워").await];
    let shown: Entry = ann.upload(room, Part::bytes(GIF), &[]).await.json();
    for watch in [&at_0, &at_1] {
        watch.wait_for_seq(5).await;
        assert_eq!(watch.entries()[2..], [said[0].clone(), said[1].clone(), shown.clone()]);
    }
    let picture = ben.get(&format!("/gif/{room}/{}", hash_of(&shown))).await;
    assert_eq!((picture.status.as_u16(), picture.header("content-type")), (200, "image/gif"));

    // Every node knows who is inside and who owns the room.
    let cat = cluster.visitor(0);
    cat.enter(room, "secret").await;
    at_1.wait_for_seq(6).await;
    assert_eq!(people_of(&ben, room).await.len(), 3);
    let leaving = cluster.at(1, &ann);
    assert_eq!(leaving.call("leave_room", &[("room", &room.to_string())]).await.status, 200);
    at_1.wait_for_seq(8).await;
    let told: Vec<_> = at_1.entries()[5..].iter().map(|entry| entry.what.clone()).collect();
    assert_eq!(told, [What::Entered, What::Left, What::NewOwner]);
    assert_eq!(at_1.entries()[6].person.id, ann_id);
    assert_eq!(at_1.entries()[7].person.id, ben_id);
    until("the socket of who left is closed", TIMEOUT, async || at_0.close_code()).await;
    assert_eq!(people_of(&cluster.at(0, &ben), room).await, people_of(&ben, room).await);
}

#[tokio::test]
async fn the_lobby_is_one() {
    let _machine = share_machine().await;
    let cluster = Cluster::start(2, &[]).await;
    let (ann, ben) = (cluster.visitor(0), cluster.visitor(1));
    ann.get("/").await;
    ben.get("/").await;
    let mut socket = ben.socket().await;
    socket.send(&Up::WatchLobby).await;
    assert!(matches!(socket.next().await, Ok(Down::Lobby(page)) if page.cards.is_empty()));

    let room = ann.create_room("하나뿐인 방", "10", "").await;
    assert_eq!(socket.wait_for_card(room, |card| card.people == 1).await.title.as_str(), "하나뿐인 방");
    ann.say_ok(room, "안녕").await;
    socket.wait_for_card(room, |card| card.spoken_at.is_some()).await;
    ben.enter(room, "").await;
    socket.wait_for_card(room, |card| card.people == 2).await;
    for node in 0..2 {
        let seen = async || card_of(&cluster.at(node, &ben), room).await.filter(|card| card.people == 2);
        until("both lobbies show two people", TIMEOUT, seen).await;
    }
    for visitor in [&ben, &ann] {
        visitor.call("leave_room", &[("room", &room.to_string())]).await;
    }
    socket.wait_for_card_removal(room).await;
    assert_eq!(cluster.at(1, &ann).get(&format!("/room/{room}")).await.status, 404);
}

/// Waits for one grace period: a guest enters with a socket and drops it, which is announced after the grace.
async fn a_grace_passes(cluster: &Cluster, observer: &Watch, room: RoomId) {
    let guest = cluster.visitor(1);
    assert_eq!(guest.enter(room, "").await.status, 200);
    let id = id_of(&guest).await;
    let watch = Watch::start_and_wait(vec![guest], room, observer.cursor()).await;
    drop(watch);
    let left = |entry: &Entry| entry.what == What::Left && entry.person.id == id;
    observer.wait_for_entry("a guest who went is announced", TIMEOUT, left).await;
}

#[tokio::test]
async fn a_socket_on_either_node_keeps_the_seat() {
    let _machine = share_machine().await;
    let cluster = Cluster::start(2, &[("ROOM_GRACE", "1"), ("ROOM_AWAY_GRACE", "1")]).await;
    let (ann, ben) = (cluster.visitor(1), cluster.visitor(0));
    let room = ann.create_room("방", "10", "").await;
    let observer = Watch::start_and_wait(vec![cluster.at(1, &ann)], room, 1).await;
    ben.enter(room, "").await;
    let id = id_of(&ben).await;
    let first = Watch::start_and_wait(vec![cluster.at(0, &ben)], room, 2).await;
    let second = Watch::start_and_wait(vec![cluster.at(1, &ben)], room, 2).await;
    drop(first);
    a_grace_passes(&cluster, &observer, room).await;
    a_grace_passes(&cluster, &observer, room).await;
    // Ben returns to the first node, without a moment between the two sockets.
    let first = Watch::start_and_wait(vec![cluster.at(0, &ben)], room, observer.cursor()).await;
    drop(second);
    a_grace_passes(&cluster, &observer, room).await;
    a_grace_passes(&cluster, &observer, room).await;
    assert_eq!(times_left(&observer.entries(), id), 0);
    ben.say_ok(room, "아직 여기 있어요").await;
    drop(first);
    let left = |entry: &Entry| entry.what == What::Left && entry.person.id == id;
    observer.wait_for_entry("the last socket has gone", TIMEOUT, left).await;
    a_grace_passes(&cluster, &observer, room).await;
    let log = log_of(&ann, room).await;
    assert_numbered(&log);
    assert_eq!(times_left(&log, id), 1);
}

#[tokio::test]
async fn who_leaves_and_comes_back_at_once_has_a_seat_like_any_other() {
    let _machine = share_machine().await;
    let cluster = Cluster::start(2, &[("ROOM_GRACE", "3"), ("ROOM_AWAY_GRACE", "3")]).await;
    let (ann, ben) = (cluster.visitor(1), cluster.visitor(0));
    let room = ann.create_room("방", "10", "").await;
    let observer = Watch::start_and_wait(vec![cluster.at(1, &ann)], room, 1).await;
    ben.enter(room, "").await;
    let id = id_of(&ben).await;
    let before = Watch::start_and_wait(vec![cluster.at(0, &ben)], room, 2).await;
    // Ben leaves and enters through the other node, which does not have the socket.
    let elsewhere = cluster.at(1, &ben);
    assert_eq!(elsewhere.call("leave_room", &[("room", &room.to_string())]).await.status, 200);
    assert_eq!(elsewhere.enter(room, "").await.status, 200);
    let again = Watch::start_and_wait(vec![cluster.at(0, &ben)], room, 4).await;
    drop(before);
    a_grace_passes(&cluster, &observer, room).await;
    a_grace_passes(&cluster, &observer, room).await;
    assert_eq!(times_left(&observer.entries(), id), 1);
    let said = ben.say_ok(room, "계속 있어요").await;
    again.wait_for_seq(said.seq).await;
}

#[tokio::test]
async fn reading_the_log_through_either_node_keeps_the_seat() {
    let _machine = share_machine().await;
    const GRACE: Duration = Duration::from_secs(10);
    let cluster = Cluster::start(2, &[("ROOM_GRACE", "10"), ("ROOM_AWAY_GRACE", "10")]).await;
    let (ann, ben) = (cluster.visitor(0), cluster.visitor(1));
    let room = ann.create_room("방", "10", "").await;
    let observer = Watch::start_and_wait(vec![cluster.at(0, &ann)], room, 1).await;
    ben.enter(room, "").await;
    let id = id_of(&ben).await;
    // Two looks are half a grace apart, as with a frame that reloads, so each node sees Ben once in a grace.
    let mut looks = interval(GRACE / 2);
    for look in 0..5 {
        looks.tick().await;
        assert_eq!(read_log(&cluster.at(look % 2, &ben), room).await, 200, "look {look}");
    }
    assert_eq!(times_left(&observer.entries(), id), 0);
    let left = |entry: &Entry| entry.what == What::Left && entry.person.id == id;
    observer.wait_for_entry("who reads no more is gone", 2 * GRACE, left).await;
}

async fn read_log(visitor: &Visitor, room: RoomId) -> u16 {
    visitor.get(&format!("/room/{room}/log")).await.status.as_u16()
}
