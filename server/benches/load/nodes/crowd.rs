//! Thousands of rooms: what a node pays for knowing them all, and for looking after seats that nobody watches.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chat::record::{Room, Seat};
use chat::store::Store;
use chat::store::mongo::{MongoStore, MongoUri};
use chat::{Capacity, NodeId, Person, RoomId, RoomTitle, Timestamp, VisitorId};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::task::JoinHandle;

use super::cluster::{Cpu, node};
use super::engines::Engines;
use super::report::{Report, Row};
use crate::Outcome;
use crate::deliveries::settle;
use crate::http::Http;
use crate::report::Times;
use crate::server::Server;

const ROOMS: usize = 4000;
const SEATS: usize = 10;
/// More rooms, whose seats nobody watches.
const LEFT_ROOMS: usize = 2000;
const PAGES: usize = 300;
const REST: Duration = Duration::from_secs(20);
const BEAT_EVERY: Duration = Duration::from_secs(2);

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
    report.add(Row::new("a second of rest of one node, no rooms").cpu(rest(engines, &server).await?, 1.0));
    drop(server);

    let store = Arc::new(MongoStore::open(&MongoUri::parse(&engines.mongodb_uri)?, Duration::from_secs(10)).await?);
    let keeper = Keeper::start(store.clone()).await?;
    restore(&store, ROOMS, Some(keeper.node)).await?;
    let start = Instant::now();
    let server = node(engines).await?;
    let started = start.elapsed();
    settle().await;
    report.add(
        Row::new("memory of a node per room of the lobby")
            .value((server.memory_kib()? - empty) / ROOMS as f64, "KiB")
            .note(format!("4,000 rooms of ten; ready {:.1} s after its start", started.as_secs_f64())),
    );
    let attended = rest(engines, &server).await?;
    report.add(Row::new("a second of rest of one node, 4,000 rooms").cpu(attended, 1.0));
    for (name, path) in
        [("a page of the lobby, 4,000 rooms", "/"), ("a search over 4,000 titles", "/?q=%EC%98%A4%EB%A6%AC")]
    {
        report.add(Row::new(name).times(pages(&server, path).await?));
    }

    let card = serde_json::to_vec(&room_of_ten(1, None)?.card())?.len();
    report.add(Row::new("a card in a frame of the lobby").value(card as f64, "bytes"));

    restore(&store, LEFT_ROOMS, None).await?;
    settle().await;
    let seats = (LEFT_ROOMS * SEATS) as f64;
    // The difference, for a second; a node looks every two.
    let looking = (rest(engines, &server).await? - attended) * BEAT_EVERY.as_secs_f64();
    report.add(Row::new("looking once at a seat that nobody watches").cpu(looking, seats));
    drop(keeper);
    store.close().await;
    Ok(())
}

/// What a second costs in which nothing happens.
async fn rest(engines: &Engines, server: &Server) -> Outcome<Cpu> {
    let cpu = || {
        let seconds = |cpu: Option<Duration>| cpu.map(|cpu| cpu.as_secs_f64());
        Outcome::Ok(Cpu {
            nodes: server.cpu()?.as_secs_f64(),
            mongodb: seconds(engines.mongodb_cpu()?),
            nats: seconds(engines.nats_cpu()?),
        })
    };
    let (before, start) = (cpu()?, Instant::now());
    tokio::time::sleep(REST).await;
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

/// Rooms of ten, straight into the store.
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

/// Beats in the place of the node that these rooms list.
struct Keeper {
    node: NodeId,
    beating: JoinHandle<()>,
}

impl Keeper {
    async fn start(store: Arc<MongoStore>) -> Outcome<Self> {
        let node = NodeId::generate();
        store.beat(node).await?;
        let beating = tokio::spawn(async move {
            loop {
                tokio::time::sleep(BEAT_EVERY).await;
                // (One that fails is made good by the next.)
                let _ = store.beat(node).await;
            }
        });
        Ok(Self { node, beating })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.beating.abort();
    }
}
