//! A thousand people in one room, half of them on each node: the memory of a socket, and the cost of delivering a
//! message to one socket.

use std::time::Instant;

use super::cluster::on_cluster;
use super::report::{Report, Row};
use crate::deliveries::{MESSAGES, SOCKETS, WARM_UP, deliver, sender, settle};
use crate::messages::seated;
use crate::run::Outcome;
use crate::socket::Socket;

pub async fn measure(report: &mut Report) -> Outcome<()> {
    on_cluster(async |cluster| {
        let before = cluster.cpu()?;
        let (room, cookies) = seated(&cluster.addresses(), SOCKETS).await?;
        let joining = cluster.cpu()? - before;
        report.add(
            Row::new("somebody new who joins a room of up to 1,000")
                .cpu(joining, SOCKETS as f64)
                .note("their first page is in it"),
        );
        // The sockets start after this message, so that none has anything to catch up with.
        let first = cluster.node(0).address;
        let after = sender(first, &cookies[0], room).await?.say("안녕하세요").await?.seq;

        settle().await;
        let (before, cpu) = (cluster.memory_kib()?, cluster.cpu()?);
        let mut sockets = Vec::with_capacity(SOCKETS);
        for (number, cookie) in cookies.iter().enumerate() {
            sockets.push(Socket::watch(cluster.node(number).address, cookie, room, after).await?);
        }
        settle().await;
        let opening = cluster.cpu()? - cpu;
        report.add(
            Row::new("memory per idle socket, a room of 1,000")
                .value((cluster.memory_kib()? - before) / SOCKETS as f64, "KiB"),
        );
        report.add(Row::new("a socket that comes, room of 1,000").cpu(opening, SOCKETS as f64));

        for (in_flight, name) in [(1, "delivery, 1 in flight"), (8, "delivery, 8 in flight")] {
            let mut senders = Vec::with_capacity(in_flight);
            for (number, cookie) in cookies[..in_flight].iter().enumerate() {
                senders.push(sender(cluster.node(number).address, cookie, room).await?);
            }
            deliver(&mut senders, &mut sockets, WARM_UP).await?;
            let (cpu, start) = (cluster.cpu()?, Instant::now());
            let times = deliver(&mut senders, &mut sockets, MESSAGES).await?;
            let (cpu, wall) = (cluster.cpu()? - cpu, start.elapsed());
            let count = times.len() as f64;
            report.add(Row::new(name).value(count / wall.as_secs_f64(), "per second").cpu(cpu, count).times(times));
        }
        Ok(())
    })
    .await
}
