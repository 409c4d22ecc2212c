//! A hundred rooms of ten people, five on each node: the cost of entering, staying and speaking in rooms of ordinary
//! size.

use mongodb::bson::{RawDocumentBuf, doc};

use super::cluster::{Cluster, on_cluster};
use super::person::{Person, ROOMS, SEATS, idle_second};
use super::report::{Report, Row};
use super::{pace, presence};
use crate::deliveries::settle;
use crate::http::Http;
use crate::messages::{enter, new_room};
use crate::run::Outcome;

pub async fn measure(report: &mut Report) -> Outcome<()> {
    on_cluster(async |cluster| {
        let people = seat_all(cluster, report).await?;
        settle().await;
        let second = idle_second(cluster).await?;
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
        report.add(Row::new("a second of rest, 1,000 sockets in 100 rooms").cpu(idle_second(cluster).await?, 1.0));
        pace::measure(cluster, &people, sockets, report).await?;
        sizes(cluster, report).await
    })
    .await
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

/// Reports how large documents are before MongoDB compresses them.
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
