//! Room passwords: argon2id with the crate's default cost (19 MiB, 2 passes: OWASP's first choice), two at once where
//! there are two cores, off the async threads, in turn by address.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version, password_hash};

use super::turns::{Bounds, Turns, Who};
use crate::background;
use crate::error::Error;
use crate::record::PasswordHash;
use crate::room::Password;

/// Each run takes 19 MiB and a core: a crowd at the door must not starve the rest.
const AT_ONCE: usize = 2;

/// So many addresses wait for about a second, and for two where the machine has more to do.
const BOUNDS: Bounds = Bounds { of_a_visitor: 1, of_an_address: 8, addresses: 64 };

pub struct Passwords {
    turns: Turns<Memory>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Turns::new((0..background::at_once(AT_ONCE)).map(|_| Memory::default()), BOUNDS) }
    }
}

impl Passwords {
    /// Fails as [`Turns::turn`].
    pub async fn hash(&self, who: Who, password: Password) -> Result<PasswordHash, Error> {
        let hash = move |memory: &mut Memory| {
            hash(&password, memory).map_err(|error| {
                tracing::error!(%error, "a password could not be hashed");
                Error::Internal
            })
        };
        self.turns.run(who, hash).await
    }

    /// [`Error::WrongPassword`] when it is not the one; else fails as [`Turns::turn`]. `held` is let go when it is known,
    /// also when nobody waits for that any more.
    pub async fn verify<H: Send + 'static>(
        &self,
        who: Who,
        password: Password,
        hash: PasswordHash,
        held: H,
    ) -> Result<(), Error> {
        let verify = move |memory: &mut Memory| {
            let _held = held;
            match opens(&password, &hash, memory) {
                Ok(true) => Ok(()),
                Ok(false) => Err(Error::WrongPassword),
                Err(error) => {
                    tracing::error!(%error, "the hash of a room's password cannot be used");
                    Err(Error::WrongPassword)
                }
            }
        };
        self.turns.run(who, verify).await
    }
}

#[cfg(test)]
impl Passwords {
    /// Takes all turns, until what this gives is dropped.
    pub async fn busy(&self) -> impl Sized {
        let turn = |n| self.turns.turn(Who::new(crate::id::VisitorId([201 + n as u8; 16]), None));
        futures_util::future::join_all((0..background::at_once(AT_ONCE)).map(turn)).await
    }

    pub fn waiting(&self) -> usize {
        self.turns.waiting()
    }
}

/// What argon2 works in: allocated by its first run and kept, because what is freed in such pieces does not go back to the
/// system.
#[derive(Default)]
struct Memory(Vec<Block>);

impl Memory {
    /// Room for a run of this cost. One that takes more than ours (a hash from elsewhere) has its own, for that run.
    fn with<R>(&mut self, params: &Params, run: impl FnOnce(&mut [Block]) -> R) -> R {
        let (blocks, ours) = (params.block_count(), Params::DEFAULT.block_count());
        if blocks > ours {
            return run(&mut vec![Block::new(); blocks]);
        }
        if self.0.is_empty() {
            self.0 = vec![Block::new(); ours];
        }
        run(&mut self.0)
    }
}

fn hash(password: &Password, memory: &mut Memory) -> Result<PasswordHash, password_hash::Error> {
    let (algorithm, version, params) = (Algorithm::default(), Version::default(), Params::DEFAULT);
    let salt = password_hash::try_generate_salt().map_err(|_| password_hash::Error::Crypto)?;
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    let argon2 = Argon2::new(algorithm, version, params.clone());
    memory.with(&params, |blocks| {
        argon2.hash_password_into_with_memory(password.reveal().as_bytes(), &salt, &mut output, blocks)
    })?;
    let hash = Phc {
        algorithm: algorithm.ident(),
        version: Some(version.into()),
        params: ParamsString::try_from(&params)?,
        salt: Some(Salt::new(&salt)?),
        hash: Some(Output::new(&output)?),
    };
    Ok(PasswordHash(hash.to_string()))
}

/// By the cost that the hash names.
fn opens(password: &Password, hash: &PasswordHash, memory: &mut Memory) -> Result<bool, password_hash::Error> {
    let hash = Phc::new(&hash.0)?;
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else {
        return Err(password_hash::Error::EncodingInvalid);
    };
    let algorithm = Algorithm::try_from(hash.algorithm.as_str())?;
    let version = hash.version.map(Version::try_from).transpose()?.unwrap_or_default();
    let params = Params::try_from(&hash)?;
    let argon2 = Argon2::new(algorithm, version, params.clone());
    let mut output = [0; Output::MAX_LENGTH];
    let output = output.get_mut(..expected.as_bytes().len()).ok_or(password_hash::Error::OutputSize)?;
    memory.with(&params, |blocks| {
        argon2.hash_password_into_with_memory(password.reveal().as_bytes(), salt, &mut *output, blocks)
    })?;
    // (Compared in constant time.)
    Ok(Output::new(output)? == *expected)
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHasher, PasswordVerifier};

    use super::*;
    use crate::id::VisitorId;

    const WHO: Who = Who { visitor: VisitorId([1; 16]), address: None };

    fn password(text: &str) -> Password {
        Password::new(text).expect("short enough").expect("not empty")
    }

    #[tokio::test]
    async fn only_the_password_itself_opens() {
        let passwords = Passwords::default();
        let hash = passwords.hash(WHO, password("비밀 1")).await.expect("a hash");
        assert!(hash.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert_eq!(passwords.verify(WHO, password("비밀 1"), hash.clone(), ()).await, Ok(()));
        assert_eq!(passwords.verify(WHO, password("비밀 1 "), hash, ()).await, Err(Error::WrongPassword));
        let nonsense = PasswordHash("$argon2id$old".to_owned());
        assert_eq!(passwords.verify(WHO, password("비밀 1"), nonsense, ()).await, Err(Error::WrongPassword));
    }

    #[test]
    fn ours_are_the_crates_own() {
        let mut memory = Memory::default();
        let ours = hash(&password("비밀"), &mut memory).expect("a hash");
        assert_eq!(Argon2::default().verify_password("비밀".as_bytes(), ours.0.as_str()), Ok(()));
        // As versions before have kept them; cheaper and dearer ones, of another algorithm.
        let costs = [
            (Algorithm::Argon2id, 19 * 1024, 2, 1),
            (Algorithm::Argon2i, 64, 1, 2),
            (Algorithm::Argon2id, 20_000, 1, 1),
        ];
        for (algorithm, kib, passes, lanes) in costs {
            let params = Params::new(kib, passes, lanes, None).expect("a cost");
            let theirs: Phc =
                Argon2::new(algorithm, Version::V0x13, params).hash_password("비밀".as_bytes()).expect("a hash");
            let theirs = PasswordHash(theirs.to_string());
            assert_eq!(opens(&password("비밀"), &theirs, &mut memory), Ok(true), "{}", theirs.0);
            assert_eq!(opens(&password("비빌"), &theirs, &mut memory), Ok(false), "{}", theirs.0);
        }
        assert_eq!(memory.0.len(), 19 * 1024, "what the dear one took is given back");
    }
}
