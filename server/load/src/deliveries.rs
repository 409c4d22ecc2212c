//! A thousand visitors in one room, each with a socket: the memory of an idle socket, and the CPU time of delivering a
//! message to one socket.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chat::RoomId;
use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use crate::http::Http;
use crate::messages::{Sender, seated};
use crate::process::Process;
use crate::report::{Goal, Report, Times};
use crate::run::Outcome;
use crate::server::Server;
use crate::socket::Socket;

pub const SOCKETS: usize = 1000;
pub const MESSAGES: usize = 600;
pub const WARM_UP: usize = 20;
/// The number of a message follows this mark in its text and ends at a `}`.
const MARK: &[u8] = b"bench{";

const MEMORY: Goal = Goal::Below { original: Some(26.0), required: 16.0 };
const DELIVERY: Goal = Goal::AtMost { original: 22.9, required: 7.6 };

pub async fn measure(report: &mut Report) -> Outcome<()> {
    let Figures { memory_kib, deliveries } = gifchat_figures().await?;
    report.add("memory per idle socket", memory_kib, "KiB", MEMORY);
    for (delivery, name) in deliveries.into_iter().zip(["delivery, 1 in flight", "delivery, 8 in flight"]) {
        report.add(name, delivery.cpu_us, "µs CPU", DELIVERY);
        report.note(name, format!("{:.0} per second; {}", delivery.per_second, delivery.times));
    }
    Ok(())
}

/// The cost of [`SOCKETS`] sockets in one room.
pub struct Figures {
    /// The server's memory for one socket.
    pub memory_kib: f64,
    /// One result for each number of messages in [`IN_FLIGHT`].
    pub deliveries: Vec<Delivery>,
}

pub const IN_FLIGHT: [usize; 2] = [1, 8];

pub struct Delivery {
    /// The server's CPU time for one message to one socket, in microseconds.
    pub cpu_us: f64,
    pub per_second: f64,
    pub times: Times,
}

pub async fn gifchat_figures() -> Outcome<Figures> {
    let server = Server::start().await?;
    let (room, cookies) = seated(&[server.address], SOCKETS).await?;
    // The sockets start after this message, so that none has anything to catch up with.
    let after = sender(server.address, &cookies[0], room).await?.say("안녕하세요").await?.seq;
    let watch = async |number: usize| Socket::watch(server.address, &cookies[number], room, after).await;
    let speak = async |number: usize| sender(server.address, &cookies[number], room).await;
    figures(&server.process, watch, speak).await
}

/// Measures the server in this process. `watch` opens a socket that receives everything, and `speak` opens a sender.
/// Both are called with the visitor's number.
pub async fn figures<S: SendText>(
    server: &Process,
    mut watch: impl AsyncFnMut(usize) -> Outcome<Socket>,
    mut speak: impl AsyncFnMut(usize) -> Outcome<S>,
) -> Outcome<Figures> {
    settle().await;
    let before = server.memory_kib()?;
    let mut sockets = Vec::with_capacity(SOCKETS);
    for number in 0..SOCKETS {
        sockets.push(watch(number).await?);
    }
    settle().await;
    let memory_kib = (server.memory_kib()? - before) / SOCKETS as f64;

    let mut deliveries = Vec::new();
    for in_flight in IN_FLIGHT {
        let mut senders = Vec::with_capacity(in_flight);
        for number in 0..in_flight {
            senders.push(speak(number).await?);
        }
        deliver(&mut senders, &mut sockets, WARM_UP).await?;
        let (cpu, start) = (server.cpu()?, Instant::now());
        let times = deliver(&mut senders, &mut sockets, MESSAGES).await?;
        let (cpu, wall) = (server.cpu()?.saturating_sub(cpu), start.elapsed());
        let count = times.len() as f64;
        let (cpu_us, per_second) = (cpu.as_secs_f64() * 1e6 / count, count / wall.as_secs_f64());
        deliveries.push(Delivery { cpu_us, per_second, times });
    }
    Ok(Figures { memory_kib, deliveries })
}

/// A client that sends messages to everybody in the room.
pub trait SendText: Send + 'static {
    fn send_text(&mut self, text: &str) -> impl Future<Output = Outcome<()>> + Send;
}

impl SendText for Sender {
    async fn send_text(&mut self, text: &str) -> Outcome<()> {
        self.say(text).await.map(drop)
    }
}

pub async fn sender(server: SocketAddr, cookie: &str, room: RoomId) -> Outcome<Sender> {
    Ok(Sender::new(Http::connect(server, cookie).await?, room))
}

/// Waits so that the work a server does after its answers (freeing, periodic tasks) is not counted.
pub async fn settle() {
    tokio::time::sleep(Duration::from_secs(2)).await;
}

/// A message that is being delivered.
struct Message {
    sent: Mutex<Option<Instant>>,
    missing: AtomicUsize,
    arrived: Notify,
}

/// Sends `count` messages, one at a time from each sender. A sender sends its next message when the last one has
/// reached all sockets. Returns the times from just before each POST until each socket had the message.
pub async fn deliver<S: SendText>(senders: &mut Vec<S>, sockets: &mut Vec<Socket>, count: usize) -> Outcome<Times> {
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
    // A watcher that ends early has failed. Without this loop the senders would wait for ever.
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

async fn send<S: SendText>(mut sender: S, messages: Arc<[Message]>, first: usize, step: usize) -> Outcome<S> {
    for (number, message) in messages.iter().enumerate().skip(first).step_by(step) {
        *message.sent.lock() = Some(Instant::now());
        sender
            .send_text(&format!("bench{{{number}}} 어제 본 고양이 GIF 다시 보여 줄래? The one with the cucumber."))
            .await?;
        message.arrived.notified().await;
    }
    Ok(sender)
}

async fn watch(mut socket: Socket, messages: Arc<[Message]>) -> Outcome<(Socket, Times)> {
    let mut times = Times::default();
    while times.len() < messages.len() {
        let Some(message) = number_in(socket.next().await?).and_then(|number| messages.get(number)) else { continue };
        let sent = *message.sent.lock();
        times.add(sent.ok_or("a message came before it was sent")?.elapsed());
        match message.missing.fetch_sub(1, Ordering::Relaxed) {
            // `notify_one` keeps its permit if the sender still waits for the response to its POST.
            1 => message.arrived.notify_one(),
            0 => return Err("a message came twice".into()),
            _ => {}
        }
    }
    Ok((socket, times))
}

/// The number in the frame of a message, found without decoding the frame.
pub fn number_in(frame: &[u8]) -> Option<usize> {
    let start = frame.windows(MARK.len()).position(|window| window == MARK)? + MARK.len();
    let digits = frame[start..].split(|byte| *byte == b'}').next()?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}
