//! Helpers of the journeys: a server in this process, server processes, and visitors.
//!
//! With `GIFCHAT_TEST_STORE=mongodb` the servers in this process store everything in MongoDB, otherwise in a directory.

mod binary;
mod log;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use leptos::config::LeptosOptions;
use server::{Settings, StartError};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use binary::{ServerProcess, run_to_end, spawn_server, stderr_of};
pub use log::logged;
pub use testing::{
    Answer, Database, Engine, GIF, Poller, Process, Socket, TIMEOUT, Visitor, act_on_entry, card_of, hash_of, id_of,
    large_gif, read_every_route, try_every_call, until, view_of, without_ids, write_calls,
};

/// A server that runs in this process.
pub struct TestServer {
    pub address: SocketAddr,
    storage: Arc<Storage>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), StartError>>,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts with these environment variables.
    pub async fn start_with(variables: &[(&str, &str)]) -> Self {
        Self::start_in(Arc::new(Storage::new()), variables).await
    }

    /// Starts with the data of an earlier server.
    pub async fn start_in(storage: Arc<Storage>, variables: &[(&str, &str)]) -> Self {
        log::capture();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(server::run(listener, storage.settings(variables), stopped));
        Self { address, storage, stop, running }
    }

    /// Stops, and starts again with the same data and another port.
    pub async fn restart(self) -> Self {
        let storage = self.stop().await;
        Self::start_in(storage, &[]).await
    }

    pub async fn stop(self) -> Arc<Storage> {
        self.stop.send(()).expect("still running");
        self.running.await.expect("no panic").expect("a clean stop");
        self.storage
    }

    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// A new visitor.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.address)
    }
}

/// The directory and the database of a server. Both are removed on drop.
pub struct Storage {
    dir: TempDir,
    database: Option<Database>,
}

impl Storage {
    fn new() -> Self {
        let database = match std::env::var("GIFCHAT_TEST_STORE").as_deref() {
            Ok("mongodb") => Some(Database::fresh()),
            Ok(other) => panic!("GIFCHAT_TEST_STORE is {other:?}: there is only mongodb"),
            Err(_) => None,
        };
        Self { dir: tempfile::tempdir().expect("a directory"), database }
    }

    /// The server's DATA_DIR.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// The total size in bytes of the files in DATA_DIR, including SQLite's write-ahead log.
    pub fn written(&self) -> u64 {
        let files = std::fs::read_dir(self.data()).into_iter().flatten().flatten();
        files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
    }

    /// Settings of a server that stores everything here and serves a site of one style sheet and one icon.
    pub fn settings(&self, variables: &[(&str, &str)]) -> Settings {
        let dir = self.dir.path();
        write_site(&dir.join("site"));
        let site = dir.join("site").to_string_lossy().into_owned();
        let leptos = LeptosOptions::builder().output_name("gifchat").site_root(site).build();
        let variable = |name: &str| match name {
            "DATA_DIR" => Some(self.data().to_string_lossy().into_owned()),
            "MONGODB_URI" => self.database.as_ref().map(|database| database.uri.clone()),
            _ => {
                let known = variables.iter().chain(DEFAULTS).find(|(known, _)| *known == name);
                known.map(|(_, value)| (*value).to_owned())
            }
        };
        let settings = Settings::read(&variable, leptos).expect("good settings");
        Settings { copier: Some(env!("CARGO_BIN_EXE_gifchat").into()), ..settings }
    }
}

/// Limits that no test reaches by accident, because tests are faster than people and share one address. The tests of
/// limits set their own.
const DEFAULTS: &[(&str, &str)] = &[
    ("LIMIT_UPLOADS", "1000/1"),
    ("LIMIT_ENTERS", "1000/1"),
    ("LIMIT_LOOKS", "1000/1"),
    ("LIMIT_SEARCHES", "1000/1"),
    ("LIMIT_CONNECTS", "1000/1"),
    ("LIMIT_REQUESTS", "100000/1"),
];

fn write_site(site: &Path) {
    std::fs::create_dir_all(site.join("pkg")).expect("a site");
    for (name, content) in [
        ("pkg/gifchat.css", "body{}"),
        ("pkg/gifchat.css.br", "not really brotli"),
        ("favicon.svg", "<svg/>"),
        ("offline.html", "<p>"),
    ] {
        std::fs::write(site.join(name), content).expect("a file");
    }
}
