//! Thousands of rooms: what they cost a node in memory, lobby pages and searches, and the cost of checking seats that
//! nobody watches.

use std::sync::Arc;
use std::time::{Duration, Instant};

use backend::store::mongo::{MongoStore, MongoUri};
use backend::store::{Nodes, Store, Transfer};
use chat::record::{Room, Seat};
use chat::{Capacity, NodeId, Person, RoomId, RoomTitle, Timestamp, VisitorId};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::task::JoinHandle;

use super::cluster::{Cpu, node};
use super::engines::Engines;
use super::report::{Report, Row};
use crate::deliveries::settle;
use crate::http::Http;
use crate::report::Times;
use crate::run::Outcome;
use crate::server::Server;

const ROOMS: usize = 4000;
const SEATS: usize = 10;
/// The number of additional rooms whose seats nobody watches.
const UNWATCHED_ROOMS: usize = 2000;
const PAGES: usize = 300;
const IDLE_TIME: Duration = Duration::from_secs(20);
const HEARTBEAT_INTERVAL: Duration = Duration::from_secs(2);

pub async fn measure(report: &mut Report) -> Outcome<()> {
    let engines = Engines::start().await?;
    let done = measure_on(&engines, report).await;
    let ended = engines.end().await;
    done?;
    ended
}

async fn measure_on(engines: &Engines, report: &mut Report) -> Outcome<()> {
    let server = node(engines).await?;
    settle().await;
    let empty = server.memory_kib()?;
    report.add(Row::new("memory of a node that has just started").value(empty / 1024.0, "MiB"));
    report.add(Row::new("a second of rest of one node, no rooms").cpu(idle_second(engines, &server).await?, 1.0));
    drop(server);

    let store = Arc::new(MongoStore::open(&MongoUri::parse(&engines.mongodb_uri)?, Duration::from_secs(10)).await?);
    let heartbeat = HeartbeatTask::start(store.clone()).await?;
    restore(&store, ROOMS, Some(heartbeat.node)).await?;
    let start = Instant::now();
    let server = node(engines).await?;
    let started = start.elapsed();
    settle().await;
    report.add(
        Row::new("memory of a node per room of the lobby")
            .value((server.memory_kib()? - empty) / ROOMS as f64, "KiB")
            .note(format!("4,000 rooms of ten; ready {:.1} s after its start", started.as_secs_f64())),
    );
    let idle = idle_second(engines, &server).await?;
    report.add(Row::new("a second of rest of one node, 4,000 rooms").cpu(idle, 1.0));
    for (name, path) in
        [("a page of the lobby, 4,000 rooms", "/"), ("a search over 4,000 titles", "/?q=%EC%98%A4%EB%A6%AC")]
    {
        report.add(Row::new(name).times(pages(&server, path).await?));
    }

    let card = serde_json::to_vec(&room_of_ten(1, None)?.card())?.len();
    report.add(Row::new("a card in a frame of the lobby").value(card as f64, "bytes"));

    restore(&store, UNWATCHED_ROOMS, None).await?;
    settle().await;
    let seats = (UNWATCHED_ROOMS * SEATS) as f64;
    // The difference is the cost of one second, and a node checks every two seconds.
    let checking = (idle_second(engines, &server).await? - idle) * HEARTBEAT_INTERVAL.as_secs_f64();
    report.add(Row::new("looking once at a seat that nobody watches").cpu(checking, seats));
    drop(heartbeat);
    store.close().await;
    Ok(())
}

/// The cost of a second in which nothing happens.
async fn idle_second(engines: &Engines, server: &Server) -> Outcome<Cpu> {
    let cpu = || {
        let seconds = |cpu: Option<Duration>| cpu.map(|cpu| cpu.as_secs_f64());
        Outcome::Ok(Cpu {
            nodes: server.cpu()?.as_secs_f64(),
            mongodb: seconds(engines.mongodb_cpu()?),
            nats: seconds(engines.nats_cpu()?),
        })
    };
    let (before, start) = (cpu()?, Instant::now());
    tokio::time::sleep(IDLE_TIME).await;
    Ok((cpu()? - before) / start.elapsed().as_secs_f64())
}

async fn pages(server: &Server, path: &str) -> Outcome<Times> {
    let mut http = Http::connect(server.address, "").await?;
    http.become_somebody().await?;
    let mut times = Times::default();
    for number in 0..PAGES * 2 {
        let start = Instant::now();
        http.get(path).await?.ok()?;
        if number >= PAGES {
            times.add(start.elapsed());
        }
    }
    Ok(times)
}

/// Writes rooms of ten people directly into the store.
async fn restore(store: &MongoStore, count: usize, watched_by: Option<NodeId>) -> Outcome<()> {
    let rooms = stream::iter(0..count).map(|number| {
        Outcome::Ok(async move {
            store.restore_room(room_of_ten(number, watched_by)?).await?;
            Outcome::Ok(())
        })
    });
    rooms.try_buffer_unordered(32).try_collect().await
}

fn room_of_ten(number: usize, watched_by: Option<NodeId>) -> Outcome<Room> {
    let title = RoomTitle::new(&format!("금요일 밤 GIF 모임 {number}"))?;
    let seat = || Seat {
        nodes: watched_by.into_iter().collect(),
        ..Seat::new(Person::new(VisitorId::generate()), Timestamp(1_700_000_000_000))
    };
    let seats: Vec<Seat> = std::iter::repeat_with(seat).take(SEATS).collect();
    let (owner, since) = (seats[0].person.id, seats[0].since);
    Ok(Room { seats, ..Room::new(RoomId::generate(), title, Capacity::DEFAULT, None, owner, since) })
}

/// Sends heartbeats for the node that the seats of these rooms name, so that no real node takes the seats over.
struct HeartbeatTask {
    node: NodeId,
    task: JoinHandle<()>,
}

impl HeartbeatTask {
    async fn start(store: Arc<MongoStore>) -> Outcome<Self> {
        let node = NodeId::generate();
        store.beat(node).await?;
        let task = tokio::spawn(async move {
            loop {
                tokio::time::sleep(HEARTBEAT_INTERVAL).await;
                // If one heartbeat fails, the next one makes up for it.
                let _ = store.beat(node).await;
            }
        });
        Ok(Self { node, task })
    }
}

impl Drop for HeartbeatTask {
    fn drop(&mut self) {
        self.task.abort();
    }
}
