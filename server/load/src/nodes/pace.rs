//! Messages at a steady pace in a hundred rooms of ten: the delivery times within a node and across nodes.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::cluster::{Cluster, Cpu};
use super::engines::Traffic;
use super::person::{Person, ROOMS, SEATS};
use super::report::{Report, Row};
use crate::deliveries::{number_in, sender};
use crate::messages::Sender;
use crate::report::Times;
use crate::run::Outcome;
use crate::socket::Socket;

/// The name of a pace, its messages per second, and how many seconds it lasts.
const PACES: [(&str, u32, u32); 2] = [("quiet", 50, 20), ("busy", 500, 10)];
const WARM_UP: u32 = 3;

/// The number of the person who sends in this room. Rooms differ in which of their people that is.
fn speaker(room: usize) -> usize {
    room % SEATS * ROOMS + room
}

struct PaceFigures {
    acknowledged: Times,
    within: Times,
    across: Times,
    frame_bytes: usize,
}

pub async fn measure(
    cluster: &Cluster,
    people: &[Person],
    mut sockets: Vec<Socket>,
    report: &mut Report,
) -> Outcome<()> {
    let mut senders = Vec::with_capacity(ROOMS);
    for room in 0..ROOMS {
        let person = &people[speaker(room)];
        senders.push(sender(cluster.node(person.node).address, &person.cookie, person.room).await?);
    }
    for (name, rate, seconds) in PACES {
        send(people, &mut senders, &mut sockets, rate, WARM_UP).await?;
        let (cpu, traffic, start) = (cluster.cpu()?, cluster.engines.traffic().await?, Instant::now());
        let figures = send(people, &mut senders, &mut sockets, rate, seconds).await?;
        let (cpu, wall) = (cluster.cpu()? - cpu, start.elapsed());
        let traffic = traffic.zip(cluster.engines.traffic().await?);
        figures.report(report, &format!("{name}, {rate} messages a second"), cpu, wall, traffic);
    }
    Ok(())
}

impl PaceFigures {
    fn report(self, report: &mut Report, name: &str, cpu: Cpu, wall: Duration, traffic: Option<(Traffic, Traffic)>) {
        let count = self.acknowledged.len() as f64;
        let mut note = format!("a frame has {} bytes", self.frame_bytes);
        if let Some((before, after)) = traffic {
            let per_message = |before: u64, after: u64| (after - before) as f64 / count;
            let out = per_message(before.handed_out, after.handed_out);
            let bytes =
                (after.bytes_out - before.bytes_out) as f64 / (after.handed_out - before.handed_out).max(1) as f64;
            let published = per_message(before.published, after.published);
            note += &format!("; NATS: {published:.2} in, {out:.2} out of {bytes:.0} bytes for each");
        }
        report.add(
            Row::new(format!("{name}: acknowledged"))
                .value(count / wall.as_secs_f64(), "per second")
                .cpu(cpu, count)
                .times(self.acknowledged)
                .note(note),
        );
        report.add(Row::new(format!("{name}: delivered within a node")).times(self.within));
        report.add(Row::new(format!("{name}: delivered across nodes")).times(self.across));
    }
}

/// Sends messages in each room in turn: message `n` goes to room `n % ROOMS`.
async fn send(
    people: &[Person],
    senders: &mut Vec<Sender>,
    sockets: &mut Vec<Socket>,
    rate: u32,
    seconds: u32,
) -> Outcome<PaceFigures> {
    let each = (rate * seconds) as usize / ROOMS;
    let sent: Arc<[OnceLock<Instant>]> = (0..each * ROOMS).map(|_| OnceLock::new()).collect();
    let mut watching = JoinSet::new();
    for (number, socket) in sockets.drain(..).enumerate() {
        let watching_one = watch(socket, number % ROOMS, sent.clone());
        watching.spawn(async move { Outcome::Ok((number, watching_one.await?)) });
    }
    let mut sending = JoinSet::new();
    let start = Instant::now();
    for (room, sender) in senders.drain(..).enumerate() {
        let saying = say(sender, room, rate, start, sent.clone());
        sending.spawn(async move { Outcome::Ok((room, saying.await?)) });
    }
    let mut figures = PaceFigures {
        acknowledged: Times::default(),
        within: Times::default(),
        across: Times::default(),
        frame_bytes: 0,
    };
    let (mut said, mut watched) = (Vec::new(), Vec::new());
    // The first error ends everything, because the others would wait for ever.
    while !(sending.is_empty() && watching.is_empty()) {
        tokio::select! {
            Some(done) = sending.join_next() => {
                let (room, (sender, times)) = done??;
                figures.acknowledged.append(times);
                said.push((room, sender));
            }
            Some(done) = watching.join_next() => {
                let (number, (socket, times, frame_bytes)) = done??;
                let is_within = people[number].node == people[speaker(number % ROOMS)].node;
                if is_within { figures.within.append(times) } else { figures.across.append(times) }
                figures.frame_bytes = frame_bytes;
                watched.push((number, socket));
            }
        }
    }
    said.sort_unstable_by_key(|(room, _)| *room);
    watched.sort_unstable_by_key(|(number, _)| *number);
    senders.extend(said.into_iter().map(|(_, sender)| sender));
    sockets.extend(watched.into_iter().map(|(_, socket)| socket));
    Ok(figures)
}

/// Sends the messages of one room, each at its time.
async fn say(
    mut sender: Sender,
    room: usize,
    rate: u32,
    start: Instant,
    sent: Arc<[OnceLock<Instant>]>,
) -> Outcome<(Sender, Times)> {
    let mut times = Times::default();
    for (number, sent) in sent.iter().enumerate().skip(room).step_by(ROOMS) {
        let due = start + Duration::from_secs(1) * u32::try_from(number)? / rate;
        tokio::time::sleep_until(due.into()).await;
        let now = *sent.get_or_init(Instant::now);
        sender.say(&format!("bench{{{number}}} 어제 본 고양이 GIF 다시 보여 줄래? The one with the cucumber.")).await?;
        times.add(now.elapsed());
    }
    Ok((sender, times))
}

/// Reads all messages of one room from one of its sockets.
async fn watch(mut socket: Socket, room: usize, sent: Arc<[OnceLock<Instant>]>) -> Outcome<(Socket, Times, usize)> {
    let (mut times, mut bytes) = (Times::default(), 0);
    for (number, sent) in sent.iter().enumerate().skip(room).step_by(ROOMS) {
        let received = loop {
            let frame = socket.next().await?;
            bytes = frame.len();
            if let Some(received) = number_in(frame) {
                break received;
            }
        };
        if received != number {
            return Err(format!("message {received} came where {number} was due").into());
        }
        times.add(sent.get().ok_or("a message came before it was sent")?.elapsed());
    }
    Ok((socket, times, bytes))
}
