//! Connections that ask for nothing, more than the house has descriptors.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use reqwest::Method;

use crate::helper::{House, MIB, Raw, Socket, a_tenth_of, slowdown};

/// All from one address, and again and again.
#[tokio::test]
async fn idle_connections_of_one_address() {
    let descriptors = a_tenth_of(2560);
    let house = House::start_under(&format!("ulimit -n {descriptors}"), &[]).await;
    let before = house.memory();
    let ratio = slowdown(&house, async || Crowd::at(&house, 3, a_tenth_of(3000)).await).await;
    assert!(ratio <= 3.0, "{ratio} times");
    let grown = house.memory().saturating_sub(before) / MIB;
    println!("{descriptors} descriptors: {} open, {grown} MiB more", house.descriptors());
    assert!(grown <= 64, "{grown} MiB");
    let ben = house.visitor_from(2);
    assert_eq!(ben.get("/").await.status, 200);
}

/// Sockets count as connections do: one address has its share, however many visitors it is.
#[tokio::test]
async fn sockets_of_one_address() {
    let descriptors = a_tenth_of(2560);
    let house = House::start_under(&format!("ulimit -n {descriptors}"), &[]).await;
    let mut open = Vec::new();
    let mut refused = 0;
    for _ in 0..a_tenth_of(1100) {
        let stranger = house.visitor();
        // (A page may be refused as well, one way or another.)
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
    let ben = house.visitor_from(2);
    assert_eq!(ben.get("/").await.status, 200);
}

/// Idle connections, and a newcomer every few milliseconds. All closed when dropped.
struct Crowd {
    _idle: Vec<Raw>,
    is_over: Arc<AtomicBool>,
}

impl Crowd {
    async fn at(house: &House, from: u8, count: usize) -> Self {
        let address = house.address;
        let mut idle = Vec::with_capacity(count);
        for _ in 0..count {
            idle.push(Raw::open(address, from).await.expect("a connection"));
        }
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        tokio::spawn(async move {
            let mut more = VecDeque::new();
            while !over.load(Ordering::Relaxed) {
                more.extend(Raw::open(address, from).await);
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
