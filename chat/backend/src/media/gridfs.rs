//! GIFs in MongoDB, in the bucket `gifs` of GridFS: the bytes in chunks, and a document for each file that is complete.
//!
//! A file's id is `{sha}.{gif|still|picture|light}.{random}`. (`still` is the poster and `picture` is the still, so that
//! files of earlier versions are found.) So one range of ids covers all files of a GIF and all their chunks, even those of
//! an upload that died before its file had a document. Several writers who put one GIF at once may store it twice, which
//! does no harm, because the bytes are the same.
//!
//! The layout is that of the GridFS specification, so that any GridFS tool can read the files. The driver's own streams are
//! not used: when the answer to the last write is lost, they delete the chunks of a file whose document may be there.

#[cfg(test)]
pub mod tests;

use std::ops::Range;

use async_trait::async_trait;
use bytes::{Buf, Bytes};
use futures_util::{StreamExt, TryStreamExt, stream};
use mongodb::bson::oid::ObjectId;
use mongodb::bson::spec::BinarySubtype;
use mongodb::bson::{Binary, DateTime, Document, doc};
use mongodb::options::{CollectionOptions, IndexOptions, ReadConcern, ReadPreference, SelectionCriteria};
use mongodb::{Collection, IndexModel};
use serde::{Deserialize, Serialize};

use super::{Media, PIECE_BYTES, Reading, Rendition, StoredGif};
use crate::store::mongo::health::Health;
use crate::store::mongo::{MongoStore, OpenError};
use chat::error::Error;
use chat::gif::GifHash;

/// A reader has one chunk in memory. The chunk fits into 64 KiB together with its document. (Files of earlier versions have
/// chunks of 255 KiB. Each file says how large its own are.)
const CHUNK_BYTES: usize = 63 * 1024;

/// How many chunks one operation writes (up to 4 MiB). It has to end in time even on a slow connection.
const CHUNKS_PER_INSERT: usize = 64;

/// See the [module](self).
#[derive(Clone)]
pub struct GridFsMedia {
    files: Collection<File>,
    chunks: Collection<Chunk>,
    health: Health,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    #[serde(rename = "_id")]
    id: String,
    length: i64,
    chunk_size: i32,
    upload_date: DateTime,
    filename: String,
}

impl File {
    /// How many chunks the file should have. `None` when its sizes make no sense.
    fn chunks(&self) -> Option<u64> {
        let (length, chunk) = (u64::try_from(self.length).ok()?, u64::try_from(self.chunk_size).ok()?);
        (chunk > 0).then(|| length.div_ceil(chunk))
    }

