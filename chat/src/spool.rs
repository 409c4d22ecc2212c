//! Where an upload waits for its turn to be judged: on the disk, so that many that come slowly take no memory.
//!
//! A file has no name for longer than it takes to make it: it ends with whoever holds it, also when the process is killed.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::background;
use crate::error::Error;

/// Bytes of one upload in memory: what is smaller never comes to the disk.
pub const PIECE: usize = 64 * 1024;

/// KiB of all uploads in memory where no disk can be written to.
const KIB_IN_MEMORY: usize = 64 * 1024;

/// A place for uploads.
#[derive(Debug, Clone)]
pub struct Spool {
    folders: Arc<[PathBuf]>,
    /// The one of them that can be written to. None, as long as there is none: uploads wait in memory.
    folder: Arc<OnceLock<PathBuf>>,
    memory: Arc<Semaphore>,
}

impl Spool {
    /// In the first of these folders that can be written to, made where it is missing (for this user alone). In memory,
    /// within 64 MiB for all, as long as none can.
    pub fn open(folders: &[PathBuf]) -> Self {
        let (folder, memory) = (Arc::default(), Arc::new(Semaphore::new(KIB_IN_MEMORY)));
        let spool = Self { folders: folders.into(), folder, memory };
        let say = |folder: &Path, error| {
            tracing::warn!(%error, folder = %folder.display(), "uploads cannot wait here");
        };
        if spool.folder(say).is_none() {
            tracing::warn!("uploads wait in memory, a few at a time: no folder can be written to");
        }
        spool
    }

    /// Looked for again each time while there is none: a disk that was full at the start may have room now. Blocks.
    fn folder(&self, failed: impl Fn(&Path, io::Error)) -> Option<&Path> {
        if self.folder.get().is_none() {
            let can_be_written_to = |folder: &&PathBuf| {
                make(folder).and_then(|()| nameless(folder)).map_err(|error| failed(folder, error)).is_ok()
            };
            let found = self.folders.iter().find(can_be_written_to)?;
            // Somebody else may have found it meanwhile.
            let _ = self.folder.set(found.clone());
        }
        self.folder.get().map(PathBuf::as_path)
    }

    /// An upload of which nothing has come yet.
    pub fn begin(&self) -> Upload {
        Upload { spool: Some(self.clone()), last: Vec::new(), length: 0, file: None, held: None }
    }
}

/// The bytes of an upload, as far as they have come. Gone when it is dropped.
pub struct Upload {
    /// None: what there is was given.
    spool: Option<Spool>,
    /// What is not on the disk.
    last: Vec<u8>,
    length: u64,
    file: Option<File>,
    /// Its share of the memory for all.
    held: Option<OwnedSemaphorePermit>,
}

impl Upload {
    /// Bytes in all.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Keeps what has come. Fails with [`Error::Unavailable`] when there is no room for it.
    pub async fn add(&mut self, bytes: &[u8]) -> Result<(), Error> {
        for bytes in bytes.chunks(PIECE) {
            if self.last.capacity() - self.last.len() < bytes.len() {
                self.last.reserve_exact(PIECE);
            }
            self.last.extend_from_slice(bytes);
            self.length += bytes.len() as u64;
            if self.last.len() >= PIECE {
                self.make_room().await?;
            }
        }
        Ok(())
    }

    async fn make_room(&mut self) -> Result<(), Error> {
        let Some(spool) = self.spool.clone() else { return Ok(()) };
        let (file, last) = (self.file.take(), std::mem::take(&mut self.last));
        let written = background::run(move || write(&spool, file, last));
        (self.file, self.last) = written.await.map_err(io::Error::other).flatten().map_err(|error| failed(&error))?;
        if self.file.is_some() {
            self.held = None;
            return Ok(());
        }
        self.hold()
    }

    /// Takes its share of the memory for all.
    fn hold(&mut self) -> Result<(), Error> {
        let Some(spool) = &self.spool else { return Ok(()) };
        let held = self.held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = self.last.len().div_ceil(1024).saturating_sub(held);
        let more = spool.memory.clone().try_acquire_many_owned(u32::try_from(more).unwrap_or(u32::MAX));
        let more = more.map_err(|_| Error::Unavailable)?;
        match &mut self.held {
            Some(held) => held.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }

    /// All bytes, into memory: for when it is its turn. Blocks.
    pub fn read(self) -> Result<Bytes, Error> {
        let Self { last, file, length, .. } = self;
        let Some(mut file) = file else { return Ok(last.into()) };
        let mut read = || {
            let mut bytes = Vec::with_capacity(usize::try_from(length).map_err(io::Error::other)?);
            file.rewind()?;
            file.read_to_end(&mut bytes)?;
            bytes.extend_from_slice(&last);
            Ok(bytes.into())
        };
        read().map_err(|error| failed(&error))
    }
}

/// Bytes that are all there.
impl From<Bytes> for Upload {
    fn from(bytes: Bytes) -> Self {
        Self { spool: None, length: bytes.len() as u64, last: bytes.into(), file: None, held: None }
    }
}

/// What people send is not for logs.
impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("length", &self.length).finish_non_exhaustive()
    }
}

