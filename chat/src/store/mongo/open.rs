//! Finding MongoDB at the start, and making what the database has to have.

use std::time::Duration;

use mongodb::bson::{Document, doc};
use mongodb::options::{
    Acknowledgment, ClientOptions, DatabaseOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Collection, Database, IndexModel};
use tokio::time::{Instant, sleep, timeout};

use super::failure::{Failure, describe, judge};
use super::health::CONNECTIONS;
use super::refusal::is_refusal;
use super::schema::Db;
use super::{MongoUri, OpenError};

/// How long a server is looked for in one try.
const SELECTION: Duration = Duration::from_secs(2);

/// Longer than any answer takes.
const LIMIT: Duration = Duration::from_secs(5);

/// Between one try and the next.
const RETRY: Duration = Duration::from_millis(500);

/// How long one index may take. The server goes on building it when nobody waits any more.
const BUILD_LIMIT: Duration = Duration::from_secs(30 * 60);

/// An index that is built so long is worth a line in the log.
const BUILD_TOLD_AFTER: Duration = Duration::from_secs(1);

/// How often the making of an index is tried at least, whatever the time, when what failed may pass.
const BUILD_TRIES: usize = 5;

/// A write that so long after is not on a majority of the replicas is not acknowledged.
const MAJORITY_LIMIT: Duration = Duration::from_secs(4);

/// Connects, waiting for a server until `deadline`, and makes the indexes that are not there yet.
pub async fn open(uri: &MongoUri, deadline: Instant) -> Result<Db, OpenError> {
    let mut is_told = false;
    let db = loop {
        match try_open(uri).await {
            Err(error) if error.may_pass() && Instant::now() < deadline => {
                if !is_told {
                    tracing::info!("waiting for MongoDB at {uri}");
                    is_told = true;
                }
                sleep(RETRY.min(deadline - Instant::now())).await;
            }
            opened => break opened?,
        }
    };
    make_indexes(uri, db.indexes(), deadline).await?;
    Ok(db)
}

async fn try_open(uri: &MongoUri) -> Result<Db, OpenError> {
    let opening = async {
        let db = Db::new(connect(uri).await?);
        let ping = db.database.run_command(doc! { "ping": 1 }).await;
        ping.map_err(|error| OpenError::of(&error, uri))?;
        Ok(db)
    };
    match timeout(LIMIT, opening).await {
        Ok(opened) => opened,
        Err(_) => Err(OpenError::Unreachable { hosts: uri.to_string(), why: "it does not answer".to_owned() }),
    }
}

/// Makes these indexes, one after the other. One that is there is left as it is; one that is being built, for another node
/// or since an earlier start, is waited for.
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
            sleep(RETRY).await;
        }
    }
    Ok(())
}

async fn make_index(uri: &MongoUri, collection: &Collection<Document>, index: &IndexModel) -> Result<(), OpenError> {
    let options = index.options.as_ref();
    let name = options.and_then(|options| options.name.as_deref()).unwrap_or_default();
    let of = collection.name();
    let mut build = std::pin::pin!(timeout(BUILD_LIMIT, collection.create_index(index.clone()).into_future()));
    let built = match timeout(BUILD_TOLD_AFTER, &mut build).await {
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
        Ok(Err(error)) if !is_refusal(&error) && judge(&error).failure == Failure::Unavailable => {
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
    options.server_selection_timeout.get_or_insert(SELECTION);
    options.connect_timeout.get_or_insert(SELECTION);
    options.max_pool_size.get_or_insert(CONNECTIONS as u32);
    // What is acknowledged is durable, and what is shown stays: whatever the connection string says.
    let database = DatabaseOptions::builder()
        .write_concern(write_concern())
        .read_concern(ReadConcern::majority())
        .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
        .build();
    // Files that it names are read here.
    let client = Client::with_options(options).map_err(|error| OpenError::of_files(&error))?;
    Ok(client.database_with_options(uri.database(), database))
}

/// On a majority of the replicas, and on disk there: of all that is written.
pub fn write_concern() -> WriteConcern {
    WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(MAJORITY_LIMIT).build()
}
