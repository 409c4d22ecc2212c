//! GIFs as entries describe them. `gif::walk` checks the bytes of an upload.

mod walk;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::id::{HexVisitor, NotAnId, read_hex, write_hex};

pub use walk::{Checked, Limits, check};

/// The SHA-256 of a stored GIF: its name in the media store and in URLs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GifHash(pub [u8; 32]);

impl fmt::Display for GifHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl fmt::Debug for GifHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(&self.0, f)
    }
}

impl FromStr for GifHash {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        read_hex(text).map(Self).ok_or(NotAnId)
    }
}

impl Serialize for GifHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for GifHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(HexVisitor::<32>).map(Self)
    }
}

/// A GIF as an entry describes it. A page knows the size before the GIF has loaded, so that the layout does not move
/// then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gif {
    pub sha: GifHash,
    /// Pixels.
    pub width: u16,
    /// Pixels.
    pub height: u16,
    pub frames: u16,
    /// The length of one loop in milliseconds; 0 for a still image.
    pub duration_ms: u32,
    /// The number of stored bytes.
    pub bytes: u32,
}

/// What is found out about a stored GIF after it was sent, by a process that decodes it. Facts belong to the bytes, and
/// are the same wherever these are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Facts {
    /// There is a still of the first frame that shows something.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub still: bool,
    /// There is a light copy, which plays as the GIF does in fewer bytes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub light: bool,
    /// Whether it flashes more than three times a second (WCAG 2.3.1). `None` as long as that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flashes: Option<bool>,
}

/// How many GIFs a page may ask about at once.
pub const MOST_ASKED: usize = 50;

/// A GIF of which something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GifFacts {
    pub sha: GifHash,
    pub facts: Facts,
}
