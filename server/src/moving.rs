//! Moving house: `gifchat export FILE` and `gifchat import FILE`, and keeping it in order: `gifchat compact`. While no server
//! runs on what they are for.

use std::io;
use std::path::Path;

use chat::moving::{Counts, MoveError, export_to, import_from};
use chat::service::{Clock, SystemClock};
use chat::store::sqlite::Compacted;

use crate::kept::Kept;
use crate::{Settings, StartError};

/// Writes the database in DATA_DIR anew, without what was removed from it.
pub async fn compact(settings: Settings) -> Result<Compacted, StartError> {
    let compacted = tokio::task::spawn_blocking(move || Kept::compact(&settings)).await;
    compacted.map_err(|error| StartError::Io(io::Error::other(error)))?
}

/// Why nothing, or not everything, was moved.
#[derive(Debug, thiserror::Error)]
pub enum MovingError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Move(#[from] MoveError),
}

/// Writes everything that is kept to a new file.
pub async fn export(settings: &Settings, file: &Path) -> Result<Counts, MovingError> {
    let kept = Kept::find(settings).await?;
    let now = SystemClock::default().now();
    let exported = export_to(file, &*kept.store, &*kept.media, now).await;
    kept.store.close().await;
    Ok(exported?)
}

/// Adds what the file holds to what is kept.
pub async fn import(settings: &Settings, file: &Path) -> Result<Counts, MovingError> {
    let kept = Kept::open(settings).await?;
    let now = SystemClock::default().now();
    let imported = import_from(file, &*kept.store, &*kept.media, now).await;
    kept.store.close().await;
    Ok(imported?)
}
