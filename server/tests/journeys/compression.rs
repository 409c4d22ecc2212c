//! What is compressed on its way to a browser, and what is not.

use std::io::{Read, Write};

use chat::{Entry, RoomId};
use reqwest::Method;
use reqwest::multipart::Part;

use crate::helper::{Answer, GIF, TestServer, Visitor, hash_of, id_of};

const BROWSERS: &str = "gzip, deflate, br, zstd";
const MANY: [(&str, &str); 2] = [("LIMIT_NEW_ROOMS", "1000/1"), ("LIMIT_MESSAGES", "1000/1")];
const WORDS: &str = "너에게만 하는 말: 열쇠는 화분 밑에 7f3a91c4";

async fn ask(visitor: &Visitor, method: Method, path: &str, encodings: &str) -> Answer {
    let accept = if path.starts_with("/api/") { "application/json" } else { "text/html,*/*;q=0.8" };
    let mut request = visitor.request(method, path).header("accept", accept);
    if !encodings.is_empty() {
        request = request.header("accept-encoding", encodings);
    }
    visitor.send(request).await
}

async fn get(visitor: &Visitor, path: &str, encodings: &str) -> Answer {
    ask(visitor, Method::GET, path, encodings).await
}

fn decoded(answer: &Answer) -> String {
    let mut plain = Vec::new();
    let read = match answer.header("content-encoding") {
        "br" => brotli::Decompressor::new(&*answer.bytes, 4096).read_to_end(&mut plain),
        "gzip" => flate2::read::GzDecoder::new(&*answer.bytes).read_to_end(&mut plain),
        _ => answer.bytes.as_slice().read_to_end(&mut plain),
    };
    read.expect("what was compressed");
    String::from_utf8(plain).expect("text")
}

/// How many bytes this would take with brotli, at the server's level.
fn brotli_length(plain: &[u8]) -> usize {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, 1, 18);
    writer.write_all(plain).expect("written");
    writer.into_inner().len()
}

/// A room with enough in it that its answers are worth compressing.
async fn busy_room(owner: &Visitor) -> RoomId {
    let room = owner.create_room("방", "10", "").await;
    for number in 0..10 {
        owner.say_ok(room, &format!("{number} 어제 본 고양이 GIF 다시 보여 줄래?")).await;
    }
    room
}

#[tokio::test]
async fn pages_and_answers_are_compressed() {
    let server = TestServer::start_with(&MANY).await;
    let (ann, ben) = (server.visitor(), server.visitor());
    for number in 0..10 {
        ann.create_room(&format!("금요일 밤 GIF 모임 {number}"), "10", "").await;
    }
    let room = busy_room(&ann).await;
    let (inside, history) = (format!("/room/{room}"), format!("/api/history?room={room}&before=11"));
    ben.get("/").await;
    for (visitor, path, status) in [
        (&ann, "/", 200),
        (&ann, "/?q=GIF", 200),
        (&ann, "/room", 200),
        (&ann, inside.as_str(), 200),
        (&ben, inside.as_str(), 200),
        (&ann, "/nothing", 404),
        (&ann, "/room/nothing", 404),
        (&ann, history.as_str(), 200),
        (&ann, "/api/lobby_rooms", 200),
    ] {
        let plain = get(visitor, path, "").await;
        assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "accept-encoding"), "{path}");
        for (accepted, expected) in
            [(BROWSERS, "br"), ("gzip, br;q=0", "gzip"), ("br;q=0.3, gzip;q=0.4", "gzip"), ("*", "br")]
        {
            let answer = get(visitor, path, accepted).await;
            assert_eq!(answer.status, status, "{path}");
            let headers = ["content-encoding", "vary", "content-type"].map(|name| answer.header(name));
            assert_eq!(headers, [expected, "accept-encoding", plain.header("content-type")], "{path} by {accepted}");
            assert_eq!(answer.header("content-length"), answer.bytes.len().to_string(), "{path}");
            assert!(answer.bytes.len() * 10 < plain.bytes.len() * 7, "{path}: {} bytes", answer.bytes.len());
            let text = decoded(&answer);
            // Two pages differ in their nonces, which all have the same length.
            assert_eq!(text.len(), plain.bytes.len(), "{path}");
            assert!(path.starts_with("/api/") && text == plain.text() || text.ends_with("</html>"), "{path}: {text}");
        }
        for refused in ["br;q=0, gzip;q=0", "*;q=0", "zstd, deflate", "identity, br;q=0.5", "br;q=x"] {
            let answer = get(visitor, path, refused).await;
            assert_eq!(
                (answer.header("content-encoding"), answer.header("vary")),
                ("", "accept-encoding"),
                "{refused}"
            );
            assert_eq!(answer.bytes.len(), plain.bytes.len(), "{path} by {refused}");
        }
    }
}

