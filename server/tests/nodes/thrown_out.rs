//! A visitor who is thrown out on one node is out on all of them at once.

use chat::event::Close;
use chat::room::Bar;
use chat::{Entry, Error, What};
use reqwest::multipart::Part;

use crate::helper::{Cluster, GIF, TIMEOUT, Watch, hash_of, id_of, share_machine, try_every_call, until, view_of};

#[tokio::test]
async fn a_room_is_shut_on_every_node() {
    let _machine = share_machine().await;
    let cluster = Cluster::start(2, &[]).await;
    let (ann, ben) = (cluster.visitor(0), cluster.visitor(1));
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let (ann_id, ben_id) = (id_of(&ann).await, id_of(&ben).await.to_string());
    let shown: Entry = ben.upload(room, Part::bytes(GIF), &[]).await.json();
    let about = (shown.seq, hash_of(&shown));
    let (ben_there, ann_there) = (cluster.at(0, &ben), cluster.at(1, &ann));
    let (mut tab, mut tab_there) = (ben.socket().await, ben_there.socket().await);
    tab.watch_from_start(room).await;
    tab_there.watch_from_start(room).await;
    let anns = Watch::start_and_wait(vec![cluster.at(1, &ann)], room, shown.seq).await;

    let fields = [("whom", ben_id.as_str()), ("reason", "도배")];
    assert_eq!(ann.act("throw_out", room, &fields).await.status, 200);
    for node in [&ben, &ben_there] {
        let page = node.get(&format!("/room/{room}")).await;
        assert!(page.status == 403 && page.text().contains("도배"));
        assert_eq!(node.get(&format!("/room/{room}/log")).await.status, 403);
        for (route, refused) in try_every_call(node, room, ann_id, about).await {
            assert_eq!(refused, (403, Error::Barred), "{route}");
        }
        let mut again = node.socket().await;
        again.watch(room, 0).await;
        assert_eq!(again.close_code().await, Close::Barred.code());
    }
    for tab in [&mut tab, &mut tab_there] {
        assert_eq!(tab.close_code().await, Close::Barred.code());
    }
    let out = |entry: &Entry| matches!(&entry.what, What::ThrownOut { reason: Some(why) } if why.as_str() == "도배");
    assert_eq!(anns.wait_for_entry("it is told", TIMEOUT, out).await.person.id.to_string(), ben_id);
    assert_eq!(ann_there.fetch(&format!("/api/bars?room={room}")).await.json::<Vec<Bar>>().len(), 1);

    // Ann lets Ben in again through the other node.
    assert_eq!(ann_there.act("let_in", room, &[("whom", &ben_id)]).await.status, 200);
    for node in [&ben, &ben_there] {
        assert_eq!(node.enter(room, "").await.status, 200);
        assert_eq!(node.get(&format!("/gif/{room}/{}", about.1)).await.status, 200);
    }
    let seq = view_of(&ann, room).await.seq;
    assert_eq!(seq, shown.seq + 2, "thrown out once, back once");
    let mut tab = ben.socket().await;
    tab.watch_from_start(room).await;
    let said = ann.say_ok(room, "어서 와").await;
    assert_eq!(tab.entry().await, said);
}

#[tokio::test]
async fn who_throws_out_on_two_nodes_at_once_does_it_once() {
    let _machine = share_machine().await;
    let cluster = Cluster::start(2, &[]).await;
    let (ann, ben) = (cluster.visitor(0), cluster.visitor(1));
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let whom = id_of(&ben).await.to_string();
    let fields = [("whom", whom.as_str())];
    let there = cluster.at(1, &ann);
    // Ben tries to enter at the same time.
    let (here, other, enter) =
        tokio::join!(ann.act("throw_out", room, &fields), there.act("throw_out", room, &fields), ben.enter(room, ""));
    assert_eq!([here.status.as_u16(), other.status.as_u16()], [200, 200]);
    assert!(enter.status == 200 || enter.error() == (403, Error::Barred), "{enter:?}");
    let view = view_of(&there, room).await;
    assert_eq!((view.people.len(), view.seq), (1, 3));
    let shut = async || (ben.get(&format!("/room/{room}")).await.status == 403).then_some(());
    until("the room is shut", TIMEOUT, shut).await;
}
