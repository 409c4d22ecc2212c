//! Only two people may see a whisper. Everybody else tries to reach it by every route.

use chat::entry::Emoji;
use chat::event::{Close, Down, PROTOCOL, Up};
use chat::{Entry, Error, What};
use futures_util::future::join_all;
use reqwest::Method;
use reqwest::multipart::{Form, Part};

use crate::helper::{
    GIF, Socket, TestServer, Visitor, act_on_entry, card_of, hash_of, id_of, logged, read_every_route, view_of,
    without_ids,
};

const WORDS: &str = "너에게만-하는-말-7f3a";

/// The routes by which both people of a whisper see it. (The lobby shows no messages.)
const READABLE_ROUTES: [&str; 10] =
    ["page", "log", "older log", "history", "page's data", "GIF", "still", "socket", "old page's socket", "polls"];

#[tokio::test]
async fn nobody_else_sees_one_on_any_road() {
    let server = TestServer::start_with(&[("LIMIT_MESSAGES", "1000/1")]).await;
    // The room belongs to a third person, because the owner must not see whispers either.
    let (ann, ben, cat, dan, eve) =
        (server.visitor(), server.visitor(), server.visitor(), server.visitor(), server.visitor());
    let room = cat.create_room("방", "10", "").await;
    for visitor in [&ann, &ben, &eve] {
        assert_eq!(visitor.enter(room, "").await.status, 200);
    }
    let (ann_id, ben_id) = (id_of(&ann).await, id_of(&ben).await);
    let mut thrown_out = eve.socket().await;
    thrown_out.watch_from_start(room).await;
    assert_eq!(cat.act("throw_out", room, &[("whom", &id_of(&eve).await.to_string())]).await.status, 200);
    assert_eq!(thrown_out.close_code().await, Close::Barred.code());
    dan.get("/").await;
    let (mut lobby, mut third) = (dan.socket().await, cat.socket().await);
    let mut old_third = Socket::open_as(&cat, PROTOCOL - 1).await.expect("a socket");
    lobby.send(&Up::WatchLobby).await;
    lobby.next().await.expect("the lobby");
    let (mut anns, mut bens) = (ann.socket().await, ben.socket().await);
    for socket in [&mut third, &mut old_third, &mut anns, &mut bens] {
        socket.watch_from_start(room).await;
    }

    let text: Entry = ann.whisper(room, ben_id, WORDS).await.json();
    let gif: Entry = ann.upload(room, Part::bytes(GIF), &[("to", &ben_id.to_string())]).await.json();
    let back = [("to", &*ann_id.to_string()), ("text", WORDS), ("reply", &text.seq.to_string())];
    let answer: Entry = ben.act("send_text", room, &back).await.json();
    let felt: Entry = ann.react(room, answer.seq, Emoji::Heart, true).await.json();
    let sha = hash_of(&gif);
    for entry in [&text, &gif, &answer, &felt] {
        assert_eq!(entry.audience().map(|both| both.contains(&ann_id) && both.contains(&ben_id)), Some(true));
        assert_eq!([&anns.entry().await, &bens.entry().await], [entry, entry]);
        for socket in [&mut third, &mut old_third] {
            assert_eq!(socket.next().await, Ok(Down::Skip { seq: entry.seq }));
        }
    }

    // A whisper does not change the time of the last message that the lobby shows.
    let settings = [("title", "바뀐 방"), ("capacity", "10"), ("password", "")];
    assert_eq!(cat.act("set_room", room, &settings).await.status, 200);
    assert_eq!(lobby.wait_for_card(room, |card| card.title.as_str() == "바뀐 방").await.spoken_at, None);
    assert_eq!(card_of(&dan, room).await.expect("a card").spoken_at, None);
    cat.say_ok(room, "모두에게").await;
    lobby.wait_for_card(room, |card| card.spoken_at.is_some()).await;

    for who in [&ann, &ben] {
        let seen = read_every_route(|| who.at(server.address), room, sha).await;
        // The shelf of the sender has the GIF among those they sent.
        let by_shelf = seen.iter().filter(|(route, bytes)| route.contains("shelf") && bytes.contains("GIF89a"));
        assert_eq!(by_shelf.count(), if std::ptr::eq(who, &ann) { 2 } else { 0 });
        let seen: Vec<_> = seen.into_iter().filter(|(route, _)| !route.contains("shelf")).collect();
        let found = seen.iter().filter(|(_, bytes)| bytes.contains(WORDS) || bytes.contains("GIF89a"));
        assert_eq!(found.map(|(route, _)| *route).collect::<Vec<_>>(), READABLE_ROUTES);
        for route in ["page", "log", "older log", "history", "socket", "polls"] {
            let bytes = &seen.iter().find(|(known, _)| *known == route).expect("a road").1;
            assert!(bytes.contains(&sha.to_string()), "{route}: {bytes}");
        }
    }
    let same = |visitor: &Visitor| visitor.at(server.address);
    let others: [(&str, &dyn Fn() -> Visitor); 4] = [
        ("the room's owner", &|| same(&cat)),
        ("a stranger", &|| same(&dan)),
        ("somebody without a cookie", &|| server.visitor()),
        ("somebody thrown out", &|| same(&eve)),
    ];
    for (who, browser) in others {
        let mut seen = read_every_route(browser, room, sha).await;
        for entry in [&text, &gif, &answer] {
            let (about_it, about_nothing) = (
                act_on_entry(browser, room, ann_id, entry.seq).await,
                act_on_entry(browser, room, ann_id, 1_000_000).await,
            );
            assert_eq!(about_it, about_nothing, "{who} can tell that there is something");
            assert!(about_it.iter().all(|(status, _)| matches!(status, 403 | 404)), "{who}: {about_it:?}");
            seen.extend(about_it.into_iter().map(|(_, bytes)| ("meddling", bytes)));
        }
        for (route, bytes) in seen {
            for secret in [WORDS, &sha.to_string(), "GIF89a"] {
                assert!(!bytes.contains(secret), "{who} by {route}: {bytes}");
            }
        }
    }
    for socket in [&third, &old_third, &thrown_out, &lobby] {
        assert!(!socket.received.contains(WORDS) && !socket.received.contains(&sha.to_string()), "{}", socket.received);
    }
    let view = view_of(&ben, room).await;
    let seen = [text.seq, gif.seq].map(|seq| view.entry(seq).expect("it").clone());
    assert_eq!(seen[..], without_ids(&[text, gif]), "as it was");
    server.stop().await;
    let log = logged();
    // At level `trace` tungstenite logs every frame, including those of this test's own sockets.
    let told = log.lines().find(|line| line.contains(WORDS) && !line.contains("tungstenite"));
    assert_eq!(told, None, "in the log");
}

