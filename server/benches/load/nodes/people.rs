//! A hundred rooms of ten people, five on each node: what coming, staying and speaking costs in rooms of an ordinary size.

use std::time::{Duration, Instant};

use chat::RoomId;
use mongodb::bson::{RawDocumentBuf, doc};

use super::cluster::{Cluster, Cpu};
use super::report::{Report, Row};
use super::{on_cluster, pace, presence};
use crate::Outcome;
use crate::deliveries::settle;
use crate::http::Http;
use crate::messages::{enter, new_room};
use crate::socket::Socket;

pub const ROOMS: usize = 100;
pub const SEATS: usize = 10;
/// How long is waited to see what it costs when nothing happens.
const REST: Duration = Duration::from_secs(20);

pub struct Person {
    pub cookie: String,
    /// Their node's number.
    pub node: usize,
    pub room: RoomId,
}

pub async fn measure(report: &mut Report) -> Outcome<()> {
    on_cluster(async |cluster| {
        let people = seat_all(cluster, report).await?;
        settle().await;
        let second = rest(cluster).await?;
        report.add(Row::new("a second of rest, 1,000 seats without sockets").cpu(second, 1.0));
        presence::measure(cluster, &people, second, report).await?;

        let before = cluster.memory_kib()?;
        let mut sockets = Vec::with_capacity(people.len());
        for person in &people {
            sockets.push(person.watch(cluster).await?);
        }
        settle().await;
        let each = (cluster.memory_kib()? - before) / people.len() as f64;
        report.add(Row::new("memory per idle socket, rooms of ten").value(each, "KiB"));
        report.add(Row::new("a second of rest, 1,000 sockets in 100 rooms").cpu(rest(cluster).await?, 1.0));
        pace::measure(cluster, &people, sockets, report).await?;
        sizes(cluster, report).await
    })
    .await
}

impl Person {
    /// The people of a room follow each other at a distance of [`ROOMS`]: `number` says where somebody sits.
    fn node_of(number: usize) -> usize {
        number / ROOMS % 2
    }

    pub async fn watch(&self, cluster: &Cluster) -> Outcome<Socket> {
        // After the lines that tell of those who entered: a page has shown them.
        Socket::watch(cluster.node(self.node).address, &self.cookie, self.room, SEATS as u64).await
    }
}

/// What a second costs in which nothing happens.
pub async fn rest(cluster: &Cluster) -> Outcome<Cpu> {
    let (cpu, start) = (cluster.cpu()?, Instant::now());
    tokio::time::sleep(REST).await;
    Ok((cluster.cpu()? - cpu) / start.elapsed().as_secs_f64())
}

async fn seat_all(cluster: &Cluster, report: &mut Report) -> Outcome<Vec<Person>> {
    let count = ROOMS * SEATS;
    let mut connections =
        [Http::connect(cluster.node(0).address, "").await?, Http::connect(cluster.node(1).address, "").await?];

    let cpu = cluster.cpu()?;
    let mut cookies = Vec::with_capacity(count);
    for number in 0..count {
        let http = &mut connections[Person::node_of(number)];
        http.become_somebody().await?;
        cookies.push(http.cookie.clone());
    }
    report.add(Row::new("a new visitor's first page").cpu(cluster.cpu()? - cpu, count as f64));

    let mut rooms = Vec::with_capacity(ROOMS);
    for cookie in &cookies[..ROOMS] {
        connections[0].cookie.clone_from(cookie);
        rooms.push(new_room(&mut connections[0], "금요일 밤 GIF 모임").await?);
    }
    let cpu = cluster.cpu()?;
    for (number, cookie) in cookies.iter().enumerate().skip(ROOMS) {
        let http = &mut connections[Person::node_of(number)];
        http.cookie.clone_from(cookie);
        enter(http, rooms[number % ROOMS]).await?;
    }
    report.add(Row::new("a join, rooms of ten").cpu(cluster.cpu()? - cpu, (count - ROOMS) as f64));

    let person = |(number, cookie)| Person { cookie, node: Person::node_of(number), room: rooms[number % ROOMS] };
    Ok(cookies.into_iter().enumerate().map(person).collect())
}

/// How large documents are before MongoDB compresses them.
async fn sizes(cluster: &Cluster, report: &mut Report) -> Outcome<()> {
    let some = [
        ("an entry of 70 letters, stored", "entries", doc! { "what.kind": "text" }),
        ("a room of ten with its seats, stored", "rooms", doc! {}),
        ("a session, stored", "sessions", doc! {}),
    ];
    for (name, collection, filter) in some {
        let found = cluster.engines.database.collection::<RawDocumentBuf>(collection).find_one(filter).await?;
        let found = found.ok_or_else(|| format!("there is nothing in {collection}"))?;
        report.add(Row::new(name).value(found.as_bytes().len() as f64, "bytes"));
    }
    Ok(())
}
