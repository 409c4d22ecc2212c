//! A whisper between two nodes is seen by its two people only, on both nodes.

use chat::entry::Emoji;
use chat::event::{Down, PROTOCOL};
use chat::{Entry, Error};
use reqwest::multipart::Part;

use crate::helper::{
    Cluster, GIF, Socket, Visitor, Watch, act_on_entry, card_of, hash_of, id_of, read_every_route, share_machine,
    view_of,
};

const WORDS: &str = "두-사람-사이의-말-51be";

#[tokio::test]
async fn nobody_else_sees_one_on_either_node() {
    let _machine = share_machine().await;
    let cluster = Cluster::start(2, &[]).await;
    let (ann, ben, cat) = (cluster.visitor(0), cluster.visitor(1), cluster.visitor(0));
    let (dan, eve) = (cluster.visitor(1), cluster.visitor(1));
    let room = cat.create_room("방", "10", "").await;
    for visitor in [&ann, &ben, &eve] {
        assert_eq!(visitor.enter(room, "").await.status, 200);
    }
    let (ann_id, ben_id, eve_id) = (id_of(&ann).await, id_of(&ben).await, id_of(&eve).await.to_string());
    assert_eq!(cat.act("throw_out", room, &[("whom", &eve_id)]).await.status, 200);
    dan.get("/").await;
    let anns = Watch::start_and_wait(vec![cluster.at(1, &ann)], room, 5).await;
    let bens = Watch::start_and_wait(vec![cluster.at(1, &ben)], room, 5).await;
    let (cat_0, cat_1) = (cluster.at(0, &cat), cluster.at(1, &cat));
    let mut thirds = [cat_0.socket().await, cat_1.socket().await];
    let mut old_third = Socket::open_as(&cat_1, PROTOCOL - 1).await.expect("a socket");
    for socket in thirds.iter_mut().chain([&mut old_third]) {
        socket.watch_from_start(room).await;
    }

    let text: Entry = ann.whisper(room, ben_id, WORDS).await.json();
    let gif: Entry = ann.upload(room, Part::bytes(GIF), &[("to", &ben_id.to_string())]).await.json();
    let back = [("to", &*ann_id.to_string()), ("text", WORDS), ("reply", &text.seq.to_string())];
    let answer: Entry = ben.act("send_text", room, &back).await.json();
    let felt: Entry = ann.react(room, answer.seq, Emoji::Heart, true).await.json();
    for watch in [&anns, &bens] {
        watch.wait_for_seq(felt.seq).await;
        assert_eq!(watch.entries()[5..], [text.clone(), gif.clone(), answer.clone(), felt.clone()]);
    }
    for socket in thirds.iter_mut().chain([&mut old_third]) {
        for seq in text.seq..=felt.seq {
            assert_eq!(socket.next().await, Ok(Down::Skip { seq }));
        }
        assert!(!socket.received.contains(WORDS), "{}", socket.received);
    }

    let sha = hash_of(&gif);
    for node in 0..2 {
        let same = |visitor: &Visitor| cluster.at(node, visitor);
        for who in [&ann, &ben] {
            let seen = read_every_route(|| same(who), room, sha).await;
            let by_room = seen.iter().filter(|(route, _)| !route.contains("shelf"));
            let found = by_room.filter(|(_, bytes)| bytes.contains(WORDS) || bytes.contains("GIF89a"));
            let found: Vec<_> = found.map(|(route, _)| *route).collect();
            assert_eq!(
                found,
                [
                    "page",
                    "log",
                    "older log",
                    "history",
                    "page's data",
                    "GIF",
                    "still",
                    "socket",
                    "old page's socket",
                    "polls"
                ],
                "node {node}"
            );
        }
        let others: [(&str, &dyn Fn() -> Visitor); 4] = [
            ("the room's owner", &|| same(&cat)),
            ("a stranger", &|| same(&dan)),
            ("somebody without a cookie", &|| cluster.visitor(node)),
            ("somebody thrown out", &|| same(&eve)),
        ];
        for (who, browser) in others {
            let seen = read_every_route(browser, room, sha).await;
            for (route, bytes) in seen {
                for secret in [WORDS, &sha.to_string(), "GIF89a"] {
                    assert!(!bytes.contains(secret), "{who} by {route} on node {node}: {bytes}");
                }
            }
            let about_it = act_on_entry(browser, room, ann_id, text.seq).await;
            assert_eq!(about_it, act_on_entry(browser, room, ann_id, 1_000_000).await, "{who} can tell");
            assert!(about_it.iter().all(|(status, _)| matches!(status, 403 | 404)), "{who}: {about_it:?}");
        }
        assert_eq!(card_of(&same(&dan), room).await.expect("a card").spoken_at, None);
    }

    // A removal on one node reaches the other, including the entries that it caches for reconnecting sockets.
    let seq = text.seq.to_string();
    assert_eq!(cluster.at(0, &ann).act("remove_message", room, &[("seq", &seq)]).await.status, 200);
    bens.wait_for_seq(felt.seq + 1).await;
    let mut again = ben.socket().await;
    again.watch(room, text.seq - 1).await;
    again.read_until_caught_up().await;
    assert_eq!(again.received.matches(WORDS).count(), 1, "only the answer: {}", again.received);

    assert_eq!(ben.act("leave_room", room, &[]).await.status, 200);
    assert_eq!(cluster.at(0, &ann).whisper(room, ben_id, "늦었네").await.error(), (409, Error::Absent));
    assert!(view_of(&cat_1, room).await.entries.iter().all(|entry| entry.to.is_none()));
}
