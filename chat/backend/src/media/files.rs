//! GIFs as files under one directory: `ab/<sha>.gif` and its poster `ab/<sha>.still.gif`, where `ab` begins the hash. Its
//! copies are `ab/<sha>.still.webp` and `ab/<sha>.light.webp`.
//!
//! A file gets its name only when its bytes are on the disk. So a file with a name is always complete, even after a crash. The
//! directory belongs to this process alone.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Media, PIECE_BYTES, Reading, Rendition, StoredGif};
use chat::error::Error;
use chat::gif::GifHash;

const TEMPORARY: &str = "tmp";

/// How many files are opened and how many pieces are read at one time, together. Each takes a thread.
const READS: usize = 8;

/// See the [module](self).
#[derive(Debug, Clone)]
pub struct FilesMedia {
    dir: PathBuf,
    reads: Arc<Semaphore>,
}

impl FilesMedia {
    /// Creates the directory, or removes the temporary files that a crash left in it.
    pub fn open(dir: &Path) -> Result<Self, Error> {
        let open = || {
            fs::create_dir_all(dir)?;
            remove_temporary(dir)
        };
        open().map_err(unavailable("open", dir))?;
        Ok(Self { dir: dir.to_owned(), reads: Arc::new(Semaphore::new(READS)) })
    }

    fn dir_of(&self, sha: GifHash) -> PathBuf {
        self.dir.join(format!("{:02x}", sha.0[0]))
    }

    fn path(&self, sha: GifHash, part: Rendition) -> PathBuf {
        let ending = match part {
            Rendition::Gif => "gif",
            Rendition::Poster => "still.gif",
            Rendition::Still => "still.webp",
            Rendition::Light => "light.webp",
        };
        self.dir_of(sha).join(format!("{sha}.{ending}"))
    }

    fn put_blocking(&self, sha: GifHash, stored_gif: &StoredGif) -> io::Result<()> {
        let dir = self.dir_of(sha);
        let (gif, poster) = (self.path(sha, Rendition::Gif), self.path(sha, Rendition::Poster));
        if !(gif.is_file() && poster.is_file()) {
            fs::create_dir_all(&dir)?;
            // Both are on the disk before either has its name, so that a full disk leaves neither.
            let written = [
                TempFile::new(&poster, |file| file.write_all(&stored_gif.poster))?,
                TempFile::new(&gif, |file| file.write_all(&stored_gif.gif))?,
            ];
            written.into_iter().try_for_each(TempFile::persist)?;
        }
        // This is done for existing files too, because the task that wrote them may not have done it yet. It costs little.
        sync(&dir)?;
        sync(&self.dir)
    }

    fn add_blocking(&self, sha: GifHash, copy: Rendition, bytes: &[u8]) -> io::Result<()> {
        let path = self.path(sha, copy);
        if !path.is_file() {
            fs::create_dir_all(self.dir_of(sha))?;
            TempFile::new(&path, |file| file.write_all(bytes))?.persist()?;
        }
        sync(&self.dir_of(sha))
    }

    fn remove_blocking(&self, sha: GifHash) -> io::Result<()> {
        let mut removed = false;
        // (The copies go first: without its GIF nobody would remove one.)
        for part in [Rendition::Light, Rendition::Still, Rendition::Gif, Rendition::Poster] {
            match fs::remove_file(self.path(sha, part)) {
                Ok(()) => removed = true,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        // Otherwise a crash could bring back files that nobody will ever remove again.
        if removed { sync(&self.dir_of(sha)) } else { Ok(()) }
    }

    /// The next piece of a range of bytes, and what is left of it.
    async fn next(&self, sha: GifHash, file: File, range: Range<u64>) -> Result<(Bytes, (File, Range<u64>)), Error> {
        let permit = self.permit().await?;
        // The piece is allocated here, by one of a few threads that also free it. The allocator keeps memory for each
        // thread, so the many threads for blocking work would each keep some.
        let left = range.end - range.start;
        let mut piece = vec![0; usize::try_from(left).map_or(PIECE_BYTES, |left| left.min(PIECE_BYTES))];
        let read = move |_: &Self| {
            let _permit = permit;
            let mut from = &file;
            from.seek(SeekFrom::Start(range.start))?;
            from.read_exact(&mut piece)?;
            Ok((file, piece))
        };
        let (file, piece) = self.blocking("read", sha, read).await?;
        let left = range.start + piece.len() as u64..range.end;
        Ok((piece.into(), (file, left)))
    }

    /// Permission to open or to read. It is held by the work itself, which goes on when nobody waits for it any more.
    async fn permit(&self) -> Result<OwnedSemaphorePermit, Error> {
        Arc::clone(&self.reads).acquire_owned().await.map_err(|_| Error::Unavailable)
    }

    /// Runs `work` on a thread that may block. It runs to its end even when the caller stops waiting.
    async fn blocking<T: Send + 'static>(
        &self,
        what: &'static str,
        sha: GifHash,
        work: impl FnOnce(&Self) -> io::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let media = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            work(&media).map_err(|error| match error.kind() {
                ErrorKind::NotFound if what == "get" => Error::NotFound,
                _ => unavailable(what, &media.path(sha, Rendition::Gif))(error),
            })
        });
        done.await.unwrap_or_else(|error| {
            tracing::error!(%error, what, "the media task did not end");
            Err(Error::Unavailable)
        })
    }
}

#[async_trait]
impl Media for FilesMedia {
    async fn put(&self, sha: GifHash, stored_gif: StoredGif) -> Result<(), Error> {
        self.blocking("put", sha, move |media| media.put_blocking(sha, &stored_gif)).await
    }

