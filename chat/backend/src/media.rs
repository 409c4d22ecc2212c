//! The port to the bytes of GIFs, their posters and their copies, by SHA-256. The store knows which of them are in use.

#[cfg(test)]
pub mod cases;
pub mod files;
pub mod gridfs;

use std::fmt;
use std::ops::Range;

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

/// What is stored of a GIF. The GIF and its poster are there from the beginning, and copies come later or never.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rendition {
    Gif,
    Poster,
    /// A copy: a WebP of the first frame that shows something.
    Still,
    /// A copy: a WebP that plays as the GIF does, in fewer bytes.
    Light,
}

impl Rendition {
    pub const ALL: [Self; 4] = [Self::Gif, Self::Poster, Self::Still, Self::Light];
}

/// The most bytes of one piece.
pub const PIECE_BYTES: usize = 32 * 1024;

/// The bytes of a part, read on demand in pieces of at most [`PIECE_BYTES`]. The stream ends after the first error.
pub type Pieces = BoxStream<'static, Result<Bytes, Error>>;

/// An open part. It is read piece by piece, so that it is never in memory as a whole. When it is removed meanwhile, it may still
/// be read to its end, or break off with an error.
pub struct Reading {
    /// The length of the whole in bytes.
    pub length: u64,
    begin: Box<dyn FnOnce(Range<u64>) -> Pieces + Send>,
}

impl Reading {
    /// `begin` reads a range of bytes that is within the length.
    pub fn new(length: u64, begin: impl FnOnce(Range<u64>) -> Pieces + Send + 'static) -> Self {
        Self { length, begin: Box::new(begin) }
    }

    /// Exactly the bytes of this range. What is beyond the end is left out.
    pub fn pieces(self, range: Range<u64>) -> Pieces {
        let end = range.end.min(self.length);
        (self.begin)(range.start.min(end)..end)
    }

    /// Reads everything into memory.
    pub async fn whole(self) -> Result<Bytes, Error> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.length).unwrap_or(0).min(MAX_RESERVED));
        let all = 0..self.length;
        let mut pieces = self.pieces(all);
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
    /// Stores the GIF and its poster durably. Storing a GIF again changes nothing.
    async fn put(&self, sha: GifHash, stored_gif: StoredGif) -> Result<(), Error>;
    /// Stores a copy. Storing one again changes nothing. The caller makes sure that the GIF is not removed meanwhile, for a copy
    /// without its GIF would stay for ever.
    async fn add(&self, sha: GifHash, copy: Rendition, bytes: Bytes) -> Result<(), Error>;
    /// Opens a part, and reads none of its bytes yet. [`Error::NotFound`] when it is not there.
    async fn open(&self, sha: GifHash, part: Rendition) -> Result<Reading, Error>;
    /// Reads a part into memory. [`Error::NotFound`] when it is not there.
    async fn get(&self, sha: GifHash, part: Rendition) -> Result<Bytes, Error> {
        self.open(sha, part).await?.whole().await
    }
    /// Removes all parts. It is no error when they are not there.
    async fn remove(&self, sha: GifHash) -> Result<(), Error>;
}