    /// How many bytes the chunk with this number has. `None` when there is none, or when the file's sizes make no sense.
    fn length_of(&self, n: u64) -> Option<u64> {
        let (length, chunk) = (u64::try_from(self.length).ok()?, u64::try_from(self.chunk_size).ok()?);
        length.checked_sub(n.checked_mul(chunk)?).map(|left| left.min(chunk)).filter(|length| *length > 0)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Chunk {
    #[serde(rename = "_id")]
    id: ObjectId,
    files_id: String,
    n: i32,
    data: Binary,
}

impl GridFsMedia {
    /// Opens the bucket `gifs` in the store's database, and makes the missing indexes.
    pub async fn open(store: &MongoStore) -> Result<Self, OpenError> {
        // A GIF may be read as soon as it was put. So reads go to the primary, whatever the URI says.
        let options = CollectionOptions::builder()
            .write_concern(store.write_concern())
            .read_concern(ReadConcern::majority())
            .selection_criteria(SelectionCriteria::ReadPreference(ReadPreference::Primary))
            .build();
        let database = store.database();
        let files = database.collection_with_options("gifs.files", options.clone());
        let chunks = database.collection_with_options("gifs.chunks", options);
        let media = Self { files, chunks, health: store.health() };
        store.make_indexes(media.indexes()).await?;
        Ok(media)
    }

    /// The indexes of the GridFS specification.
    fn indexes(&self) -> Vec<(Collection<Document>, IndexModel)> {
        let named = |name: &str| IndexOptions::builder().name(name.to_owned());
        let unique = named("files_id_1_n_1").unique(true).build();
        let chunks = IndexModel::builder().keys(doc! { "files_id": 1, "n": 1 }).options(unique).build();
        let plain = named("filename_1_uploadDate_1").build();
        let files = IndexModel::builder().keys(doc! { "filename": 1, "uploadDate": 1 }).options(plain).build();
        vec![(self.chunks.clone_with_type(), chunks), (self.files.clone_with_type(), files)]
    }

    /// The files of this part that have a document, newest first. There may be several when several writers put it at once.
    async fn files_of(&self, sha: GifHash, part: Rendition) -> Result<Vec<File>, Error> {
        let find = self.files.find(with_prefix("_id", &file_prefix(sha, part))).sort(doc! { "uploadDate": -1 });
        self.health.run("gifs.files", async { find.await?.try_collect().await }).await
    }

    /// The newest file of this part that has all its chunks. Damaged files are logged, because gifchat leaves none itself.
    async fn complete_file(&self, sha: GifHash, part: Rendition) -> Result<Option<File>, Error> {
        for file in self.files_of(sha, part).await? {
            let count = self.chunks.count_documents(doc! { "files_id": &file.id });
            let found = self.health.run("gifs.chunks.count", count).await?;
            if file.chunks() == Some(found) {
                return Ok(Some(file));
            }
            tracing::error!(file = file.id, length = file.length, found, "a GIF in MongoDB is damaged");
        }
        Ok(None)
    }

    async fn put_part(&self, sha: GifHash, part: Rendition, bytes: &Bytes) -> Result<(), Error> {
        if self.complete_file(sha, part).await?.is_some() {
            return Ok(());
        }
        let prefix = file_prefix(sha, part);
        let id = format!("{prefix}.{}", uuid::Uuid::new_v4().simple());
        let chunks: Vec<_> = (0..).zip(bytes.chunks(CHUNK_BYTES)).collect();
        for chunks in chunks.chunks(CHUNKS_PER_INSERT) {
            let chunks = chunks.iter().map(|(n, bytes)| chunk(&id, *n, bytes));
            self.health.run("gifs.chunks.insert", self.chunks.insert_many(chunks)).await?;
        }
        // The document comes last, because a file with a document counts as complete.
        let (length, chunk_size) = (bytes.len() as i64, CHUNK_BYTES as i32);
        let file = File { id, length, chunk_size, upload_date: DateTime::now(), filename: prefix };
        self.health.run("gifs.files.insert", self.files.insert_one(file)).await?;
        Ok(())
    }

    /// A chunk of a file, by its number.
    async fn chunk(&self, file: &File, n: u64) -> Result<Bytes, Error> {
        let find = self.chunks.find_one(doc! { "files_id": &file.id, "n": i64::try_from(n).unwrap_or(i64::MAX) });
        let found = self.health.run("gifs.chunks", find).await?;
        match found {
            Some(chunk) if Some(chunk.data.bytes.len() as u64) == file.length_of(n) => Ok(chunk.data.bytes.into()),
            // The file was removed meanwhile, or another program has changed it.
            found => {
                let found = found.map(|chunk| chunk.data.bytes.len());
                tracing::warn!(file = file.id, n, expected = file.length_of(n), found, "a GIF in MongoDB breaks off");
                Err(Error::Unavailable)
            }
        }
    }
}

/// How far a file has been read.
struct Position {
    file: File,
    /// The bytes that are not read yet.
    left: Range<u64>,
    /// The part of these bytes that is in memory already: the rest of the last chunk.
    rest: Bytes,
}

impl Position {
    async fn next(mut self, media: GridFsMedia) -> Result<Option<(Bytes, Self)>, Error> {
        if self.left.is_empty() {
            return Ok(None);
        }
        if self.rest.is_empty() {
            let size = u64::try_from(self.file.chunk_size).ok().filter(|size| *size > 0).ok_or(Error::Unavailable)?;
            let (n, skipped) = (self.left.start / size, self.left.start % size);
            self.rest = media.chunk(&self.file, n).await?;
            self.rest.advance(usize::try_from(skipped).map_or(0, |skipped| skipped.min(self.rest.len())));
        }
        let most = usize::try_from(self.left.end - self.left.start).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES));
        let piece = self.rest.split_to(self.rest.len().min(most));
        self.left.start += piece.len() as u64;
        Ok(Some((piece, self)))
    }
}

#[async_trait]
impl Media for GridFsMedia {
    async fn put(&self, sha: GifHash, stored_gif: StoredGif) -> Result<(), Error> {
        let gif = self.put_part(sha, Rendition::Gif, &stored_gif.gif);
        let poster = self.put_part(sha, Rendition::Poster, &stored_gif.poster);
        tokio::try_join!(gif, poster).map(drop)
    }

    async fn add(&self, sha: GifHash, copy: Rendition, bytes: Bytes) -> Result<(), Error> {
        self.put_part(sha, copy, &bytes).await
    }

    async fn open(&self, sha: GifHash, part: Rendition) -> Result<Reading, Error> {
        let file = self.complete_file(sha, part).await?.ok_or(Error::NotFound)?;
        let length = u64::try_from(file.length).map_err(|_| Error::NotFound)?;
        let media = self.clone();
        Ok(Reading::new(length, move |left| {
            let start = Position { file, left, rest: Bytes::new() };
            stream::try_unfold(start, move |position| position.next(media.clone())).boxed()
        }))
    }

    async fn remove(&self, sha: GifHash) -> Result<(), Error> {
        // The documents go first, because a file with a document counts as complete.
        let sha = sha.to_string();
        self.health.run("gifs.files.delete", self.files.delete_many(with_prefix("_id", &sha))).await?;
        self.health.run("gifs.chunks.delete", self.chunks.delete_many(with_prefix("files_id", &sha))).await?;
        Ok(())
    }
}

/// How the ids of all files of this part begin.
fn file_prefix(sha: GifHash, part: Rendition) -> String {
    match part {
        Rendition::Gif => format!("{sha}.gif"),
        Rendition::Poster => format!("{sha}.still"),
        Rendition::Still => format!("{sha}.picture"),
        Rendition::Light => format!("{sha}.light"),
    }
}

/// Matches documents whose `key` begins with `prefix` and a dot. ("/" is the next character after ".".)
fn with_prefix(key: &str, prefix: &str) -> Document {
    doc! { key: { "$gte": format!("{prefix}."), "$lt": format!("{prefix}/") } }
}

fn chunk(file: &str, n: i32, bytes: &[u8]) -> Chunk {
    let data = Binary { subtype: BinarySubtype::Generic, bytes: bytes.to_vec() };
    Chunk { id: ObjectId::new(), files_id: file.to_owned(), n, data }
}
