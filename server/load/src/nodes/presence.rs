//! The cost of a visitor's only socket opening, and of its closing for longer than a reload takes.

use std::time::{Duration, Instant};

use super::cluster::{Cluster, Cpu};
use super::person::{Person, ROOMS};
use super::report::{Report, Row};
use crate::run::Outcome;

const ROUNDS: usize = 2;
/// A node waits two seconds in case the page only reloads, and checks once a second.
const UNTIL_TOLD: Duration = Duration::from_secs(5);

/// `idle` is the cost of an idle second, which is subtracted.
pub async fn measure(cluster: &Cluster, people: &[Person], idle: Cpu, report: &mut Report) -> Outcome<()> {
    // Takes one person of each room at a time, because seats of the same room would be announced together.
    let (mut coming, mut going) = (Cpu::NONE, Cpu::NONE);
    for some in people.chunks(ROOMS).take(ROUNDS) {
        let mut sockets = Vec::with_capacity(some.len());
        let (cpu, start) = (cluster.cpu()?, Instant::now());
        for person in some {
            sockets.push(person.watch(cluster).await?);
        }
        tokio::time::sleep(UNTIL_TOLD).await;
        coming += cluster.cpu()? - cpu - idle * start.elapsed().as_secs_f64();

        let (cpu, start) = (cluster.cpu()?, Instant::now());
        drop(sockets);
        tokio::time::sleep(UNTIL_TOLD).await;
        going += cluster.cpu()? - cpu - idle * start.elapsed().as_secs_f64();
    }
    let count = (ROUNDS * ROOMS) as f64;
    report.add(Row::new("a socket that comes, rooms of ten").cpu(coming, count));
    report.add(Row::new("a seat's last socket that goes").cpu(going, count));
    Ok(())
}
