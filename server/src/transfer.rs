//! The commands `gifchat export FILE` and `gifchat import FILE`, which move all data, and `gifchat compact`, which
//! shrinks the database. No server may run on the same storage meanwhile.

use std::io;
use std::path::Path;

use backend::service::{Clock, SystemClock};
use backend::store::sqlite::Compacted;
use backend::transfer::{Counts, export_to, import_from};

use crate::storage::Storage;
use crate::{Settings, StartError};

/// Rewrites the database in DATA_DIR without the space that deleted data takes up.
pub async fn compact(settings: Settings) -> Result<Compacted, StartError> {
    let compacted = tokio::task::spawn_blocking(move || Storage::compact(&settings)).await;
    compacted.map_err(|error| StartError::Io(io::Error::other(error)))?
}

/// Why the data was not moved, or only in part.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error(transparent)]
    Start(#[from] StartError),
    #[error(transparent)]
    Move(#[from] backend::transfer::TransferError),
}

/// Writes all stored data to a new file.
pub async fn export(settings: &Settings, file: &Path) -> Result<Counts, TransferError> {
    let storage = Storage::open_existing(settings).await?;
    let now = SystemClock::default().now();
    let exported = export_to(file, &*storage.store, &*storage.media, now).await;
    storage.store.close().await;
    Ok(exported?)
}

/// Adds the data in the file to what is stored.
pub async fn import(settings: &Settings, file: &Path) -> Result<Counts, TransferError> {
    let storage = Storage::open(settings).await?;
    let now = SystemClock::default().now();
    let imported = import_from(file, &*storage.store, &*storage.media, now).await;
    storage.store.close().await;
    Ok(imported?)
}
