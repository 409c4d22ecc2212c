//! Rate limits. Each request is counted by what it does, for the visitor and for the address, before the server spends
//! anything on it.

use chat::{Act, Error, RoomId};
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::helper::{Answer, Socket, TIMEOUT, TestServer, Visitor, logged};

/// The calls that change or read something, grouped by the setting that limits them.
const CALLS: &[(&str, Act, &[&str])] = &[
    ("LIMIT_MESSAGES", Act::Say, &["send_text", "react", "react_by_gif", "show_gif", "rename", "set_room"]),
    ("LIMIT_UPLOADS", Act::Upload, &["upload_gif", "shelve_gif"]),
    (
        "LIMIT_ACTS",
        Act::Other,
        &[
            "leave_room",
            "remove_message",
            "set_away",
            "hand_over",
            "throw_out",
            "let_in",
            "close_room",
            "keep_gif",
            "label_gif",
            "drop_gif",
        ],
    ),
    ("LIMIT_ENTERS", Act::Enter, &["enter_room"]),
    ("LIMIT_NEW_ROOMS", Act::NewRoom, &["create_room"]),
    (
        "LIMIT_LOOKS",
        Act::Look,
        &["set_language", "set_gifs", "bars", "history", "room_gifs", "known_gifs", "has_place", "send_gif"],
    ),
    ("LIMIT_SEARCHES", Act::Search, &["lobby_rooms", "my_gifs"]),
];

fn refused_act(answer: &Answer) -> Option<Act> {
    match answer.error() {
        (429, Error::TooMany { of, retry_after: 590..=600 }) if !answer.header("retry-after").is_empty() => Some(of),
        _ => None,
    }
}

/// Calls any server function, by sending the fields of all of them.
async fn call_with_all_fields(visitor: &Visitor, function: &str, room: RoomId) -> Answer {
    let room = room.to_string();
    let reads =
        ["bars", "history", "lobby_rooms", "room_gifs", "known_gifs", "my_gifs", "has_place"].contains(&function);
    let request = match (reads, function) {
        (true, _) => visitor.request(Method::GET, &format!("/api/{function}?room={room}&before=1&query=a&gifs=")),
        (_, "upload_gif" | "shelve_gif") => {
            let form = reqwest::multipart::Form::new().text("room", room);
            visitor
                .request(Method::POST, &format!("/api/{function}"))
                .header("origin", visitor.origin())
                .multipart(form)
        }
        _ => {
            let (zeros, gif) = ("0".repeat(32), "0".repeat(64));
            let fields = [
                ("room", room.as_str()),
                ("title", "a"),
                ("capacity", "10"),
                ("password", ""),
                ("text", "a"),
                ("lang", "en"),
                ("client", &zeros),
                ("seq", "1"),
                ("emoji", "Wow"),
                ("on", "true"),
                ("name", "a"),
                ("away", "true"),
                ("gif", &gif),
                ("kept", "true"),
                ("to", &zeros),
                ("whom", &zeros),
            ];
            visitor.call_request(function, &fields)
        }
    };
    visitor.send(request.header("accept", "application/json")).await
}

#[tokio::test]
async fn every_call_is_counted_as_what_it_does() {
    for (setting, act, functions) in CALLS {
        for function in *functions {
            let server = TestServer::start_with(&[(setting, "1/600")]).await;
            let ann = server.visitor();
            let room = RoomId([7; 16]);
            let first = call_with_all_fields(&ann, function, room).await;
            assert_ne!(first.status, 429, "{function}: {}", first.text());
            let second = call_with_all_fields(&ann, function, room).await;
            assert_eq!(refused_act(&second), Some(*act), "{function}: {}", second.text());
        }
    }
}

#[tokio::test]
async fn pages_and_sockets_have_limits_too() {
    let server = TestServer::start_with(&[("LIMIT_LOOKS", "2/600"), ("LIMIT_CONNECTS", "1/600")]).await;
    let ann = server.visitor();
    assert_eq!(ann.get("/").await.status, 200);
    assert!(Socket::open(&ann).await.is_ok());
    assert!(Socket::connect(&ann, &ann.origin()).await.is_err());
    assert_eq!(ann.get("/room").await.status, 200);
    let page = ann.get("/room").await;
    assert_eq!(page.status, 429);
    assert!(page.text().contains("<!DOCTYPE html>"), "people get a page");
    let server = TestServer::start_with(&[("LIMIT_SEARCHES", "1/600")]).await;
    let ann = server.visitor();
    assert_eq!(
        (ann.get("/?q=a").await.status, ann.get("/?q=a").await.status.as_u16()),
        (200.try_into().expect("a status"), 429)
    );
    assert_eq!(ann.get("/").await.status, 200, "looking is not searching");
}

