//! Wires gifchat together: settings, HTTP, sessions, the socket's endpoint. No rule of the domain is here: those are in
//! `chat`, and what people see is in `app`.
//!
//! Reading order: [`settings`], [`run`], [`routes`], then what a request meets: [`guard`], [`session`], [`pages`],
//! [`api`], [`forms`], [`live`], [`files`].

mod address;
mod api;
mod body;
mod connections;
mod data_dir;
mod files;
mod forms;
mod guard;
mod language;
mod live;
mod pages;
mod refusal;
mod routes;
mod session;
pub mod settings;
pub mod site;
mod sockets;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use any_spawner::Executor;
use chat::bus::local::LocalBus;
use chat::media::files::FilesMedia;
use chat::service::{Chat, Ports, SystemClock};
use chat::store::sqlite::{OpenError, SqliteStore};
use leptos::config::LeptosOptions;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

use address::Network;
use connections::Connections;
use data_dir::DataDir;
use guard::Origin;
use session::Sessions;
use settings::Secret;
pub use settings::{Settings, WrongSettings};
use sockets::Sockets;

/// How long running requests and sockets have when the server stops.
const FINISH_TIME: Duration = Duration::from_secs(5);
/// How long the store then has to commit what is queued. Both together stay below ten seconds.
const COMMIT_TIME: Duration = Duration::from_secs(4);

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Settings(#[from] WrongSettings),
    #[error("{file}: {error}")]
    Leptos { file: String, error: String },
    #[error("DATA_DIR {} is in use by another gifchat", .path.display())]
    DataDirTaken { path: PathBuf },
    #[error("DATA_DIR {}: {error}", .path.display())]
    DataDir { path: PathBuf, error: io::Error },
    #[error("DATA_DIR {} is too short for a secret: remove it to have a new one made", .file.display())]
    ShortSecret { file: PathBuf },
    #[error("cannot listen on {address} (HOST, PORT): {error}")]
    Listen { address: SocketAddr, error: io::Error },
    #[error("DATA_DIR: {0}")]
    Database(#[from] OpenError),
    #[error("cannot read what is kept in DATA_DIR: {0}")]
    Store(#[from] chat::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl StartError {
    /// Whether other settings would help.
    pub fn is_in_settings(&self) -> bool {
        !matches!(self, StartError::Database(_) | StartError::Store(_) | StartError::Io(_))
    }
}

/// What requests need: one per server.
struct Site {
    chat: Arc<Chat>,
    sessions: Sessions,
    sockets: Arc<Sockets>,
    leptos: LeptosOptions,
    public_origin: Option<Origin>,
    trusted_proxies: Vec<Network>,
    stopping: Stopping,
}

impl Site {
    fn new(chat: Arc<Chat>, settings: Settings, secret: &Secret, stopping: Stopping) -> Self {
        Self {
            sessions: Sessions::new(chat.clone(), secret, settings.is_https()),
            chat,
            sockets: Arc::default(),
            leptos: settings.leptos,
            public_origin: settings.public_origin,
            trusted_proxies: settings.trusted_proxies,
            stopping,
        }
    }
}

/// Whether the server stops.
#[derive(Clone)]
struct Stopping(watch::Receiver<bool>);

impl Stopping {
    /// Waits until the server begins to stop.
    async fn begun(mut self) {
        // A sender that is gone has stopped, too.
        let _ = self.0.wait_for(|is_stopping| *is_stopping).await;
    }
}

/// Serves until `shutdown`, then stops cleanly: sockets are told to come back, running requests end, the queue is
/// committed.
pub async fn run(listener: TcpListener, settings: Settings, shutdown: impl Future) -> Result<(), StartError> {
    let data_dir = DataDir::open(&settings.data_dir)?;
    let chat = open_chat(&data_dir, &settings).await?;
    let (stop, stopping) = watch::channel(false);
    let secret = secret(&data_dir, &settings)?;
    let site = Arc::new(Site::new(chat.clone(), settings, &secret, Stopping(stopping)));
    // Pages and server functions spawn through it. It fails when it was set before: by another server in this process.
    let _ = Executor::init_tokio();
    let upkeep = tokio::spawn(sweep(chat.clone()));
    let mut connections = Connections::new(routes::router(site.clone()), site.stopping.clone());
    tracing::info!("listening on http://{}", listener.local_addr()?);
    connections.accept(listener, shutdown).await;

    tracing::info!("stopping");
    let _ = stop.send(true);
    let sockets = timeout(FINISH_TIME, site.sockets.all_closed());
    let _ = tokio::join!(sockets, connections.finish(FINISH_TIME));
    upkeep.abort();
    if timeout(COMMIT_TIME, chat.close()).await.is_err() {
        tracing::error!("the store did not close in time");
    }
    tracing::info!("stopped");
    Ok(())
}

async fn open_chat(data_dir: &DataDir, settings: &Settings) -> Result<Arc<Chat>, StartError> {
    let store = SqliteStore::open(&data_dir.path().join("gifchat.sqlite"))?;
    let media = FilesMedia::open(&data_dir.path().join("gifs"))?;
    let ports = Ports {
        store: Arc::new(store),
        media: Arc::new(media),
        connect_bus: Box::new(|inbox| Arc::new(LocalBus::new(inbox))),
        clock: Arc::new(SystemClock::default()),
    };
    Ok(Chat::open(ports, settings.chat.clone()).await?)
}

fn secret(data_dir: &DataDir, settings: &Settings) -> Result<Secret, StartError> {
    match &settings.cookie_secret {
        Some(secret) => Ok(secret.clone()),
        None => data_dir.cookie_secret(),
    }
}

/// Once a second, for as long as the server runs.
async fn sweep(chat: Arc<Chat>) {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        chat.sweep().await;
    }
}
