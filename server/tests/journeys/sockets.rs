//! WebSockets: what they deliver, and when they are closed.

use chat::event::{Close, Down, HEARTBEAT_SECONDS, LOBBY_PAGE, PROTOCOL, Up};
use chat::{Act, Error, RoomId, What};
use reqwest::Method;

use crate::helper::{Answer, Socket, TestServer, Visitor, logged};

#[tokio::test]
async fn what_one_says_the_other_hears() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    let mut socket = ann.socket().await;
    socket.watch(room, 0).await;
    assert!(matches!(&socket.read_until_caught_up().await[..], [entry] if entry.what == What::Entered));
    ben.enter(room, "").await;
    let entered = socket.entry().await;
    assert_eq!((entered.seq, entered.what), (2, What::Entered));
    let said = ben.say_ok(room, "안녕").await;
    assert_eq!(socket.entry().await, said);
    socket.send(&Up::Ping).await;
    assert_eq!(socket.next().await, Ok(Down::Pong));
}

#[tokio::test]
async fn a_page_may_ask_what_time_it_is() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let now = || std::time::UNIX_EPOCH.elapsed().expect("after 1970").as_millis() as u64;
    let asked = now();
    ann.get("/").await;
    let mut socket = ann.socket().await;
    // Nothing has to be watched for it.
    socket.send(&Up::Time).await;
    let Ok(Down::Time { now: told }) = socket.next().await else { panic!("no time") };
    let page = ann.get("/").await.page().now;
    assert!(asked <= told.0 && told.0 <= page.0 && page.0 <= now(), "{asked} {told:?} {page:?}");
}

#[tokio::test]
async fn what_was_missed_comes_after_the_cursor() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let mut socket = ann.socket().await;
    socket.watch(room, 0).await;
    let cursor = socket.read_until_caught_up().await.last().expect("an entry").seq;
    drop(socket);
    let mut said = Vec::new();
    for n in 0..3 {
        said.push(ben.say_ok(room, &format!("{n}")).await);
    }
    let mut socket = ann.socket().await;
    socket.watch(room, cursor).await;
    assert_eq!(socket.read_until_caught_up().await, said);
}

#[tokio::test]
async fn the_lobby_is_live() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    ann.get("/").await;
    let mut socket = ann.socket().await;
    socket.send(&Up::WatchLobby).await;
    assert!(matches!(socket.next().await, Ok(Down::Lobby(page)) if page.cards.is_empty()));
    let room = ben.create_room("방", "10", "").await;
    let Ok(Down::LobbyChange(change)) = socket.next().await else { panic!("no change") };
    assert_eq!(change.changed[0].id, room);
    ben.call("leave_room", &[("room", &room.to_string())]).await;
    let Ok(Down::LobbyChange(change)) = socket.next().await else { panic!("no change") };
    assert_eq!(change.removed, [room]);
    // Watching a room replaces watching the lobby.
    let room = ann.create_room("방", "10", "").await;
    socket.watch(room, 0).await;
    socket.send(&Up::Ping).await;
    while socket.next().await != Ok(Down::Pong) {}
    ann.say_ok(room, "a").await;
    while !matches!(socket.next().await.expect("open"), Down::Entry(entry) if entry.seq == 2) {}
}

#[tokio::test]
async fn cards_further_down_are_live_for_who_shows_them() {
    let server = TestServer::start_with(&[("LIMIT_NEW_ROOMS", "1000/1")]).await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let oldest = ann.create_room("방", "10", "").await;
    for _ in 0..LOBBY_PAGE {
        ann.create_room("방", "10", "").await;
    }
    ben.get("/").await;
    let mut socket = ben.socket().await;
    socket.send(&Up::WatchLobby).await;
    assert!(matches!(socket.next().await, Ok(Down::Lobby(page)) if page.more && page.cards.len() == LOBBY_PAGE));
    socket.send(&Up::ShowCards { rooms: vec![oldest] }).await;
    let people = async |socket: &mut Socket| loop {
        if let Down::LobbyChange(change) = socket.next().await.expect("open")
            && let Some(card) = change.changed.iter().find(|card| card.id == oldest)
        {
            break card.people;
        }
    };
    assert_eq!(people(&mut socket).await, 1);
    ben.enter(oldest, "").await;
    assert_eq!(people(&mut socket).await, 2);
}

