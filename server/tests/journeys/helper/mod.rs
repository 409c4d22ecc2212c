//! Owns the journeys: a server, visitors with cookies, their sockets.

mod log;
mod socket;
mod visitor;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use leptos::config::LeptosOptions;
use server::{Settings, StartError};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use log::logged;
pub use socket::Socket;
pub use visitor::{Answer, Visitor};

/// A running server.
pub struct TestServer {
    pub address: SocketAddr,
    dir: Arc<TempDir>,
    stop: oneshot::Sender<()>,
    running: JoinHandle<Result<(), StartError>>,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With these environment variables.
    pub async fn start_with(variables: &[(&str, &str)]) -> Self {
        Self::start_in(Arc::new(tempfile::tempdir().expect("a directory")), variables).await
    }

    async fn start_in(dir: Arc<TempDir>, variables: &[(&str, &str)]) -> Self {
        log::begin();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(server::run(listener, settings(dir.path(), variables), stopped));
        Self { address, dir, stop, running }
    }

    /// Stops, and starts again on what was kept, under another port.
    pub async fn restart(self) -> Self {
        let dir = self.stop().await;
        Self::start_in(dir, &[]).await
    }

    pub async fn stop(self) -> Arc<TempDir> {
        self.stop.send(()).expect("still running");
        self.running.await.expect("no panic").expect("a clean stop");
        self.dir
    }

    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Somebody new.
    pub fn visitor(&self) -> Visitor {
        Visitor::new(self.address)
    }
}

/// Settings of a server that keeps everything in `dir` and serves a site of one style file, one script and one icon.
pub fn settings(dir: &Path, variables: &[(&str, &str)]) -> Settings {
    let site = dir.join("site");
    std::fs::create_dir_all(site.join("pkg")).expect("a site");
    for (name, content) in
        [("pkg/gifchat.css", "body{}"), ("pkg/gifchat.css.br", "not really brotli"), ("favicon.svg", "<svg/>")]
    {
        std::fs::write(site.join(name), content).expect("a file");
    }
    let leptos = LeptosOptions::builder().output_name("gifchat").site_root(site.to_string_lossy()).build();
    let data = dir.join("data").to_string_lossy().into_owned();
    let variable = |name: &str| match name {
        "DATA_DIR" => Some(data.clone()),
        _ => variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()),
    };
    Settings::read(&variable, leptos).expect("good settings")
}
