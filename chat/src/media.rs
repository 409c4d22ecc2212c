//! The port to GIF bytes and their posters, by SHA-256. Which of them are in use, the store knows.

#[cfg(test)]
pub mod cases;
pub mod files;
pub mod gridfs;

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;

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

/// Bytes of a piece at most.
pub const PIECE: usize = 32 * 1024;

/// A GIF or poster that is open, to be read piece by piece: it is never in memory as a whole. One that is removed
/// meanwhile may be read to its end or break off.
pub struct Reading {
    /// Bytes in all.
    pub length: u64,
    /// Exactly that many, in pieces of [`PIECE`] bytes at most, each read when it is asked for; or an error, after which
    /// nothing comes.
    pub pieces: BoxStream<'static, Result<Bytes, Error>>,
}

impl Reading {
    /// All of it, into memory.
    pub async fn whole(self) -> Result<Bytes, Error> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.length).unwrap_or(0).min(MOST_AHEAD));
        let mut pieces = self.pieces;
        while let Some(piece) = pieces.try_next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.into())
    }
}

/// Memory that is taken on a length's word.
const MOST_AHEAD: usize = 16 * 1024 * 1024;

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("length", &self.length).finish_non_exhaustive()
    }
}

/// All methods fail with [`Error::Unavailable`] when the disk (or service) cannot do it now.
#[async_trait]
pub trait Media: Send + Sync + 'static {
    /// Keeps both durably. Writing again what is there already changes nothing.
    async fn put(&self, sha: GifHash, moving: Moving) -> Result<(), Error>;
    /// [`Error::NotFound`] when it is not there. Reads nothing of it yet.
    async fn open(&self, sha: GifHash, part: Part) -> Result<Reading, Error>;
    /// All of it, into memory.
    async fn get(&self, sha: GifHash, part: Part) -> Result<Bytes, Error> {
        self.open(sha, part).await?.whole().await
    }
    /// Removes both; no error when they are not there.
    async fn remove(&self, sha: GifHash) -> Result<(), Error>;
}
