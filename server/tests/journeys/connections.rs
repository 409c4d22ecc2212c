//! Many open connections: who may hold them, and that others still get in.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::time::Duration;

use chat::Entry;
use chat::event::{Down, Up};
use reqwest::Method;
use reqwest::multipart::Part;
use tempfile::tempdir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{pause, sleep, timeout};

use crate::helper::{ServerProcess, Socket, TIMEOUT, TestServer, Visitor, hash_of, large_gif, until};

/// Opens a connection from 127.0.0.`from` without sending anything.
async fn connect(server: SocketAddr, from: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    // With a small window, the server has to buffer what this side does not read.
    socket.set_recv_buffer_size(4096).expect("a small window");
    socket.bind((Ipv4Addr::new(127, 0, 0, from), 0).into()).expect("an address");
    socket.connect(server).await.expect("a connection")
}

async fn connect_all(server: SocketAddr, from: u8, count: usize) -> Vec<TcpStream> {
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        all.push(connect(server, from).await);
    }
    all
}

/// Sends a small request and returns the first part of the response, which is empty if the connection is closed.
async fn get_healthz(stream: &mut TcpStream) -> String {
    // The connection may be closed already.
    let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
    read_answer(stream).await
}

async fn read_answer(stream: &mut TcpStream) -> String {
    let mut answer = vec![0; 4096];
    let read = timeout(TIMEOUT, stream.read(&mut answer)).await.expect("an answer, or an end").unwrap_or_default();
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

/// Sends a request without its body, for which the server waits.
async fn begin_request(visitor: &Visitor, from: u8) -> TcpStream {
    let mut stream = connect(visitor.address, from).await;
    let (host, cookie, origin) = (visitor.address, visitor.cookie(), visitor.origin());
    let head = format!(
        "POST /api/leave_room HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("a head");
    assert!(read_answer(&mut stream).await.starts_with("HTTP/1.1 100"));
    stream
}

async fn finish_request(unfinished: &mut TcpStream) {
    unfinished.write_all(b"room=nope").await.expect("the rest of it");
    assert!(read_answer(unfinished).await.starts_with("HTTP/1.1 4"));
}

async fn assert_live(socket: &mut Socket) {
    socket.send(&Up::Ping).await;
    while socket.next().await.expect("open") != Down::Pong {}
}

/// Waits until the server closes a connection on which no request is pending.
async fn assert_closed(stream: &mut TcpStream) {
    assert_eq!(read_answer(stream).await, "");
}

#[tokio::test]
async fn one_address_cannot_take_all_connections() {
    let dir = tempdir().expect("a directory");
    let server = ServerProcess::start_under("ulimit -n 256", dir.path(), &[]).await;
    assert_eq!(server.process.log_lines("few descriptors").len(), 1);
    // Ann comes from the address that will hold the most connections.
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let mut feed = ann.socket().await;
    feed.watch_from_start(room).await;
    let mut unfinished = begin_request(&ann, 1).await;
    let mut oldest = connect(server.address, 1).await;
    assert!(get_healthz(&mut oldest).await.starts_with("HTTP/1.1 200"));

    let mut idle = connect_all(server.address, 1, 300).await;
    assert_closed(&mut oldest).await;
    assert_closed(&mut idle[0]).await;
    assert!(get_healthz(idle.last_mut().expect("the last")).await.starts_with("HTTP/1.1 200"));
    // Somebody else gets in, while the live socket and the running request are kept, since they are not idle.
    let ben = Visitor::from_address(server.address, Ipv4Addr::new(127, 0, 0, 2).into());
    assert_eq!(ben.get("/").await.status, 200);
    assert_eq!(ben.enter(room, "").await.status, 200);
    assert_eq!(feed.entry().await.seq, 2);
    finish_request(&mut unfinished).await;

    // Many addresses together do not keep others out either.
    let mut crowds = Vec::new();
    for from in 10..20 {
        crowds.push(connect_all(server.address, from, 30).await);
    }
    let cyd = Visitor::from_address(server.address, Ipv4Addr::new(127, 0, 0, 3).into());
    assert_eq!(cyd.get("/").await.status, 200);
    assert_live(&mut feed).await;
    server.stop().await;
}

#[tokio::test]
async fn one_address_does_not_come_and_go_without_end() {
    let server = TestServer::start_with(&[("LIMIT_REQUESTS", "20/600")]).await;
    for _ in 0..20 {
        assert!(get_healthz(&mut connect(server.address, 7).await).await.starts_with("HTTP/1.1 200"));
    }
    let refused = read_answer(&mut connect(server.address, 7).await).await;
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("Retry-After: "), "{refused}");
    assert!(get_healthz(&mut connect(server.address, 8).await).await.starts_with("HTTP/1.1 200"), "another address");
}

#[tokio::test]
async fn who_finds_no_place_is_told_at_once() {
    let dir = tempdir().expect("a directory");
    let server = ServerProcess::start_under("", dir.path(), &[("LIMIT_CONNECTIONS", "3")]).await;
    let ann = server.visitor();
    ann.get("/").await;
    // Together with the connection of the page, these two sockets reach the limit, and they are not idle.
    let mut sockets = [ann.socket().await, ann.socket().await];
    let mut third = begin_request(&ann, 1).await;
    let refused = async || {
        let said = read_answer(&mut connect(server.address, 1).await).await;
        said.starts_with("HTTP/1.1 503").then_some(said)
    };
    let said = until("the fourth is refused", TIMEOUT, refused).await;
    assert!(said.contains("Retry-After: 5"), "{said}");
    let ben = Visitor::from_address(server.address, Ipv4Addr::new(127, 0, 0, 2).into());
    assert_eq!(ben.get("/").await.status, 200);
    for socket in &mut sockets {
        assert_live(socket).await;
    }
    finish_request(&mut third).await;
    assert_eq!(server.process.log_lines("some are refused").len(), 1, "once a minute");
    server.stop().await;
}

/// The server's limit on descriptors is lowered while it runs, so that only 20 are free.
#[tokio::test]
async fn without_descriptors_idle_connections_go() {
    let dir = tempdir().expect("a directory");
    let server = ServerProcess::start_under("", dir.path(), &[]).await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let mut feed = ann.socket().await;
    feed.watch_from_start(room).await;
    let id = server.process.id().to_string();
    let open = std::fs::read_dir(format!("/proc/{id}/fd")).expect("its descriptors").count();
    let limit = format!("--nofile={0}:{0}", open + 20);
    let limited = Command::new("prlimit").args(["--pid", &id, &limit]).status();
    assert!(limited.is_ok_and(|status| status.success()), "prlimit (of util-linux) is needed");

    let mut idle = connect_all(server.address, 3, 100).await;
    assert_closed(&mut idle[0]).await;
    let ben = Visitor::from_address(server.address, Ipv4Addr::new(127, 0, 0, 2).into());
    assert_eq!(ben.get("/").await.status, 200);
    assert_live(&mut feed).await;
    server.stop().await;
}

/// The client reads one byte of a GIF every five seconds, and after that as much as it gets.
#[tokio::test]
async fn who_reads_a_byte_now_and_then_is_cut_off() {
    let server = TestServer::start().await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let entry: Entry = ann.upload(room, Part::bytes(large_gif(4_500_000)), &[]).await.json();
    let path = format!("/gif/{room}/{}", hash_of(&entry));
    let whole = ann.send(ann.request(Method::GET, &path)).await.bytes.len();

    let mut slow = connect(server.address, 1).await;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n\r\n", server.address, ann.cookie());
    slow.write_all(request.as_bytes()).await.expect("a request");
    let (mut read, mut byte) = (0, [0]);
    // The response has begun. From here on the clock is paused, and only advances while every task waits.
    read += slow.read(&mut byte).await.expect("a byte");
    pause();
    for _ in 0..20 {
        sleep(Duration::from_secs(5)).await;
        read += slow.read(&mut byte).await.unwrap_or_default();
    }
    let mut rest = Vec::new();
    // The connection may end cleanly or with an error.
    let _ = slow.read_to_end(&mut rest).await;
    assert!(read + rest.len() < whole, "all of it: {read} and {} of {whole}", rest.len());
}

/// If the server and a proxy disagree about where a message ends, an attacker can smuggle in a request.
#[tokio::test]
async fn a_message_with_two_ends_is_refused() {
    let server = TestServer::start().await;
    for lengths in
        ["Content-Length: 9\r\nContent-Length: 8", "Content-Length: 9, 8", "Content-Length: +9", "Content-Length: 0x9"]
    {
        let mut stream = connect(server.address, 2).await;
        let head = format!("POST /api/leave_room HTTP/1.1\r\nHost: {}\r\n{lengths}\r\n\r\nroom=aaaa", server.address);
        stream.write_all(head.as_bytes()).await.expect("a request");
        let answer = read_answer(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{lengths}: {answer}");
    }
}
