//! Lobby pages with 300 rooms, from both nodes.

use std::time::Instant;

use super::cluster::{WARM_UP, on_cluster};
use super::report::{Report, Row};
use crate::http::{Http, Packing};
use crate::lobby::{READERS, ROOMS, read_until};
use crate::messages::new_room;
use crate::run::{LOAD, Outcome};

pub async fn measure(report: &mut Report) -> Outcome<()> {
    on_cluster(async |cluster| {
        let mut readers = Vec::with_capacity(READERS);
        for number in 0..ROOMS {
            let mut http = Http::connect(cluster.node(number).address, "").await?;
            http.become_somebody().await?;
            new_room(&mut http, &format!("금요일 밤 GIF 모임 {number}")).await?;
            if readers.len() < READERS {
                readers.push(http);
            }
        }
        read_until(&mut readers, "/", Packing::Plain, Instant::now() + WARM_UP).await?;
        let (cpu, start) = (cluster.cpu()?, Instant::now());
        let times = read_until(&mut readers, "/", Packing::Plain, start + LOAD).await?;
        let (cpu, wall) = (cluster.cpu()? - cpu, start.elapsed());
        let count = times.len() as f64;
        report.add(
            Row::new("lobby pages, 300 rooms")
                .value(count / wall.as_secs_f64(), "per second")
                .cpu(cpu, count)
                .times(times)
                .note(format!("{:.0} per CPU-second of the nodes", count / cpu.nodes)),
        );
        Ok(())
    })
    .await
}
