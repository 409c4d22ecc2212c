//! The real binary with MongoDB and NATS: what it stores, what it reports when they are away, and what it never logs.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use app::page::Page;
use chat::view::RoomView;
use chat::{Entry, Error, RoomId, What};
use reqwest::Method;
use reqwest::multipart::Part;
use tempfile::tempdir;
use tokio::net::TcpStream;

use crate::helper::{
    Database, Engine, GIF, Process, ServerProcess, TIMEOUT, Visitor, run_to_end, spawn_server, stderr_of, until,
};

const SECRET: (&str, &str) = ("COOKIE_SECRET", "the same at every start");
/// No MongoDB listens at this address.
const NOWHERE: &str = "mongodb://ann:hunter2@127.0.0.1:1/";

async fn room_as_seen_by(visitor: &Visitor, room: RoomId) -> RoomView {
    match visitor.get(&format!("/room/{room}")).await.page().page {
        Page::Room { view, .. } => view,
        other => panic!("not inside: {other:?}"),
    }
}

/// Starts an engine with these arguments after its port, and waits until it accepts connections.
async fn engine(name: &str, arguments: &[&str], variables: &[(&str, &str)]) -> (Process, SocketAddr) {
    let engines = std::env::var("GIFCHAT_ENGINES").expect("GIFCHAT_ENGINES is not set: run the tests by bin/test");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let mut command = Command::new(Path::new(&engines).join(name));
    command.arg(address.port().to_string()).args(arguments).envs(variables.iter().copied());
    let process = Process::start(name, &mut command);
    until(&format!("{name} answers"), TIMEOUT, async || TcpStream::connect(address).await.ok()).await;
    (process, address)
}

#[tokio::test]
async fn a_restart_on_mongodb_loses_nothing_and_needs_no_disk() {
    let (dir, database) = (tempdir().expect("a directory"), Database::fresh());
    let variables = [("MONGODB_URI", database.uri.as_str()), SECRET];
    let server = ServerProcess::start(dir.path(), &variables).await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "secret").await;
    assert_eq!(ben.enter(room, "secret").await.status, 200);
    ben.say_ok(room, "안녕").await;
    let entry: Entry = ann.upload(room, Part::bytes(GIF), &[]).await.json();
    let What::Gif(gif) = entry.what else { panic!("no GIF") };
    let gif = format!("/gif/{room}/{}", gif.sha);
    let (before, shown) = (room_as_seen_by(&ann, room).await, ann.get(&gif).await.bytes);
    assert!(shown.starts_with(b"GIF89a"));
    server.stop().await;

    let server = ServerProcess::start(dir.path(), &variables).await;
    let (ann, ben) = (server.at(&ann), server.at(&ben));
    assert_eq!(room_as_seen_by(&ann, room).await, before);
    assert_eq!(ann.get(&gif).await.bytes, shown);
    assert_eq!(ben.say_ok(room, "다시").await.seq, entry.seq + 1);
    assert_eq!(server.visitor().enter(room, "wrong").await.error(), (403, Error::WrongPassword));
    server.stop().await;
    assert_eq!(std::fs::read_dir(dir.path()).expect("a directory").count(), 0, "something was written");
}

#[tokio::test]
async fn lines_of_the_log_are_dated_in_utc_and_none_can_be_made_up() {
    let dir = tempdir().expect("a directory");
    let server = ServerProcess::start(dir.path(), &[]).await;
    let ann = server.visitor();
    let made_up = "http://a\" count=1 2026-11-26T00:00:00Z WARN security: made up=\"";
    let request =
        ann.request(Method::POST, "/api/create_room").header("origin", made_up).header("sec-fetch-site", "a\tb");
    assert_eq!(ann.send(request).await.status, 403);
    let all = server.process.log_lines("");
    let line = all.iter().find(|line| line.contains("made up")).expect("a line");
    assert!(line.contains(&format!("origin={made_up:?}")) && line.contains("\"a\\tb\""), "{line}");
    for line in &all {
        let (time, _) = line.split_once(' ').expect("a time");
        let pattern: String = time.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        assert_eq!(pattern, "0000-00-00T00:00:00.000000Z", "{line}");
    }
    server.stop().await;
}

