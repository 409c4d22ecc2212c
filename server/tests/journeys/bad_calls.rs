//! How a room's server functions answer foreign pages, broken programs and impatient people.

use chat::entry::Emoji;
use chat::{Act, Error, Field, Problem, VisitorId};
use reqwest::Method;
use reqwest::multipart::Part;

use crate::helper::{GIF, Socket, TestServer, id_of, logged, view_of, write_calls};

const FORM: &str = "application/x-www-form-urlencoded";

#[tokio::test]
async fn only_our_own_pages_call_them_and_only_by_post() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let seq = ann.say_ok(room, "안녕").await.seq;
    let before = view_of(&ann, room).await;
    for (function, body) in write_calls(room, id_of(&ben).await, seq) {
        let path = format!("/api/{function}");
        for headers in [
            vec![],
            vec![("origin", "https://evil.example")],
            vec![("origin", "null")],
            vec![("sec-fetch-site", "cross-site"), ("origin", &ann.origin())],
        ] {
            let mut request = ann.request(Method::POST, &path).header("content-type", FORM).body(body.clone());
            for (name, value) in &headers {
                request = request.header(*name, *value);
            }
            assert_eq!(ann.send(request).await.error(), (403, Error::Refused), "{function} {headers:?}");
        }
        let answer = ann.fetch(&format!("{path}?{body}")).await;
        assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "POST"), "{function}");
        // A link or an image on a foreign page can send a GET, here with the body of a form.
        let request = ann.request(Method::GET, &path).header("content-type", FORM).body(body);
        assert_eq!(ann.send(request).await.status, 405, "{function}");
    }
    let answer = ann.act("bars", room, &[]).await;
    assert_eq!((answer.status.as_u16(), answer.header("allow")), (405, "GET"), "reading is a GET");
    assert_eq!(view_of(&ann, room).await, before);
}

#[tokio::test]
async fn nothing_that_is_sent_breaks_them() {
    let server = TestServer::start_with(&[("LIMIT_MESSAGES", "1000/1")]).await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let seq = ann.say_ok(room, "안녕").await.seq;
    let other = id_of(&ben).await;
    let before = view_of(&ann, room).await;
    let wide = "가".repeat(10_000);
    let numbers =
        ["18446744073709551615", "9223372036854775808", "99999999999999999999999", "-1", "1e3", "", "x", &wide];
    let ids = ["", "x", "0", "../..", &"f".repeat(31), &"f".repeat(33), &"g".repeat(32), &wide];
    let client = chat::ClientId::generate().to_string();

    let mut calls: Vec<(&str, Vec<(&str, &str)>)> = Vec::new();
    for number in numbers {
        calls.push(("react", vec![("client", &client), ("seq", number), ("emoji", "Heart"), ("on", "true")]));
        calls.push(("remove_message", vec![("seq", number)]));
        calls.push(("set_room", vec![("title", "a"), ("capacity", number)]));
        if !number.is_empty() {
            calls.push(("send_text", vec![("text", "a"), ("reply", number)]));
        }
    }
    for id in ids {
        for (function, field) in [("hand_over", "to"), ("throw_out", "whom"), ("let_in", "whom")] {
            calls.push((function, vec![(field, id)]));
        }
        calls.push(("react", vec![("client", id), ("seq", "3"), ("emoji", "Heart"), ("on", "true")]));
        if !id.is_empty() {
            calls.push(("send_text", vec![("text", "a"), ("to", id)]));
        }
    }
    for emoji in ["", "heart", "Poop", "❤️", "0", &wide] {
        calls.push(("react", vec![("client", &client), ("seq", "3"), ("emoji", emoji), ("on", "true")]));
    }
    for flag in ["", "maybe", "2", &wide] {
        calls.push(("react", vec![("client", &client), ("seq", "3"), ("emoji", "Heart"), ("on", flag)]));
        calls.push(("set_away", vec![("away", flag)]));
    }
    for (function, fields) in &calls {
        let answer = ann.act(function, room, fields).await;
        assert!(answer.status.is_client_error(), "{function} {fields:?}: {} {}", answer.status, answer.text());
        answer.error();
    }
    for (function, body) in write_calls(room, other, seq) {
        let (_, fields) = body.split_once('&').expect("more fields");
        for body in [fields.to_owned(), format!("room=x&{fields}"), String::new(), "%".to_owned(), "\0".to_owned()] {
            let answer = ann.send(ann.call_request(function, &[]).body(body.clone())).await;
            assert!(answer.status.is_client_error(), "{function} {body}: {} {}", answer.status, answer.text());
        }
        let large = format!("{body}&more={}", "x".repeat(65 * 1024));
        let answer = ann.send(ann.call_request(function, &[]).body(large)).await;
        assert_eq!(answer.error(), (413, Error::TooLarge { limit: 64 * 1024 }), "{function}");
        let answer =
            ann.send(ann.call_request(function, &[]).header("content-type", "application/json").body("{}")).await;
        assert!(answer.status.is_client_error(), "{function}: {} {}", answer.status, answer.text());
    }
    for (name, value) in [("to", "x"), ("to", &wide), ("reply", "-1"), ("reply", "x"), ("client", "x")] {
        let answer = ann.upload(room, Part::bytes(GIF), &[(name, value)]).await;
        assert_eq!(answer.error(), (403, Error::Refused), "{name}");
    }
    for path in ["bars", "bars?room=x", &format!("history?room={room}&before=-1"), "history"] {
        assert!(ann.fetch(&format!("/api/{path}")).await.status.is_client_error(), "{path}");
    }
    let mut socket = Socket::open(&ann).await.expect("a socket");
    socket.watch(room, u64::MAX).await;
    socket.read_until_caught_up().await;
    assert_eq!(ann.fetch(&format!("/api/history?room={room}&before={}", u64::MAX)).await.status, 200);
    assert_eq!(ann.get(&format!("/room/{room}/log?before={}", u64::MAX)).await.status, 200);
    assert_eq!(view_of(&ann, room).await, before, "nothing was changed");
    server.stop().await;
    assert!(!logged().contains("panicked"), "a panic");
}

