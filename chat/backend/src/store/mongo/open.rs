//! Connects to MongoDB at the start, and makes the indexes that the database needs.

use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::error::Error as MongoError;
use mongodb::options::{
    Acknowledgment, ClientOptions, DatabaseOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Collection, Database, IndexModel};
use tokio::time::{Instant, sleep, timeout};

use super::failure::{Failure, classify, describe};
use super::health::CONNECTIONS;
use super::refusal::is_refusal;
use super::schema::Db;
use super::{MongoUri, OpenError};

/// How long one attempt looks for a server, or connects to it.
const SELECTION_TIMEOUT: Duration = Duration::from_secs(2);

/// How long one attempt to open the database may take. A server that takes longer counts as one that does not answer.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// The pause between two attempts.
const RETRY_EVERY: Duration = Duration::from_millis(500);

/// How long the start waits for one index. The server goes on building it after that.
const BUILD_TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// The building of an index is logged when it takes longer than this.
const BUILD_LOGGED_AFTER: Duration = Duration::from_secs(1);

/// After a failure that may pass, an index is tried at least this many times, even after the deadline.
const BUILD_TRIES: usize = 5;

/// A write fails when a majority of the replicas has not confirmed it within this time.
const MAJORITY_TIMEOUT: Duration = Duration::from_secs(4);

/// Connects, waits for a server until `deadline`, and makes the missing indexes.
pub async fn open(uri: &MongoUri, deadline: Instant) -> Result<Db, OpenError> {
    let mut is_logged = false;
    let db = loop {
        match try_open(uri).await {
            Err(error) if error.may_pass() && Instant::now() < deadline => {
                if !is_logged {
                    tracing::info!("waiting for MongoDB at {uri}");
                    is_logged = true;
                }
                sleep(RETRY_EVERY.min(deadline - Instant::now())).await;
            }
            opened => break opened?,
        }
    };
    make_indexes(uri, db.indexes(), deadline).await?;
    drop_replaced_indexes(&db).await;
    Ok(db)
}

async fn try_open(uri: &MongoUri) -> Result<Db, OpenError> {
    let opening = async {
        let db = Db::new(connect(uri).await?);
        let ping = db.database.run_command(doc! { "ping": 1 }).await;
        ping.map_err(|error| OpenError::of(&error, uri))?;
        Ok(db)
    };
    match timeout(ANSWER_TIMEOUT, opening).await {
        Ok(opened) => opened,
        Err(_) => Err(OpenError::Unreachable { hosts: uri.to_string(), why: "it does not answer".to_owned() }),
    }
}

/// Makes these indexes, one after the other. It leaves an existing index as it is, and waits for one that is being built
/// already (for another node, or since an earlier start).
pub async fn make_indexes(
    uri: &MongoUri,
    indexes: Vec<(Collection<Document>, IndexModel)>,
    deadline: Instant,
) -> Result<(), OpenError> {
    for (collection, index) in indexes {
        let mut tries = 0;
        while let Err(error) = make_index(uri, &collection, &index).await {
            tries += 1;
            if !error.may_pass() || (tries >= BUILD_TRIES && Instant::now() >= deadline) {
                return Err(error);
            }
            if tries == 1 {
                tracing::info!("it is tried again: {error}");
            }
            sleep(RETRY_EVERY).await;
        }
    }
    Ok(())
}

/// Drops the indexes that nothing uses any more. A failure costs only their space, and the next start tries again.
async fn drop_replaced_indexes(db: &Db) {
    for (collection, name) in db.replaced_indexes() {
        let dropped = async {
            let is_there = collection.list_index_names().await?.iter().any(|found| found == name);
            if is_there {
                collection.drop_index(name).await?;
            }
            Ok::<_, MongoError>(is_there)
        };
        match dropped.await {
            Ok(true) => tracing::info!("the index {name} of {} is dropped: others replace it", collection.name()),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!("the unused index {name} of {} stays: {}", collection.name(), describe(&error))
            }
        }
    }
}

async fn make_index(uri: &MongoUri, collection: &Collection<Document>, index: &IndexModel) -> Result<(), OpenError> {
    let options = index.options.as_ref();
    let name = options.and_then(|options| options.name.as_deref()).unwrap_or_default();
    let of = collection.name();
    let mut build = std::pin::pin!(timeout(BUILD_TIMEOUT, collection.create_index(index.clone()).into_future()));
    let built = match timeout(BUILD_LOGGED_AFTER, &mut build).await {
        Ok(built) => built,
        Err(_) => {
            tracing::info!("MongoDB builds the index {name} of {of}; the start waits for it, up to half an hour");
            let built = build.await;
            if matches!(built, Ok(Ok(_))) {
                tracing::info!("the index {name} of {of} is built");
            }
            built
        }
    };
    let hosts = uri.to_string();
    match built {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) if !is_refusal(&error) && classify(&error).failure == Failure::Unavailable => {
            Err(OpenError::Index { hosts, index: format!("{name} of {of}"), why: describe(&error) })
        }
        Ok(Err(error)) => Err(OpenError::of(&error, uri)),
        Err(_) => Err(OpenError::Building { hosts, index: format!("{name} of {of}") }),
    }
}

async fn connect(uri: &MongoUri) -> Result<Database, OpenError> {
    let mut options =
        ClientOptions::parse(uri.connection_string()).await.map_err(|error| OpenError::of(&error, uri))?;
    options.app_name.get_or_insert_with(|| "gifchat".to_owned());
    options.server_selection_timeout.get_or_insert(SELECTION_TIMEOUT);
    options.connect_timeout.get_or_insert(SELECTION_TIMEOUT);
    options.max_pool_size.get_or_insert(CONNECTIONS as u32);
    // Whatever the connection string says, acknowledged writes are durable, and what was read is never rolled back.
    let database = DatabaseOptions::builder()
        .write_concern(write_concern())
        .read_concern(ReadConcern::majority())
        .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
        .build();
    // At this point the driver reads the files that the connection string names.
    let client = Client::with_options(options).map_err(|error| OpenError::of_files(&error))?;
    Ok(client.database_with_options(uri.database(), database))
}

/// Every write has to be on a majority of the replicas, and on their disks.
pub fn write_concern() -> WriteConcern {
    WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(MAJORITY_TIMEOUT).build()
}