/// This limit counts all requests: also those for files, probes and unknown paths, and those of foreign pages.
#[tokio::test]
async fn an_address_asks_so_much_and_no_more() {
    let server = TestServer::start_with(&[("LIMIT_REQUESTS", "1/600"), ("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let from = async |address: &str, path: &str| {
        let stranger = server.visitor();
        let request = stranger.request(Method::GET, path).header("x-forwarded-for", address);
        stranger.send(request.header("accept", "text/html")).await
    };
    let paths = ["/", "/readyz", "/healthz", "/favicon.svg", "/no/such", "/pkg/gifchat.css", "/room", "/ws", "/", "/"];
    for path in paths {
        assert_ne!(from("192.0.2.1", path).await.status, 429, "{path}");
    }
    for path in paths {
        let answer = from("192.0.2.1", path).await;
        assert!(matches!(answer.error(), (429, Error::TooMany { of: Act::Request, .. })), "{path}");
        assert!(!answer.header("retry-after").is_empty() && answer.header("x-content-type-options") == "nosniff");
    }
    assert_eq!(from("192.0.2.2", "/").await.status, 200);
}

/// A form with a mistake creates nothing, so it must not use up the limit.
#[tokio::test]
async fn a_form_with_a_mistake_does_not_count() {
    let server = TestServer::start_with(&[("LIMIT_NEW_ROOMS", "1/600")]).await;
    let ann = server.visitor();
    for _ in 0..3 {
        let answer = ann.call("create_room", &[("title", ""), ("capacity", "10"), ("password", "")]).await;
        assert_eq!(answer.status, 422);
    }
    ann.create_room("방", "10", "").await;
}

/// Anybody can become a new visitor, so an address has a limit of its own, which is ten times a visitor's.
#[tokio::test]
async fn an_address_has_ten_times_as_much_as_a_visitor() {
    let server = TestServer::start_with(&[("LIMIT_NEW_ROOMS", "1/600"), ("TRUSTED_PROXIES", "127.0.0.1")]).await;
    let from = async |address: &str| {
        let stranger = server.visitor();
        let fields = [("title", "a"), ("capacity", "10"), ("password", "")];
        stranger.send(stranger.call_request("create_room", &fields).header("x-forwarded-for", address)).await
    };
    for _ in 0..10 {
        assert_eq!(from("192.0.2.1").await.status, 200);
    }
    let answer = from("192.0.2.1").await;
    assert!(matches!(answer.error(), (429, Error::TooMany { of: Act::NewRoom, retry_after: 1..=60 })));
    assert_eq!(from("192.0.2.2").await.status, 200);
    for n in 0..10 {
        assert_eq!(from(&format!("2001:db8::{n}:1")).await.status, 200);
    }
    assert_eq!(from("2001:db8::ffff").await.status, 429, "one network of IPv6 is one address");
    assert_eq!(from("2001:db8:0:1::1").await.status, 200);
}

/// Behind a proxy on this machine, without TRUSTED_PROXIES, everybody has the proxy's address, so a limit would hit all.
#[tokio::test]
async fn behind_a_proxy_that_nobody_named_addresses_do_not_count() {
    let server = TestServer::start_with(&[("LIMIT_NEW_ROOMS", "1/600")]).await;
    for _ in 0..12 {
        let stranger = server.visitor();
        let fields = [("title", "a"), ("capacity", "10"), ("password", "")];
        let answer =
            stranger.send(stranger.call_request("create_room", &fields).header("x-forwarded-for", "192.0.2.1")).await;
        assert_eq!(answer.status, 200);
    }
    assert!(logged().contains("TRUSTED_PROXIES"), "the host is told which setting is missing");
}

/// A refusal is sent as soon as the head of the request is there, without waiting for the body.
#[tokio::test]
async fn limits_are_asked_before_the_body_is_read() {
    let server = TestServer::start_with(&[("LIMIT_NEW_ROOMS", "1/600"), ("LIMIT_UPLOADS", "1/600")]).await;
    let ann = server.visitor();
    ann.create_room("방", "10", "").await;
    call_with_all_fields(&ann, "upload_gif", RoomId([7; 16])).await;
    for (path, content_type) in [
        ("/api/create_room", "application/x-www-form-urlencoded"),
        ("/api/upload_gif", "multipart/form-data; boundary=x"),
        ("/api/shelve_gif", "multipart/form-data; boundary=x"),
    ] {
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nOrigin: {}\r\nCookie: {}\r\nAccept: application/json\r\n\
             Content-Type: {content_type}\r\nContent-Length: 50000\r\n\r\n",
            server.address,
            ann.origin(),
            ann.cookie()
        );
        stream.write_all(head.as_bytes()).await.expect("sent");
        let mut answer = [0; 12];
        timeout(TIMEOUT, stream.read_exact(&mut answer)).await.expect("in time").expect("an answer");
        assert_eq!(&answer, b"HTTP/1.1 429");
    }
}

/// The log has at most one line for each kind and minute, and nothing that anybody typed.
#[tokio::test]
async fn the_host_hears_of_doors_and_of_who_may_not() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("비밀", "10", "needle-of-a-door").await;
    assert_eq!(ben.say(room, "안녕").await.error(), (403, Error::NotSeated));
    assert_eq!(ben.enter(room, "needle-of-a-door").await.status, 200);
    let closed = ben.act("close_room", room, &[]).await;
    assert_eq!(closed.error(), (403, Error::NotOwner));
    let log = logged();
    let lines = |words: &str| log.lines().filter(|line| line.contains(words)).collect::<Vec<_>>();
    let (opened, refused) = (lines("doors opened to their passwords"), lines("or does not own the room"));
    let is_of = |level: &str, line: &&str| line.contains(level) && line.contains("security");
    assert!(!opened.is_empty() && opened.iter().all(|line| is_of("INFO", line)), "{opened:?}");
    assert!(!refused.is_empty() && refused.iter().all(|line| is_of("WARN", line)), "{refused:?}");
    assert!(lines("needle-of-a-door").is_empty());
}

#[tokio::test]
async fn the_host_hears_of_what_is_refused() {
    let server = TestServer::start_with(&[("LIMIT_SEARCHES", "1/600")]).await;
    let ann = server.visitor();
    for _ in 0..5 {
        ann.fetch("/api/lobby_rooms?query=needle-in-the-log").await;
    }
    let log = logged();
    let lines: Vec<_> = log.lines().filter(|line| line.contains("limit of the visitor reached: Search")).collect();
    assert!(!lines.is_empty());
    assert!(lines.iter().all(|line| line.contains("security") && !line.contains("needle-in-the-log")), "{lines:?}");
}