#[tokio::test]
async fn the_head_of_a_page_is_that_of_the_page() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    ann.get("/").await;
    let [plain, head] = [get(&ann, "/", "").await, ask(&ann, Method::HEAD, "/", "").await];
    assert_eq!(head.header("content-length"), plain.header("content-length"));
    let [page, head] = [get(&ann, "/", BROWSERS).await, ask(&ann, Method::HEAD, "/", BROWSERS).await];
    for name in ["content-encoding", "vary", "content-type", "cache-control"] {
        assert_eq!(head.header(name), page.header(name), "{name}");
    }
    assert!(head.bytes.is_empty() && head.header("content-encoding") == "br");
    // The nonces differ, and so may the lengths, by a little.
    let length = head.header("content-length").parse::<usize>().expect("a length");
    assert!(length.abs_diff(page.bytes.len()) < 64, "{length} and {}", page.bytes.len());
}

#[tokio::test]
async fn what_is_small_stays_plain() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let history = format!("/api/history?room={room}&before=1");
    for path in [history.as_str(), "/api/history?room=x&before=1", "/api/nothing", "/api/lobby_rooms"] {
        let answer = get(&ann, path, BROWSERS).await;
        assert!(answer.bytes.len() < 1024, "{path}: {}", answer.text());
        assert_eq!((answer.header("content-encoding"), answer.header("vary")), ("", "accept-encoding"), "{path}");
    }
    let fields = [("room", &*room.to_string()), ("text", "안녕")];
    let said = ann.send(ann.call_request("send_text", &fields).header("accept-encoding", BROWSERS)).await;
    assert_eq!((said.header("content-encoding"), said.header("vary")), ("", "accept-encoding"));
    let long = "긴 글 ".repeat(300);
    let fields = [("room", &*room.to_string()), ("text", &long)];
    let said = ann.send(ann.call_request("send_text", &fields).header("accept-encoding", BROWSERS)).await;
    assert_eq!((said.status.as_u16(), said.header("content-encoding")), (200, "br"));
    let probe = get(&ann, "/healthz", BROWSERS).await;
    assert_eq!((probe.header("content-encoding"), probe.header("vary")), ("", ""));
}

