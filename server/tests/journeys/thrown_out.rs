//! A visitor who was thrown out is told so, and cannot reach the room by any route.

use app::page::Page;
use chat::event::Close;
use chat::room::{Bar, Reason};
use chat::{Entry, Error, What};
use reqwest::multipart::Part;

use crate::helper::{GIF, TestServer, hash_of, id_of, try_every_call, view_of};

#[tokio::test]
async fn the_room_is_shut_to_them_until_they_are_let_in() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("고양이 방", "10", "").await;
    ben.enter(room, "").await;
    let (ann_id, ben_id) = (id_of(&ann).await, id_of(&ben).await.to_string());
    let shown: Entry = ben.upload(room, Part::bytes(GIF), &[]).await.json();
    let (page, gif) = (format!("/room/{room}"), format!("/gif/{room}/{}", hash_of(&shown)));
    let mut tabs = [ben.socket().await, ben.socket().await];
    let mut anns = ann.socket().await;
    for socket in tabs.iter_mut().chain([&mut anns]) {
        socket.watch_from_start(room).await;
    }

    let fields = [("whom", ben_id.as_str()), ("reason", " 광고를 했어요 <b> ")];
    assert_eq!(ann.act("throw_out", room, &fields).await.status, 200);
    for tab in &mut tabs {
        assert_eq!(tab.close_code().await, Close::Barred.code());
    }
    let told = anns.entry().await;
    let reason = Reason::new("광고를 했어요 <b>").expect("a reason");
    assert_eq!((told.person.id.to_string(), told.what), (ben_id.clone(), What::ThrownOut { reason: reason.clone() }));
    let view = view_of(&ann, room).await;
    assert_eq!((view.people.len(), view.seq), (1, told.seq));

    for (lang, words) in
        [("ko", ["이 방에서 강퇴되었습니다.", "이유: "]), ("en", ["You were removed from this room.", "Reason: "])]
    {
        ben.call("set_language", &[("lang", lang)]).await;
        let shut = ben.get(&page).await;
        assert_eq!(shut.status, 403);
        let html = shut.text();
        for words in words.into_iter().chain(["고양이 방", "광고를 했어요 &lt;b&gt;"]) {
            assert!(html.contains(words), "{words}: {html}");
        }
        assert!(!html.contains("<b> ") && !html.contains(&hash_of(&shown).to_string()), "{html}");
        for path in [format!("{page}/log"), format!("{page}/log?before=9"), gif.clone()] {
            assert_eq!(ben.get(&path).await.status, 403, "{path}");
        }
    }
    for (route, refused) in try_every_call(&ben, room, ann_id, (shown.seq, hash_of(&shown))).await {
        assert_eq!(refused, (403, Error::Barred), "{route}");
    }
    let form = [("room", &*room.to_string()), ("password", "")];
    assert_eq!(ben.submit(&format!("/api/enter_room?back={page}"), &form).await.location(), page);
    assert_eq!(ben.get(&page).await.status, 403);
    let mut again = ben.socket().await;
    again.watch(room, 0).await;
    assert_eq!(again.close_code().await, Close::Barred.code());
    assert!(!again.received.contains("Entry"), "{}", again.received);
    assert_eq!(view_of(&ann, room).await.seq, told.seq, "nothing was changed");

    // All other rooms are still open to Ben.
    let other = ben.create_room("다른 방", "10", "").await;
    ben.say_ok(other, "여긴 괜찮아").await;
    assert_eq!(ben.get("/").await.status, 200);

    assert_eq!(ann.act("let_in", room, &[("whom", &ben_id)]).await.status, 200);
    assert!(matches!(ben.get(&page).await.page().page, Page::Door { card, .. } if card.id == room));
    assert_eq!(ben.say(room, "아직").await.error(), (403, Error::NotSeated), "let in, not put in");
    assert_eq!(ben.enter(room, "").await.status, 200);
    ben.say_ok(room, "고마워요").await;
    assert_eq!(ben.get(&gif).await.status, 200);
    assert_eq!(again.next().await, Err(1006), "closed is closed");
}

