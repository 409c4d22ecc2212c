//! Hashes room passwords with argon2id at the crate's default cost (19 MiB, 2 passes: OWASP's first choice). Up to two run at
//! once where there are two cores, outside the async threads, in turn by address.

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version, password_hash};

use super::turns::{Bounds, Requester, Turns};
use crate::background;
use chat::error::Error;
use chat::record::PasswordHash;
use chat::room::Password;

/// Each run takes 19 MiB and a core. A crowd at a door must not starve everything else.
const AT_ONCE: usize = 2;

/// With so many addresses, the last one waits about a second, or two where the machine has more to do.
const BOUNDS: Bounds = Bounds { per_visitor: 1, per_address: 8, addresses: 64 };

pub struct Passwords {
    turns: Turns<Memory>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Turns::new((0..background::at_once(AT_ONCE)).map(|_| Memory::default()), BOUNDS) }
    }
}

impl Passwords {
    /// Fails like [`Turns::turn`].
    pub async fn hash(&self, who: Requester, password: Password) -> Result<PasswordHash, Error> {
        let hash = move |memory: &mut Memory| {
            hash(&password, memory).map_err(|error| {
                tracing::error!(%error, "a password could not be hashed");
                Error::Internal
            })
        };
        self.turns.run(who, hash).await
    }

    /// Fails with [`Error::WrongPassword`] if the password is not the right one, or like [`Turns::turn`]. `held` is dropped
    /// when the result is known, even if the caller has gone.
    pub async fn verify<H: Send + 'static>(
        &self,
        who: Requester,
        password: Password,
        hash: PasswordHash,
        held: H,
    ) -> Result<(), Error> {
        let verify = move |memory: &mut Memory| {
            let _held = held;
            match matches(&password, &hash, memory) {
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
    /// Takes all turns until the result is dropped.
    pub async fn busy(&self) -> impl Sized {
        let turn = |n| self.turns.turn(Requester::new(chat::id::VisitorId([201 + n as u8; 16]), None));
        futures_util::future::join_all((0..background::at_once(AT_ONCE)).map(turn)).await
    }

    pub fn waiting(&self) -> usize {
        self.turns.waiting()
    }
}

/// The memory that argon2 works in. It is allocated by the first run and used again, because the allocator does not return
/// freed blocks of this size to the system.
#[derive(Default)]
struct Memory(Vec<Block>);

impl Memory {
    /// Lends memory for a run of this cost. A hash from elsewhere that needs more than ours gets its own memory for that run.
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

/// Whether the password matches, at the cost that the hash names.
fn matches(password: &Password, hash: &PasswordHash, memory: &mut Memory) -> Result<bool, password_hash::Error> {
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
    // This comparison takes constant time.
    Ok(Output::new(output)? == *expected)
}

#[cfg(test)]
mod tests {
    use argon2::{PasswordHasher, PasswordVerifier};

    use super::*;
    use chat::id::VisitorId;

    const WHO: Requester = Requester { visitor: VisitorId([1; 16]), address: None };

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
        // Hashes as earlier versions stored them, and cheaper and dearer ones, also with another algorithm.
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
            assert_eq!(matches(&password("비밀"), &theirs, &mut memory), Ok(true), "{}", theirs.0);
            assert_eq!(matches(&password("비빌"), &theirs, &mut memory), Ok(false), "{}", theirs.0);
        }
        assert_eq!(memory.0.len(), 19 * 1024, "what the dear one took is given back");
    }
}