/// Writes what is in memory behind what is on the disk. No file comes back, and all that was in memory, when there is no folder.
fn write(spool: &Spool, file: Option<File>, mut last: Vec<u8>) -> io::Result<(Option<File>, Vec<u8>)> {
    let file = match (file, spool.folder(|_, _| {})) {
        (Some(file), _) => file,
        (None, Some(folder)) => nameless(folder)?,
        (None, None) => return Ok((None, last)),
    };
    (&file).write_all(&last)?;
    last.clear();
    // (What was collected in memory may be much.)
    last.shrink_to(2 * PIECE);
    Ok((Some(file), last))
}

fn make(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn nameless(folder: &Path) -> io::Result<File> {
    let name = folder.join(format!("gifchat-upload-{}", uuid::Uuid::new_v4().simple()));
    let file = OpenOptions::new().create_new(true).read(true).write(true).mode(0o600).open(&name)?;
    fs::remove_file(&name)?;
    Ok(file)
}

/// Logs the cause, which is for the operator alone.
fn failed(error: &io::Error) -> Error {
    tracing::error!(%error, "an upload cannot be kept until it is judged");
    Error::Unavailable
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: usize = 1024 * 1024;

    fn some_bytes(length: usize) -> Vec<u8> {
        (0..length).map(|n| (n % 251) as u8).collect()
    }

    async fn filled(spool: &Spool, bytes: &[u8], pieces: usize) -> Result<Upload, Error> {
        let mut upload = spool.begin();
        for piece in bytes.chunks(pieces) {
            upload.add(piece).await?;
        }
        Ok(upload)
    }

    #[tokio::test]
    async fn what_came_is_read_back_and_leaves_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().join("uploads");
        let spool = Spool::open(std::slice::from_ref(&folder));
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7, MIB] {
            for pieces in [1000, PIECE, 5 * PIECE] {
                let bytes = some_bytes(length);
                let upload = filled(&spool, &bytes, pieces).await.expect("room");
                assert_eq!(upload.length(), length as u64);
                assert!(upload.last.len() < 2 * PIECE, "the rest is on the disk");
                assert_eq!(upload.file.is_some(), length >= PIECE, "small ones never come there");
                assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 0, "no name");
                assert_eq!(upload.read(), Ok(bytes.into()));
            }
        }
    }

    #[tokio::test]
    async fn the_first_folder_that_can_be_written_to_is_taken() {
        let dir = tempfile::tempdir().expect("a folder");
        let in_the_way = dir.path().join("file");
        fs::write(&in_the_way, b"").expect("written");
        let other = dir.path().join("other");
        let spool = Spool::open(&[in_the_way.join("uploads"), other.clone()]);
        assert_eq!(spool.folder.get(), Some(&other));
    }

    #[tokio::test]
    async fn in_memory_all_have_a_bound() {
        let dir = tempfile::tempdir().expect("a folder");
        let in_the_way = dir.path().join("file");
        fs::write(&in_the_way, b"").expect("written");
        let spool = Spool::open(&[in_the_way]);
        let bytes = some_bytes(5 * MIB);
        let mut held = Vec::new();
        let refused = loop {
            match filled(&spool, &bytes, PIECE).await {
                Ok(upload) => held.push(upload),
                Err(error) => break error,
            }
        };
        assert_eq!((held.len(), refused), (12, Error::Unavailable), "64 MiB hold twelve of 5 MiB");
        assert_eq!(held.pop().expect("one").read(), Ok(bytes.clone().into()));
        assert!(filled(&spool, &bytes, PIECE).await.is_ok(), "one has made room for another");
    }

    #[tokio::test]
    async fn a_folder_that_comes_back_is_written_to_again() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().join("file");
        fs::write(&folder, b"in the way").expect("written");
        let spool = Spool::open(std::slice::from_ref(&folder));
        let bytes = some_bytes(3 * PIECE + 7);
        let mut upload = spool.begin();
        upload.add(&bytes[..PIECE]).await.expect("room in memory");
        assert!(upload.file.is_none() && spool.memory.available_permits() < KIB_IN_MEMORY);
        fs::remove_file(&folder).expect("removed");
        upload.add(&bytes[PIECE..]).await.expect("room on the disk");
        assert!(upload.file.is_some() && spool.memory.available_permits() == KIB_IN_MEMORY);
        assert_eq!(upload.read(), Ok(bytes.into()));
    }

    #[tokio::test]
    async fn a_disk_that_is_gone_is_unavailable() {
        let dir = tempfile::tempdir().expect("a folder");
        let spool = Spool::open(&[dir.path().join("uploads")]);
        fs::remove_dir(dir.path().join("uploads")).expect("gone");
        assert!(filled(&spool, &some_bytes(100), 100).await.is_ok(), "too small to need it");
        assert_eq!(filled(&spool, &some_bytes(MIB), PIECE).await.map(drop), Err(Error::Unavailable));
    }
}
