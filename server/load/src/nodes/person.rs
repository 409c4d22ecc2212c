//! One of a thousand people, ten to a room, and the cost of an idle second.

use std::time::{Duration, Instant};

use chat::RoomId;

use super::cluster::{Cluster, Cpu};
use crate::run::Outcome;
use crate::socket::Socket;

pub const ROOMS: usize = 100;
pub const SEATS: usize = 10;
/// How long the idle cost is measured.
const IDLE_TIME: Duration = Duration::from_secs(20);

pub struct Person {
    pub cookie: String,
    /// The number of the person's node.
    pub node: usize,
    pub room: RoomId,
}

impl Person {
    /// People of the same room are [`ROOMS`] numbers apart. Returns the node of the person with this number.
    pub fn node_of(number: usize) -> usize {
        number / ROOMS % 2
    }

    pub async fn watch(&self, cluster: &Cluster) -> Outcome<Socket> {
        // A page has already shown the entries for those who entered, so the socket starts after them.
        Socket::watch(cluster.node(self.node).address, &self.cookie, self.room, SEATS as u64).await
    }
}

/// The cost of a second in which nothing happens.
pub async fn idle_second(cluster: &Cluster) -> Outcome<Cpu> {
    let (cpu, start) = (cluster.cpu()?, Instant::now());
    tokio::time::sleep(IDLE_TIME).await;
    Ok((cluster.cpu()? - cpu) / start.elapsed().as_secs_f64())
}
