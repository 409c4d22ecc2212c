//! Owns the journeys: a server, visitors with cookies, their sockets.
//!
//! With `GIFCHAT_TEST_STORE=mongodb` the servers of this process keep everything in MongoDB, else in a directory.

mod binary;
mod log;

// Shared with the tests on several nodes; neither needs all of it.
#[allow(dead_code)]
#[path = "../../helper/database.rs"]
mod database;
#[allow(dead_code)]
#[path = "../../helper/engine.rs"]
mod engine;
#[path = "../../helper/gifs.rs"]
mod gifs;
#[allow(dead_code)]
#[path = "../../helper/inside.rs"]
mod inside;
#[path = "../../helper/patience.rs"]
mod patience;
#[allow(dead_code)]
#[path = "../../helper/process.rs"]
mod process;
#[allow(dead_code)]
#[path = "../../helper/roads.rs"]
mod roads;
#[allow(dead_code)]
#[path = "../../helper/socket.rs"]
mod socket;
#[allow(dead_code)]
#[path = "../../helper/visitor.rs"]
mod visitor;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use leptos::config::LeptosOptions;
use server::{Settings, StartError};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use binary::{Running, run, said, starting};
pub use database::Database;
pub use engine::Engine;
pub use gifs::large_gif;
pub use inside::{GIF, card_of, hash_of, id_of, view_of};
pub use log::logged;
pub use patience::{PATIENCE, until};
pub use process::Process;
pub use roads::{changes, look_everywhere, meddle, try_everything};
pub use socket::Socket;
pub use visitor::{Answer, Visitor};

/// A running server.
pub struct TestServer {
    pub address: SocketAddr,
    place: Arc<Place>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), StartError>>,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With these environment variables.
    pub async fn start_with(variables: &[(&str, &str)]) -> Self {
        Self::start_in(Arc::new(Place::new()), variables).await
    }

    /// On what was kept there.
    pub async fn start_in(place: Arc<Place>, variables: &[(&str, &str)]) -> Self {
        log::begin();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(server::run(listener, place.settings(variables), stopped));
        Self { address, place, stop, running }
    }

    /// Stops, and starts again on what was kept, under another port.
    pub async fn restart(self) -> Self {
        let place = self.stop().await;
        Self::start_in(place, &[]).await
    }

    pub async fn stop(self) -> Arc<Place> {
        self.stop.send(()).expect("still running");
        self.running.await.expect("no panic").expect("a clean stop");
        self.place
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Somebody new.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.address)
    }
}

/// Where a server keeps everything. Removed at the end.
pub struct Place {
    dir: TempDir,
    database: Option<Database>,
}

impl Place {
    fn new() -> Self {
        let database = match std::env::var("GIFCHAT_TEST_STORE").as_deref() {
            Ok("mongodb") => Some(Database::new()),
            Ok(other) => panic!("GIFCHAT_TEST_STORE is {other:?}: there is only mongodb"),
            Err(_) => None,
        };
        Self { dir: tempfile::tempdir().expect("a directory"), database }
    }

    /// The server's DATA_DIR.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// Bytes in the files there, SQLite's log of writes too.
    pub fn written(&self) -> u64 {
        let files = std::fs::read_dir(self.data()).into_iter().flatten().flatten();
        files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
    }

    /// Settings of a server that keeps everything here and serves a site of one style file, one script and one icon.
    pub fn settings(&self, variables: &[(&str, &str)]) -> Settings {
        let dir = self.dir.path();
        write_site(&dir.join("site"));
        let site = dir.join("site").to_string_lossy().into_owned();
        let leptos = LeptosOptions::builder().output_name("gifchat").site_root(site).build();
        let variable = |name: &str| match name {
            "DATA_DIR" => Some(self.data().to_string_lossy().into_owned()),
            "MONGODB_URI" => self.database.as_ref().map(|database| database.uri.clone()),
            _ => {
                let known = variables.iter().chain(USUAL).find(|(known, _)| *known == name);
                known.map(|(_, value)| (*value).to_owned())
            }
        };
        Settings::read(&variable, leptos).expect("good settings")
    }
}

/// Tests are quicker than people, and all at one address: these limits are for the tests of limits.
const USUAL: &[(&str, &str)] = &[
    ("LIMIT_UPLOADS", "1000/1"),
    ("LIMIT_ENTERS", "1000/1"),
    ("LIMIT_LOOKS", "1000/1"),
    ("LIMIT_SEARCHES", "1000/1"),
    ("LIMIT_CONNECTS", "1000/1"),
    ("LIMIT_REQUESTS", "100000/1"),
];

fn write_site(site: &Path) {
    std::fs::create_dir_all(site.join("pkg")).expect("a site");
    for (name, content) in
        [("pkg/gifchat.css", "body{}"), ("pkg/gifchat.css.br", "not really brotli"), ("favicon.svg", "<svg/>")]
    {
        std::fs::write(site.join(name), content).expect("a file");
    }
}
