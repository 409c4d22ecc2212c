//! Uploads wait here for their turn to be checked. They wait on the disk, so that many slow uploads take no memory.
//!
//! A file loses its name as soon as it is created. So the system removes it when it is closed, even if the process is killed.
//!
//! Writing, reading and closing a file may change what the file system writes into its journal. A thread that loses its
//! core while it does so delays every thread that waits for the journal, and storing a message waits for it. So only a few
//! threads of low priority write at once, reading changes nothing, and closing is left to ordinary threads.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::background;
use chat::error::Error;

/// How many bytes of one upload are in memory. A smaller upload is never written to the disk.
pub const PIECE_BYTES: usize = 64 * 1024;

/// How many KiB all uploads together may take in memory while no folder can be written to.
const KIB_IN_MEMORY: usize = 64 * 1024;

/// How many uploads are written to the disk at once.
const WRITES: usize = 2;

/// The place for uploads. Its clones share the folder and the memory.
#[derive(Debug, Clone)]
pub struct Spool {
    folders: Arc<[PathBuf]>,
    /// The one of `folders` that can be written to. As long as there is none, uploads wait in memory.
    folder: Arc<OnceLock<PathBuf>>,
    memory: Arc<Semaphore>,
    writes: Arc<Semaphore>,
}

impl Spool {
    /// Uploads wait in the first of these folders that can be written to, which is created (for this user alone) if it is
    /// missing. As long as there is none, they wait in memory, with 64 MiB for all of them.
    pub fn open(folders: &[PathBuf]) -> Self {
        let (memory, writes) = (Arc::new(Semaphore::new(KIB_IN_MEMORY)), Arc::new(Semaphore::new(WRITES)));
        let spool = Self { folders: folders.into(), folder: Arc::default(), memory, writes };
        let warn = |folder: &Path, error| {
            tracing::warn!(%error, folder = %folder.display(), "uploads cannot wait here");
        };
        if spool.folder(warn).is_none() {
            tracing::warn!("uploads wait in memory, a few at a time: no folder can be written to");
        }
        spool
    }

    /// The folder for uploads. While there is none, each call looks again, because a full disk may have room now. Blocks.
    fn folder(&self, failed: impl Fn(&Path, io::Error)) -> Option<&Path> {
        if self.folder.get().is_none() {
            let can_be_written_to = |folder: &&PathBuf| {
                create_folder(folder).and_then(|()| unnamed_file(folder)).map_err(|error| failed(folder, error)).is_ok()
            };
            let found = self.folders.iter().find(can_be_written_to)?;
            // (Another call may have found it meanwhile.)
            let _ = self.folder.set(found.clone());
        }
        self.folder.get().map(PathBuf::as_path)
    }

    /// An upload that has no bytes yet. Must be called within a tokio runtime.
    pub fn begin(&self) -> Upload {
        let closing = Some(Handle::current());
        Upload { spool: Some(self.clone()), buffer: Vec::new(), length: 0, file: None, permit: None, closing }
    }
}

/// The bytes of an upload that have come so far. They are gone when it is dropped.
pub struct Upload {
    /// `None` when all bytes were given at once.
    spool: Option<Spool>,
    /// The last bytes, which are not on the disk.
    buffer: Vec<u8>,
    length: u64,
    file: Option<File>,
    /// Its share of the memory for all uploads, while it has no file.
    permit: Option<OwnedSemaphorePermit>,
    /// The runtime on whose blocking threads the file is closed.
    closing: Option<Handle>,
}

impl Drop for Upload {
    fn drop(&mut self) {
        if let (Some(file), Some(runtime)) = (self.file.take(), &self.closing) {
            background::run_ordinary(runtime, move || drop(file));
        }
    }
}

impl Upload {
    /// How many bytes have come so far.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Adds bytes that have come. Fails with [`Error::Unavailable`] when there is no room for them.
    pub async fn add(&mut self, bytes: &[u8]) -> Result<(), Error> {
        for bytes in bytes.chunks(PIECE_BYTES) {
            if self.buffer.capacity() - self.buffer.len() < bytes.len() {
                self.buffer.reserve_exact(PIECE_BYTES);
            }
            self.buffer.extend_from_slice(bytes);
            self.length += bytes.len() as u64;
            if self.buffer.len() >= PIECE_BYTES {
                self.make_room().await?;
            }
        }
        Ok(())
    }

    async fn make_room(&mut self) -> Result<(), Error> {
        let Some(spool) = self.spool.clone() else { return Ok(()) };
        let (file, buffer) = (self.file.take(), std::mem::take(&mut self.buffer));
        let writes = Arc::clone(&spool.writes).acquire_owned().await.map_err(|_| Error::Unavailable)?;
        let written = background::run(move || {
            let _writes = writes;
            write(&spool, file, buffer)
        });
        (self.file, self.buffer) = written.await.map_err(io::Error::other).flatten().map_err(|error| failed(&error))?;
        if self.file.is_some() {
            self.permit = None;
            return Ok(());
        }
        self.reserve_memory()
    }

