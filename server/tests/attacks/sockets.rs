//! More idle connections and sockets than the server has descriptors.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::Method;

use crate::helper::{MIB, RawConnection, Socket, TestServer, scaled, slowdown};

/// One address opens idle connections, more and more of them.
#[tokio::test]
async fn idle_connections_of_one_address() {
    let descriptors = scaled(2560);
    let server = TestServer::start_under(&format!("ulimit -n {descriptors}"), &[]).await;
    let before = server.memory();
    let ratio = slowdown(&server, async || Crowd::at(&server, 3, scaled(3000)).await).await;
    assert!(ratio <= 3.0, "{ratio} times");
    let grown = server.memory().saturating_sub(before) / MIB;
    println!("{descriptors} descriptors: {} open, {grown} MiB more", server.descriptors());
    assert!(grown <= 64, "{grown} MiB");
    let ben = server.visitor_from(2);
    assert_eq!(ben.get("/").await.status, 200);
}

/// Sockets count as connections: an address has its share, however many visitors it has.
#[tokio::test]
async fn sockets_of_one_address() {
    let descriptors = scaled(2560);
    let server = TestServer::start_under(&format!("ulimit -n {descriptors}"), &[]).await;
    let mut open = Vec::new();
    let mut refused = 0;
    for _ in 0..scaled(1100) {
        let stranger = server.visitor();
        // The page may be refused as well, by a response or a closed connection.
        let page = stranger.try_send(stranger.request(Method::GET, "/")).await;
        match Socket::open(&stranger).await {
            Ok(socket) if page.is_ok() => open.push((stranger, socket)),
            _ => refused += 1,
        }
        if refused > 5 {
            break;
        }
    }
    println!("{} sockets, then {refused} refused", open.len());
    assert!(open.len() <= descriptors / 4, "{} of {descriptors}", open.len());
    let ben = server.visitor_from(2);
    assert_eq!(ben.get("/").await.status, 200);
}

/// Idle connections, and a new one every few milliseconds. All are closed on drop.
struct Crowd {
    _idle: Vec<RawConnection>,
    is_over: Arc<AtomicBool>,
}

impl Crowd {
    async fn at(server: &TestServer, from: u8, count: usize) -> Self {
        let address = server.address;
        let mut idle = Vec::with_capacity(count);
        for _ in 0..count {
            idle.push(RawConnection::open(address, from).await.expect("a connection"));
        }
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        tokio::spawn(async move {
            let mut more = VecDeque::new();
            while !over.load(Ordering::Relaxed) {
                more.extend(RawConnection::open(address, from).await);
                if more.len() > 1000 {
                    more.pop_front();
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        });
        Self { _idle: idle, is_over }
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
    }
}
