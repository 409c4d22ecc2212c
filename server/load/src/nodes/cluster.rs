//! Two nodes on one MongoDB and one NATS, and the CPU time of the nodes, of MongoDB and of NATS.

use std::net::SocketAddr;
use std::ops::{AddAssign, Div, Mul, Sub};
use std::time::Duration;

use serde_json::{Value, json};

use super::engines::Engines;
use crate::run::Outcome;
use crate::server::Server;

/// This is longer than for one server, because the stand-in for MongoDB is slow at first.
pub const WARM_UP: Duration = Duration::from_secs(3);

pub struct Cluster {
    pub nodes: [Server; 2],
    pub engines: Engines,
}

/// CPU time in seconds. `None` for a server that was not started here.
#[derive(Clone, Copy)]
pub struct Cpu {
    /// The time of both nodes together.
    pub nodes: f64,
    pub mongodb: Option<f64>,
    pub nats: Option<f64>,
}

/// Runs a part on a new cluster, and ends the cluster.
pub async fn on_cluster<T>(part: impl AsyncFnOnce(&Cluster) -> Outcome<T>) -> Outcome<T> {
    let cluster = Cluster::start().await?;
    let done = part(&cluster).await;
    let ended = cluster.end().await;
    let done = done?;
    ended?;
    Ok(done)
}

impl Cluster {
    pub async fn start() -> Outcome<Self> {
        let engines = Engines::start().await?;
        let nodes = [node(&engines).await?, node(&engines).await?];
        Ok(Self { nodes, engines })
    }

    pub async fn end(self) -> Outcome<()> {
        drop(self.nodes);
        self.engines.end().await
    }

    /// The node of the visitor with this number. Nodes are assigned in turn.
    pub fn node(&self, number: usize) -> &Server {
        &self.nodes[number % self.nodes.len()]
    }

    pub fn addresses(&self) -> [SocketAddr; 2] {
        [self.nodes[0].address, self.nodes[1].address]
    }

    /// The memory of both nodes together.
    pub fn memory_kib(&self) -> Outcome<f64> {
        Ok(self.nodes[0].memory_kib()? + self.nodes[1].memory_kib()?)
    }

    pub fn cpu(&self) -> Outcome<Cpu> {
        let mut nodes = 0.0;
        for node in &self.nodes {
            nodes += node.cpu()?.as_secs_f64();
        }
        let mongodb = self.engines.mongodb_cpu()?.map(|cpu| cpu.as_secs_f64());
        let nats = self.engines.nats_cpu()?.map(|cpu| cpu.as_secs_f64());
        Ok(Cpu { nodes, mongodb, nats })
    }
}

pub async fn node(engines: &Engines) -> Outcome<Server> {
    Server::start_with(&[
        ("MONGODB_URI", &engines.mongodb_uri),
        ("NATS_URL", &engines.nats_url),
        ("COOKIE_SECRET", "a secret of the benchmark alone"),
    ])
    .await
}

impl Cpu {
    pub const NONE: Self = Self { nodes: 0.0, mongodb: Some(0.0), nats: Some(0.0) };

    fn each(self, change: impl Fn(f64) -> f64) -> Self {
        Self { nodes: change(self.nodes), mongodb: self.mongodb.map(&change), nats: self.nats.map(&change) }
    }

    fn with(self, other: Self, combine: impl Fn(f64, f64) -> f64) -> Self {
        let both = |one: Option<f64>, other: Option<f64>| one.zip(other).map(|(one, other)| combine(one, other));
        Self {
            nodes: combine(self.nodes, other.nodes),
            mongodb: both(self.mongodb, other.mongodb),
            nats: both(self.nats, other.nats),
        }
    }

    pub fn json(self) -> Value {
        let Self { nodes, mongodb, nats } = self.each(|seconds| seconds * 1e6);
        json!({ "nodes": nodes, "mongodb": mongodb, "nats": nats })
    }
}

impl Sub for Cpu {
    type Output = Self;
    fn sub(self, earlier: Self) -> Self {
        self.with(earlier, |later, earlier| (later - earlier).max(0.0))
    }
}

impl AddAssign for Cpu {
    fn add_assign(&mut self, more: Self) {
        *self = self.with(more, |one, other| one + other);
    }
}

impl Mul<f64> for Cpu {
    type Output = Self;
    fn mul(self, by: f64) -> Self {
        self.each(|seconds| seconds * by)
    }
}

impl Div<f64> for Cpu {
    type Output = Self;
    fn div(self, by: f64) -> Self {
        self.each(|seconds| seconds / by)
    }
}
