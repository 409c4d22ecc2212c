//! `bin/bench --nodes`: two nodes on one MongoDB and one NATS. It measures what the nodes deliver, and the CPU time of
//! the nodes, of MongoDB and of NATS.

mod cluster;
mod crowd;
mod deliveries;
mod engines;
mod lobby;
mod messages;
mod pace;
mod people;
mod person;
mod presence;
mod report;

use cluster::on_cluster;
pub use report::Report;

use crate::run::{Outcome, run_part};

pub async fn measure(report: &mut Report) -> Outcome<()> {
    on_cluster(async |cluster| {
        report.engines = cluster.engines.describe().await?;
        Ok(())
    })
    .await?;
    run_part("messages", messages::measure(report)).await?;
    run_part("deliveries", deliveries::measure(report)).await?;
    run_part("people", people::measure(report)).await?;
    run_part("lobby", lobby::measure(report)).await?;
    run_part("crowd", crowd::measure(report)).await
}