#[tokio::test]
async fn a_whisper_needs_somebody_who_is_there() {
    let server = TestServer::start().await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let (ann_id, ben_id, cat_id) = (id_of(&ann).await, id_of(&ben).await, id_of(&cat).await);
    let heard: Entry = ann.whisper(room, ben_id, "들려?").await.json();
    assert_eq!(heard.to.map(|to| to.id), Some(ben_id));

    assert_eq!(ann.whisper(room, ann_id, "나에게").await.error(), (403, Error::Refused));
    assert_eq!(ann.whisper(room, cat_id, "밖으로").await.error(), (409, Error::Absent));
    assert_eq!(cat.whisper(room, ann_id, "밖에서").await.error(), (403, Error::NotSeated));
    ben.act("leave_room", room, &[]).await;
    assert_eq!(ann.whisper(room, ben_id, "늦었네").await.error(), (409, Error::Absent));
    let gif = ann.upload(room, Part::bytes(GIF), &[("to", &ben_id.to_string())]).await;
    assert_eq!(gif.error(), (409, Error::Absent));
    assert_eq!(view_of(&ann, room).await.seq, 4, "nothing was kept");
    // Ben comes back and finds what was whispered to him.
    ben.enter(room, "").await;
    assert_eq!(view_of(&ben, room).await.entry(heard.seq).map(|entry| entry.is_said()), Some(true));
}

