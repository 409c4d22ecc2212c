//! The data directory: one process at a time has it locked, and the cookie secret is made and stored there.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use tower_sessions::cookie::Key;

use crate::StartError;
use crate::settings::{MIN_SECRET_BYTES, Secret};

/// DATA_DIR, locked by this process.
pub struct DataDir {
    path: PathBuf,
    /// The lock is released with the file, even if the process is killed.
    _lock: File,
}

impl DataDir {
    /// Creates the directory if it is missing (only for this user) and locks it.
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

    /// The secret stored in the directory, made at the first start. If the disk is full, the server starts all the
    /// same, so that the stored data can be read. The new secret then lasts only as long as the process.
    pub fn cookie_secret(&self) -> Result<Secret, StartError> {
        let file = self.path.join("cookie_secret");
        let secret = match fs::read(&file) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let secret = new_secret();
                self.store_secret(&file, &secret).or_else(ignore_full_disk).map(|()| secret)
            }
            read => read,
        };
        match secret {
            Ok(secret) if secret.len() >= MIN_SECRET_BYTES => Ok(Secret(secret)),
            Ok(_) => Err(StartError::ShortSecret { file }),
            Err(error) => Err(StartError::DataDir { path: file, error }),
        }
    }

    /// Stores the secret atomically: writes it to a new file, then renames that. The secret is hexadecimal text, so
    /// that it can be other nodes' COOKIE_SECRET.
    fn store_secret(&self, file: &Path, secret: &[u8]) -> io::Result<()> {
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

fn ignore_full_disk(error: io::Error) -> io::Result<()> {
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
