//! Opens the storage that the settings name: DATA_DIR, or MongoDB.

use std::io;
use std::sync::Arc;

use backend::bus::Connect;
use backend::bus::local::LocalBus;
use backend::bus::nats::NatsBus;
use backend::media::Media;
use backend::media::files::FilesMedia;
use backend::media::gridfs::GridFsMedia;
use backend::service::{Copier, Ports, SystemClock};
use backend::spool::Spool;
use backend::store::Store;
use backend::store::mongo::MongoStore;
use backend::store::sqlite::{self, Compacted, SqliteStore};
use chat::id::NodeId;

use crate::copier::ProcessCopier;
use crate::data_dir::DataDir;
use crate::settings::Remote;
use crate::{Settings, StartError};

const DATABASE: &str = "gifchat.sqlite";
const GIFS: &str = "gifs";
const UPLOADS: &str = "uploads";

/// The two stores, and the data directory that this process holds open for them.
pub struct Storage {
    pub store: Arc<dyn Store>,
    pub media: Arc<dyn Media>,
    pub data_dir: Option<DataDir>,
    /// The id of the database, which all nodes of a deployment share. `None` for SQLite.
    deployment: Option<String>,
}

impl Storage {
    pub async fn open(settings: &Settings) -> Result<Self, StartError> {
        match &settings.remote {
            Some(remote) => Self::in_mongodb(remote).await,
            None => Self::in_data_dir(DataDir::open(&settings.data_dir)?),
        }
    }

    /// Opens existing storage, and creates none in DATA_DIR.
    pub async fn open_existing(settings: &Settings) -> Result<Self, StartError> {
        if settings.remote.is_none() {
            Self::must_exist(settings)?;
        }
        Self::open(settings).await
    }

    /// Rewrites the database in DATA_DIR. Blocks the thread.
    pub fn compact(settings: &Settings) -> Result<Compacted, StartError> {
        if settings.remote.is_some() {
            return Err(StartError::NothingToCompact);
        }
        Self::must_exist(settings)?;
        let data_dir = DataDir::open(&settings.data_dir)?;
        Ok(sqlite::compact(&data_dir.path().join(DATABASE))?)
    }

    fn must_exist(settings: &Settings) -> Result<(), StartError> {
        let path = &settings.data_dir;
        if path.join(DATABASE).is_file() {
            return Ok(());
        }
        let error = io::Error::new(io::ErrorKind::NotFound, "nothing is kept there");
        Err(StartError::DataDir { path: path.clone(), error })
    }

    fn in_data_dir(data_dir: DataDir) -> Result<Self, StartError> {
        let store = SqliteStore::open(&data_dir.path().join(DATABASE))?;
        let media = FilesMedia::open(&data_dir.path().join(GIFS))?;
        Ok(Self { store: Arc::new(store), media: Arc::new(media), data_dir: Some(data_dir), deployment: None })
    }

    async fn in_mongodb(remote: &Remote) -> Result<Self, StartError> {
        let store = MongoStore::open(&remote.mongodb, remote.wait).await?;
        let media = GridFsMedia::open(&store).await?;
        let deployment = store.deployment_id().await?;
        Ok(Self { store: Arc::new(store), media: Arc::new(media), data_dir: None, deployment: Some(deployment) })
    }

    /// The ports that the service needs: the stores, and the bus to the other nodes.
    pub async fn ports(&self, settings: &Settings) -> Result<Ports, StartError> {
        let node = self.deployment.as_ref().map(|_| NodeId::generate());
        let nats = settings.remote.as_ref().and_then(|remote| remote.nats.as_ref());
        let connect_bus: Connect = match (nats, &self.deployment, node) {
            (Some(nats), Some(deployment), Some(node)) => {
                let link = NatsBus::open(nats.as_str(), deployment, node).await?;
                Box::new(|inbox| link.bus(inbox))
            }
            _ => Box::new(|inbox| Arc::new(LocalBus::new(inbox))),
        };
        let (store, media) = (self.store.clone(), self.media.clone());
        // With MongoDB the disk may be read-only except for temporary files.
        let own = self.data_dir.as_ref().filter(|_| self.deployment.is_none()).map(|dir| dir.path().join(UPLOADS));
        let spool = Spool::open(&own.into_iter().chain([std::env::temp_dir()]).collect::<Vec<_>>());
        let copier = settings.copier.clone().map(|program| Arc::new(ProcessCopier { program }) as Arc<dyn Copier>);
        Ok(Ports { store, media, connect_bus, clock: Arc::new(SystemClock::default()), spool, copier, node })
    }
}
