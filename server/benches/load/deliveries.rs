//! A thousand people in one room, each with a socket: what a socket holds, and what a message to all of them costs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chat::RoomId;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::http::Http;
use crate::messages::{Sender, seated};
use crate::report::{Goal, Report, Times};
use crate::server::Server;
use crate::socket::Socket;

pub const SOCKETS: usize = 1000;
pub const MESSAGES: usize = 600;
pub const WARM_UP: usize = 20;
/// A message's number follows this in its text, up to a `}`.
const MARK: &[u8] = b"bench{";

const MEMORY: Goal = Goal::Below { original: Some(26.0), required: 16.0 };
const DELIVERY: Goal = Goal::AtMost { original: 22.9, required: 7.6 };

pub async fn measure(report: &mut Report) -> Outcome<()> {
    let server = Server::start().await?;
    let (room, cookies) = seated(&[server.address], SOCKETS).await?;
    // So that nobody has anything to catch up with.
    let after = sender(server.address, &cookies[0], room).await?.say("안녕하세요").await?.seq;

    settle().await;
    let before = server.memory_kib()?;
    let mut sockets = Vec::with_capacity(SOCKETS);
    for cookie in &cookies {
        sockets.push(Socket::watch(server.address, cookie, room, after).await?);
    }
    settle().await;
    let each = (server.memory_kib()? - before) / SOCKETS as f64;
    report.add("memory per idle socket", each, "KiB", MEMORY);

    for (in_flight, name) in [(1, "delivery, 1 in flight"), (8, "delivery, 8 in flight")] {
        let mut senders = Vec::with_capacity(in_flight);
        for cookie in &cookies[..in_flight] {
            senders.push(sender(server.address, cookie, room).await?);
        }
        deliver(&mut senders, &mut sockets, WARM_UP).await?;
        let (cpu, start) = (server.cpu()?, Instant::now());
        let times = deliver(&mut senders, &mut sockets, MESSAGES).await?;
        let (cpu, wall) = (server.cpu()? - cpu, start.elapsed());
        report.add(name, cpu.as_secs_f64() * 1e6 / times.len() as f64, "µs CPU", DELIVERY);
        report.note(name, format!("{:.0} per second; {times}", times.len() as f64 / wall.as_secs_f64()));
    }
    Ok(())
}

pub async fn sender(server: SocketAddr, cookie: &str, room: RoomId) -> Outcome<Sender> {
    Ok(Sender { http: Http::connect(server, cookie).await?, room })
}

/// What the server does after an answer (it frees, it sweeps) is not to be counted.
pub async fn settle() {
    tokio::time::sleep(Duration::from_secs(2)).await;
}

/// A message on its way.
struct Message {
    sent: Mutex<Option<Instant>>,
    missing: AtomicUsize,
    arrived: Notify,
}

/// Sends `count` messages, as many at once as there are senders: each sends its next when the last has come everywhere.
/// Gives the time from before the POST until each socket had it.
pub async fn deliver(senders: &mut Vec<Sender>, sockets: &mut Vec<Socket>, count: usize) -> Outcome<Times> {
    let messages: Arc<[Message]> = (0..count)
        .map(|_| Message { sent: Mutex::default(), missing: AtomicUsize::new(sockets.len()), arrived: Notify::new() })
        .collect();
    let expected = count * sockets.len();
    let mut watching = JoinSet::new();
    for socket in sockets.drain(..) {
        watching.spawn(watch(socket, messages.clone()));
    }
    let mut sending = JoinSet::new();
    let step = senders.len();
    for (first, sender) in senders.drain(..).enumerate() {
        sending.spawn(send(sender, messages.clone(), first, step));
    }
    // A watcher that ends early has failed: its senders would wait for ever.
    let mut times = Times::default();
    while !(sending.is_empty() && watching.is_empty()) {
        tokio::select! {
            Some(sender) = sending.join_next() => senders.push(sender??),
            Some(watcher) = watching.join_next() => {
                let (socket, seen) = watcher??;
                sockets.push(socket);
                times.append(seen);
            }
        }
    }
    if times.len() != expected {
        return Err(format!("{} deliveries instead of {expected}", times.len()).into());
    }
    Ok(times)
}

async fn send(mut sender: Sender, messages: Arc<[Message]>, first: usize, step: usize) -> Outcome<Sender> {
    for (number, message) in messages.iter().enumerate().skip(first).step_by(step) {
        *message.sent.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        sender.say(&format!("bench{{{number}}} 어제 본 고양이 GIF 다시 보여 줄래? The one with the cucumber.")).await?;
        message.arrived.notified().await;
    }
    Ok(sender)
}

async fn watch(mut socket: Socket, messages: Arc<[Message]>) -> Outcome<(Socket, Times)> {
    let mut times = Times::default();
    while times.len() < messages.len() {
        let Some(message) = number_in(socket.next().await?).and_then(|number| messages.get(number)) else { continue };
        let sent = *message.sent.lock().unwrap_or_else(PoisonError::into_inner);
        times.add(sent.ok_or("a message came before it was sent")?.elapsed());
        match message.missing.fetch_sub(1, Ordering::Relaxed) {
            // Keeps the permit when the sender still waits for its answer.
            1 => message.arrived.notify_one(),
            0 => return Err("a message came twice".into()),
            _ => {}
        }
    }
    Ok((socket, times))
}

/// The number in a message's frame, found without decoding it.
pub fn number_in(frame: &[u8]) -> Option<usize> {
    let start = frame.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
    let digits = frame[start..].split(|byte| *byte == b'}').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
