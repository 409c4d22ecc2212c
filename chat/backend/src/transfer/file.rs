//! The files of transfers, which only their owner may read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Counts, TransferError, exclusive, export, import};
use crate::media::Media;
use crate::store::Store;
use chat::time::Timestamp;

/// Does an [`export`] to a new file, if no server runs on `store`. The file gets its name when it is complete.
pub async fn export_to(
    path: &Path,
    store: &dyn Store,
    media: &dyn Media,
    now: Timestamp,
) -> Result<Counts, TransferError> {
    if path.symlink_metadata().is_ok() {
        return Err(TransferError::Exists(path.to_owned()));
    }
    exclusive::check(store).await?;
    let part = PartFile::new(path)?;
    let mut out = BufWriter::with_capacity(1 << 16, &part.file);
    let counts = export(store, media, now, &mut out).await?;
    out.flush().and_then(|()| part.file.sync_all()).map_err(TransferError::Write)?;
    drop(out);
    part.persist(path)?;
    Ok(counts)
}

/// Does an [`import`] from a file, if no server runs on `store`.
pub async fn import_from(
    path: &Path,
    store: &dyn Store,
    media: &dyn Media,
    now: Timestamp,
) -> Result<Counts, TransferError> {
    let open = || match File::open(path)? {
        file if file.metadata()?.is_file() => Ok(file),
        _ => Err(io::Error::new(ErrorKind::Unsupported, "it is read twice, and so has to be a file")),
    };
    let file = open().map_err(failed("read", path))?;
    exclusive::check(store).await?;
    import(store, media, now, BufReader::with_capacity(1 << 16, file)).await
}

/// A file that is being written. It is removed when it is dropped before it gets its own name.
struct PartFile {
    file: File,
    path: PathBuf,
}

impl PartFile {
    fn new(of: &Path) -> Result<Self, TransferError> {
        let mut path = of.as_os_str().to_owned();
        path.push(".part");
        let path = PathBuf::from(path);
        let create = || {
            // A leftover of an earlier export is not reused, because others might be able to read it.
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)
        };
        let file = create().map_err(failed("write", &path))?;
        Ok(Self { file, path })
    }

    fn persist(self, name: &Path) -> Result<(), TransferError> {
        let dir = match name.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir,
            _ => Path::new("."),
        };
        fs::rename(&self.path, name).and_then(|()| File::open(dir)?.sync_all()).map_err(failed("write", name))
    }
}

impl Drop for PartFile {
    fn drop(&mut self) {
        // After the renaming there is nothing to remove.
        let _ = fs::remove_file(&self.path);
    }
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> TransferError {
    let path = path.to_owned();
    move |error| TransferError::File { what, path, error }
}
