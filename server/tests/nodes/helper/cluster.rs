//! Nodes of gifchat on one MongoDB and one NATS.

use std::net::SocketAddr;
use std::process::Command;

use tempfile::TempDir;

use super::Visitor;
use super::database::Database;
use super::engine::Engine;
use super::process::Process;

const BINARY: &str = env!("CARGO_BIN_EXE_gifchat");

/// Nodes, their NATS, and a database of their own. All of it ends with this.
pub struct Cluster {
    // In this order they end.
    nodes: Vec<Node>,
    pub nats: Engine,
    kept: Kept,
    variables: Vec<(String, String)>,
    dir: TempDir,
}

/// One server process.
pub struct Node {
    pub address: SocketAddr,
    process: Process,
}

/// Where the nodes keep everything.
enum Kept {
    /// In the MongoDB that all tests share.
    Shared(Database),
    /// In one that can be taken away.
    Own(Engine),
}

impl Cluster {
    /// Nodes with these environment variables, started at once.
    pub async fn start(nodes: usize, variables: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        Self::start_on(Kept::Shared(Database::new()), dir, nodes, variables).await
    }

    /// The same, on a MongoDB of their own.
    pub async fn start_on_own_mongodb(nodes: usize, variables: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let engine = Engine::mongodb(&dir.path().join("mongodb")).await;
        Self::start_on(Kept::Own(engine), dir, nodes, variables).await
    }

    async fn start_on(kept: Kept, dir: TempDir, nodes: usize, variables: &[(&str, &str)]) -> Self {
        let nats = Engine::nats().await;
        let uri = match &kept {
            Kept::Shared(database) => database.uri.clone(),
            Kept::Own(engine) => format!("mongodb://{}/gifchat", engine.address()),
        };
        let nats_url = format!("nats://{}", nats.address());
        let always = [
            ("MONGODB_URI", uri.as_str()),
            ("NATS_URL", &nats_url),
            ("COOKIE_SECRET", "the same on every node"),
            ("HOST", "127.0.0.1"),
            ("PORT", "0"),
            ("LIMIT_MESSAGES", "1000000/1"),
            ("LIMIT_ACTS", "1000000/1"),
            ("LIMIT_NEW_ROOMS", "1000000/1"),
            ("LIMIT_UPLOADS", "1000000/1"),
            ("LIMIT_ENTERS", "1000000/1"),
            ("LIMIT_LOOKS", "1000000/1"),
            ("LIMIT_SEARCHES", "1000000/1"),
            ("LIMIT_CONNECTS", "1000000/1"),
            ("LIMIT_REQUESTS", "1000000/1"),
        ];
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let variables = always.iter().chain(variables).map(owned).collect();
        let mut cluster = Self { nodes: Vec::new(), nats, kept, variables, dir };
        cluster.start_nodes(nodes).await;
        cluster
    }

    /// More nodes, all at once.
    pub async fn start_nodes(&mut self, count: usize) {
        let first = self.nodes.len();
        let started: Vec<_> = (first..first + count).map(|n| self.start_process(n)).collect();
        for mut process in started {
            let said = "listening on http://";
            let line = process.says(said).await;
            let address = line.split_once(said).and_then(|(_, rest)| rest.trim().parse().ok());
            self.nodes.push(Node { address: address.expect("an address"), process });
        }
    }

    fn start_process(&self, n: usize) -> Process {
        let dir = self.dir.path().join(format!("node-{n}"));
        std::fs::create_dir_all(&dir).expect("a directory");
        let mut command = Command::new(BINARY);
        command.current_dir(&dir).env("DATA_DIR", &dir).envs(self.variables.iter().map(|(name, value)| (name, value)));
        Process::start(&format!("node {n}"), &mut command)
    }

    pub fn node(&mut self, n: usize) -> &mut Node {
        &mut self.nodes[n]
    }

    pub fn nodes(&mut self) -> &mut [Node] {
        &mut self.nodes
    }

    /// The MongoDB that only these nodes have.
    pub fn mongodb(&mut self) -> &mut Engine {
        match &mut self.kept {
            Kept::Own(engine) => engine,
            Kept::Shared(_) => panic!("this one belongs to all tests"),
        }
    }

    /// Somebody new, who comes to node `n`.
    pub fn visitor(&self, n: usize) -> Visitor {
        Visitor::new(self.nodes[n].address)
    }

    /// The same browser at node `n`.
    pub fn at(&self, n: usize, visitor: &Visitor) -> Visitor {
        visitor.at(self.nodes[n].address)
    }

    /// The same browser at every node, at node `first` to begin with.
    pub fn everywhere(&self, first: usize, visitor: &Visitor) -> Vec<Visitor> {
        let count = self.nodes.len();
        (first..first + count).map(|n| self.at(n % count, visitor)).collect()
    }
}

impl Node {
    /// Ends it as a supervisor does.
    pub async fn terminate(&mut self) -> Option<i32> {
        self.process.terminate().await.code()
    }

    pub fn kill(&mut self) {
        self.process.kill();
    }

    pub fn pause(&self) {
        self.process.signal("STOP");
    }

    pub fn resume(&self) {
        self.process.signal("CONT");
    }

    pub fn runs(&mut self) -> bool {
        self.process.runs()
    }

    /// Lines of its log with these words in them.
    pub fn said(&self, words: &str) -> Vec<String> {
        self.process.said(words)
    }
}
