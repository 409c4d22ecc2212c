//! A twentieth of a thousand sockets stop reading while messages flow: the effect on the other sockets, and on the
//! server's memory.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use chat::RoomId;
use chat::event::Close;
use futures_util::future::try_join_all;
use socket2::SockRef;
use tokio::net::TcpSocket;
use tokio::task::JoinSet;

use crate::deliveries::{SOCKETS, number_in, sender, settle};
use crate::messages::{Sender, seated};
use crate::report::{Goal, Report, Times};
use crate::run::Outcome;
use crate::server::Server;
use crate::socket::{Ended, Socket};

const SLOW: usize = SOCKETS / 20;
const MESSAGES: usize = 1000;
/// Messages per second, each to a thousand sockets. This is less than half of what one core can deliver.
const PACE: u32 = 50;
const WARM_UP: usize = 100;
/// The number of runs in which all sockets read, and of runs in which some do not. They alternate.
const PAIRS: usize = 3;
/// The length of a message in characters. [`TEXT`] is repeated to reach it.
const LENGTH: usize = 1000;
const TEXT: &str = "어제 본 고양이 GIF 다시 보여 줄래? It was the one with the cucumber. ";

/// The size of a TCP segment in bytes, as on a real network. Over loopback, with segments of 64 KiB, Linux keeps
/// megabytes for a socket that does not read.
const SEGMENT: u32 = 1460;
const RECEIVE_BUFFER: u32 = 4096;

const GROWTH: Goal = Goal::Below { original: None, required: 20.0 };
/// If the server kept everything that the slow sockets do not read, that would be 80 MiB.
const MEMORY: Goal = Goal::Below { original: None, required: 16.0 };

pub async fn measure(report: &mut Report) -> Outcome<()> {
    let mut room = Room::seated().await?;
    room.flow(WARM_UP, Vec::new()).await?;
    let (mut all_read, mut some_stall) = (Vec::new(), Vec::new());
    let mut stalls = Vec::new();
    for _ in 0..PAIRS {
        let extra_readers = room.slow_sockets(None).await?;
        all_read.push(room.flow(MESSAGES, extra_readers).await?);
        let (flow, stall) = room.stall().await?;
        some_stall.push(flow);
        stalls.push(stall);
    }

    let [p50, p99, cores] = [|flow: &Flow| flow.p50, |flow: &Flow| flow.p99, |flow: &Flow| flow.cores]
        .map(|figure| [median(&all_read, figure), median(&some_stall, figure)]);
    let name = "slow readers, p99 grows";
    report.add(name, (p99[1] / p99[0] - 1.0) * 100.0, "%", GROWTH);
    report.note(
        name,
        format!(
            "p50 {:.2}, with them {:.2} ms; p99 {:.2}, with them {:.2} ms; {:.2} and {:.2} of a core",
            p50[0], p50[1], p99[0], p99[1], cores[0], cores[1]
        ),
    );
    let highest = |figure: fn(&Stall) -> f64| stalls.iter().map(figure).fold(f64::MIN, f64::max);
    let count = |figure: fn(&Stall) -> usize| stalls.iter().map(figure).sum::<usize>();
    let name = "slow readers, memory";
    report.add(name, highest(|stall| stall.peak - stall.before), "MiB more", MEMORY);
    report.note(
        name,
        format!(
            "before {:.1}, peak {:.1}, after {:.1} MiB; of {} slow ones {} closed with 4000, {} cut; back in {:.2} s",
            highest(|stall| stall.before),
            highest(|stall| stall.peak),
            highest(|stall| stall.after),
            SLOW * stalls.len(),
            count(|stall| stall.closed),
            count(|stall| stall.cut),
            highest(|stall| stall.back.as_secs_f64()),
        ),
    );
    Ok(())
}

fn median(flows: &[Flow], figure: fn(&Flow) -> f64) -> f64 {
    let mut figures: Vec<f64> = flows.iter().map(figure).collect();
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}

struct Room {
    server: Server,
    id: RoomId,
    speaker: Sender,
    /// The sockets that always read.
    readers: Vec<Socket>,
    /// The cookies of the visitors whose sockets may be slow.
    slow: Vec<String>,
    /// The number of the last entry in the room's log.
    last: u64,
}

/// The deliveries of one run to the sockets that always read.
struct Flow {
    p50: f64,
    p99: f64,
    /// The server's CPU time, as a number of cores.
    cores: f64,
}

/// The effect of some sockets not reading. Memory is in MiB.
struct Stall {
    before: f64,
    peak: f64,
    after: f64,
    /// The number of slow sockets that were closed with a close code, and of those that were cut off.
    closed: usize,
    cut: usize,
    /// The time until the slow sockets had received everything they had missed.
    back: Duration,
}

impl Room {
    async fn seated() -> Outcome<Self> {
        let server = Server::start().await?;
        let (id, mut cookies) = seated(&[server.address], SOCKETS).await?;
        let slow = cookies.split_off(SOCKETS - SLOW);
        let mut speaker = sender(server.address, &cookies[0], id).await?;
        let last = speaker.say("안녕하세요").await?.seq;
        let mut readers = Vec::with_capacity(cookies.len());
        for cookie in &cookies {
            readers.push(Socket::watch(server.address, cookie, id, last).await?);
        }
        Ok(Self { server, id, speaker, readers, slow, last })
    }

