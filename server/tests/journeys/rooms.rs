//! People and rooms, as pages and server functions show them.

use app::page::Page;
use chat::{Act, Error, Field, What};

use crate::helper::TestServer;

#[tokio::test]
async fn two_people_meet_and_talk() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("고양이", "10", "").await;

    let Page::Lobby(lobby) = ben.get("/").await.page().page else { panic!("no lobby") };
    assert_eq!((lobby.cards[0].id, lobby.cards[0].people, lobby.totals.rooms), (room, 1, 1));
    let door = ben.get(&format!("/room/{room}")).await;
    assert!(door.status == 200 && matches!(door.page().page, Page::Door { card, .. } if card.id == room));
    assert_eq!(ben.enter(room, "").await.status, 200);
    ann.say_ok(room, "안녕").await;

    let page = ben.get(&format!("/room/{room}")).await.page();
    let Page::Room { view, .. } = page.page else { panic!("no room") };
    assert_eq!(view.people.len(), 2);
    assert_eq!(view.me, page.me.id);
    let texts: Vec<_> = view.entries.iter().filter(|entry| entry.what.is_message()).collect();
    assert!(matches!(&texts[..], [entry] if matches!(&entry.what, What::Text(text) if text.as_str() == "안녕")));

    assert_eq!(ben.call("leave_room", &[("room", &room.to_string())]).await.status, 200);
    assert!(matches!(ben.get(&format!("/room/{room}")).await.page().page, Page::Door { .. }));
}

#[tokio::test]
async fn errors_have_their_status() {
    let server = TestServer::start().await;
    let (ann, ben, cem) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("비밀", "2", "open sesame").await;

    assert_eq!(ben.enter(room, "sesame").await.error(), (403, Error::WrongPassword));
    assert_eq!(ben.say(room, "hi").await.error(), (403, Error::NotSeated));
    assert_eq!(ben.enter(room, "open sesame").await.status, 200);
    assert_eq!(cem.enter(room, "open sesame").await.error(), (409, Error::Full));
    let nowhere = chat::RoomId([7; 16]);
    assert_eq!(cem.enter(nowhere, "").await.error(), (404, Error::NotFound));
    let (status, error) = cem.call("create_room", &[("title", ""), ("capacity", "1"), ("password", "")]).await.error();
    let Error::Invalid(fields) = error else { panic!("{error}") };
    assert_eq!((status, fields[0].field, fields[1].field), (422, Field::Title, Field::Capacity));
    // Unreadable arguments and unknown functions are errors of their own.
    assert_eq!(cem.call("enter_room", &[]).await.error(), (403, Error::Refused));
    assert_eq!(cem.call("no_such", &[]).await.error(), (404, Error::NotFound));

    for path in [format!("/room/{nowhere}"), "/room/x".to_owned()] {
        let page = cem.get(&path).await;
        assert_eq!(page.status, 404);
        assert!(page.text().contains("존재하지 않는 방입니다."));
    }
}

#[tokio::test]
async fn too_many_says_when() {
    let server = TestServer::start_with(&[("LIMIT_MESSAGES", "2/60"), ("LIMIT_WRONG_PASSWORDS", "1/60")]).await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("a", "10", "secret").await;
    ann.say_ok(room, "1").await;
    ann.say_ok(room, "2").await;
    let answer = ann.say(room, "3").await;
    assert!(matches!(answer.error(), (429, Error::TooMany { of: Act::Say, retry_after: 59..=60 })));
    assert!(matches!(answer.header("retry-after"), "59" | "60"));

    let enter = format!("/api/enter_room?back=/room/{room}");
    ben.get("/").await;
    for status in [403, 429] {
        ben.submit(&enter, &[("room", &room.to_string()), ("password", "wrong")]).await;
        let door = ben.get(&format!("/room/{room}")).await;
        assert_eq!((door.status.as_u16(), door.header("retry-after").is_empty()), (status, status == 403));
    }
}

#[tokio::test]
async fn anything_else_is_told_by_its_name() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let page = ann.get("/chat/x?y").await;
    assert_eq!(page.status, 404);
    assert!(page.text().contains("GET /chat/x 라우터가 없습니다."));
    assert_eq!(ann.cookie(), "", "going astray makes nobody a visitor");

    let page = ann.submit("/room", &[]).await;
    assert_eq!((page.status.as_u16(), page.header("allow")), (405, "GET,HEAD"));
    assert!(page.text().contains("POST /room 라우터가 없습니다."));
    assert_eq!(ann.call("../room", &[]).await.status, 405);
}

#[tokio::test]
async fn the_lobby_is_searched_and_paged() {
    let server = TestServer::start_with(&[("LIMIT_NEW_ROOMS", "1000/60")]).await;
    let ann = server.visitor();
    let mut rooms = Vec::new();
    for n in 0..52 {
        rooms.push(ann.create_room(&format!("room {n}"), "10", "").await);
    }
    let Page::Lobby(first) = ann.get("/").await.page().page else { panic!("no lobby") };
    assert!(first.more && first.cards.len() == 50);
    let Page::Lobby(second) = ann.get(&format!("/?before={}", first.cards[49].id)).await.page().page else { panic!() };
    assert_eq!(second.cards.iter().map(|card| card.id).collect::<Vec<_>>(), [rooms[1], rooms[0]]);
    let Page::Lobby(found) = ann.get("/?q=ROOM%2051").await.page().page else { panic!("no lobby") };
    assert_eq!((found.cards.len(), found.query.as_str()), (1, "ROOM 51"));
    assert_eq!(ann.get("/?before=x").await.status, 200);
}

#[tokio::test]
async fn pages_are_in_the_readers_language() {
    use app::strings::Lang;
    let server = TestServer::start().await;
    let ann = server.visitor();
    assert_eq!(ann.get("/").await.page().lang, Lang::Ko);
    assert_eq!(ann.call("set_language", &[("lang", "en")]).await.status, 200);
    assert_eq!(ann.get("/").await.page().lang, Lang::En);
}
