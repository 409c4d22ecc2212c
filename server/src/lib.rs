//! Wires gifchat together: settings, HTTP, sessions, the socket's endpoint. No rule of the domain is here: those are in
//! `chat`, and what people see is in `app`.
//!
//! Reading order: [`settings`], [`run`], [`routes`], then what a request meets: [`guard`], [`session`], [`pages`],
//! [`api`], [`forms`], [`live`], [`files`], [`gifs`].

mod address;
mod api;
mod body;
pub mod command;
mod connections;
mod data_dir;
pub mod descriptors;
mod files;
mod forms;
mod gifs;
mod guard;
mod kept;
mod language;
mod live;
pub mod moving;
mod pages;
mod places;
mod refusal;
mod routes;
mod session;
pub mod settings;
pub mod site;
mod sockets;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use any_spawner::Executor;
use chat::bus::nats;
use chat::service::Chat;
use chat::store::{mongo, sqlite};
use chat::throttle::Throttle;
use leptos::config::LeptosOptions;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};

use address::Clients;
use connections::{Caps, Connections};
use data_dir::DataDir;
use guard::Origin;
use kept::Kept;
use places::Places;
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
    #[error("MONGODB_URI: MongoDB keeps everything and clears up by itself; compact is for what DATA_DIR keeps")]
    NoFile,
    #[error("DATA_DIR {}: {error}", .path.display())]
    DataDir { path: PathBuf, error: io::Error },
    #[error("DATA_DIR {} is too short for a secret: remove it to have a new one made", .file.display())]
    ShortSecret { file: PathBuf },
    #[error("cannot listen on {address} (HOST, PORT): {error}")]
    Listen { address: SocketAddr, error: io::Error },
    #[error("DATA_DIR: {0}")]
    Database(#[from] sqlite::OpenError),
    #[error("{}{}", in_uri(.0), .0)]
    MongoDb(#[from] mongo::OpenError),
    #[error("NATS_URL: {0}")]
    Nats(#[from] nats::OpenError),
    #[error("cannot read what is kept: {0}")]
    Store(#[from] chat::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl StartError {
    /// Whether other settings would help.
    pub fn is_in_settings(&self) -> bool {
        match self {
            StartError::Database(_) | StartError::Store(_) | StartError::Io(_) => false,
            StartError::MongoDb(error) => error.is_in_settings(),
            _ => true,
        }
    }
}

/// These speak of the setting, the others of a server.
fn in_uri(error: &mongo::OpenError) -> &'static str {
    if error.is_of_uri() { "MONGODB_URI " } else { "" }
}

/// What requests need: one per server.
struct Site {
    chat: Arc<Chat>,
    sessions: Sessions,
    caps: Caps,
    sockets: Arc<Sockets>,
    leptos: LeptosOptions,
    public_origin: Option<Origin>,
    clients: Clients,
    /// What goes on at once: GIFs on their way, uploads, and other bodies that come.
    gifs: Arc<Places>,
    uploads: Arc<Places>,
    forms: Arc<Places>,
    /// What browsers are told of https.
    transport_security: Option<&'static str>,
    lines: Lines,
    stopping: Stopping,
}

impl Site {
    fn new(chat: Arc<Chat>, settings: Settings, secret: &Secret, stopping: Stopping) -> Self {
        let caps = descriptors::connections(settings.connections);
        Self {
            sessions: Sessions::new(chat.clone(), secret, settings.is_https(), settings.remote.is_none()),
            chat,
            transport_security: settings.transport_security(),
            lines: Lines::default(),
            caps,
            sockets: Arc::new(Sockets::new(caps.per_address)),
            leptos: settings.leptos,
            public_origin: settings.public_origin,
            clients: Clients::new(settings.trusted_proxies),
            gifs: Places::new(gifs::AT_ONCE),
            uploads: Places::new(api::UPLOADS_AT_ONCE),
            forms: Places::new(api::FORMS_AT_ONCE),
            stopping,
        }
    }
}

/// Lines about what strangers can cause: once a minute a kind.
struct Lines {
    began: Instant,
    throttle: Throttle<Line>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Line {
    ForeignOrigin,
    ForeignHost,
    /// Idle connections were closed to make room.
    Closed,
    /// There was no place for a connection.
    NoPlace,
}

impl Default for Lines {
    fn default() -> Self {
        Self { began: Instant::now(), throttle: Throttle::default() }
    }
}

impl Lines {
    /// Counts one more of a kind. How many there are since its last line, when it is time for one.
    fn count(&self, line: Line) -> Option<u64> {
        self.throttle.count(line, self.began.elapsed())
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

/// A server that has opened what it keeps, and does not listen yet.
pub struct Server {
    chat: Arc<Chat>,
    settings: Settings,
    secret: Secret,
    /// Locked for as long as this lives.
    _data_dir: Option<DataDir>,
}

impl Server {
    /// Waits for MongoDB, where that keeps everything. Can be broken off.
    pub async fn open(settings: Settings) -> Result<Self, StartError> {
        let mut kept = Kept::open(&settings).await?;
        let secret = match &settings.cookie_secret {
            Some(secret) => secret.clone(),
            None => {
                let data_dir = kept.data_dir.take().map_or_else(|| DataDir::open(&settings.data_dir), Ok)?;
                kept.data_dir.insert(data_dir).cookie_secret()?
            }
        };
        let chat = Chat::open(kept.ports(&settings).await?, settings.chat.clone()).await?;
        Ok(Self { chat, settings, secret, _data_dir: kept.data_dir })
    }

    /// Serves until `shutdown`, then stops cleanly: sockets are told to come back, running requests end, the queue is
    /// committed.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future) -> Result<(), StartError> {
        let Self { chat, settings, secret, _data_dir } = self;
        let (stop, stopping) = watch::channel(false);
        let site = Arc::new(Site::new(chat.clone(), settings, &secret, Stopping(stopping)));
        // Pages and server functions spawn through it. It fails when it was set before: by another server in this process.
        let _ = Executor::init_tokio();
        let upkeep = tokio::spawn(sweep(chat.clone()));
        let mut connections = Connections::new(routes::router(site.clone()), site.clone());
        tracing::info!("listening on http://{}", listener.local_addr()?);
        let accepted = connections.accept(listener, shutdown).await;

        tracing::info!("stopping");
        let _ = stop.send(true);
        let sockets = timeout(FINISH_TIME, site.sockets.all_closed());
        let _ = tokio::join!(sockets, connections.finish(FINISH_TIME));
        upkeep.abort();
        if timeout(COMMIT_TIME, chat.close()).await.is_err() {
            tracing::error!("the store did not close in time");
        }
        tracing::info!("stopped");
        Ok(accepted?)
    }
}

/// Opens and serves, until `shutdown`.
pub async fn run(listener: TcpListener, settings: Settings, shutdown: impl Future) -> Result<(), StartError> {
    let mut shutdown = pin!(shutdown);
    let server = tokio::select! {
        _ = &mut shutdown => return Ok(()),
        server = Server::open(settings) => server?,
    };
    server.serve(listener, shutdown).await
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
