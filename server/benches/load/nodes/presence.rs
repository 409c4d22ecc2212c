//! What it costs that somebody's only socket comes, and goes for longer than a reload takes.

use std::time::{Duration, Instant};

use super::cluster::{Cluster, Cpu};
use super::people::{Person, ROOMS};
use super::report::{Report, Row};
use crate::Outcome;

const ROUNDS: usize = 2;
/// A node waits for two seconds whether it is only a reload, and looks once a second.
const UNTIL_TOLD: Duration = Duration::from_secs(5);

/// `second` is what a second of rest costs.
pub async fn measure(cluster: &Cluster, people: &[Person], second: Cpu, report: &mut Report) -> Outcome<()> {
    // One of each room at a time: the seats of one room would be told together.
    let (mut coming, mut going) = (Cpu::NONE, Cpu::NONE);
    for some in people.chunks(ROOMS).take(ROUNDS) {
        let mut sockets = Vec::with_capacity(some.len());
        let (cpu, start) = (cluster.cpu()?, Instant::now());
        for person in some {
            sockets.push(person.watch(cluster).await?);
        }
        tokio::time::sleep(UNTIL_TOLD).await;
        coming += cluster.cpu()? - cpu - second * start.elapsed().as_secs_f64();

        let (cpu, start) = (cluster.cpu()?, Instant::now());
        drop(sockets);
        tokio::time::sleep(UNTIL_TOLD).await;
        going += cluster.cpu()? - cpu - second * start.elapsed().as_secs_f64();
    }
    let count = (ROUNDS * ROOMS) as f64;
    report.add(Row::new("a socket that comes, rooms of ten").cpu(coming, count));
    report.add(Row::new("a seat's last socket that goes").cpu(going, count));
    Ok(())
}
