//! The server crate wires gifchat together: settings, HTTP, sessions and the socket endpoint. It holds no rule of the
//! domain: those are in `chat`, and what people see is in `app`.
//!
//! Reading order: [`settings`], [`run`], [`routes`], then the modules that handle a request: [`guard`], [`session`],
//! [`pages`], [`api`], [`forms`], [`live`], [`files`], [`worker`], [`gifs`], [`compression`].

mod address;
mod api;
mod body;
mod call;
mod choice;
pub mod command;
mod compression;
mod connections;
mod copier;
mod cores;
mod data_dir;
pub mod descriptors;
mod files;
mod forms;
mod gifs;
mod guard;
mod headers;
mod language;
mod live;
mod maker;
mod origin;
mod pages;
mod permits;
mod playback;
mod refusal;
mod render;
mod routes;
mod session;
pub mod settings;
mod shelf;
pub mod site;
mod sockets;
mod storage;
pub mod transfer;
mod worker;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use any_spawner::Executor;
use backend::address::AddressKey;
use backend::bus::nats;
use backend::service::{Chat, Config};
use backend::store::{mongo, sqlite};
use backend::throttle::Throttle;
use leptos::config::LeptosOptions;
use tokio::net::TcpListener;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use address::ClientAddresses;
use connections::{Caps, Connections};
use cores::Cores;
use data_dir::DataDir;
use live::poll::Polls;
use origin::Origin;
use permits::Permits;
use session::Sessions;
use settings::Secret;
pub use settings::{Settings, WrongSettings};
use sockets::Sockets;
use storage::Storage;
use worker::Worker;