#[tokio::test]
async fn the_owner_sees_who_is_barred_and_nobody_else() {
    let server = TestServer::start().await;
    let (ann, ben, cat, dan) = (server.visitor(), server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    let bars = format!("/api/bars?room={room}");
    ben.enter(room, "").await;
    cat.enter(room, "").await;
    let cat_id = id_of(&cat).await.to_string();
    assert!(ann.fetch(&bars).await.json::<Vec<Bar>>().is_empty());
    for (whom, reason) in [(&ben, "도배"), (&cat, "")] {
        let whom = id_of(whom).await.to_string();
        assert_eq!(ann.act("throw_out", room, &[("whom", &whom), ("reason", reason)]).await.status, 200);
    }
    dan.enter(room, "").await;
    let list: Vec<Bar> = ann.fetch(&bars).await.json();
    let shown: Vec<_> = list.iter().map(|bar| (bar.person.id, bar.reason.as_ref().map(Reason::as_str))).collect();
    assert_eq!(shown, [(id_of(&ben).await, Some("도배")), (id_of(&cat).await, None)]);
    for (visitor, error) in [(&dan, Error::NotOwner), (&cat, Error::Barred), (&server.visitor(), Error::NotSeated)] {
        assert_eq!(visitor.fetch(&bars).await.error(), (403, error));
    }
    // The reason is told in the room, and nowhere else.
    assert!(!dan.get("/").await.text().contains("도배"));

    // Handing over the room also hands over the list.
    ann.act("hand_over", room, &[("to", &id_of(&dan).await.to_string())]).await;
    assert_eq!(ann.fetch(&bars).await.error(), (403, Error::NotOwner));
    assert_eq!(ann.act("let_in", room, &[("whom", &cat_id)]).await.error(), (403, Error::NotOwner));
    for _twice in 0..2 {
        assert_eq!(dan.act("let_in", room, &[("whom", &cat_id)]).await.status, 200);
    }
    assert_eq!(dan.fetch(&bars).await.json::<Vec<Bar>>().len(), 1);
    assert_eq!(cat.enter(room, "").await.status, 200);
    assert_eq!(ben.enter(room, "").await.error(), (403, Error::Barred));
}

#[tokio::test]
async fn who_throws_out_whom() {
    let server = TestServer::start().await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "secret").await;
    ben.enter(room, "secret").await;
    let [ann_id, ben_id, cat_id] = [id_of(&ann).await, id_of(&ben).await, id_of(&cat).await].map(|id| id.to_string());
    for (by, whom, expected) in [
        (&ben, &ann_id, (403, Error::NotOwner)),
        (&ben, &ben_id, (403, Error::NotOwner)),
        (&cat, &ben_id, (403, Error::NotSeated)),
        (&ann, &ann_id, (403, Error::Refused)),
        (&ann, &cat_id, (409, Error::Absent)),
    ] {
        assert_eq!(by.act("throw_out", room, &[("whom", whom)]).await.error(), expected);
    }
    for _twice in 0..2 {
        assert_eq!(ann.act("throw_out", room, &[("whom", &ben_id)]).await.status, 200);
    }
    assert_eq!(view_of(&ann, room).await.seq, 3, "told once");
    // Neither the right password nor a restart of the server lets Ben in.
    assert_eq!(ben.enter(room, "secret").await.error(), (403, Error::Barred));
    let server = server.restart().await;
    let ben = ben.at(server.address);
    assert_eq!(ben.enter(room, "secret").await.error(), (403, Error::Barred));
    let shut = ben.get(&format!("/room/{room}")).await;
    assert!(shut.status == 403 && !shut.text().contains("이유"), "no reason was given");
    // The bar applies to the visitor of the cookie. A browser without it is somebody else.
    assert_eq!(server.visitor().enter(room, "secret").await.status, 200);
}
