//! Rooms with a password: who is refused and for how long, and who comes back without the password.

use app::page::Page;
use chat::{Error, RoomId};

use crate::helper::{Answer, TestServer, Visitor, view_of};

/// Enters from another address, as a trusted proxy reports it.
async fn enter_from(visitor: &Visitor, address: &str, room: RoomId, password: &str) -> Answer {
    let fields = [("room", room.to_string()), ("password", password.to_owned())];
    let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
    visitor.send(visitor.call_request("enter_room", &fields).header("x-forwarded-for", address)).await
}

/// Whether the room lets this visitor in without the password. The page's data and its form must agree about that.
async fn has_pass(visitor: &Visitor, room: RoomId) -> bool {
    let page = visitor.get(&format!("/room/{room}")).await;
    let Page::Door { has_pass, card, .. } = page.page().page else { panic!("no door") };
    assert_eq!(page.text().contains("type=\"password\""), card.locked && !has_pass);
    has_pass
}

#[tokio::test]
async fn visitors_and_addresses_are_refused_for_a_while_and_others_are_not() {
    let variables = [("TRUSTED_PROXIES", "127.0.0.1"), ("LIMIT_WRONG_PASSWORDS", "1/3600")];
    let server = TestServer::start_with(&variables).await;
    let ann = server.visitor();
    let mut rooms = Vec::new();
    for _ in 0..5 {
        rooms.push(ann.create_room("방", "20", "점심").await);
    }
    let crowd: Vec<_> = (0..12).map(|_| server.visitor()).collect();
    for (n, visitor) in crowd.iter().enumerate() {
        assert_eq!(enter_from(visitor, "192.0.2.1", rooms[n % 4], "저녁").await.error(), (403, Error::WrongPassword));
    }
    for (visitor, address) in [(&crowd[0], "192.0.2.2"), (&server.visitor(), "192.0.2.1")] {
        let refused = enter_from(visitor, address, rooms[0], "점심").await;
        let (429, Error::TooMany { retry_after, .. }) = refused.error() else { panic!("{}", refused.text()) };
        assert!((1..=3600).contains(&retry_after));
        assert_eq!(refused.header("retry-after"), retry_after.to_string());
    }
    assert_eq!(enter_from(&server.visitor(), "192.0.2.2", rooms[4], "점심").await.status, 200);
}

#[tokio::test]
async fn who_was_cut_off_comes_back_without_the_password() {
    let server = TestServer::start_with(&[("ROOM_GRACE", "1")]).await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = ann.create_room("비밀", "9", "점심").await;
    let mut tab = ann.socket().await;
    tab.watch_from_start(room).await;
    for visitor in [&ben, &cat] {
        visitor.get("/").await;
        assert!(!has_pass(visitor, room).await, "looking gives nobody a pass");
    }
    assert_eq!(ben.enter(room, "점심").await.status, 200);
    // Ben has entered without a socket, so he is counted as gone after the grace period.
    while view_of(&ann, room).await.people.len() > 1 {
        tab.entry().await;
    }
    assert!(has_pass(&ben, room).await && !has_pass(&cat, room).await);
    assert_eq!(cat.enter(room, "").await.error(), (403, Error::WrongPassword));
    // The form without JavaScript lets Ben in too.
    let form = format!("/api/enter_room?back=/room/{room}");
    assert_eq!(ben.submit(&form, &[("room", &room.to_string())]).await.status, 303);
    assert_eq!(view_of(&ben, room).await.people.len(), 2);

    assert_eq!(ben.call("leave_room", &[("room", &room.to_string())]).await.status, 200);
    assert!(!has_pass(&ben, room).await, "who leaves is a stranger again");
    assert_eq!(ben.enter(room, "").await.error(), (403, Error::WrongPassword));
}

#[tokio::test]
async fn a_pass_outlives_the_server_and_ends_with_its_password() {
    let server = TestServer::start_with(&[("ROOM_GRACE", "1")]).await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("비밀", "9", "점심").await;
    let mut tab = ann.socket().await;
    tab.watch_from_start(room).await;
    assert_eq!(ben.enter(room, "점심").await.status, 200);
    while view_of(&ann, room).await.people.len() > 1 {
        tab.entry().await;
    }
    let server = server.restart().await;
    let (ann, ben) = (ann.at(server.address), ben.at(server.address));
    assert!(has_pass(&ben, room).await);
    let set = [("room", &*room.to_string()), ("password", "점심")].map(|(name, value)| (name, value.to_owned()));
    let set = set.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(ann.call("set_room", &set).await.status, 200);
    assert!(!has_pass(&ben, room).await, "the same words, another password");
    assert_eq!(ben.enter(room, "").await.error(), (403, Error::WrongPassword));
    assert_eq!(ben.enter(room, "점심").await.status, 200);
}