/// The bytes of a GIF are stored once. Who may see them depends on the entries that show it.
#[tokio::test]
async fn the_same_gif_for_all_and_for_two() {
    let server = TestServer::start().await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    cat.enter(room, "").await;
    // Here the field `to` comes after the GIF, and the upload still is a whisper.
    let form = Form::new().text("room", room.to_string()).part("gif", Part::bytes(GIF).file_name("a.gif"));
    let request =
        ann.request(Method::POST, "/api/upload_gif").multipart(form.text("to", id_of(&ben).await.to_string()));
    let request = request.header("accept", "application/json").header("origin", ann.origin());
    let whisper: Entry = ann.send(request).await.json();
    assert_eq!(whisper.to.as_ref().map(|to| to.id), Some(id_of(&ben).await));
    let path = format!("/gif/{room}/{}", hash_of(&whisper));
    let seen = || join_all([&ann, &ben, &cat].map(async |visitor| visitor.fetch(&path).await.status.as_u16()));
    assert_eq!(seen().await, [200, 200, 404]);
    let to_all: Entry = ben.upload(room, Part::bytes(GIF), &[]).await.json();
    assert_eq!(seen().await, [200, 200, 200]);
    assert_eq!(ben.act("remove_message", room, &[("seq", &to_all.seq.to_string())]).await.status, 200);
    assert_eq!(seen().await, [200, 200, 404]);
    assert_eq!(ann.act("remove_message", room, &[("seq", &whisper.seq.to_string())]).await.status, 200);
    assert_eq!(seen().await, [404, 404, 404]);
}

#[tokio::test]
async fn what_is_said_about_a_whisper_stays_between_the_two() {
    let server = TestServer::start_with(&[("LIMIT_MESSAGES", "1000/1")]).await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = cat.create_room("방", "10", "").await;
    ann.enter(room, "").await;
    ben.enter(room, "").await;
    let (ben_id, cat_id) = (id_of(&ben).await, id_of(&cat).await);
    let gif: Entry = ann.upload(room, Part::bytes(GIF), &[("to", &ben_id.to_string())]).await.json();
    let path = format!("/gif/{room}/{}", hash_of(&gif));
    let seq = gif.seq.to_string();
    // A reply to a whisper cannot go to all, to somebody else, or to oneself.
    for to in [None, Some(cat_id), Some(ben_id)] {
        let to = to.map(|to| to.to_string());
        let to = to.as_ref().map(|to| ("to", to.as_str()));
        let fields: Vec<_> = to.into_iter().chain([("reply", &*seq), ("text", "이거 봐")]).collect();
        assert_eq!(ben.act("send_text", room, &fields).await.error(), (403, Error::Refused), "{fields:?}");
    }
    assert_eq!(ben.act("remove_message", room, &[("seq", &seq)]).await.error(), (403, Error::NotOwner));
    let mut sockets = [ann.socket().await, ben.socket().await, cat.socket().await];
    for socket in &mut sockets {
        socket.watch_from_start(room).await;
    }
    assert_eq!(ann.act("remove_message", room, &[("seq", &seq)]).await.status, 200);
    let [anns, bens, cats] = &mut sockets;
    let told = anns.entry().await;
    assert_eq!((&told.what, bens.entry().await), (&What::Removal { seq: gif.seq }, told.clone()));
    assert_eq!(cats.next().await, Ok(Down::Skip { seq: told.seq }));
    for visitor in [&ann, &ben] {
        assert_eq!(visitor.fetch(&path).await.error(), (404, Error::NotFound));
        assert_eq!(view_of(visitor, room).await.entry(gif.seq).map(|entry| &entry.what), Some(&What::Removed));
    }
    assert_eq!(view_of(&cat, room).await.entry(gif.seq), None);
}

/// Without JavaScript the page cannot interpret a command such as `/w`, so the server has to. Otherwise a whisper would
/// go to everybody.
#[tokio::test]
async fn a_plain_form_whispers_by_its_words() {
    let server = TestServer::start().await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = cat.create_room("방", "10", "").await;
    for visitor in [&ann, &ben] {
        assert_eq!(visitor.enter(room, "").await.status, 200);
    }
    assert_eq!(ben.act("rename", room, &[("name", "민수 형")]).await.status, 200);
    let say = async |text: &str| ann.act("send_text", room, &[("text", text)]).await;
    for command in ["/w", "/귓속말"] {
        let told: Entry = say(&format!("{command} 민수 형 {WORDS}")).await.json();
        assert_eq!((told.to.map(|to| to.id), told.what), (Some(id_of(&ben).await), text(WORDS)));
        assert_eq!(say(&format!("{command} 민지 {WORDS}")).await.error(), (409, Error::Absent));
    }
    assert!(!cat.get(&format!("/room/{room}")).await.text().contains(WORDS));
    assert!(ben.get(&format!("/room/{room}")).await.text().contains(WORDS));
}

fn text(said: &str) -> What {
    What::Text(chat::entry::Text::new(said).expect("a text"))
}
