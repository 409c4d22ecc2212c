//! Files that only their owner may read.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Counts, MoveError, alone, export, import};
use crate::media::Media;
use crate::store::Store;
use crate::time::Timestamp;

/// [`export`] to a new file, when no server runs on `store`. It gets its name when it is complete.
pub async fn export_to(path: &Path, store: &dyn Store, media: &dyn Media, now: Timestamp) -> Result<Counts, MoveError> {
    if path.symlink_metadata().is_ok() {
        return Err(MoveError::Exists(path.to_owned()));
    }
    alone::check(store).await?;
    let part = Part::new(path)?;
    let mut out = BufWriter::with_capacity(1 << 16, &part.file);
    let counts = export(store, media, now, &mut out).await?;
    out.flush().and_then(|()| part.file.sync_all()).map_err(MoveError::Write)?;
    drop(out);
    part.name(path)?;
    Ok(counts)
}

/// [`import`] from a file, when no server runs on `store`.
pub async fn import_from(
    path: &Path,
    store: &dyn Store,
    media: &dyn Media,
    now: Timestamp,
) -> Result<Counts, MoveError> {
    let open = || match File::open(path)? {
        file if file.metadata()?.is_file() => Ok(file),
        _ => Err(io::Error::new(ErrorKind::Unsupported, "it is read twice, and so has to be a file")),
    };
    let file = open().map_err(failed("read", path))?;
    alone::check(store).await?;
    import(store, media, now, BufReader::with_capacity(1 << 16, file)).await
}

/// A file that is being written. Removed when it is dropped before it got its name.
struct Part {
    file: File,
    path: PathBuf,
}

impl Part {
    fn new(of: &Path) -> Result<Self, MoveError> {
        let mut path = of.as_os_str().to_owned();
        path.push(".part");
        let path = PathBuf::from(path);
        let create = || {
            // What was broken off may have been for other eyes.
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)
        };
        let file = create().map_err(failed("write", &path))?;
        Ok(Self { file, path })
    }

    fn name(self, name: &Path) -> Result<(), MoveError> {
        let dir = match name.parent() {
            Some(dir) if !dir.as_os_str().is_empty() => dir,
            _ => Path::new("."),
        };
        fs::rename(&self.path, name).and_then(|()| File::open(dir)?.sync_all()).map_err(failed("write", name))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Not there any more when it was renamed.
        let _ = fs::remove_file(&self.path);
    }
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> MoveError {
    let path = path.to_owned();
    move |error| MoveError::File { what, path, error }
}