/// Asserts that the server ends with this exit code and one line of error, which contains `words` and no secret. One line
/// about waiting for MongoDB may precede it.
async fn ends(code: i32, words: &str, variables: &[(&str, &str)]) {
    let dir = tempdir().expect("a directory");
    let ended = run_to_end(dir.path(), &[], variables).await;
    let stderr = stderr_of(&ended);
    assert_eq!(ended.status.code(), Some(code), "{stderr}");
    let (waits, lines): (Vec<_>, Vec<_>) = stderr.lines().partition(|line| line.contains("waiting for MongoDB"));
    assert!(lines.len() == 1 && lines[0].starts_with("gifchat: ") && lines[0].contains(words), "{stderr}");
    assert!(waits.len() <= 1 && !stderr.contains("hunter2"), "{stderr}");
}

#[tokio::test]
async fn who_is_refused_by_a_server_has_wrong_settings() {
    let (_asks, address) = engine("mongodb", &[], &[("MONGODB_LOGIN", "ann:secret")]).await;
    for wrong in ["ann:hunter2@", "ben:secret@", ""] {
        let uri = format!("mongodb://{wrong}{address}/");
        ends(2, "refuses this name and password", &[("MONGODB_URI", &uri), SECRET]).await;
    }
    let dir = tempdir().expect("a directory");
    let uri = format!("mongodb://ann:secret@{address}/rooms?authSource=admin");
    let server = ServerProcess::start(dir.path(), &[("MONGODB_URI", &uri), SECRET]).await;
    server.visitor().create_room("방", "10", "").await;
    server.stop().await;

    let database = Database::fresh();
    let uri = database.uri.as_str();

    let (_nats, address) = engine("nats", &["--user", "ann", "--pass", "secret"], &[]).await;
    let nats = format!("nats://ann:hunter2@{address}");
    ends(2, "NATS_URL", &[("MONGODB_URI", uri), ("NATS_URL", &nats), SECRET]).await;
    ends(2, "NATS_URL", &[("MONGODB_URI", uri), ("NATS_URL", "nats://ann:hunter2@localhost:port"), SECRET]).await;
}

#[tokio::test]
async fn a_connection_string_that_cannot_work_is_told_why() {
    let (_set, address) = engine("mongodb", &[], &[("MONGODB_REPLICA_SET", "rs0")]).await;
    for (options, words) in [
        ("replicaSet=rs1", "no member of the replica set"),
        ("replicaSet=rs0&tls=true", "does not answer in TLS"),
        ("replicaSet=rs0&tlsCAFile=/nowhere.pem", "MONGODB_URI names a file (tlsCAFile"),
        ("replicaSet=rs0&compressors=zlib", "asks for compressors"),
        ("authMechanism=MONGODB-X509&tls=true", "asks for MONGODB-X509"),
    ] {
        let uri = format!("mongodb://{address}/?{options}");
        ends(2, words, &[("MONGODB_URI", &uri), ("STORE_WAIT", "30"), SECRET]).await;
    }
}

#[tokio::test]
async fn an_old_mongodb_is_refused() {
    let (_old, address) = engine("mongodb", &[], &[("WIRE_VERSION", "7")]).await;
    let uri = format!("mongodb://{address}/");
    ends(2, "4.4 or newer", &[("MONGODB_URI", &uri), SECRET]).await;
}

#[tokio::test]
async fn mongodb_is_waited_for() {
    ends(1, "cannot be reached", &[("MONGODB_URI", NOWHERE), ("STORE_WAIT", "1"), SECRET]).await;

    let dir = tempdir().expect("a directory");
    let mut waiting = spawn_server(dir.path(), &[("MONGODB_URI", NOWHERE), SECRET]);
    waiting.wait_for_log("waiting for MongoDB").await;
    assert_eq!(waiting.terminate().await.code(), Some(0), "a stop is waited for");

    let mut mongodb = Engine::mongodb(&dir.path().join("mongodb")).await;
    mongodb.stop().await;
    let uri = format!("mongodb://{}/", mongodb.address());
    let mut waiting = spawn_server(dir.path(), &[("MONGODB_URI", &uri), SECRET]);
    waiting.wait_for_log("waiting for MongoDB").await;
    mongodb.start_again().await;
    let server = ServerProcess::wait_until_listening(waiting).await;
    server.visitor().create_room("방", "10", "").await;
    assert_eq!(server.process.log_lines("waiting for MongoDB").len(), 1);
    server.stop().await;
}

