//! Checks the bytes of an upload by walking over a GIF's blocks (GIF89a specification, sections 17 to 27).
//!
//! The walk copies the blocks it keeps as it goes. It never allocates what a file only claims to need, and the output
//! is never longer than the input. It decodes one frame, and only when every limit holds.

mod blocks;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;

use std::io::{self, Read};
use std::num::NonZeroU64;
use std::thread;

use sha2::{Digest, Sha256};

use self::blocks::{Blocks, Image, Screen, TRAILER};
use crate::error::{Error, GifProblem};
use crate::gif::{Gif, GifHash};

/// The limits that an upload must keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub max_bytes: u64,
    /// The limit of both width and height, in pixels.
    pub max_side: u16,
    pub max_frames: u16,
    /// Canvas area × frames: the memory that decoding all frames takes, in pixels.
    pub max_pixels: u64,
    pub max_duration_ms: u32,
}

impl Default for Limits {
    /// The limits are far above what people send each other, and far below what hurts a phone: a canvas of 2,048²
    /// pixels takes 16 MiB decoded, and 250 million pixels take 1 GB in a browser that keeps all frames.
    fn default() -> Self {
        Self {
            max_bytes: 5 * 1024 * 1024,
            max_side: 2048,
            max_frames: 1000,
            max_pixels: 250_000_000,
            max_duration_ms: 2 * 60 * 1000,
        }
    }
}

/// An accepted GIF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    pub gif: Gif,
    /// The file without comments, unknown extensions and whatever followed the trailer. `gif.sha` is the hash of these bytes.
    pub bytes: Vec<u8>,
    /// The first frame alone, also as a GIF.
    pub poster: Vec<u8>,
}

/// Checks `bytes`. Nothing is decoded before every limit is known to hold.
///
/// Takes some milliseconds of CPU for a large GIF, so it must not run on an async thread.
pub fn check(bytes: &[u8], limits: &Limits) -> Result<Checked, Error> {
    // `Gif::bytes` has 32 bits.
    let limit = limits.max_bytes.min(u32::MAX.into());
    if u64::try_from(bytes.len()).is_ok_and(|len| len > limit) {
        return Err(Error::TooLarge { limit });
    }
    let (mut blocks, screen) = Blocks::open(bytes)?;
    if screen.width > limits.max_side || screen.height > limits.max_side {
        return Err(Error::BadGif(GifProblem::TooWide));
    }
    let mut builder = GifBuilder::new(&screen, bytes.len());
    let mut poster = None;
    let (mut frames, mut duration_ms) = (0u16, 0u32);
    loop {
        let block = blocks.next(&screen)?;
        match block {
            blocks::Block::Image(image) => {
                frames = frames.checked_add(1).filter(|n| *n <= limits.max_frames).ok_or(TOO_LONG)?;
                if screen.area() * u64::from(frames) > limits.max_pixels {
                    return Err(TOO_LONG);
                }
                duration_ms = duration_ms.checked_add(image.shown_ms()).ok_or(TOO_LONG)?;
                poster.get_or_insert_with(|| GifBuilder::new(&screen, 0).image(&image).finish());
                builder = builder.image(&image);
            }
            blocks::Block::Loop(times) => builder = builder.repeat(times),
            blocks::Block::Trailer => break,
        }
    }
    let poster = poster.ok_or(Error::BadGif(GifProblem::Broken))?;
    if frames == 1 {
        duration_ms = 0;
    }
    if duration_ms > limits.max_duration_ms {
        return Err(TOO_LONG);
    }
    check_decodable(&poster, screen.area())?;
    let bytes = builder.finish();
    Ok(Checked {
        gif: Gif {
            sha: GifHash(Sha256::digest(&bytes).into()),
            width: screen.width,
            height: screen.height,
            frames,
            duration_ms,
            bytes: u32::try_from(bytes.len()).map_err(|_| Error::TooLarge { limit })?,
        },
        bytes,
        poster,
    })
}

const TOO_LONG: Error = Error::BadGif(GifProblem::TooLong);

/// A GIF that is built from blocks of the uploaded one.
struct GifBuilder(Vec<u8>);

impl GifBuilder {
    fn new(screen: &Screen, capacity: usize) -> Self {
        let mut bytes = Vec::with_capacity(capacity);
        bytes.extend_from_slice(screen.bytes);
        Self(bytes)
    }

    /// Writes the loop extension in the form that all browsers read, whatever else the uploaded one held.
    fn repeat(mut self, times: [u8; 2]) -> Self {
        self.0.extend_from_slice(b"\x21\xff\x0bNETSCAPE2.0\x03\x01");
        self.0.extend_from_slice(&times);
        self.0.push(0);
        self
    }

    fn image(mut self, image: &Image) -> Self {
        if let Some(control) = image.control {
            self.0.extend_from_slice(b"\x21\xf9\x04");
            self.0.extend_from_slice(control);
            self.0.push(0);
        }
        self.0.extend_from_slice(image.bytes);
        self
    }

    fn finish(mut self) -> Vec<u8> {
        self.0.push(TRAILER);
        self.0
    }
}

/// Reads a poster for decoding. Each read lets other threads have the core first, because decoding may take long.
struct YieldingReader<'a>(&'a [u8]);

impl Read for YieldingReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        thread::yield_now();
        self.0.read(buffer)
    }
}

/// Decodes a poster, to be sure that it shows something.
fn check_decodable(poster: &[u8], area: u64) -> Result<(), Error> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::Indexed);
    options.check_frame_consistency(true);
    options.set_memory_limit(gif::MemoryLimit::Bytes(NonZeroU64::MIN.saturating_add(area)));
    match options
        .read_info(YieldingReader(poster))
        .and_then(|mut decoder| decoder.read_next_frame().map(|frame| frame.is_some()))
    {
        Ok(true) => Ok(()),
        Ok(false) | Err(_) => Err(Error::BadGif(GifProblem::Broken)),
    }
}