/// Cat is in the room and guesses what Ann has whispered to Ben. A right guess makes a compressed page shorter than a
/// wrong one, so somebody who sees how long Ben's pages are on their way would know which guess was right.
#[tokio::test]
async fn no_length_tells_what_a_whisper_says() {
    let server = TestServer::start_with(&MANY).await;
    let (ann, ben, cat) = (server.visitor(), server.visitor(), server.visitor());
    let room = busy_room(&cat).await;
    let path = format!("/room/{room}");
    for visitor in [&ann, &ben] {
        assert_eq!(visitor.enter(room, "").await.status, 200);
    }
    assert_eq!(get(&ben, &path, BROWSERS).await.header("content-encoding"), "br", "before there is a whisper");
    let whisper = ann.whisper(room, id_of(&ben).await, WORDS).await;
    assert_eq!(whisper.status, 200);
    cat.say_ok(room, "맞혀 볼게").await;

    let history = format!("/api/history?room={room}&before=1000");
    let wrong: String = WORDS.chars().rev().collect();
    let mut lengths = Vec::new();
    for guess in [None, Some(WORDS), Some(wrong.as_str())] {
        if let Some(guess) = guess {
            cat.say_ok(room, guess).await;
        }
        for path in [&path, &history] {
            for visitor in [&ann, &ben] {
                let answer = get(visitor, path, BROWSERS).await;
                assert_eq!(
                    (answer.header("content-encoding"), answer.header("vary")),
                    ("", "accept-encoding"),
                    "{path}"
                );
                assert!(answer.text().contains(WORDS));
            }
            let others = get(&cat, path, BROWSERS).await;
            assert_eq!(others.header("content-encoding"), "br", "whoever sees no whisper: {path}");
        }
        let [page, answer] = [get(&ben, &path, BROWSERS).await, get(&ben, &history, BROWSERS).await];
        lengths.push((page.bytes.len(), answer.bytes.len(), brotli_length(&answer.bytes)));
    }
    let [before, right, wrong] = lengths[..] else { panic!("{lengths:?}") };
    assert_eq!((right.0 - before.0, right.1 - before.1), (wrong.0 - right.0, wrong.1 - right.1), "as it is sent");
    // This shows that the test would notice: compressed, the right guess adds less.
    assert!(right.2 - before.2 < wrong.2 - right.2, "compressed: {lengths:?}");
}

#[tokio::test]
async fn what_was_typed_into_a_form_comes_back_plain() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "").await;
    let path = format!("/room/{room}");
    let form = [("room", &*room.to_string()), ("to", &id_of(&ben).await.to_string()), ("text", WORDS)];
    assert_eq!(ann.submit(&format!("/api/send_text?back={path}"), &form).await.status, 303);
    let page = get(&ann, &path, BROWSERS).await;
    assert_eq!((page.header("content-encoding"), page.header("vary")), ("", "accept-encoding"));
    assert!(page.text().contains(WORDS));
    assert_eq!(get(&ann, &path, BROWSERS).await.header("content-encoding"), "br");
}

#[tokio::test]
async fn what_is_no_page_stays_as_it_is() {
    let server = TestServer::start_with(&MANY).await;
    let ann = server.visitor();
    let room = busy_room(&ann).await;
    let log = get(&ann, &format!("/room/{room}/log"), BROWSERS).await;
    assert_eq!((log.header("content-encoding"), log.header("vary")), ("", "accept-encoding"), "it loads itself again");
    let entry: Entry = ann.upload(room, Part::bytes(GIF), &[]).await.json();
    let gif = format!("/gif/{room}/{}", hash_of(&entry));
    let answer = get(&ann, &gif, BROWSERS).await;
    assert_eq!((answer.header("content-encoding"), answer.header("vary"), &*answer.bytes), ("", "", GIF));
    let request = ann.request(Method::GET, &gif).header("accept-encoding", BROWSERS);
    let known = ann.send(request.header("if-none-match", answer.header("etag"))).await;
    assert_eq!((known.status.as_u16(), known.header("content-encoding"), known.bytes.len()), (304, "", 0));
    // Files are compressed when the site is built, or not at all.
    let style = get(&ann, "/pkg/gifchat.css", BROWSERS).await;
    assert_eq!((style.header("content-encoding"), style.text().as_str()), ("br", "not really brotli"));
    let style = get(&ann, "/pkg/gifchat.css", "gzip").await;
    assert_eq!((style.header("content-encoding"), style.text().as_str()), ("", "body{}"));
    let request = ann.request(Method::GET, "/favicon.svg").header("accept-encoding", BROWSERS);
    let part = ann.send(request.header("range", "bytes=1-3")).await;
    assert_eq!((part.status.as_u16(), part.header("content-encoding"), part.text().as_str()), (206, "", "svg"));
    let mut socket = ann.socket().await;
    socket.watch_from_start(room).await;
}
