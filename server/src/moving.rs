//! Moving house: `gifchat export FILE` and `gifchat import FILE`, while no server runs on what is moved.

use std::path::Path;

use chat::moving::{Counts, MoveError, export_to, import_from};
use chat::service::{Clock, SystemClock};

use crate::kept::Kept;
use crate::{Settings, StartError};

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