    async fn add(&self, sha: GifHash, copy: Rendition, bytes: Bytes) -> Result<(), Error> {
        self.blocking("add", sha, move |media| media.add_blocking(sha, copy, &bytes)).await
    }

    async fn open(&self, sha: GifHash, part: Rendition) -> Result<Reading, Error> {
        let permit = self.permit().await?;
        let open = move |media: &Self| {
            let _permit = permit;
            let file = File::open(media.path(sha, part))?;
            let length = file.metadata()?.len();
            Ok((file, length))
        };
        let (file, length) = self.blocking("get", sha, open).await?;
        let media = self.clone();
        Ok(Reading::new(length, move |range| {
            let next = move |(file, range): (File, Range<u64>)| {
                let media = media.clone();
                async move { if range.is_empty() { Ok(None) } else { media.next(sha, file, range).await.map(Some) } }
            };
            stream::try_unfold((file, range), next).boxed()
        }))
    }

    async fn remove(&self, sha: GifHash) -> Result<(), Error> {
        self.blocking("remove", sha, move |media| media.remove_blocking(sha)).await
    }
}

/// A file whose bytes are on the disk under a temporary name. It is removed when it is dropped before it gets its own name.
struct TempFile<'a> {
    temporary: PathBuf,
    path: &'a Path,
}

impl<'a> TempFile<'a> {
    fn new(path: &'a Path, fill: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<Self> {
        // Several uploads may write the same GIF at once, each under another name. The last rename wins, with the same
        // bytes.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let written = Self { temporary: path.with_extension(format!("{number}.{TEMPORARY}")), path };
        let mut file = File::create(&written.temporary)?;
        fill(&mut file)?;
        file.sync_all()?;
        Ok(written)
    }

    /// Gives it its own name. The name is durable only after a [`sync`] of the directory.
    fn persist(self) -> io::Result<()> {
        fs::rename(&self.temporary, self.path)
    }
}

impl Drop for TempFile<'_> {
    fn drop(&mut self) {
        // After the renaming there is nothing to remove. If this fails for another reason, the next start does it.
        let _ = fs::remove_file(&self.temporary);
    }
}

fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

/// Removes the files that were being written when the process died.
fn remove_temporary(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if !entry.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(entry.path())? {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == TEMPORARY) {
                fs::remove_file(path)?;
            }
        }
    }
    Ok(())
}

/// Logs the cause, which is for the operator alone.
fn unavailable(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = path.display().to_string();
    move |error| {
        tracing::error!(%error, what, path, "the media directory failed");
        Error::Unavailable
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tempfile::TempDir;

    use super::super::cases;
    use super::*;

    async fn driver() -> (Arc<dyn Media>, TempDir) {
        let dir = tempfile::tempdir().expect("a temporary directory");
        (Arc::new(FilesMedia::open(dir.path()).expect("a media directory")), dir)
    }

    cases::media_cases!(driver);

    fn names(dir: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(dir)
            .expect("a directory")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn opened_again_it_has_what_was_put_and_no_temporary_files() {
        let (media, dir) = driver().await;
        let (sha, stored_gif) = cases::stored_gif(7);
        media.put(sha, stored_gif.clone()).await.expect("put");
        let inner = dir.path().join(format!("{:02x}", sha.0[0]));
        fs::write(inner.join("half.0.tmp"), b"GIF8").expect("written");

        let media = FilesMedia::open(dir.path()).expect("opened again");
        assert_eq!(media.get(sha, Rendition::Gif).await, Ok(stored_gif.gif));
        assert_eq!(names(&inner), [format!("{sha}.gif"), format!("{sha}.still.gif")]);
    }

    #[tokio::test]
    async fn a_poster_lost_in_a_crash_is_written_again() {
        let (media, dir) = driver().await;
        let (sha, stored_gif) = cases::stored_gif(7);
        media.put(sha, stored_gif.clone()).await.expect("put");
        fs::remove_file(dir.path().join(format!("{:02x}/{sha}.still.gif", sha.0[0]))).expect("removed");
        media.put(sha, stored_gif.clone()).await.expect("put again");
        assert_eq!(media.get(sha, Rendition::Poster).await, Ok(stored_gif.poster));
    }

    #[test]
    fn a_full_disk_leaves_no_half_file() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let (poster, gif) = (dir.path().join("a.still.gif"), dir.path().join("a.gif"));
        let poster = TempFile::new(&poster, |file| file.write_all(b"GIF89a")).expect("written");
        let gif = TempFile::new(&gif, |file| {
            file.write_all(b"GIF")?;
            Err(ErrorKind::StorageFull.into())
        });
        assert_eq!(gif.err().map(|error| error.kind()), Some(ErrorKind::StorageFull));
        drop(poster);
        assert_eq!(names(dir.path()), [""; 0]);
    }

    #[tokio::test]
    async fn what_the_disk_cannot_do_is_unavailable() {
        let (media, dir) = driver().await;
        let (sha, stored_gif) = cases::stored_gif(7);
        let in_the_way = dir.path().join(format!("{:02x}", sha.0[0]));
        fs::write(&in_the_way, b"a file where a directory should be").expect("written");
        assert_eq!(media.put(sha, stored_gif.clone()).await, Err(Error::Unavailable));
        assert_eq!(media.get(sha, Rendition::Gif).await, Err(Error::Unavailable));
        assert!(matches!(FilesMedia::open(&in_the_way), Err(Error::Unavailable)));

        fs::remove_file(&in_the_way).expect("removed");
        assert_eq!(media.put(sha, stored_gif).await, Ok(()));
    }
}