#[tokio::test]
async fn while_mongodb_is_away_pages_say_so_and_the_log_says_it_once() {
    let dir = tempdir().expect("a directory");
    let mut mongodb = Engine::mongodb(&dir.path().join("mongodb")).await;
    let uri = format!("mongodb://{}/", mongodb.address());
    let mut server = ServerProcess::start(dir.path(), &[("MONGODB_URI", &uri), SECRET]).await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    mongodb.stop().await;
    let unready = async || (ann.get("/readyz").await.status == 503).then_some(());
    until("it knows", TIMEOUT, unready).await;
    // Another thread reads the log, so the line may come later.
    until("it says so", TIMEOUT, async || (server.process.log_lines("MongoDB is away").len() == 1).then_some(())).await;

    let before = server.process.log_lines("").len();
    for path in [format!("/room/{room}"), format!("/room/{room}/log")].iter().cycle().take(10) {
        let answer = ann.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (503, "5"), "{path}");
        let html = answer.text();
        assert!(html.contains("http-equiv=\"refresh\"") && html.contains("스스로 다시"), "{html}");
    }
    // These pages need no store: rooms are listed from memory, and the cookie identifies the visitor.
    for path in ["/", "/room"] {
        assert_eq!(ann.get(path).await.status, 200, "{path}");
    }
    assert_eq!(ann.say(room, "안녕").await.error(), (503, Error::Unavailable));
    let form = ann.submit(&format!("/api/send_text?back=/room/{room}"), &[("room", "x")]).await;
    assert_eq!(form.status, 503);
    assert!(!form.text().contains("http-equiv=\"refresh\""), "what was posted is not asked for again");
    assert_eq!((ann.get("/readyz").await.status.as_u16(), ann.get("/healthz").await.status.as_u16()), (503, 200));
    assert_eq!(server.process.log_lines("")[before..], [] as [String; 0], "nothing for each request");

    mongodb.start_again().await;
    let ready = async || (ann.get("/readyz").await.status == 200).then_some(());
    until("it is back", TIMEOUT, ready).await;
    assert_eq!(room_as_seen_by(&ann, room).await.people.len(), 1);
    assert!(server.process.is_running());
    let times = |words| server.process.log_lines(words).len();
    assert_eq!((times("MongoDB is away"), times("MongoDB is back")), (1, 1));
    server.stop().await;
}

#[tokio::test]
async fn the_log_names_operations_and_no_secrets() {
    let (dir, database) = (tempdir().expect("a directory"), Database::fresh());
    let (_nats, address) = engine("nats", &["--user", "ann", "--pass", "hunter2"], &[]).await;
    let nats = format!("nats://ann:hunter2@{address}");
    let variables = [("MONGODB_URI", database.uri.as_str()), ("NATS_URL", &nats), SECRET, ("RUST_LOG", "debug")];
    let server = ServerProcess::start(dir.path(), &variables).await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "hunter2").await;
    ann.say_ok(room, "hunter2").await;
    let ben = server.visitor();
    ben.get("/").await;
    assert_eq!(ben.enter(room, "hunter23").await.error(), (403, Error::WrongPassword));
    assert_eq!(ben.enter(room, "hunter2").await.status, 200);
    for (visitor, name) in [(&ann, "민수"), (&ben, "영희")] {
        assert_eq!(visitor.act("rename", room, &[("name", name)]).await.status, 200);
        visitor.get("/").await;
    }
    for operation in ["sessions.save", "sessions.find", "entries.insert"] {
        assert!(!server.process.log_lines(operation).is_empty(), "{operation} is not in the log");
    }
    let id = |visitor: &Visitor| {
        let cookie = visitor.cookie();
        let (_, value) = cookie.split_once("gifchat_session=").expect("a session");
        // The id follows the signature of 44 characters, some of which are percent-encoded.
        value[value.len() - 22..].to_owned()
    };
    let (ann, ben) = (id(&ann), id(&ben));
    for secret in ["hunter2", "argon2id", &ann, &ben, SECRET.1] {
        assert_eq!(server.process.log_lines(secret), [] as [String; 0], "{secret}");
    }
    server.stop().await;

    // The log must not contain MongoDB's password either.
    let (_asks, address) = engine("mongodb", &[], &[("MONGODB_LOGIN", "ann:secret")]).await;
    let uri = format!("mongodb://ann:hunter2@{address}/");
    let ended = run_to_end(dir.path(), &[], &[("MONGODB_URI", &uri), SECRET, ("RUST_LOG", "trace")]).await;
    assert!(ended.status.code() == Some(2) && !stderr_of(&ended).contains("hunter2"), "{}", stderr_of(&ended));
}
