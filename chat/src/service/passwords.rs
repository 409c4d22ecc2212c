//! Room passwords: argon2id with the crate's default cost (19 MiB, 2 passes: OWASP's first choice), two at once, off
//! the async threads.

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

use crate::error::Error;
use crate::record::PasswordHash;
use crate::room::Password;

pub struct Passwords {
    /// Each run takes 19 MiB and a core: a crowd at the door must not starve the rest.
    running: Semaphore,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { running: Semaphore::new(2) }
    }
}

impl Passwords {
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, Error> {
        self.run(move || {
            let hash: Result<Phc, _> = Argon2::default().hash_password(password.reveal().as_bytes());
            hash.map(|hash| PasswordHash(hash.to_string())).map_err(|error| {
                tracing::error!(%error, "a password could not be hashed");
                Error::Internal
            })
        })
        .await
    }

    /// [`Error::WrongPassword`] when it is not the one.
    pub async fn verify(&self, password: Password, hash: PasswordHash) -> Result<(), Error> {
        self.run(move || {
            Argon2::default()
                .verify_password(password.reveal().as_bytes(), hash.0.as_str())
                .map_err(|_| Error::WrongPassword)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let _running = self.running.acquire().await.map_err(|_| Error::Unavailable)?;
        tokio::task::spawn_blocking(work).await.map_err(|error| {
            tracing::error!(%error, "a password run ended early");
            Error::Internal
        })?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(text: &str) -> Password {
        Password::new(text).expect("short enough").expect("not empty")
    }

    #[tokio::test]
    async fn only_the_password_itself_opens() {
        let passwords = Passwords::default();
        let hash = passwords.hash(password("비밀 1")).await.expect("a hash");
        assert!(hash.0.starts_with("$argon2id$"));
        assert_eq!(passwords.verify(password("비밀 1"), hash.clone()).await, Ok(()));
        assert_eq!(passwords.verify(password("비밀 1 "), hash).await, Err(Error::WrongPassword));
    }
}
