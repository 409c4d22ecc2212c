//! The port to the record of which GIFs are in use. The bytes of GIFs are in the media store.

use std::fmt;

use async_trait::async_trait;

use chat::error::Error;
use chat::gif::{Facts, Gif, GifFacts, GifHash};
use chat::id::{NodeId, RoomId, VisitorId};
#[cfg(doc)]
use chat::policy;
use chat::time::Timestamp;

/// A GIF whose bytes are about to be removed. It cannot be held or sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condemned {
    pub sha: GifHash,
    /// Until this moment only the caller who condemned the GIF removes it. After that, another call may condemn it again.
    pub until: Timestamp,
}

/// One caller's storing of bytes of a GIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WriteId(u128);

impl WriteId {
    /// A new random id.
    pub fn generate() -> Self {
        Self(uuid::Uuid::new_v4().as_u128())
    }
}

impl fmt::Display for WriteId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// How a visitor sees a GIF in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// An entry shows it to everybody there.
    Public,
    /// Only whispers show it to this visitor.
    Whispered,
}

/// Which GIFs are used by entries and shelves, or held by callers. Fails as [`Store`](super::Store) says.
#[async_trait]
pub trait Gifs: Send + Sync + 'static {
    /// How `visitor` sees this GIF in `room`. Fails as [`policy::seat_of`] says, and with [`Error::NotFound`] when no
    /// entry that they may see shows it.
    async fn may_see_gif(&self, room: RoomId, visitor: VisitorId, sha: GifHash) -> Result<Sight, Error>;

    /// A GIF that `visitor` may send by its hash: an entry that they may see shows it in a room where they sit, or it is
    /// on their shelf. Otherwise this fails with [`Error::NotFound`], after the same work whether or not others have such
    /// a GIF, so that the time of the answer does not tell.
    async fn may_send_gif(&self, visitor: VisitorId, sha: GifHash) -> Result<Gif, Error>;

    /// Keeps `sha` from being condemned until `until`, or until an entry or a shelf uses it, whoever has held it for that.
    /// False when the GIF is condemned: its bytes are being removed, and the caller tries again a moment later.
    async fn hold_gif(&self, sha: GifHash, until: Timestamp) -> Result<bool, Error>;

    /// Holds a GIF for a caller who is about to put bytes of it into the media store. Until this caller calls
    /// [`Gifs::end_write`], or until `until`, the GIF is not condemned, whoever uses it meanwhile and stops to. Otherwise bytes
    /// could be stored after the GIF was removed, and stay for ever.
    async fn begin_write(&self, sha: GifHash, write: WriteId, until: Timestamp) -> Result<bool, Error>;

    /// Says that the bytes are stored, or will not be. Changes nothing when `until` has passed.
    async fn end_write(&self, sha: GifHash, write: WriteId) -> Result<(), Error>;

    /// Stores what is known of a GIF, and ends the claim to it. Does nothing to a GIF that is unknown or condemned.
    async fn set_gif_facts(&self, sha: GifHash, facts: Facts) -> Result<(), Error>;

    /// Forgets what is known of a GIF, so that a node examines and copies it again.
    async fn forget_gif_facts(&self, sha: GifHash) -> Result<(), Error>;

    /// What is known of these GIFs, in any order. GIFs of which nothing is known are left out.
    async fn gif_facts(&self, gifs: &[GifHash]) -> Result<Vec<GifFacts>, Error>;

    /// Makes `node` the only one that copies this GIF, until facts are set, the node gives it up, or the node is
    /// forgotten ([`Nodes::forget_node`](super::Nodes::forget_node)). False while another node has the claim, and for a
    /// GIF that is unknown or condemned. A claim has no time limit, so no clocks are compared. True again for the node
    /// that already has the claim.
    async fn claim_gif(&self, sha: GifHash, node: NodeId) -> Result<bool, Error>;

    /// Gives a claim up. Changes nothing when the node has none.
    async fn unclaim_gif(&self, sha: GifHash, node: NodeId) -> Result<(), Error>;

    /// Condemns up to `limit` GIFs that no entry and no shelf uses and no caller holds or writes at `now`. They cannot be held or
    /// sent until [`Gifs::forget_gif`], so the caller can remove their bytes. A GIF whose [`Condemned::until`] has passed
    /// is condemned again.
    async fn condemn_gifs(&self, now: Timestamp, until: Timestamp, limit: u32) -> Result<Vec<Condemned>, Error>;

    /// Forgets a condemned GIF, after its bytes were removed. Changes nothing when another call has condemned it since.
    async fn forget_gif(&self, condemned: Condemned) -> Result<(), Error>;
}
