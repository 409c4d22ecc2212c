//! Starting, stopping and restarting a server.

use std::time::{Duration, Instant};

use app::page::Page;
use chat::event::Close;
use server::StartError;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

use crate::helper::TestServer;

#[tokio::test]
async fn a_restart_loses_nothing() {
    let server = TestServer::start().await;
    let (ann, ben) = (server.visitor(), server.visitor());
    let room = ann.create_room("방", "10", "secret").await;
    ben.enter(room, "secret").await;
    ben.say_ok(room, "안녕").await;
    let before = ann.get(&format!("/room/{room}")).await.page();

    let server = server.restart().await;
    let (ann, ben) = (ann.at(server.address), ben.at(server.address));
    let after = ann.get(&format!("/room/{room}")).await.page();
    assert_eq!(after.me, before.me);
    let (Page::Room { view: before, .. }, Page::Room { view: after, .. }) = (before.page, after.page) else {
        panic!("no room")
    };
    assert_eq!(after, before);
    assert_eq!(ben.say_ok(room, "다시").await.seq, before.seq + 1);
}

#[tokio::test]
async fn a_stop_tells_sockets_and_waits_for_nobody() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let mut socket = ann.socket().await;
    socket.watch(room, 0).await;
    socket.read_until_caught_up().await;
    // These clients hang: they have sent nothing, half of a head, or half of a body.
    let mut hanging = Vec::new();
    for sent in [
        "",
        "GET / HTTP/1.1\r\nHost:",
        "POST /api/set_language HTTP/1.1\r\nHost: a\r\nOrigin: http://a\r\nContent-Length: 9\r\n\r\nlang",
    ] {
        let mut stream = TcpStream::connect(server.address).await.expect("a connection");
        stream.write_all(sent.as_bytes()).await.expect("sent");
        hanging.push(stream);
    }
    let began = Instant::now();
    let (_storage, code) = tokio::join!(server.stop(), socket.close_code());
    assert_eq!(code, Close::GoingAway.code());
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_data_directory_has_one_server() {
    let server = TestServer::start().await;
    server.visitor().get("/healthz").await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let second = server::run(listener, server.storage().settings(&[]), std::future::pending::<()>()).await;
    let error = second.expect_err("taken");
    assert!(matches!(error, StartError::DataDirTaken { .. }) && error.is_in_settings());
    assert!(error.to_string().contains("in use"), "{error}");
}

#[tokio::test]
async fn ready_while_something_can_be_kept() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    assert_eq!((ann.get("/healthz").await.text(), ann.get("/readyz").await.text()), ("ok".into(), "ok".into()));
}
