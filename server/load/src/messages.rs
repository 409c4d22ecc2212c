//! Acknowledged, durable messages: each sender posts one message after the other, and nobody watches.

use std::net::SocketAddr;
use std::time::Instant;

use chat::{ClientId, Entry, RoomId, VisitorId};
use tokio::task::JoinSet;

use crate::http::Http;
use crate::report::{Goal, Report, Times};
use crate::run::{LOAD, Outcome, WARM_UP};
use crate::server::Server;

const GOAL: Goal = Goal::AtLeast { original: Some(504.0), required: 5040.0 };
/// The text is about as long as what people write.
const TEXT: &str = "어제 본 고양이 GIF 다시 보여 줄래? It was the one with the cucumber.";

pub async fn measure(report: &mut Report) -> Outcome<()> {
    for (senders, name) in [(1, "messages, 1 sender"), (64, "messages, 64 senders")] {
        let server = Server::start().await?;
        let (room, cookies) = seated(&[server.address], senders).await?;
        let mut visitors = Vec::with_capacity(senders);
        for cookie in cookies {
            visitors.push(Sender::new(Http::connect(server.address, &cookie).await?, room));
        }
        post_until(&mut visitors, Instant::now() + WARM_UP).await?;
        let (cpu, start) = (server.cpu()?, Instant::now());
        let times = post_until(&mut visitors, start + LOAD).await?;
        let cpu = server.cpu()?.saturating_sub(cpu);
        report.add(name, times.len() as f64 / cpu.as_secs_f64(), "per CPU-second", GOAL);
        report.note(name, format!("{:.0} per second; {times}", times.len() as f64 / start.elapsed().as_secs_f64()));
    }
    Ok(())
}

/// A connection of a visitor who is seated in a room.
pub struct Sender {
    pub http: Http,
    room: RoomId,
    /// The number of the newest entry that this visitor knows.
    seq: u64,
}

impl Sender {
    pub fn new(http: Http, room: RoomId) -> Self {
        Self { http, room, seq: 0 }
    }

    /// Sends a message with an id as a page makes it.
    pub async fn say(&mut self, text: &str) -> Outcome<chat::Entry> {
        let mut random = [0; 10];
        random.copy_from_slice(&VisitorId::generate().0[..10]);
        let (room, client) = (self.room.to_string(), ClientId::after(self.seq, random).to_string());
        let fields = [("room", room.as_str()), ("client", &client), ("text", text)];
        let entry: Entry = serde_json::from_slice(&self.http.post("/api/send_text", &fields).await?.ok()?.body)?;
        self.seq = entry.seq;
        Ok(entry)
    }
}

/// Seats `count` new visitors in a new room, and returns the room with their cookies. The visitors use the servers in
/// turn. All requests to a server use one connection, so that connections do not affect its memory.
pub async fn seated(servers: &[SocketAddr], count: usize) -> Outcome<(RoomId, Vec<String>)> {
    let mut connections = Vec::with_capacity(servers.len());
    for address in servers {
        connections.push(Http::connect(*address, "").await?);
    }
    let mut cookies = Vec::with_capacity(count);
    let mut room = None;
    for number in 0..count {
        let http = &mut connections[number % servers.len()];
        http.become_somebody().await?;
        match room {
            None => room = Some(new_room(http, "부하 시험").await?),
            Some(room) => enter(http, room).await?,
        }
        cookies.push(http.cookie.clone());
    }
    Ok((room.ok_or("nobody is seated")?, cookies))
}

pub async fn enter(visitor: &mut Http, room: RoomId) -> Outcome<()> {
    visitor.post("/api/enter_room", &[("room", &room.to_string()), ("password", "")]).await?.ok()?;
    Ok(())
}

pub async fn new_room(owner: &mut Http, title: &str) -> Outcome<RoomId> {
    let fields = [("title", title), ("capacity", "1000"), ("password", "")];
    Ok(serde_json::from_slice(&owner.post("/api/create_room", &fields).await?.ok()?.body)?)
}

/// Posts until `end`. Each sender posts its next message when the last one was acknowledged.
pub async fn post_until(visitors: &mut Vec<Sender>, end: Instant) -> Outcome<Times> {
    let mut senders = JoinSet::new();
    for mut visitor in visitors.drain(..) {
        senders.spawn(async move {
            let mut times = Times::default();
            while Instant::now() < end {
                let start = Instant::now();
                visitor.say(TEXT).await?;
                times.add(start.elapsed());
            }
            Outcome::Ok((visitor, times))
        });
    }
    let mut all = Times::default();
    while let Some(sender) = senders.join_next().await {
        let (visitor, times) = sender??;
        visitors.push(visitor);
        all.append(times);
    }
    Ok(all)
}
