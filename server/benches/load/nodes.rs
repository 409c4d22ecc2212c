//! `bin/bench --nodes`: two nodes on one MongoDB and one NATS. What they carry, and what each of the three pays for it.

mod cluster;
mod crowd;
mod deliveries;
mod engines;
mod lobby;
mod messages;
mod pace;
mod people;
mod presence;
mod report;

use std::time::Duration;

use cluster::Cluster;
pub use report::Report;

use crate::{Outcome, within};

/// Longer than for one server: the stand-in for MongoDB begins slowly.
const WARM_UP: Duration = Duration::from_secs(3);

pub async fn measure(report: &mut Report) -> Outcome<()> {
    on_cluster(async |cluster| {
        report.engines = cluster.engines.describe().await?;
        Ok(())
    })
    .await?;
    within("messages", messages::measure(report)).await?;
    within("deliveries", deliveries::measure(report)).await?;
    within("people", people::measure(report)).await?;
    within("lobby", lobby::measure(report)).await?;
    within("crowd", crowd::measure(report)).await
}

/// Does something on a cluster of its own.
async fn on_cluster<T>(part: impl AsyncFnOnce(&Cluster) -> Outcome<T>) -> Outcome<T> {
    let cluster = Cluster::start().await?;
    let done = part(&cluster).await;
    let ended = cluster.end().await;
    let done = done?;
    ended?;
    Ok(done)
}
