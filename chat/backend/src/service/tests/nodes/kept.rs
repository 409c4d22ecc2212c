//! Seats that are kept while several nodes share a store.

use super::*;
use chat::id::PageId;

const MINUTE: Duration = Duration::from_secs(60);

/// The people shown as absent on a fresh page of person 1 on this node.
async fn absent(node: &Arc<Chat>, room: RoomId) -> Vec<u8> {
    match node.look(person(1).id, room).await.expect("a room") {
        Look::Inside(view) => view.absent.iter().map(|id| id.0[0]).collect(),
        other => panic!("{other:?}"),
    }
}

async fn watch_on(chat: &Arc<Chat>, page: u8, who: u8, room: RoomId) -> Feed {
    let after = chat.store.last_seq(room).await.expect("a log");
    let page = PageId([page; 16]);
    let mut feed = chat.watch_room_on(page, person(who).id, room, after, PROTOCOL).await.expect("a feed");
    caught_up(&mut feed).await;
    feed
}

#[tokio::test]
async fn who_is_cut_off_from_one_node_is_away_on_all_and_comes_back_to_any() {
    let cluster = Cluster::new().await;
    let (room, mut one, mut two) = together(&cluster).await;
    let [a, b] = &cluster.nodes[..] else { panic!("two nodes") };
    let page = watch_on(b, 7, 2, room).await;
    two.say_goodbye();
    drop((two, page));
    for _ in 0..3 {
        cluster.advance(SECOND).await;
    }
    cluster.advance(30 * SECOND).await;
    assert_eq!((absent(a, room).await, absent(b, room).await), (vec![2], vec![2]));
    let told = |frame: &Bytes| decoded(frame) == Down::Absent { people: vec![person(2).id] };
    assert!(told(&one.next().await.expect("a frame")));
    cluster.advance(25 * MINUTE).await;
    let mut back = watch_on(a, 7, 2, room).await;
    until(async || {
        cluster.advance(SECOND).await;
        absent(b, room).await.is_empty()
    })
    .await;
    // The first absence counts for nothing any more, on any node.
    drop(back);
    for _ in 0..3 {
        cluster.advance(SECOND).await;
    }
    cluster.advance(29 * MINUTE).await;
    assert_eq!(cluster.log(room).await, ["1+", "2+"]);
    back = watch_on(b, 7, 2, room).await;
    until(async || {
        cluster.advance(SECOND).await;
        cluster.store.room(room).await.expect("the room").seats[1].nodes.len() == 1
    })
    .await;
    back.say_goodbye();
    drop(back);
    for _ in 0..4 {
        cluster.advance(SECOND).await;
    }
    cluster.advance(25 * SECOND).await;
    assert_eq!(cluster.log(room).await, ["1+", "2+"]);
    cluster.advance(6 * SECOND).await;
    assert_eq!(cluster.log(room).await, ["1+", "2+", "2-"]);
}

#[tokio::test]
async fn a_page_that_changes_nodes_says_goodbye_for_both() {
    let cluster = Cluster::new().await;
    let (room, _one, mut two) = together(&cluster).await;
    let [a, b] = &cluster.nodes[..] else { panic!("two nodes") };
    two.say_goodbye();
    drop(two);
    let lost = watch_on(b, 7, 2, room).await;
    until(async || {
        cluster.advance(SECOND).await;
        !cluster.store.room(room).await.expect("the room").seats[1].nodes.is_empty()
    })
    .await;
    let mut again = watch_on(a, 7, 2, room).await;
    until(async || {
        cluster.advance(SECOND).await;
        cluster.store.room(room).await.expect("the room").seats[1].nodes.len() == 2
    })
    .await;
    // The first node hears late that the connection was lost.
    drop(lost);
    for _ in 0..4 {
        cluster.advance(SECOND).await;
    }
    again.say_goodbye();
    drop(again);
    for _ in 0..4 {
        cluster.advance(SECOND).await;
    }
    cluster.advance(30 * SECOND).await;
    assert_eq!(cluster.log(room).await, ["1+", "2+", "2-"]);
}

#[tokio::test]
async fn a_newcomer_on_another_node_takes_the_place_of_who_is_away() {
    let cluster = Cluster::new().await;
    let (room, _one, two) = together(&cluster).await;
    let [a, b] = &cluster.nodes[..] else { panic!("two nodes") };
    a.set_room(person(1).id, None, room, None, Some("2"), "", false, None, None).await.expect("set");
    assert_eq!(a.enter(&person(3), None, room, "").await, Err(Error::Full));
    drop(two);
    for _ in 0..3 {
        cluster.advance(SECOND).await;
    }
    assert_eq!(a.enter(&person(3), None, room, "").await, Err(Error::Full));
    cluster.advance(30 * SECOND).await;
    a.enter(&person(3), None, room, "").await.expect("a place");
    assert_eq!(cluster.log(room).await[3..], ["2-", "3+"]);
    assert_eq!(b.enter(&person(4), None, room, "").await, Err(Error::Full));
}
