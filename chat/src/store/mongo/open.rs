//! Finding MongoDB at the start.

use std::time::Duration;

use mongodb::bson::doc;
use mongodb::error::{Error as MongoError, ErrorKind};
use mongodb::options::{
    Acknowledgment, ClientOptions, DatabaseOptions, ReadConcern, ReadPreference, SelectionCriteria, WriteConcern,
};
use mongodb::{Client, Database};
use tokio::time::{Instant, sleep, timeout};

use super::MongoUri;
use super::failure::{describe, judge};
use super::health::CONNECTIONS;
use super::schema::Db;

/// Why MongoDB could not be used. None of it repeats a connection string.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("must begin with mongodb:// or mongodb+srv://")]
    Scheme,
    #[error("is not a MongoDB connection string (special characters in name and password must be percent-encoded)")]
    Malformed,
    #[error("the MongoDB at {hosts} refuses this name and password, or what they may do is not enough")]
    Refused { hosts: String },
    #[error("the MongoDB at {hosts} is too old: it must be 4.4 or newer")]
    TooOld { hosts: String },
    #[error("the MongoDB at {hosts} cannot be reached: {why}")]
    Unreachable { hosts: String, why: String },
    #[error("the MongoDB at {hosts} cannot be used: {why}")]
    Unusable { hosts: String, why: String },
}

/// How long a server is looked for in one try.
const SELECTION: Duration = Duration::from_secs(2);

/// Longer than any answer takes.
const LIMIT: Duration = Duration::from_secs(5);

/// Between one try and the next.
const RETRY: Duration = Duration::from_millis(500);

/// A write that so long after is not on a majority of the replicas is not acknowledged.
const MAJORITY_LIMIT: Duration = Duration::from_secs(4);

/// Connects, waiting for a server up to `wait`, and makes what the database has to have.
pub async fn open(uri: &MongoUri, wait: Duration) -> Result<Db, OpenError> {
    let deadline = Instant::now() + wait;
    let mut is_told = false;
    loop {
        match try_open(uri).await {
            Err(OpenError::Unreachable { .. }) if Instant::now() < deadline => {
                if !is_told {
                    tracing::info!("waiting for MongoDB at {uri}");
                    is_told = true;
                }
                sleep(RETRY.min(deadline - Instant::now())).await;
            }
            opened => return opened,
        }
    }
}

async fn try_open(uri: &MongoUri) -> Result<Db, OpenError> {
    let opening = async {
        let db = Db::new(connect(uri).await?);
        db.database.run_command(doc! { "ping": 1 }).await?;
        db.make_indexes().await?;
        Ok(db)
    };
    let hosts = uri.to_string();
    match timeout(LIMIT, opening).await {
        Ok(opened) => opened.map_err(|error| why_not(&error, hosts)),
        Err(_) => Err(OpenError::Unreachable { hosts, why: "it does not answer".to_owned() }),
    }
}

async fn connect(uri: &MongoUri) -> Result<Database, MongoError> {
    let mut options = ClientOptions::parse(uri.connection_string()).await?;
    options.app_name.get_or_insert_with(|| "gifchat".to_owned());
    options.server_selection_timeout.get_or_insert(SELECTION);
    options.connect_timeout.get_or_insert(SELECTION);
    options.max_pool_size.get_or_insert(CONNECTIONS as u32);
    // What is acknowledged is durable, and what is shown stays: whatever the connection string says.
    let write = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).w_timeout(MAJORITY_LIMIT).build();
    let database = DatabaseOptions::builder()
        .write_concern(write)
        .read_concern(ReadConcern::majority())
        .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
        .build();
    Ok(Client::with_options(options)?.database_with_options(uri.database(), database))
}

fn why_not(error: &MongoError, hosts: String) -> OpenError {
    /// Unauthorized, AuthenticationFailed, and what Atlas answers.
    const REFUSED: [i32; 3] = [13, 18, 8000];
    match error.kind.as_ref() {
        ErrorKind::Authentication { .. } => OpenError::Refused { hosts },
        ErrorKind::Command(error) if REFUSED.contains(&error.code) => OpenError::Refused { hosts },
        // The driver has no other name for it.
        ErrorKind::ServerSelection { message, .. } if message.contains("reports wire version") => {
            OpenError::TooOld { hosts }
        }
        ErrorKind::IncompatibleServer { .. } => OpenError::TooOld { hosts },
        ErrorKind::InvalidArgument { .. } => OpenError::Malformed,
        _ if judge(error).is_away => OpenError::Unreachable { hosts, why: describe(error) },
        _ => OpenError::Unusable { hosts, why: describe(error) },
    }
}
