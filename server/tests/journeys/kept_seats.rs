//! The ways in which a page can end, and how long its seat is kept after each.

use app::page::Page;
use chat::event::{Down, Up};
use chat::room::Outside;
use chat::{PageId, RoomId, VisitorId, What};

use crate::helper::{Socket, TestServer, Visitor, id_of, view_of};

/// Grace periods in seconds. Only the one for pages that say goodbye, or never had a feed, is short.
const GRACES: &[(&str, &str)] = &[("ROOM_GRACE", "1"), ("ROOM_AWAY_GRACE", "3600"), ("ROOM_EMPTY_GRACE", "3600")];

/// A room in which Ann watches.
async fn scene(variables: &[(&str, &str)], capacity: &str) -> (TestServer, Visitor, RoomId, Socket) {
    let server = TestServer::start_with(variables).await;
    let ann = server.visitor();
    let room = ann.create_room("방", capacity, "").await;
    let mut tab = ann.socket().await;
    tab.watch_from_start(room).await;
    (server, ann, room, tab)
}

/// Waits until this person has left.
async fn left(tab: &mut Socket, who: VisitorId) {
    while !matches!(tab.next().await.expect("open"), Down::Entry(entry) if entry.what == What::Left && entry.person.id == who)
    {
    }
}

/// Waits until exactly these people are away.
async fn away(tab: &mut Socket, who: &[VisitorId]) {
    while !matches!(tab.next().await.expect("open"), Down::Absent { people } if people == who) {}
}

#[tokio::test]
async fn a_page_says_goodbye_by_the_code_that_it_closes_with() {
    let (server, _ann, room, mut tab) = scene(GRACES, "10").await;
    // (The code, and whether the seat ends. A socket that is cut off sends none at all.)
    let cases = [
        (Some(Some(1001)), true),
        (Some(Some(1000)), true),
        (Some(None), false),
        (Some(Some(4321)), false),
        (None, false),
    ];
    for (code, ends) in cases {
        let ben = server.visitor();
        ben.enter(room, "").await;
        let id = id_of(&ben).await;
        let mut socket = ben.socket().await;
        socket.watch_from_start(room).await;
        match code {
            Some(code) => socket.close(code).await,
            None => drop(socket),
        }
        if ends {
            left(&mut tab, id).await;
            continue;
        }
        away(&mut tab, &[id]).await;
        // The others are told at once that Ben is back.
        let mut socket = ben.socket().await;
        socket.watch_from_start(room).await;
        away(&mut tab, &[]).await;
        // (A socket that names no page counts as a page of its own, so this goodbye does not count for the first one.)
        socket.close(Some(1001)).await;
        away(&mut tab, &[id]).await;
        ben.call("leave_room", &[("room", &room.to_string())]).await;
        left(&mut tab, id).await;
    }
}

#[tokio::test]
async fn a_page_that_names_itself_comes_back_as_itself() {
    let (server, _ann, room, mut tab) = scene(GRACES, "10").await;
    let ben = server.visitor();
    ben.enter(room, "").await;
    let id = id_of(&ben).await;
    let open = async || {
        let mut socket = ben.socket().await;
        socket.send(&Up::Page { id: PageId([7; 16]) }).await;
        socket.watch_from_start(room).await;
        socket
    };
    drop(open().await);
    away(&mut tab, &[id]).await;
    // The system ends a page that is asleep. Its script says nothing, and the browser closes the socket.
    let socket = open().await;
    away(&mut tab, &[]).await;
    socket.close(Some(1001)).await;
    away(&mut tab, &[id]).await;
    let socket = open().await;
    away(&mut tab, &[]).await;
    socket.close(Some(1000)).await;
    left(&mut tab, id).await;
}

#[tokio::test]
async fn a_goodbye_is_read_though_writing_fails() {
    let variables = [GRACES, &[("LIMIT_MESSAGES", "1000/1")]].concat();
    let (server, ann, room, mut tab) = scene(&variables, "10").await;
    let ben = server.visitor();
    ben.enter(room, "").await;
    let id = id_of(&ben).await;
    for _ in 0..5 {
        let mut socket = ben.socket().await;
        socket.watch_from_start(room).await;
        // Ben's page does not read any more, and closes the socket while the server writes to it.
        for n in 0..20 {
            ann.say_ok(room, &format!("{n}")).await;
        }
        socket.close_unread(1001).await;
        ann.say_ok(room, "아직 있어요?").await;
    }
    left(&mut tab, id).await;
}

