//! The directory everything is kept in: locked to one process, and where the cookie secret is made.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use tower_sessions::cookie::Key;

use crate::StartError;
use crate::settings::{MIN_SECRET_BYTES, Secret};

/// DATA_DIR while this process has it.
pub struct DataDir {
    path: PathBuf,
    /// The lock ends with the file, also when the process is killed.
    _lock: File,
}

impl DataDir {
    /// Makes the directory where it is missing (for this user alone) and locks it.
    pub fn open(path: &Path) -> Result<Self, StartError> {
        let failed = |error| StartError::DataDir { path: path.to_owned(), error };
        fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        let lock = OpenOptions::new().create(true).append(true).mode(0o600).open(path.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StartError::DataDirTaken { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The secret kept here, made at the first start. A new one for which the disk has no room lasts as long as the process: so a house on
    /// a full disk can still be read.
    pub fn cookie_secret(&self) -> Result<Secret, StartError> {
        let file = self.path.join("cookie_secret");
        let secret = match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = new_secret();
                self.keep_secret(&file, &secret).or_else(without_room).map(|()| secret)
            }
            read => read,
        };
        match secret {
            Ok(secret) if secret.len() >= MIN_SECRET_BYTES => Ok(Secret(secret)),
            Ok(_) => Err(StartError::ShortSecret { file }),
            Err(error) => Err(StartError::DataDir { path: file, error }),
        }
    }

    /// Whole or not at all: written beside and moved into place. In letters, so that it can be given to other nodes as
    /// their COOKIE_SECRET.
    fn keep_secret(&self, file: &Path, secret: &[u8]) -> io::Result<()> {
        let new = self.path.join("cookie_secret.new");
        let mut writer = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&new)?;
        writer.write_all(secret)?;
        writer.sync_all()?;
        fs::rename(&new, file)?;
        File::open(&self.path)?.sync_all()
    }
}

fn new_secret() -> Vec<u8> {
    Key::generate().master().iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect()
}

fn without_room(error: io::Error) -> io::Result<()> {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    match error.kind() {
        FileTooLarge | QuotaExceeded | ReadOnlyFilesystem | StorageFull => {
            tracing::error!(%error, "the secret of cookies cannot be kept: after the next start nobody is who they were");
            Ok(())
        }
        _ => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn one_process_has_it() {
        let dir = tempfile::tempdir().expect("a directory");
        let first = DataDir::open(dir.path()).expect("free");
        assert!(matches!(DataDir::open(dir.path()), Err(StartError::DataDirTaken { .. })));
        drop(first);
        assert!(DataDir::open(dir.path()).is_ok());
    }

    #[test]
    fn the_secret_is_made_once_and_for_this_user_alone() {
        let dir = tempfile::tempdir().expect("a directory");
        let data = DataDir::open(&dir.path().join("new")).expect("free");
        let secret = data.cookie_secret().expect("a secret");
        assert_eq!(data.cookie_secret().expect("the same"), secret);
        assert!(secret.0.len() == 128 && secret.0.is_ascii(), "it can be a COOKIE_SECRET");
        let mode = |name: &str| fs::metadata(data.path().join(name)).expect("a file").permissions().mode() & 0o777;
        assert_eq!((mode(""), mode("cookie_secret")), (0o700, 0o600));
    }

    #[test]
    fn a_short_secret_is_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        fs::write(dir.path().join("cookie_secret"), "short").expect("written");
        let data = DataDir::open(dir.path()).expect("free");
        assert!(matches!(data.cookie_secret(), Err(StartError::ShortSecret { .. })));
    }
}