#[tokio::test]
async fn who_may_not_watch_is_told() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.get("/").await;
    for (room, code) in [(room, Close::NotSeated), (RoomId([7; 16]), Close::RoomGone)] {
        let mut socket = ben.socket().await;
        socket.watch(room, 0).await;
        assert_eq!(socket.close_code().await, code.code());
    }
    ben.enter(room, "").await;
    let mut socket = ben.socket().await;
    socket.watch(room, 0).await;
    socket.read_until_caught_up().await;
    ben.call("leave_room", &[("room", &room.to_string())]).await;
    assert_eq!(socket.close_code().await, Close::NotSeated.code());
}

#[tokio::test]
async fn frames_out_of_turn_end_it() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    ann.get("/").await;
    let hello = |protocol: u16| format!(r#"{{"Hello":{{"protocol":{protocol}}}}}"#);
    for (texts, close) in [
        (vec![hello(PROTOCOL + 1)], Close::OldPage),
        (vec![hello(u16::MAX)], Close::OldPage),
        (vec![r#""WatchLobby""#.to_owned()], Close::BadFrame),
        (vec![hello(PROTOCOL), r#"{"ShowCards":{"rooms":[]}}"#.to_owned()], Close::BadFrame),
        (vec![hello(PROTOCOL), hello(PROTOCOL)], Close::BadFrame),
        (vec![hello(PROTOCOL), "{".to_owned()], Close::BadFrame),
        (vec![hello(PROTOCOL), r#"{"SendText":"a"}"#.to_owned()], Close::BadFrame),
        ([vec![hello(PROTOCOL)], vec![r#""Pong""#.to_owned(); 20]].concat(), Close::BadFrame),
    ] {
        let mut socket = Socket::connect(&ann, &ann.origin()).await.expect("a socket");
        for text in &texts {
            socket.send_text(text).await;
        }
        assert_eq!(socket.close_code().await, close.code(), "{texts:?}");
    }
    let mut socket = ann.socket().await;
    socket.send_text(&"x".repeat(8 * 1024)).await;
    assert!(socket.next().await.is_err(), "a frame that is too large");
}

#[tokio::test]
async fn a_visitor_has_so_many_sockets() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    ann.get("/").await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        assert_eq!(ask(&ann).await.status, 204);
        sockets.push(ann.socket().await);
    }
    assert!(Socket::connect(&ann, &ann.origin()).await.is_err());
    assert_eq!(ask(&ann).await.error(), (429, Error::TooMany { of: Act::Connect, retry_after: 60 }));
    assert!(logged().contains("limit of the sockets at once reached: Connect"), "the host hears of it");
}

#[tokio::test]
async fn a_stranger_is_told_that_they_are_one() {
    let server = TestServer::start().await;
    assert_eq!(ask(&server.visitor()).await.error(), (403, Error::Refused));
}

#[tokio::test]
async fn to_ask_counts_as_no_socket() {
    let server = TestServer::start_with(&[("LIMIT_CONNECTS", "1/60")]).await;
    let ann = server.visitor();
    ann.get("/").await;
    for _ in 0..5 {
        assert_eq!(ask(&ann).await.status, 204);
    }
    let _socket = ann.socket().await;
    assert!(matches!(ask(&ann).await.error(), (429, Error::TooMany { of: Act::Connect, .. })));
}

/// Asks whether a socket would be opened, as a page does that gets none.
async fn ask(visitor: &Visitor) -> Answer {
    let request = visitor.request(Method::POST, "/ws").header("origin", visitor.origin());
    visitor.send(request.header("accept", "application/json")).await
}

/// The clock is paused, and only advances while every task waits.
#[tokio::test]
async fn who_is_silent_is_given_up() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    ann.get("/").await;
    let mut silent = ann.socket().await;
    let mut rude = Socket::connect(&ann, &ann.origin()).await.expect("a socket");
    rude.next().await.expect("hello");
    tokio::time::pause();
    let began = tokio::time::Instant::now();
    assert_eq!(rude.next_without_timeout().await, Err(Close::Silent.code()));
    // The socket was open for a moment before the clock was paused.
    assert!((5..=10).contains(&began.elapsed().as_secs()), "without a hello");

    assert_eq!(silent.next_without_timeout().await, Ok(Down::Ping));
    silent.send(&Up::Pong).await;
    assert_eq!(silent.next_without_timeout().await, Ok(Down::Ping));
    assert_eq!(silent.next_without_timeout().await, Err(Close::Silent.code()));
    assert!((2 * HEARTBEAT_SECONDS..=3 * HEARTBEAT_SECONDS).contains(&began.elapsed().as_secs()));
}
