//! The port to GIF bytes and their posters, by SHA-256. Which of them are in use, the store knows.

#[cfg(test)]
pub mod cases;
pub mod files;
pub mod gridfs;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::Error;
use crate::gif::GifHash;

/// A GIF and its poster: the first frame as a GIF of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moving {
    pub gif: Bytes,
    pub poster: Bytes,
}

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Gif,
    Poster,
}

/// All methods fail with [`Error::Unavailable`] when the disk (or service) cannot do it now.
#[async_trait]
pub trait Media: Send + Sync + 'static {
    /// Keeps both durably. Writing again what is there already changes nothing.
    async fn put(&self, sha: GifHash, moving: Moving) -> Result<(), Error>;
    /// [`Error::NotFound`] when it is not there.
    async fn get(&self, sha: GifHash, part: Part) -> Result<Bytes, Error>;
    /// Removes both; no error when they are not there.
    async fn remove(&self, sha: GifHash) -> Result<(), Error>;
}
