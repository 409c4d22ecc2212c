//! Acknowledged, durable messages: senders on both nodes post one message after the other, and nobody watches.

use std::time::Instant;

use super::cluster::{Cluster, WARM_UP, on_cluster};
use super::report::{Report, Row};
use crate::http::Http;
use crate::messages::{Sender, new_room, post_until, seated};
use crate::run::{LOAD, Outcome};

const MANY: usize = 64;

pub async fn measure(report: &mut Report) -> Outcome<()> {
    on_cluster(async |cluster| load(cluster, report, "messages, 1 sender", in_one_room(cluster, 1).await?).await)
        .await?;
    let name = "messages, 64 senders in one room";
    on_cluster(async |cluster| load(cluster, report, name, in_one_room(cluster, MANY).await?).await).await?;
    let name = "messages, 64 senders in 64 rooms";
    on_cluster(async |cluster| load(cluster, report, name, each_alone(cluster, MANY).await?).await).await
}

async fn load(cluster: &Cluster, report: &mut Report, name: &str, mut senders: Vec<Sender>) -> Outcome<()> {
    post_until(&mut senders, Instant::now() + WARM_UP).await?;
    let (cpu, start) = (cluster.cpu()?, Instant::now());
    let times = post_until(&mut senders, start + LOAD).await?;
    let cpu = cluster.cpu()? - cpu;
    let count = times.len() as f64;
    report.add(Row::new(name).value(count / start.elapsed().as_secs_f64(), "per second").cpu(cpu, count).times(times));
    Ok(())
}

async fn in_one_room(cluster: &Cluster, count: usize) -> Outcome<Vec<Sender>> {
    let (room, cookies) = seated(&cluster.addresses(), count).await?;
    let mut senders = Vec::with_capacity(count);
    for (number, cookie) in cookies.iter().enumerate() {
        senders.push(Sender::new(Http::connect(cluster.node(number).address, cookie).await?, room));
    }
    Ok(senders)
}

/// Gives each sender a room of their own.
async fn each_alone(cluster: &Cluster, count: usize) -> Outcome<Vec<Sender>> {
    let mut senders = Vec::with_capacity(count);
    for number in 0..count {
        let mut http = Http::connect(cluster.node(number).address, "").await?;
        http.become_somebody().await?;
        let room = new_room(&mut http, "부하 시험").await?;
        senders.push(Sender::new(http, room));
    }
    Ok(senders)
}
