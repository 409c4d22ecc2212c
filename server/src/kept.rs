//! What everything is kept in, opened as the settings say: DATA_DIR, or MongoDB.

use std::io;
use std::sync::Arc;

use chat::bus::Connect;
use chat::bus::local::LocalBus;
use chat::bus::nats::NatsBus;
use chat::id::NodeId;
use chat::media::Media;
use chat::media::files::FilesMedia;
use chat::media::gridfs::GridFsMedia;
use chat::service::{Ports, SystemClock};
use chat::spool::Spool;
use chat::store::Store;
use chat::store::mongo::MongoStore;
use chat::store::sqlite::{self, Compacted, SqliteStore};

use crate::data_dir::DataDir;
use crate::settings::Remote;
use crate::{Settings, StartError};

const DATABASE: &str = "gifchat.sqlite";
const GIFS: &str = "gifs";
const UPLOADS: &str = "uploads";

/// The two stores, and what this process has to hold for them.
pub struct Kept {
    pub store: Arc<dyn Store>,
    pub media: Arc<dyn Media>,
    pub data_dir: Option<DataDir>,
    /// The id of the database that other nodes may share.
    house: Option<String>,
}

impl Kept {
    pub async fn open(settings: &Settings) -> Result<Self, StartError> {
        match &settings.remote {
            Some(remote) => Self::in_mongodb(remote).await,
            None => Self::in_data_dir(DataDir::open(&settings.data_dir)?),
        }
    }

    /// The same, but what is not there is not made.
    pub async fn find(settings: &Settings) -> Result<Self, StartError> {
        if settings.remote.is_none() {
            Self::must_be_there(settings)?;
        }
        Self::open(settings).await
    }

    /// Writes the database in DATA_DIR anew. Blocks.
    pub fn compact(settings: &Settings) -> Result<Compacted, StartError> {
        if settings.remote.is_some() {
            return Err(StartError::NoFile);
        }
        Self::must_be_there(settings)?;
        let data_dir = DataDir::open(&settings.data_dir)?;
        Ok(sqlite::compact(&data_dir.path().join(DATABASE))?)
    }

    fn must_be_there(settings: &Settings) -> Result<(), StartError> {
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
        Ok(Self { store: Arc::new(store), media: Arc::new(media), data_dir: Some(data_dir), house: None })
    }

    async fn in_mongodb(remote: &Remote) -> Result<Self, StartError> {
        let store = MongoStore::open(&remote.mongodb, remote.wait).await?;
        let media = GridFsMedia::open(&store).await?;
        let house = store.house().await?;
        Ok(Self { store: Arc::new(store), media: Arc::new(media), data_dir: None, house: Some(house) })
    }

    /// What the service stands on: the stores, and the way to the other nodes.
    pub async fn ports(&self, settings: &Settings) -> Result<Ports, StartError> {
        let node = self.house.as_ref().map(|_| NodeId::generate());
        let nats = settings.remote.as_ref().and_then(|remote| remote.nats.as_ref());
        let connect_bus: Connect = match (nats, &self.house, node) {
            (Some(nats), Some(house), Some(node)) => {
                let link = NatsBus::open(nats.as_str(), house, node).await?;
                Box::new(|inbox| link.bus(inbox))
            }
            _ => Box::new(|inbox| Arc::new(LocalBus::new(inbox))),
        };
        let (store, media) = (self.store.clone(), self.media.clone());
        // With MongoDB the disk may be there for reading alone, but for what is temporary.
        let own = self.data_dir.as_ref().filter(|_| self.house.is_none()).map(|dir| dir.path().join(UPLOADS));
        let spool = Spool::open(&own.into_iter().chain([std::env::temp_dir()]).collect::<Vec<_>>());
        Ok(Ports { store, media, connect_bus, clock: Arc::new(SystemClock::default()), spool, node })
    }
}
