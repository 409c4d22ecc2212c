//! What people on different nodes do to each other.

use super::super::media::tiny_gif;
use super::*;
use chat::entry::Emoji;

const WORDS: &str = "아무도 몰라야 하는 말";

/// Person 1 on the first node whispers to person 2 on the second. Person 3 watches there on a page of each protocol.
#[tokio::test]
async fn a_whisper_crosses_to_its_one_and_nobody_else() {
    let cluster = Cluster::new().await;
    let (room, mut one, mut two) = together(&cluster).await;
    let [a, b] = &cluster.nodes[..] else { panic!("two nodes") };
    b.enter(&person(3), None, room, "").await.expect("a seat");
    let mut three = watch(b, 3, room).await;
    let mut old = b.watch_room(person(3).id, room, 0, PROTOCOL - 1).await.expect("a feed");
    caught_up(&mut old).await;
    assert_eq!([next(&mut one).await, next(&mut two).await], ["3+", "3+"]);

    let (client, target) = (ClientId::generate, Target { to: Some(person(2).id), reply: None });
    let said = a.send_text(person(1).id, room, client(), WORDS, target).await.expect("whispered");
    let shown = a
        .send_gif(person(1).id, None, room, client(), tiny_gif(3), Default::default(), target)
        .await
        .expect("whispered");
    let What::Gif(gif) = &shown.what else { panic!("a GIF") };
    let sha = gif.sha;
    let answer = Target { to: Some(person(1).id), reply: Some(said.seq) };
    b.send_text(person(2).id, room, client(), &format!("{WORDS}!"), answer).await.expect("answered");
    b.react(person(2).id, room, client(), said.seq, Emoji::Wow, true).await.expect("felt");
    a.remove_message(person(1).id, room, said.seq).await.expect("removed");
    b.send_text(person(3).id, room, client(), "조용하네요", Target::default()).await.expect("said");

    for feed in [&mut one, &mut two] {
        assert_eq!(next(feed).await, format!("1:{WORDS}"));
        assert_eq!(next(feed).await, "1:gif");
        assert_eq!(next(feed).await, format!("2:{WORDS}!"));
        assert!(next(feed).await.contains("Wow"));
        assert!(next(feed).await.contains("Removal"));
        assert_eq!(next(feed).await, "3:조용하네요");
    }
    let mut others = Vec::new();
    for feed in [&mut three, &mut old] {
        for seq in said.seq..said.seq + 5 {
            let frame = tokio::time::timeout(10 * SECOND, feed.next()).await.expect("in time").expect("a frame");
            assert_eq!(decoded(&frame), Down::Skip { seq });
        }
        assert_eq!(next(feed).await, "3:조용하네요");
    }
    // Person 3 comes back, and is sent entries from the store and from the node's cache.
    for node in [a, b, b] {
        for protocol in [PROTOCOL, PROTOCOL - 1] {
            let mut feed = node.watch_room(person(3).id, room, 0, protocol).await.expect("a feed");
            others.extend(frames(&mut feed).await);
        }
        assert_eq!(node.gif(person(3).id, room, sha).await.err(), Some(Error::NotFound));
        assert_eq!(node.history(person(3).id, room, u64::MAX).await.expect("a page").entries.len(), 4);
    }
    let others = String::from_utf8(others.concat()).expect("text");
    assert!(others.contains("조용하네요") && !others.contains(WORDS) && !others.contains(&sha.to_string()));
    assert!(b.gif(person(2).id, room, sha).await.is_ok());
}

