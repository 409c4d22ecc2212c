//! Changes to names, settings, reactions and rooms on one node take effect on the other.

use chat::entry::Emoji;
use chat::event::{Close, Down, Up};
use chat::{Entry, Error, What};
use reqwest::multipart::Part;

use crate::helper::{
    Cluster, GIF, TIMEOUT, Watch, card_of, hash_of, id_of, share_machine, until, view_of, without_ids,
};

#[tokio::test]
async fn names_settings_and_feelings_cross() {
    let _machine = share_machine().await;
    let cluster = Cluster::start(2, &[]).await;
    let (ann, ben, dan) = (cluster.visitor(0), cluster.visitor(1), cluster.visitor(1));
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    dan.get("/").await;
    let bens = Watch::start_and_wait(vec![cluster.at(1, &ben)], room, 2).await;
    let mut lobby = dan.socket().await;
    lobby.send(&Up::WatchLobby).await;
    lobby.next().await.expect("the lobby");

    assert_eq!(ann.act("rename", room, &[("name", "Paul")]).await.status, 200);
    assert_eq!(ben.act("rename", room, &[("name", "Рaul")]).await.error(), (409, Error::NameTaken));
    let there = cluster.at(1, &ann);
    assert_eq!(there.get("/").await.page().me.name.korean(), "Paul");
    let settings = [("title", "새 방"), ("capacity", "2"), ("password", "secret")];
    assert_eq!(there.act("set_room", room, &settings).await.status, 200);
    let card = lobby.wait_for_card(room, |card| card.locked).await;
    assert_eq!((card.title.as_str(), card.capacity.get(), card.owner.name.korean()), ("새 방", 2, "Paul".to_owned()));
    assert_eq!(cluster.at(0, &dan).enter(room, "secret").await.error(), (409, Error::Full));

    let seq = ann.say_ok(room, "안녕").await.seq;
    assert_eq!(ben.react(room, seq, Emoji::Party, true).await.status, 200);
    assert_eq!(ben.act("set_away", room, &[("away", "true")]).await.status, 200);
    let ben_id = id_of(&ben).await;
    assert_eq!(ann.act("hand_over", room, &[("to", &ben_id.to_string())]).await.status, 200);
    bens.wait_for_seq(8).await;
    let views = [view_of(&ann, room).await, view_of(&ben, room).await];
    for view in &views {
        assert_eq!((view.owner, &view.away[..], view.seq), (ben_id, &[ben_id][..], 8));
        assert_eq!(view.entry(seq).expect("it").reactions[0].people, [ben_id]);
    }
    assert_eq!(without_ids(&views[0].entries), without_ids(&views[1].entries));
}

#[tokio::test]
async fn who_writes_there_is_told_here() {
    let _machine = share_machine().await;
    let cluster = Cluster::start(2, &[]).await;
    let (ann, ben) = (cluster.visitor(0), cluster.visitor(1));
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let person = id_of(&ann).await;
    let (mut writes, mut reads) = (ann.socket().await, ben.socket().await);
    writes.watch_from_start(room).await;
    reads.watch_from_start(room).await;
    writes.send(&Up::Typing).await;
    assert_eq!(reads.next().await, Ok(Down::Typing { person }));
}

#[tokio::test]
async fn what_is_removed_or_closed_is_gone_everywhere() {
    // (Digits alone could be part of an id.)
    const WORDS: &str = "못-들은-걸로-하세요";
    let _machine = share_machine().await;
    let cluster = Cluster::start(2, &[]).await;
    let (ann, ben) = (cluster.visitor(0), cluster.visitor(1));
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let text = ben.say_ok(room, WORDS).await;
    let shown: Entry = ben.upload(room, Part::bytes(GIF), &[]).await.json();
    let gif = format!("/gif/{room}/{}", hash_of(&shown));
    let bens = Watch::start_and_wait(vec![cluster.at(1, &ben)], room, shown.seq).await;
    for seq in [text.seq, shown.seq] {
        assert_eq!(ann.act("remove_message", room, &[("seq", &seq.to_string())]).await.status, 200);
    }
    assert_eq!(ben.fetch(&gif).await.error(), (404, Error::NotFound));
    assert!(!ben.get(&format!("/room/{room}")).await.text().contains(WORDS));
    bens.wait_for_seq(shown.seq + 2).await;
    // The messages are also gone from the entries that the node caches for reconnecting sockets.
    let mut again = ben.socket().await;
    again.watch(room, text.seq - 1).await;
    let caught_up = again.read_until_caught_up().await;
    assert_eq!([&caught_up[0].what, &caught_up[1].what], [&What::Removed, &What::Removed]);
    assert!(!again.received.contains(WORDS), "{}", again.received);

    assert_eq!(cluster.at(1, &ann).act("close_room", room, &[]).await.status, 200);
    assert_eq!(again.close_code().await, Close::RoomGone.code());
    until("its sockets are closed", TIMEOUT, async || bens.close_code()).await;
    for node in 0..2 {
        let visitor = cluster.at(node, &ben);
        assert_eq!(visitor.get(&format!("/room/{room}")).await.status, 404);
        assert_eq!(visitor.say(room, "아무도?").await.error(), (404, Error::NotFound));
        let gone = async || card_of(&visitor, room).await.is_none().then_some(());
        until("no lobby lists it", TIMEOUT, gone).await;
    }
}

#[tokio::test]
async fn who_hears_of_a_place_on_one_node_gets_it_on_another() {
    let _machine = share_machine().await;
    let cluster = Cluster::start(2, &[("ROOM_GRACE", "3"), ("ROOM_AWAY_GRACE", "60")]).await;
    let (ann, ben, dan) = (cluster.visitor(0), cluster.visitor(1), cluster.visitor(1));
    let room = ann.create_room("방", "2", "").await;
    let anns = Watch::start_and_wait(vec![cluster.at(0, &ann)], room, 1).await;
    ben.enter(room, "").await;
    dan.get("/").await;
    let mut socket = ben.socket().await;
    socket.watch_from_start(room).await;
    socket.close(None).await;
    let has_place = async || (dan.get(&format!("/api/has_place?room={room}")).await.text() == "true").then_some(());
    until("there is a place", TIMEOUT, has_place).await;
    assert_eq!(cluster.at(0, &dan).enter(room, "").await.status, 200);
    drop(anns);
}
