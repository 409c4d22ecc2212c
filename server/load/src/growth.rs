//! Figures that should stay flat: the cost of a delivery however many sockets watch, of a page of history however long
//! the log is, and of a watcher of the lobby however many rooms there are. Also the delay that a crowded room, or the
//! making of copies, causes in other rooms, and the memory of idle sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use chat::RoomId;
use chat::event::Up;
use tokio::net::{TcpSocket, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::copies;
use crate::crowd::{Crowd, SEATS};
use crate::deliveries::{deliver, sender, settle};
use crate::figures::Report;
use crate::http::Http;
use crate::messages::{Sender, enter, new_room, seated};
use crate::report::Times;
use crate::run::{Outcome, run_part};
use crate::server::Server;
use crate::socket::Socket;

const MESSAGES: usize = 600;

/// The parts, in the order in which they are measured.
pub const PARTS: [&str; 6] = ["sockets", "neighbours", "copies", "history", "watchers", "idle"];

pub async fn measure(report: &mut Report, only: &[&str]) -> Outcome<()> {
    for part in PARTS.into_iter().filter(|part| only.is_empty() || only.contains(part)) {
        match part {
            "sockets" => run_part(part, sockets(report)).await?,
            "neighbours" => run_part(part, neighbours(report)).await?,
            "copies" => run_part(part, copies::measure(report)).await?,
            "history" => run_part(part, history(report)).await?,
            "watchers" => run_part(part, watchers(report)).await?,
            _ => run_part(part, idle(report)).await?,
        }
    }
    Ok(())
}

/// Measures what each further socket adds to the cost of a message. The cost with one socket is subtracted.
async fn sockets(report: &mut Report) -> Outcome<()> {
    for in_flight in [1, 8] {
        let mut alone = 0.0;
        for count in [1, 10, 100, 1000, 5000] {
            let server = Server::start().await?;
            let mut crowd = Crowd::of(&server, count).await?;
            let mut senders = crowd.senders(&server, in_flight).await?;
            // CPU time is counted in ticks of 10 ms, so few sockets need many messages.
            let messages = if count < 1000 { 8 * MESSAGES } else { MESSAGES };
            deliver(&mut senders, &mut crowd.sockets, 100).await?;
            let cpu = server.cpu()?;
            let times = deliver(&mut senders, &mut crowd.sockets, messages).await?;
            let message_us = server.cpu()?.saturating_sub(cpu).as_secs_f64() * 1e6 / messages as f64;
            let name = format!("delivery, {count} sockets, {in_flight} in flight");
            if count == 1 {
                alone = message_us;
                report.add(name, message_us, "µs CPU", format!("a message and its delivery; {times}"));
            } else {
                let more = (message_us - alone) / (count - 1) as f64;
                let note = format!("each more than the first; {message_us:.0} µs a message; {times}");
                report.add(name, more, "µs CPU", note);
            }
        }
    }
    Ok(())
}

/// Measures the delivery times in a room of ten beside a room of a thousand that sends as many messages as the server
/// can deliver. The clients of the thousand run in a thread that gives its core up at once, so that the ten wait for the server
/// and not for this process.
async fn neighbours(report: &mut Report) -> Outcome<()> {
    let server = Server::start().await?;
    let address = server.address;
    let mut small = Crowd::at(address, 10).await?;
    let mut speaker = small.senders(&server, 1).await?;
    deliver(&mut speaker, &mut small.sockets, 100).await?;
    let alone = deliver(&mut speaker, &mut small.sockets, 1000).await?;
    report.add("a room of ten, alone".to_owned(), alone.percentile_ms(99), "ms p99", alone.to_string());

    let is_over = Arc::new(AtomicBool::new(false));
    let (started, has_started) = oneshot::channel();
    let large = std::thread::spawn({
        let is_over = Arc::clone(&is_over);
        move || {
            backend::background::make_idle();
            let runtime = Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(room_of_a_thousand(address, started, &is_over))
        }
    });
    has_started.await?;
    let beside = deliver(&mut speaker, &mut small.sockets, 1000).await?;
    is_over.store(true, Ordering::Relaxed);
    let messages = large.join().map_err(|_| "the room of a thousand panicked")??;
    let [p90, p95] = [90, 95].map(|percent| beside.percentile_ms(percent));
    let note = format!("{beside}, p90 {p90:.2} ms, p95 {p95:.2} ms; {messages} messages to a thousand meanwhile");
    report.add("a room of ten, beside a thousand".to_owned(), beside.percentile_ms(99), "ms p99", note);
    Ok(())
}

async fn room_of_a_thousand(server: SocketAddr, started: oneshot::Sender<()>, is_over: &AtomicBool) -> Outcome<usize> {
    let mut crowd = Crowd::at(server, 1000).await?;
    let mut senders = Vec::new();
    for cookie in &crowd.cookies[..8] {
        senders.push(sender(server, cookie, crowd.room).await?);
    }
    // If the room of ten has failed, nobody waits for this.
    let _ = started.send(());
    let mut messages = 0;
    while !is_over.load(Ordering::Relaxed) {
        deliver(&mut senders, &mut crowd.sockets, 80).await?;
        messages += 80;
    }
    Ok(messages)
}

/// Measures a page of history in a short and in a long log: at the end, and in the middle.
async fn history(report: &mut Report) -> Outcome<()> {
    let server = Server::start().await?;
    let (room, cookies) = seated(&[server.address], 64).await?;
    let mut senders = Vec::with_capacity(cookies.len());
    for cookie in &cookies {
        senders.push(sender(server.address, cookie, room).await?);
    }
    let mut last = 0;
    for entries in [1_000, 1_000_000] {
        last = fill(&mut senders, last, entries).await?;
        // The server closes connections that are idle for as long as the log takes to fill.
        let mut reader = Http::connect(server.address, &cookies[0]).await?;
        for (of, before) in [("the end", last), ("the middle", last / 2)] {
            let path = format!("/api/history?room={room}&before={before}&v={}", chat::event::PROTOCOL);
            let mut times = Times::default();
            let cpu = server.cpu()?;
            for _ in 0..2_000 {
                let start = Instant::now();
                reader.get(&path).await?.ok()?;
                times.add(start.elapsed());
            }
            let us = server.cpu()?.saturating_sub(cpu).as_secs_f64() * 1e6 / times.len() as f64;
            report.add(format!("history, {of} of {entries}"), us, "µs CPU", times.to_string());
        }
    }
    Ok(())
}

/// Sends messages until the room's log has at least `entries` entries. Returns how many it has.
async fn fill(senders: &mut Vec<Sender>, last: u64, entries: u64) -> Outcome<u64> {
    let highest = Arc::new(AtomicU64::new(last));
    let mut filling = JoinSet::new();
    for mut sender in senders.drain(..) {
        let highest = Arc::clone(&highest);
        filling.spawn(async move {
            while highest.load(Ordering::Relaxed) < entries {
                let seq = sender.say("어제 본 고양이 GIF 다시 보여 줄래?").await?.seq;
                highest.fetch_max(seq, Ordering::Relaxed);
            }
            Outcome::Ok(sender)
        });
    }
    while let Some(sender) = filling.join_next().await {
        senders.push(sender??);
    }
    Ok(highest.load(Ordering::Relaxed))
}

/// The number of sockets that watch the lobby.
const WATCHERS: usize = 500;
/// The number of these sockets that belong to one visitor. The limit for a visitor is 20.
const SOCKETS_EACH: usize = 10;
/// The number of rooms that change in a second.
const CHANGES: u32 = 200;
/// How long rooms are changed.
const WATCHED: Duration = Duration::from_secs(10);

/// Measures what a watcher of the lobby costs in a second, while rooms all over the lobby change.
async fn watchers(report: &mut Report) -> Outcome<()> {
    for rooms in [300, 3_000, 10_000] {
        let server = Server::start().await?;
        let mut http = Http::connect(server.address, "").await?;
        let mut ids = Vec::with_capacity(rooms);
        for number in 0..rooms {
            if number % 50 == 0 {
                http.become_somebody().await?;
            }
            ids.push(new_room(&mut http, &format!("금요일 밤 GIF 모임 {number}")).await?);
        }
        settle().await;
        let alone = changing(&server, &ids, 0).await?;
        let (mut watching, mut cookie) = (JoinSet::new(), http.cookie.clone());
        let bytes = Arc::new(AtomicU64::new(0));
        for number in 0..WATCHERS {
            if number % SOCKETS_EACH == 0 {
                http.become_somebody().await?;
                cookie.clone_from(&http.cookie);
            }
            let mut socket = Socket::greeted(TcpStream::connect(server.address).await?, &cookie).await?;
            socket.say(&Up::WatchLobby).await?;
            let bytes = Arc::clone(&bytes);
            watching.spawn(async move {
                loop {
                    let Ok(frame) = socket.next().await else { return };
                    bytes.fetch_add(frame.len() as u64, Ordering::Relaxed);
                }
            });
        }
        settle().await;
        bytes.store(0, Ordering::Relaxed);
        let with = changing(&server, &ids, rooms / 2).await?;
        let seconds = WATCHED.as_secs_f64();
        let each = |sum: f64| sum / WATCHERS as f64 / seconds;
        let cpu = with.saturating_sub(alone).as_secs_f64() * 1e6;
        let bytes = bytes.load(Ordering::Relaxed) as f64;
        let note = format!("{CHANGES} rooms change a second; {:.0} bytes a second each", each(bytes));
        report.add(format!("a watcher's second, {rooms} rooms"), each(cpu), "µs CPU", note);
        watching.abort_all();
    }
    Ok(())
}

/// New visitors enter one room after the other, all over the lobby. Returns the CPU time that the server used meanwhile.
async fn changing(server: &Server, rooms: &[RoomId], from: usize) -> Outcome<Duration> {
    let mut http = Http::connect(server.address, "").await?;
    let changes = CHANGES * u32::try_from(WATCHED.as_secs())?;
    // The step is coprime to the number of rooms, so it reaches all of them.
    let (cpu, start) = (server.cpu()?, Instant::now());
    for number in 0..changes {
        tokio::time::sleep_until((start + Duration::from_secs(1) * number / CHANGES).into()).await;
        let room = rooms[(from + number as usize * 7_919) % rooms.len()];
        // A visitor who is in a room already changes nothing by entering it.
        if number % CHANGES == 0 {
            http.become_somebody().await?;
        }
        enter(&mut http, room).await?;
    }
    Ok(server.cpu()?.saturating_sub(cpu))
}

/// Measures the memory of idle sockets in rooms of a thousand, and their CPU time. There are 20,000, or as many as a process may
/// have open (`ulimit -Hn`).
async fn idle(report: &mut Report) -> Outcome<()> {
    let server = Server::start().await?;
    let most = std::fs::read_to_string("/proc/self/limits")?;
    let most =
        most.lines().find(|line| line.starts_with("Max open files")).and_then(|line| line.split_whitespace().nth(3));
    let most: usize = most.ok_or("no limit of open files in /proc/self/limits")?.parse()?;
    // The server, which has the same limit, leaves up to 4,096 of them to everything but connections.
    let goal = 20_000.min(most.saturating_sub(4096 + 300));
    let mut reading = JoinSet::new();
    let (mut open, mut memory) = (0, server.memory_kib()?);
    while open < goal {
        let count = SEATS.min(goal - open);
        let (room, cookies) = seated(&[server.address], count).await?;
        let after = sender(server.address, &cookies[0], room).await?.say("안녕하세요").await?.seq;
        // The memory of seats and visitors is not counted.
        let before = server.memory_kib()?;
        // One address may have a quarter of all connections, so each room's people come from one of their own.
        let from = SocketAddr::from(([127, 0, 1, (open / SEATS + 1) as u8], 0));
        for cookie in &cookies {
            let stream = connected(from, server.address).await?;
            reading.spawn(answer(Socket::watch_over(stream, cookie, room, after).await?));
        }
        memory += server.memory_kib()? - before;
        open += count;
    }
    let (cpu, start) = (server.cpu()?, Instant::now());
    tokio::time::sleep(Duration::from_secs(45)).await;
    if let Some(ended) = reading.try_join_next() {
        return Err(format!("a socket ended: {}", ended??).into());
    }
    let rest = server.cpu()?.saturating_sub(cpu).as_secs_f64() / start.elapsed().as_secs_f64();
    let name = format!("{open} idle sockets");
    report.add(name.clone(), memory / open as f64, "KiB a socket", String::new());
    report.add(format!("{name}, at rest"), rest * 1e3, "ms CPU a s", "heartbeats".to_owned());
    Ok(())
}

/// Connects from this address.
async fn connected(from: SocketAddr, to: SocketAddr) -> Outcome<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(from)?;
    Ok(socket.connect(to).await?)
}

/// Answers heartbeats until the socket ends, and returns why it ended.
async fn answer(mut socket: Socket) -> Outcome<String> {
    loop {
        if let Err(error) = socket.next().await {
            return Ok(error.to_string());
        }
    }
}