    /// Takes its share of the memory for all uploads.
    fn reserve_memory(&mut self) -> Result<(), Error> {
        let Some(spool) = &self.spool else { return Ok(()) };
        let taken = self.permit.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
        let more = self.buffer.len().div_ceil(1024).saturating_sub(taken);
        let more = spool.memory.clone().try_acquire_many_owned(u32::try_from(more).unwrap_or(u32::MAX));
        let more = more.map_err(|_| Error::Unavailable)?;
        match &mut self.permit {
            Some(permit) => permit.merge(more),
            none => *none = Some(more),
        }
        Ok(())
    }

    /// Reads all bytes into memory, when it is the upload's turn. Blocks.
    pub fn read(mut self) -> Result<Bytes, Error> {
        let buffer = std::mem::take(&mut self.buffer);
        let Some(mut file) = self.file.as_ref() else { return Ok(buffer.into()) };
        let mut read = || {
            let mut bytes = Vec::with_capacity(usize::try_from(self.length).map_err(io::Error::other)?);
            file.rewind()?;
            file.read_to_end(&mut bytes)?;
            bytes.extend_from_slice(&buffer);
            Ok(bytes.into())
        };
        read().map_err(|error| failed(&error))
    }
}

/// An upload whose bytes have all come.
impl From<Bytes> for Upload {
    fn from(bytes: Bytes) -> Self {
        Self { spool: None, length: bytes.len() as u64, buffer: bytes.into(), file: None, permit: None, closing: None }
    }
}

/// Leaves the bytes out, because logs must not show what people send.
impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("length", &self.length).finish_non_exhaustive()
    }
}

/// Appends the bytes in memory to the file, which is created if there is none. Without a file and a folder it returns no
/// file, and the same bytes.
fn write(spool: &Spool, file: Option<File>, mut buffer: Vec<u8>) -> io::Result<(Option<File>, Vec<u8>)> {
    let file = match (file, spool.folder(|_, _| {})) {
        (Some(file), _) => file,
        (None, Some(folder)) => unnamed_file(folder)?,
        (None, None) => return Ok((None, buffer)),
    };
    (&file).write_all(&buffer)?;
    buffer.clear();
    // (The buffer may have grown while there was no folder.)
    buffer.shrink_to(2 * PIECE_BYTES);
    Ok((Some(file), buffer))
}

fn create_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn unnamed_file(folder: &Path) -> io::Result<File> {
    let name = folder.join(format!("gifchat-upload-{}", uuid::Uuid::new_v4().simple()));
    let mut options = OpenOptions::new();
    options.create_new(true).read(true).write(true).mode(0o600);
    // Otherwise reading would change the time of the last access, which goes through the journal.
    #[cfg(target_os = "linux")]
    options.custom_flags(rustix::fs::OFlags::NOATIME.bits().cast_signed());
    let file = options.open(&name)?;
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
        for length in [0, 1, PIECE_BYTES - 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES + 7, MIB] {
            for pieces in [1000, PIECE_BYTES, 5 * PIECE_BYTES] {
                let bytes = some_bytes(length);
                let upload = filled(&spool, &bytes, pieces).await.expect("room");
                assert_eq!(upload.length(), length as u64);
                assert!(upload.buffer.len() < 2 * PIECE_BYTES, "the rest is on the disk");
                assert_eq!(upload.file.is_some(), length >= PIECE_BYTES, "small ones never come there");
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
            match filled(&spool, &bytes, PIECE_BYTES).await {
                Ok(upload) => held.push(upload),
                Err(error) => break error,
            }
        };
        assert_eq!((held.len(), refused), (12, Error::Unavailable), "64 MiB hold twelve of 5 MiB");
        assert_eq!(held.pop().expect("one").read(), Ok(bytes.clone().into()));
        assert!(filled(&spool, &bytes, PIECE_BYTES).await.is_ok(), "one has made room for another");
    }

    #[tokio::test]
    async fn a_folder_that_comes_back_is_written_to_again() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().join("file");
        fs::write(&folder, b"in the way").expect("written");
        let spool = Spool::open(std::slice::from_ref(&folder));
        let bytes = some_bytes(3 * PIECE_BYTES + 7);
        let mut upload = spool.begin();
        upload.add(&bytes[..PIECE_BYTES]).await.expect("room in memory");
        assert!(upload.file.is_none() && spool.memory.available_permits() < KIB_IN_MEMORY);
        fs::remove_file(&folder).expect("removed");
        upload.add(&bytes[PIECE_BYTES..]).await.expect("room on the disk");
        assert!(upload.file.is_some() && spool.memory.available_permits() == KIB_IN_MEMORY);
        assert_eq!(upload.read(), Ok(bytes.into()));
    }

    #[tokio::test]
    async fn a_disk_that_is_gone_is_unavailable() {
        let dir = tempfile::tempdir().expect("a folder");
        let spool = Spool::open(&[dir.path().join("uploads")]);
        fs::remove_dir(dir.path().join("uploads")).expect("gone");
        assert!(filled(&spool, &some_bytes(100), 100).await.is_ok(), "too small to need it");
        assert_eq!(filled(&spool, &some_bytes(MIB), PIECE_BYTES).await.map(drop), Err(Error::Unavailable));
    }
}