    /// Opens the sockets that may be slow, and reads until they have caught up. They start after these cursors, or
    /// after the last message if there are none.
    async fn slow_sockets(&self, cursors: Option<&[u64]>) -> Outcome<Vec<Socket>> {
        let opening = self.slow.iter().enumerate().map(async |(number, cookie)| {
            let stream = TcpSocket::new_v4()?;
            stream.set_recv_buffer_size(RECEIVE_BUFFER)?;
            SockRef::from(&stream).set_tcp_mss(SEGMENT)?;
            let stream = stream.connect(self.server.address).await?;
            let after = cursors.map_or(self.last, |cursors| cursors[number]);
            Socket::watch_over(stream, cookie, self.id, after).await
        });
        try_join_all(opening).await
    }

    /// Sends messages at a steady pace. The sockets in `extra_readers` read them, too.
    async fn flow(&mut self, count: usize, extra_readers: Vec<Socket>) -> Outcome<Flow> {
        let sent: Arc<[OnceLock<Instant>]> = (0..count).map(|_| OnceLock::new()).collect();
        let extra_readers: JoinSet<_> = extra_readers.into_iter().map(|socket| watch(socket, sent.clone())).collect();
        let reading: JoinSet<_> = self.readers.drain(..).map(|socket| watch(socket, sent.clone())).collect();
        let (cpu, start) = (self.server.cpu()?, Instant::now());
        let (last, (readers, times), _) =
            tokio::try_join!(say(&mut self.speaker, &sent), all(reading), all(extra_readers))?;
        let cores = self.server.cpu()?.saturating_sub(cpu).as_secs_f64() / start.elapsed().as_secs_f64();
        (self.last, self.readers) = (last, readers);
        Ok(Flow { p50: times.percentile_ms(50), p99: times.percentile_ms(99), cores })
    }

    /// Sends messages that the slow sockets do not read. Then these come back and catch up.
    async fn stall(&mut self) -> Outcome<(Flow, Stall)> {
        let slow = self.slow_sockets(None).await?;
        settle().await;
        let mib = |kib: f64| kib / 1024.0;
        self.server.process.forget_peak()?;
        let before = mib(self.server.memory_kib()?);
        let flow = self.flow(MESSAGES, Vec::new()).await?;
        let peak = mib(self.server.process.peak_memory_kib()?);

        let ends = try_join_all(slow.into_iter().map(|socket| end_of(socket, self.last))).await?;
        let (cursors, ends): (Vec<u64>, Vec<Option<Ended>>) = ends.into_iter().unzip();
        let start = Instant::now();
        let back = self.slow_sockets(Some(&cursors)).await?;
        let time = start.elapsed();
        if let Some(socket) = back.iter().find(|socket| socket.seq != self.last) {
            return Err(format!("a socket came back to {} instead of {}", socket.seq, self.last).into());
        }
        drop(back);
        settle().await;
        let count = |code| ends.iter().flatten().filter(|end| end.0 == code).count();
        let (closed, cut) = (count(Some(Close::TooSlow.code())), count(None));
        Ok((flow, Stall { before, peak, after: mib(self.server.memory_kib()?), closed, cut, back: time }))
    }
}

/// Sends each message at its time. Returns the number of the last entry.
async fn say(speaker: &mut Sender, sent: &[OnceLock<Instant>]) -> Outcome<u64> {
    let (start, mut last) = (Instant::now(), 0);
    for (number, sent) in (0..).zip(sent) {
        tokio::time::sleep_until((start + Duration::from_secs(1) * number / PACE).into()).await;
        let mark = format!("bench{{{number}}} ");
        let text: String = mark.chars().chain(TEXT.chars().cycle()).take(LENGTH).collect();
        sent.get_or_init(Instant::now);
        last = speaker.say(text.trim_end()).await?.seq;
    }
    Ok(last)
}

/// Measures the time from just before each message's POST until this socket had it.
async fn watch(mut socket: Socket, sent: Arc<[OnceLock<Instant>]>) -> Outcome<(Socket, Times)> {
    let mut times = Times::default();
    for (number, sent) in sent.iter().enumerate() {
        let received = loop {
            if let Some(received) = number_in(socket.next().await?) {
                break received;
            }
        };
        if received != number {
            return Err(format!("message {received} came where {number} was due").into());
        }
        times.add(sent.get().ok_or("a message came before it was sent")?.elapsed());
    }
    Ok((socket, times))
}

async fn all(mut reading: JoinSet<Outcome<(Socket, Times)>>) -> Outcome<(Vec<Socket>, Times)> {
    let (mut sockets, mut times) = (Vec::with_capacity(SOCKETS), Times::default());
    while let Some(done) = reading.join_next().await {
        let (socket, seen) = done??;
        sockets.push(socket);
        times.append(seen);
    }
    Ok((sockets, times))
}

/// Reads the rest of a socket. Returns the number of the last entry it received, and how the server ended it. `None`
/// means that it received everything.
async fn end_of(mut socket: Socket, last: u64) -> Outcome<(u64, Option<Ended>)> {
    while socket.seq < last {
        if let Err(error) = socket.step().await {
            return Ok((socket.seq, Some(*error.downcast::<Ended>()?)));
        }
    }
    Ok((socket.seq, None))
}
