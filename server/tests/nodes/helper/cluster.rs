//! Several nodes of gifchat on one MongoDB and one NATS.

use std::net::SocketAddr;
use std::process::Command;

use tempfile::TempDir;

use testing::{Database, Engine, Process, Visitor};

const BINARY: &str = env!("CARGO_BIN_EXE_gifchat");

/// Nodes with their own NATS and their own database. Dropping this ends all of them.
pub struct Cluster {
    // Fields are dropped in this order, so the nodes end first.
    nodes: Vec<Node>,
    pub nats: Engine,
    mongo: Mongo,
    variables: Vec<(String, String)>,
    dir: TempDir,
}

/// One server process.
pub struct Node {
    pub address: SocketAddr,
    process: Process,
}

/// The MongoDB in which the nodes store everything.
enum Mongo {
    /// A database in the MongoDB that all tests share.
    Shared(Database),
    /// A process that this test can stop and pause.
    Own(Engine),
}

impl Cluster {
    /// Starts nodes with these environment variables, all at the same time.
    pub async fn start(nodes: usize, variables: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        Self::start_on(Mongo::Shared(Database::fresh()), dir, nodes, variables).await
    }

    /// The same, with a MongoDB process that only these nodes use.
    pub async fn start_on_own_mongodb(nodes: usize, variables: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let engine = Engine::mongodb(&dir.path().join("mongodb")).await;
        Self::start_on(Mongo::Own(engine), dir, nodes, variables).await
    }

    async fn start_on(mongo: Mongo, dir: TempDir, nodes: usize, variables: &[(&str, &str)]) -> Self {
        let nats = Engine::nats().await;
        let uri = match &mongo {
            Mongo::Shared(database) => database.uri.clone(),
            Mongo::Own(engine) => format!("mongodb://{}/gifchat", engine.address()),
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
        let mut cluster = Self { nodes: Vec::new(), nats, mongo, variables, dir };
        cluster.start_nodes(nodes).await;
        cluster
    }

    /// Starts more nodes, all at the same time.
    pub async fn start_nodes(&mut self, count: usize) {
        let first = self.nodes.len();
        let started: Vec<_> = (first..first + count).map(|n| self.start_process(n)).collect();
        for mut process in started {
            let prefix = "listening on http://";
            let line = process.wait_for_log(prefix).await;
            let address = line.split_once(prefix).and_then(|(_, rest)| rest.trim().parse().ok());
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

    /// The MongoDB process that only these nodes use.
    pub fn mongodb(&mut self) -> &mut Engine {
        match &mut self.mongo {
            Mongo::Own(engine) => engine,
            Mongo::Shared(_) => panic!("this one belongs to all tests"),
        }
    }

    /// A new visitor at node `n`.
    pub fn visitor(&self, n: usize) -> Visitor {
        Visitor::new(self.nodes[n].address)
    }

    /// The same browser at node `n`.
    pub fn at(&self, n: usize, visitor: &Visitor) -> Visitor {
        visitor.at(self.nodes[n].address)
    }

    /// The same browser at every node, beginning with node `first`.
    pub fn at_every_node(&self, first: usize, visitor: &Visitor) -> Vec<Visitor> {
        let count = self.nodes.len();
        (first..first + count).map(|n| self.at(n % count, visitor)).collect()
    }
}

impl Node {
    /// Ends it as a supervisor does, with SIGTERM. Returns the exit code.
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

    pub fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// All lines of its log so far that contain `words`.
    pub fn log_lines(&self, words: &str) -> Vec<String> {
        self.process.log_lines(words)
    }
}