#[tokio::test]
async fn who_is_thrown_out_here_is_shut_out_there() {
    let cluster = Cluster::new().await;
    let (room, _one, two) = together(&cluster).await;
    let [a, b] = &cluster.nodes[..] else { panic!("two nodes") };
    let tabs = [two, watch(b, 2, room).await, watch(a, 2, room).await];
    a.throw_out(person(1).id, room, person(2).id, "도배").await.expect("thrown out");
    for mut tab in tabs {
        let end = tokio::time::timeout(10 * SECOND, tab.next()).await.expect("in time");
        assert_eq!(end, Err(Close::Barred));
    }
    for node in [a, b] {
        let sent = node.send_text(person(2).id, room, ClientId::generate(), "저기요", Target::default()).await;
        assert_eq!(sent, Err(Error::Barred));
        assert_eq!(node.watch_room(person(2).id, room, 0, PROTOCOL).await.err(), Some(Error::Barred));
        assert_eq!(node.enter(&person(2), None, room, "").await, Err(Error::Barred));
        assert!(matches!(node.look(person(2).id, room).await, Ok(Look::Barred { reason: Some(_), .. })));
    }
    cluster.advance(60 * SECOND).await;
    assert_eq!(cluster.log(room).await.len(), 3, "their sockets and seats are gone, and nobody tells that they left");
    b.let_in(person(1).id, room, person(2).id).await.expect("let in");
    a.enter(&person(2), None, room, "").await.expect("a seat");
    b.send_text(person(2).id, room, ClientId::generate(), "다녀왔어요", Target::default()).await.expect("said");
}

#[tokio::test]
async fn who_writes_is_seen_on_the_other_node() {
    let cluster = Cluster::new().await;
    let (room, mut one, mut two) = together(&cluster).await;
    let [a, b] = &cluster.nodes[..] else { panic!("two nodes") };
    let mut old = b.watch_room(person(2).id, room, 0, PROTOCOL - 1).await.expect("a feed");
    let mut mine = watch(b, 1, room).await;
    caught_up(&mut old).await;
    one.tell_typing().await;
    for feed in [&mut two, &mut old] {
        let frame = tokio::time::timeout(10 * SECOND, feed.next()).await.expect("in time").expect("a frame");
        assert_eq!(decoded(&frame), Down::Typing { person: person(1).id });
    }
    assert_eq!(cluster.store.last_seq(room).await, Ok(2), "stored nowhere");
    // Person 1's own page on the other node is not told about the typing, so this is its first frame.
    a.send_text(person(1).id, room, ClientId::generate(), "다 썼다", Target::default()).await.expect("said");
    for feed in [&mut one, &mut two, &mut old, &mut mine] {
        assert_eq!(next(feed).await, "1:다 썼다");
    }
}

#[tokio::test]
async fn what_changes_a_room_and_its_messages_crosses_over() {
    let cluster = Cluster::new().await;
    let (room, _one, mut two) = together(&cluster).await;
    let [a, b] = &cluster.nodes[..] else { panic!("two nodes") };
    let Ok(Look::Inside(mut view)) = b.look(person(2).id, room).await else { panic!("not seated") };
    let (owner, client) = (person(1).id, ClientId::generate);
    let said = a.send_text(owner, room, client(), "말", Target::default()).await.expect("said");
    a.react(owner, room, client(), said.seq, Emoji::Heart, true).await.expect("felt");
    a.rename(owner, room, "민수").await.expect("renamed");
    a.set_away(owner, room, true).await.expect("away");
    a.set_room(owner, None, room, Some("새 방"), Some("3"), "점심", false, None, None).await.expect("set");
    a.remove_message(owner, room, said.seq).await.expect("removed");
    a.hand_over(owner, room, person(2).id).await.expect("handed over");
    while view.seq < said.seq + 6 {
        let frame = tokio::time::timeout(10 * SECOND, two.next()).await.expect("in time").expect("a frame");
        let Down::Entry(entry) = decoded(&frame) else { panic!("an entry for all") };
        assert_eq!(view.apply(entry), chat::view::Applied::New);
    }
    assert_eq!(b.look(person(2).id, room).await, Ok(Look::Inside(view)));
    assert_eq!(b.enter(&person(3), None, room, "저녁").await, Err(Error::WrongPassword));
    let found = async |node: &Chat| node.lobby("새 방", None).await.expect("a page").cards.len();
    let cards = async || [found(a).await, found(b).await];
    until(async || cards().await == [1, 1]).await;
    b.close_room(person(2).id, room).await.expect("closed by the new owner");
    let end = tokio::time::timeout(10 * SECOND, two.next()).await.expect("in time");
    assert_eq!(end, Err(Close::RoomGone));
}
