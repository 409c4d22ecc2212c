//! Judges the bytes of an upload by walking over a GIF's blocks (GIF89a specification, sections 17 to 27).

use crate::error::Error;
use crate::gif::Gif;

/// What is accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub max_bytes: u64,
    /// Of width and of height, in pixels.
    pub max_side: u16,
    pub max_frames: u16,
    /// Canvas area × frames: what decoding it whole would take.
    pub max_pixels: u64,
    pub max_duration_ms: u32,
}

/// A GIF worth keeping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub gif: Gif,
    /// Without comments, unknown extensions and what followed the trailer. `gif.sha` is of these.
    pub bytes: Vec<u8>,
    /// The first frame alone, a GIF too.
    pub poster: Vec<u8>,
}

/// Judges `bytes`. Nothing is decoded before every limit is known to hold.
pub fn check(bytes: &[u8], limits: &Limits) -> Result<Checked, Error> {
    let _ = (bytes, limits);
    Err(Error::Internal)
}