#[tokio::test]
async fn five_cut_off_people_of_an_address_are_kept() {
    let variables = [GRACES, &[("TRUSTED_PROXIES", "127.0.0.1")]].concat();
    let (server, ann, room, _tab) = scene(&variables, "50").await;
    let mut sockets = Vec::new();
    let mut expected = vec![id_of(&ann).await];
    for n in 0..9 {
        let ben = server.visitor();
        let address = if n < 7 { format!("2001:db8:1:2::{n}") } else { "192.0.2.1".to_owned() };
        let request = ben.call_request("enter_room", &[("room", &room.to_string()), ("password", "")]);
        assert_eq!(ben.send(request.header("x-forwarded-for", address)).await.status, 200);
        let mut socket = ben.socket().await;
        socket.watch_from_start(room).await;
        sockets.push(socket);
        if n != 5 && n != 6 {
            expected.push(id_of(&ben).await);
        }
    }
    for socket in sockets {
        drop(socket);
        // The first five that are cut off are kept, so the order has to be certain.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let people = async || view_of(&ann, room).await.people.into_iter().map(|person| person.id).collect::<Vec<_>>();
    while people().await.len() > expected.len() {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(people().await, expected);
}

#[tokio::test]
async fn how_a_seat_was_left_outlives_the_server() {
    let (server, ann, room, tab) = scene(GRACES, "10").await;
    let (ben, cat) = (server.visitor(), server.visitor());
    let mut sockets = Vec::new();
    for visitor in [&ben, &cat] {
        visitor.enter(room, "").await;
        let mut socket = visitor.socket().await;
        socket.watch_from_start(room).await;
        sockets.push(socket);
    }
    let storage = server.stop().await;
    drop((sockets, tab));
    let server = TestServer::start_in(storage, GRACES).await;
    let (ann, ben) = (ann.at(server.address), ben.at(server.address));
    let mut tab = ann.socket().await;
    tab.watch_from_start(room).await;
    let mut both = [id_of(&ben).await, id_of(&cat.at(server.address)).await];
    both.sort_unstable();
    // People whose seats were watched when the server stopped count as cut off.
    away(&mut tab, &both).await;
    assert_eq!(view_of(&ann, room).await.absent, both);
}

#[tokio::test]
async fn the_door_says_why_one_is_outside() {
    let (server, ann, room, mut tab) = scene(GRACES, "2").await;
    let set = [("room", room.to_string()), ("password", "점심".to_owned())];
    ann.call("set_room", &set.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    let (ben, cat) = (server.visitor(), server.visitor());
    let door = async |visitor: &Visitor| {
        let page = visitor.get(&format!("/room/{room}")).await;
        let Page::Door { why, has_pass, is_full, is_password_new, .. } = page.page().page else { panic!("no door") };
        (why, has_pass, is_full, is_password_new, page.text())
    };
    ben.get("/").await;
    assert!(matches!(door(&ben).await, (None, false, false, false, text) if !text.contains("자리를 비운")));
    assert_eq!(ben.enter(room, "점심").await.status, 200);
    let mut socket = ben.socket().await;
    socket.watch_from_start(room).await;
    cat.get("/").await;
    assert!(matches!(door(&cat).await, (None, false, true, false, _)));
    drop(socket);
    away(&mut tab, &[id_of(&ben).await]).await;
    assert!(matches!(door(&cat).await, (None, false, false, false, _)), "a place that one can take");
    assert_eq!(cat.enter(room, "점심").await.status, 200);
    let (why, has_pass, is_full, _, text) = door(&ben).await;
    assert_eq!((why, has_pass, is_full), (Some(Outside::Replaced), true, true));
    assert!(text.contains("다른 사람이 앉았어요") && text.contains("비밀번호 없이 다시 들어갈 수 있어요"), "{text}");
    // Cat has no feed, so her seat ends.
    left(&mut tab, id_of(&cat).await).await;
    let (why, has_pass, ..) = door(&cat).await;
    assert_eq!((why, has_pass), (Some(Outside::Away), true));
    ann.call("set_room", &set.each_ref().map(|(name, value)| (*name, value.as_str()))).await;
    let (_, has_pass, _, is_password_new, text) = door(&cat).await;
    assert!(!has_pass && is_password_new && text.contains("그사이 비밀번호가 바뀌었어요"), "{text}");
    assert!(text.contains("type=\"password\""));
}
