//! The port to the bytes of GIFs and their posters, by SHA-256. The store knows which of them are in use.

#[cfg(test)]
pub mod cases;
pub mod files;
pub mod gridfs;

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::TryStreamExt;
use futures_util::stream::BoxStream;

use chat::error::Error;
use chat::gif::GifHash;

/// A GIF and its poster: the first frame as a GIF of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredGif {
    pub gif: Bytes,
    pub poster: Bytes,
}

/// The GIF itself or its poster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    Gif,
    Poster,
}

/// The most bytes of one piece.
pub const PIECE_BYTES: usize = 32 * 1024;

/// An open GIF or poster. It is read piece by piece, so that it is never in memory as a whole. When it is removed meanwhile, it
/// may still be read to its end, or break off with an error.
pub struct Reading {
    /// The length in bytes.
    pub length: u64,
    /// Exactly `length` bytes, in pieces of at most [`PIECE_BYTES`], each read when it is asked for. An error ends the stream.
    pub pieces: BoxStream<'static, Result<Bytes, Error>>,
}

impl Reading {
    /// Reads everything into memory.
    pub async fn whole(self) -> Result<Bytes, Error> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.length).unwrap_or(0).min(MAX_RESERVED));
        let mut pieces = self.pieces;
        while let Some(piece) = pieces.try_next().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.into())
    }
}

/// The most memory that is reserved before any byte has come.
const MAX_RESERVED: usize = 16 * 1024 * 1024;

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("length", &self.length).finish_non_exhaustive()
    }
}

/// All methods fail with [`Error::Unavailable`] when the disk (or service) cannot do it now.
#[async_trait]
pub trait Media: Send + Sync + 'static {
    /// Stores both durably. Storing a GIF again changes nothing.
    async fn put(&self, sha: GifHash, stored_gif: StoredGif) -> Result<(), Error>;
    /// Opens a part, and reads none of its bytes yet. [`Error::NotFound`] when it is not there.
    async fn open(&self, sha: GifHash, part: Part) -> Result<Reading, Error>;
    /// Reads a part into memory. [`Error::NotFound`] when it is not there.
    async fn get(&self, sha: GifHash, part: Part) -> Result<Bytes, Error> {
        self.open(sha, part).await?.whole().await
    }
    /// Removes both. It is no error when they are not there.
    async fn remove(&self, sha: GifHash) -> Result<(), Error>;
}
