//! Who holds connections, and who gets in nevertheless.

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

use crate::helper::{PATIENCE, Running, Socket, TestServer, Visitor, hash_of, large_gif, until};

/// A connection from 127.0.0.`from`, in which nothing has been said.
async fn connect(server: SocketAddr, from: u8) -> TcpStream {
    let socket = TcpSocket::new_v4().expect("a socket");
    // What is not read stays with the server.
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

/// Asks for something small. Gives the answer as far as it comes, which is nowhere when the other end is closed.
async fn ask(stream: &mut TcpStream) -> String {
    // It may be closed.
    let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await;
    answer(stream).await
}

async fn answer(stream: &mut TcpStream) -> String {
    let mut answer = vec![0; 4096];
    let read = timeout(PATIENCE, stream.read(&mut answer)).await.expect("an answer, or an end").unwrap_or_default();
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

/// Begins a request; its last bytes are missing. The server waits for them.
async fn begin(visitor: &Visitor, from: u8) -> TcpStream {
    let mut stream = connect(visitor.address, from).await;
    let (host, cookie, origin) = (visitor.address, visitor.cookie(), visitor.origin());
    let head = format!(
        "POST /api/leave_room HTTP/1.1\r\nHost: {host}\r\nOrigin: {origin}\r\nCookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.expect("a head");
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 100"));
    stream
}

async fn end(begun: &mut TcpStream) {
    begun.write_all(b"room=nope").await.expect("the rest of it");
    assert!(answer(begun).await.starts_with("HTTP/1.1 4"));
}

async fn is_live(socket: &mut Socket) {
    socket.say(&Up::Ping).await;
    while socket.next().await.expect("open") != Down::Pong {}
}

/// Waits for the end of it. Nothing was asked.
async fn is_closed(stream: &mut TcpStream) {
    assert_eq!(answer(stream).await, "");
}

#[tokio::test]
async fn one_address_cannot_take_all_connections() {
    let dir = tempdir().expect("a directory");
    let server = Running::start_under("ulimit -n 256", dir.path(), &[]).await;
    assert_eq!(server.process.said("few descriptors").len(), 1);
    // At the address that then has most.
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let mut feed = ann.socket().await;
    feed.watched(room).await;
    let mut begun = begin(&ann, 1).await;
    let mut oldest = connect(server.address, 1).await;
    assert!(ask(&mut oldest).await.starts_with("HTTP/1.1 200"));

    let mut idle = connect_all(server.address, 1, 300).await;
    is_closed(&mut oldest).await;
    is_closed(&mut idle[0]).await;
    assert!(ask(idle.last_mut().expect("the last")).await.starts_with("HTTP/1.1 200"));
    // Somebody else gets in, and neither what is live nor what runs was idle.
    let ben = Visitor::from_address(server.address, Ipv4Addr::new(127, 0, 0, 2).into());
    assert_eq!(ben.get("/").await.status, 200);
    assert_eq!(ben.enter(room, "").await.status, 200);
    assert_eq!(feed.entry().await.seq, 2);
    end(&mut begun).await;

    // Many addresses fill it, and it is no use.
    let mut crowds = Vec::new();
    for from in 10..20 {
        crowds.push(connect_all(server.address, from, 30).await);
    }
    let cyd = Visitor::from_address(server.address, Ipv4Addr::new(127, 0, 0, 3).into());
    assert_eq!(cyd.get("/").await.status, 200);
    is_live(&mut feed).await;
    server.stop().await;
}

#[tokio::test]
async fn one_address_does_not_come_and_go_without_end() {
    let server = TestServer::start_with(&[("LIMIT_REQUESTS", "20/600")]).await;
    for _ in 0..20 {
        assert!(ask(&mut connect(server.address, 7).await).await.starts_with("HTTP/1.1 200"));
    }
    let refused = answer(&mut connect(server.address, 7).await).await;
    assert!(refused.starts_with("HTTP/1.1 503") && refused.contains("Retry-After: "), "{refused}");
    assert!(ask(&mut connect(server.address, 8).await).await.starts_with("HTTP/1.1 200"), "another address");
}

#[tokio::test]
async fn who_finds_no_place_is_told_at_once() {
    let dir = tempdir().expect("a directory");
    let server = Running::start_under("", dir.path(), &[("LIMIT_CONNECTIONS", "3")]).await;
    let ann = server.visitor();
    ann.get("/").await;
    // With the connection of the page this is all, and two of them are not idle.
    let mut sockets = [ann.socket().await, ann.socket().await];
    let mut third = begin(&ann, 1).await;
    let refused = async || {
        let said = answer(&mut connect(server.address, 1).await).await;
        said.starts_with("HTTP/1.1 503").then_some(said)
    };
    let said = until("the fourth is refused", PATIENCE, refused).await;
    assert!(said.contains("Retry-After: 5"), "{said}");
    let ben = Visitor::from_address(server.address, Ipv4Addr::new(127, 0, 0, 2).into());
    assert_eq!(ben.get("/").await.status, 200);
    for socket in &mut sockets {
        is_live(socket).await;
    }
    end(&mut third).await;
    assert_eq!(server.process.said("some are refused").len(), 1, "once a minute");
    server.stop().await;
}

/// One process that knows nothing of the others holds all that are left.
#[tokio::test]
async fn without_descriptors_idle_connections_go() {
    let dir = tempdir().expect("a directory");
    let server = Running::start_under("", dir.path(), &[]).await;
    let ann = server.visitor();
    let room = ann.create_room("방", "10", "").await;
    let mut feed = ann.socket().await;
    feed.watched(room).await;
    let id = server.process.id().to_string();
    let open = std::fs::read_dir(format!("/proc/{id}/fd")).expect("its descriptors").count();
    let limit = format!("--nofile={0}:{0}", open + 20);
    let limited = Command::new("prlimit").args(["--pid", &id, &limit]).status();
    assert!(limited.is_ok_and(|status| status.success()), "prlimit (of util-linux) is needed");

    let mut idle = connect_all(server.address, 3, 100).await;
    is_closed(&mut idle[0]).await;
    let ben = Visitor::from_address(server.address, Ipv4Addr::new(127, 0, 0, 2).into());
    assert_eq!(ben.get("/").await.status, 200);
    is_live(&mut feed).await;
    server.stop().await;
}

/// A picture that somebody asks for and does not read: a byte now and then, and then all that there is.
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
    // It has begun; from now on time stands still but for what everybody waits for.
    read += slow.read(&mut byte).await.expect("a byte");
    pause();
    for _ in 0..20 {
        sleep(Duration::from_secs(5)).await;
        read += slow.read(&mut byte).await.unwrap_or_default();
    }
    let mut rest = Vec::new();
    // Ends one way or another.
    let _ = slow.read_to_end(&mut rest).await;
    assert!(read + rest.len() < whole, "all of it: {read} and {} of {whole}", rest.len());
}

/// Whoever reads another end of a message than the proxy in front does can be told what nobody sent.
#[tokio::test]
async fn a_message_with_two_ends_is_refused() {
    let server = TestServer::start().await;
    for lengths in
        ["Content-Length: 9\r\nContent-Length: 8", "Content-Length: 9, 8", "Content-Length: +9", "Content-Length: 0x9"]
    {
        let mut stream = connect(server.address, 2).await;
        let head = format!("POST /api/leave_room HTTP/1.1\r\nHost: {}\r\n{lengths}\r\n\r\nroom=aaaa", server.address);
        stream.write_all(head.as_bytes()).await.expect("a request");
        let answer = answer(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{lengths}: {answer}");
    }
}