/// How long running requests and sockets may take to finish when the server stops.
const FINISH_TIME: Duration = Duration::from_secs(5);
/// How long the store may take afterwards to commit its queue. Both times together stay below ten seconds.
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
    NothingToCompact,
    #[error("DATA_DIR {}: {error}", .path.display())]
    DataDir { path: PathBuf, error: io::Error },
    #[error("DATA_DIR {} is too short for a secret: remove it to have a new one made", .file.display())]
    ShortSecret { file: PathBuf },
    #[error("cannot listen on {address} (HOST, PORT): {error}")]
    Listen { address: SocketAddr, error: io::Error },
    #[error("DATA_DIR: {0}")]
    Database(#[from] sqlite::OpenError),
    #[error("{}{}", setting_prefix(.0), .0)]
    MongoDb(#[from] mongo::OpenError),
    #[error("NATS_URL: {0}")]
    Nats(#[from] nats::OpenError),
    #[error("cannot read what is kept: {0}")]
    Store(#[from] chat::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl StartError {
    /// Whether other settings could fix the error.
    pub fn is_in_settings(&self) -> bool {
        match self {
            StartError::Database(_) | StartError::Store(_) | StartError::Io(_) => false,
            StartError::MongoDb(error) => error.is_in_settings(),
            _ => true,
        }
    }
}

/// The errors about the URI itself do not name the setting, so its name is put in front. The other errors are about a
/// server.
fn setting_prefix(error: &mongo::OpenError) -> &'static str {
    if error.is_of_uri() { "MONGODB_URI " } else { "" }
}

/// The state that all requests share. There is one per server.
struct AppState {
    chat: Arc<Chat>,
    sessions: Sessions,
    caps: Caps,
    sockets: Arc<Sockets>,
    polls: Arc<Polls>,
    leptos: LeptosOptions,
    worker: Worker,
    public_origin: Option<Origin>,
    clients: ClientAddresses,
    /// The limits on concurrent work: GIFs being sent, uploads, and other request bodies being received.
    gifs: Arc<Permits>,
    uploads: Arc<Permits>,
    forms: Arc<Permits>,
    /// The turns of pages that are being rendered or compressed.
    cores: Cores,
    /// The value of the Strict-Transport-Security header.
    transport_security: Option<&'static str>,
    notices: Notices,
    /// This token is cancelled when the server begins to stop.
    stopping: CancellationToken,
}

impl AppState {
    fn new(chat: Arc<Chat>, settings: Settings, secret: &Secret, stopping: CancellationToken) -> Self {
        let caps = descriptors::connections(settings.connections);
        Self {
            sessions: Sessions::new(chat.clone(), secret, settings.is_https(), settings.remote.is_none()),
            chat,
            transport_security: settings.transport_security(),
            notices: Notices::default(),
            caps,
            sockets: Arc::new(Sockets::new(caps.per_address)),
            polls: Arc::default(),
            worker: Worker::of(&settings.leptos, settings.service_worker),
            leptos: settings.leptos,
            public_origin: settings.public_origin,
            clients: ClientAddresses::new(settings.trusted_proxies),
            gifs: Permits::new(gifs::GIFS_AT_ONCE),
            uploads: Permits::new(api::UPLOADS_AT_ONCE),
            forms: Permits::new(api::FORMS_AT_ONCE),
            cores: Cores::new(),
            stopping,
        }
    }
}

/// Log lines about what strangers can cause. Each kind is logged at most once a minute.
struct Notices {
    began: Instant,
    throttle: Throttle<Notice>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Notice {
    ForeignOrigin,
    ForeignHost,
    /// Idle connections were closed to make room.
    Closed,
    /// A connection was refused because there was no slot for it.
    NoSlot,
}

impl Default for Notices {
    fn default() -> Self {
        Self { began: Instant::now(), throttle: Throttle::default() }
    }
}

impl Notices {
    /// Counts one event of this kind. When a log line is due, returns how many events have occurred since the last
    /// line.
    fn count(&self, notice: Notice) -> Option<u64> {
        self.throttle.count(notice, self.began.elapsed())
    }
}

/// A server that has opened its storage but does not listen yet.
pub struct Server {
    chat: Arc<Chat>,
    settings: Settings,
    secret: Secret,
    /// Keeps the directory locked for as long as the server lives.
    _data_dir: Option<DataDir>,
}

impl Server {
    /// Waits for MongoDB where the settings name one. Dropping the future cancels this safely.
    pub async fn open(settings: Settings) -> Result<Self, StartError> {
        let mut storage = Storage::open(&settings).await?;
        let secret = match &settings.cookie_secret {
            Some(secret) => secret.clone(),
            None => {
                let data_dir = storage.data_dir.take().map_or_else(|| DataDir::open(&settings.data_dir), Ok)?;
                storage.data_dir.insert(data_dir).cookie_secret()?
            }
        };
        let config = Config { address_key: AddressKey::of(&secret.0), ..settings.chat.clone() };
        let chat = Chat::open(storage.ports(&settings).await?, config).await?;
        Ok(Self { chat, settings, secret, _data_dir: storage.data_dir })
    }

    /// Serves until `shutdown` completes, then stops cleanly: sockets are told to come back, running requests finish,
    /// and the store commits its queue.
    pub async fn serve(self, listener: TcpListener, shutdown: impl Future) -> Result<(), StartError> {
        let Self { chat, settings, secret, _data_dir } = self;
        let stopping = CancellationToken::new();
        // The guard also cancels when this future is dropped before it ends.
        let _stop = stopping.clone().drop_guard();
        let state = Arc::new(AppState::new(chat.clone(), settings, &secret, stopping.clone()));
        // Pages and server functions spawn tasks through this executor. The call fails when another server in this
        // process has already set it.
        let _ = Executor::init_tokio();
        let upkeep = tokio::spawn(sweep(chat.clone()));
        let mut connections = Connections::new(routes::router(state.clone()), state.clone());
        tracing::info!("listening on http://{}", listener.local_addr()?);
        let accepted = connections.accept(listener, shutdown).await;

        tracing::info!("stopping");
        stopping.cancel();
        let sockets = timeout(FINISH_TIME, state.sockets.all_closed());
        let _ = tokio::join!(sockets, connections.finish(FINISH_TIME));
        upkeep.abort();
        if timeout(COMMIT_TIME, chat.close()).await.is_err() {
            tracing::error!("the store did not close in time");
        }
        tracing::info!("stopped");
        Ok(accepted?)
    }
}

/// Opens a server and serves until `shutdown` completes.
pub async fn run(listener: TcpListener, settings: Settings, shutdown: impl Future) -> Result<(), StartError> {
    let mut shutdown = pin!(shutdown);
    let server = tokio::select! {
        _ = &mut shutdown => return Ok(()),
        server = Server::open(settings) => server?,
    };
    server.serve(listener, shutdown).await
}

/// Does the service's periodic work once a second, for as long as the server runs.
async fn sweep(chat: Arc<Chat>) {
    let mut ticks = interval(Duration::from_secs(1));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        chat.sweep().await;
    }
}