#[tokio::test]
async fn long_texts_are_told_their_limits() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let (long, other) = ("a".repeat(10_000), id_of(&ben).await.to_string());
    for (function, fields, field, max) in [
        ("rename", vec![("name", long.as_str())], Field::Name, 20),
        ("send_text", vec![("text", &long), ("to", &other)], Field::Text, 2000),
        ("throw_out", vec![("whom", &other), ("reason", &long)], Field::Reason, 200),
        ("set_room", vec![("title", &long), ("capacity", "10")], Field::Title, 50),
        ("set_room", vec![("title", "a"), ("capacity", "10"), ("password", &long)], Field::Password, 128),
    ] {
        let error = Error::invalid(field, Problem::TooLong { max });
        assert_eq!(ann.act(function, room, &fields).await.error(), (422, error), "{function}");
    }
    assert_eq!(view_of(&ann, room).await.seq, 2, "nothing was changed");
}

#[tokio::test]
async fn what_costs_others_has_a_limit() {
    let server = TestServer::start_with(&[("LIMIT_MESSAGES", "2/60")]).await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    ben.enter(room, "").await;
    let other: VisitorId = id_of(&ben).await;
    let seq = ann.say_ok(room, "안녕").await.seq;
    assert_eq!(ann.react(room, seq, Emoji::Wow, true).await.status, 200);
    let settings = [("title", "b"), ("capacity", "10"), ("password", "costs time")];
    for answer in [
        ann.say(room, "a").await,
        ann.whisper(room, other, "a").await,
        ann.react(room, seq, Emoji::Wow, false).await,
        ann.act("rename", room, &[("name", "민수")]).await,
        ann.act("set_room", room, &settings).await,
    ] {
        assert!(
            matches!(answer.error(), (429, Error::TooMany { of: Act::Say, retry_after: 50..=60 })),
            "{:?}",
            answer.error()
        );
        assert!(!answer.header("retry-after").is_empty());
    }
    assert_eq!(view_of(&ann, room).await.seq, 4, "nothing was changed");
    // The owner's means of keeping order do not count as messages.
    assert_eq!(ann.act("remove_message", room, &[("seq", &seq.to_string())]).await.status, 200);
    assert_eq!(ann.act("throw_out", room, &[("whom", &other.to_string())]).await.status, 200);
    assert_eq!(ann.act("close_room", room, &[]).await.status, 200);
}

#[tokio::test]
async fn a_field_that_is_there_twice_is_no_field() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let client = chat::ClientId::generate();
    for body in [
        format!("room={room}&client={client}&text=a&text=b"),
        format!("room={room}&room={room}&client={client}&text=a"),
        format!("room={room}&client={client}&text[]=a&text[]=b"),
    ] {
        let request = ann.request(Method::POST, "/api/send_text").header("origin", ann.origin());
        let request = request.header("accept", "application/json").header("content-type", FORM).body(body.clone());
        assert_eq!(ann.send(request).await.error(), (403, Error::Refused), "{body}");
    }
    assert_eq!(view_of(&ann, room).await.seq, 1, "nothing was said");
}
