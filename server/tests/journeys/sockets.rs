//! The live channel.

use chat::event::{Close, Down, HEARTBEAT_SECONDS, PROTOCOL, Up};
use chat::{RoomId, What};

use crate::helper::{Socket, TestServer};

#[tokio::test]
async fn what_one_says_the_other_hears() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    let mut socket = ann.socket().await;
    socket.watch(room, 0).await;
    assert!(matches!(&socket.caught_up().await[..], [entry] if entry.what == What::Entered));
    ben.enter(room, "").await;
    let entered = socket.entry().await;
    assert_eq!((entered.seq, entered.what), (2, What::Entered));
    let said = ben.say_well(room, "안녕").await;
    assert_eq!(socket.entry().await, said);
    socket.say(&Up::Ping).await;
    assert_eq!(socket.next().await, Ok(Down::Pong));
}

#[tokio::test]
async fn what_was_missed_comes_after_the_cursor() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let mut socket = ann.socket().await;
    socket.watch(room, 0).await;
    let cursor = socket.caught_up().await.last().expect("an entry").seq;
    drop(socket);
    let mut said = Vec::new();
    for n in 0..3 {
        said.push(ben.say_well(room, &format!("{n}")).await);
    }
    let mut socket = ann.socket().await;
    socket.watch(room, cursor).await;
    assert_eq!(socket.caught_up().await, said);
}

#[tokio::test]
async fn the_lobby_is_live() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    ann.get("/").await;
    let mut socket = ann.socket().await;
    socket.say(&Up::WatchLobby).await;
    assert!(matches!(socket.next().await, Ok(Down::Lobby(page)) if page.cards.is_empty()));
    let room = ben.create_room("방", "10", "").await;
    let Ok(Down::LobbyChange(change)) = socket.next().await else { panic!("no change") };
    assert_eq!(change.changed[0].id, room);
    ben.call("leave_room", &[("room", &room.to_string())]).await;
    let Ok(Down::LobbyChange(change)) = socket.next().await else { panic!("no change") };
    assert_eq!(change.removed, [room]);
    // A new watch takes the old one's place.
    let room = ann.create_room("방", "10", "").await;
    socket.watch(room, 0).await;
    socket.say(&Up::Ping).await;
    while socket.next().await != Ok(Down::Pong) {}
    ann.say_well(room, "a").await;
    while !matches!(socket.next().await.expect("open"), Down::Entry(entry) if entry.seq == 2) {}
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
        assert_eq!(socket.closed().await, code.code());
    }
    ben.enter(room, "").await;
    let mut socket = ben.socket().await;
    socket.watch(room, 0).await;
    socket.caught_up().await;
    ben.call("leave_room", &[("room", &room.to_string())]).await;
    assert_eq!(socket.closed().await, Close::NotSeated.code());
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
        (vec![hello(PROTOCOL), hello(PROTOCOL)], Close::BadFrame),
        (vec![hello(PROTOCOL), "{".to_owned()], Close::BadFrame),
        (vec![hello(PROTOCOL), r#"{"SendText":"a"}"#.to_owned()], Close::BadFrame),
        ([vec![hello(PROTOCOL)], vec![r#""Pong""#.to_owned(); 20]].concat(), Close::BadFrame),
    ] {
        let mut socket = Socket::connect(&ann, &ann.origin()).await.expect("a socket");
        for text in &texts {
            socket.say_text(text).await;
        }
        assert_eq!(socket.closed().await, close.code(), "{texts:?}");
    }
    let mut socket = ann.socket().await;
    socket.say_text(&"x".repeat(8 * 1024)).await;
    assert!(socket.next().await.is_err(), "a frame that is too large");
}

#[tokio::test]
async fn a_visitor_has_so_many_sockets() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    ann.get("/").await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        sockets.push(ann.socket().await);
    }
    assert!(Socket::connect(&ann, &ann.origin()).await.is_err());
}

/// Time stands still but for what everybody waits for.
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
    assert_eq!(rude.next_at_last().await, Err(Close::Silent.code()));
    // A little of it passed before time stood still.
    assert!((5..=10).contains(&began.elapsed().as_secs()), "without a hello");

    assert_eq!(silent.next_at_last().await, Ok(Down::Ping));
    silent.say(&Up::Pong).await;
    assert_eq!(silent.next_at_last().await, Ok(Down::Ping));
    assert_eq!(silent.next_at_last().await, Err(Close::Silent.code()));
    assert!((2 * HEARTBEAT_SECONDS..=3 * HEARTBEAT_SECONDS).contains(&began.elapsed().as_secs()));
}
