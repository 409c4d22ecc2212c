//! The port to the record of which GIFs are in use. The bytes of GIFs are in the media store.

use async_trait::async_trait;

use chat::error::Error;
use chat::gif::{Facts, GifHash, Known};
use chat::id::{RoomId, VisitorId};
#[cfg(doc)]
use chat::policy;
use chat::time::Timestamp;

/// A GIF whose bytes are about to be removed. Nobody can hold or send it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condemned {
    pub sha: GifHash,
    /// Until this moment only the caller who condemned the GIF removes it. After that, another call may condemn it again.
    pub until: Timestamp,
}

/// Which GIFs entries use or callers hold. Fails as [`Store`](super::Store) says.
#[async_trait]
pub trait Gifs: Send + Sync + 'static {
    /// Succeeds if `visitor` may see an entry in `room` that shows this GIF. Fails as [`policy::seat_of`] says, and with
    /// [`Error::NotFound`] when there is no such entry.
    async fn may_see_gif(&self, room: RoomId, visitor: VisitorId, sha: GifHash) -> Result<(), Error>;

    /// Keeps `sha` from being condemned until `until`. Callers do this before they put its bytes into the media store. False
    /// when the GIF is condemned: its bytes are being removed, and the caller tries again a moment later.
    async fn hold_gif(&self, sha: GifHash, until: Timestamp) -> Result<bool, Error>;

    /// Notes what is known of a GIF. Changes nothing for one that is unknown or condemned.
    async fn set_gif_facts(&self, sha: GifHash, facts: Facts) -> Result<(), Error>;

    /// What is known of these GIFs, in any order. Those of which nothing is known are left out.
    async fn gif_facts(&self, gifs: &[GifHash]) -> Result<Vec<Known>, Error>;

    /// Condemns up to `limit` GIFs that no entry uses and nobody holds at `now`. They cannot be held or sent until
    /// [`Gifs::forget_gif`], so the caller can remove their bytes. A GIF whose [`Condemned::until`] has passed is condemned
    /// again.
    async fn condemn_gifs(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Condemned>, Error>;

    /// Forgets a condemned GIF, after its bytes were removed. Changes nothing when another call has condemned it since.
    async fn forget_gif(&self, condemned: Condemned) -> Result<(), Error>;
}
