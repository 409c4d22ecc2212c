//! Checks the bytes of an upload by walking over a GIF's blocks (GIF89a specification, sections 17 to 27).
//!
//! The walk decodes no pixels, and never allocates memory because of a size that a file only claims. After the first
//! whole frame, the GIF ends at the first part that cannot be read. The output is always a GIF that states what it
//! holds and has a proper end, so that all browsers show the same.

mod blocks;
mod builder;
mod lzw;
#[cfg(test)]
mod tests;

use sha2::{Digest, Sha256};

use self::blocks::{Block, Blocks, Image, Screen};
use self::builder::GifBuilder;
use crate::error::{Error, GifProblem};
use crate::gif::{Gif, GifHash};

/// The limits that an upload must keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    pub max_bytes: u64,
    /// The limit of both width and height, in pixels.
    pub max_side: u16,
    /// The limit of width × height, of the canvas and of each frame.
    pub max_area: u64,
    pub max_frames: u16,
    /// The limit of the sum over all frames, each of which counts the area of the canvas or its own, whichever is
    /// larger: the memory that decoding all of them takes, in pixels.
    pub max_pixels: u64,
    pub max_duration_ms: u32,
}

impl Default for Limits {
    /// The limits are far above what people send each other, and far below what hurts a phone: a canvas of 2,048²
    /// pixels takes 16 MiB decoded, and 250 million pixels take 1 GB in a browser that keeps all frames. Phones record
    /// screens that are higher than 2,048 pixels and have a smaller area.
    fn default() -> Self {
        Self {
            max_bytes: 5 * 1024 * 1024,
            max_side: 4096,
            max_area: 2048 * 2048,
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
    /// The file as GIF89a, without comments, unknown extensions and parts that cannot be read. `gif.sha` is the hash of
    /// these bytes.
    pub bytes: Vec<u8>,
    /// The first frame alone, also as a GIF.
    pub poster: Vec<u8>,
}

/// Checks `bytes` without decoding pixels.
///
/// Takes some milliseconds of CPU for a large GIF, so it must not run on an async thread.
pub fn check(bytes: &[u8], limits: &Limits) -> Result<Checked, Error> {
    // `Gif::bytes` has 32 bits.
    let limit = limits.max_bytes.min(u32::MAX.into());
    let counted = |bytes: &[u8]| {
        u32::try_from(bytes.len()).ok().filter(|len| u64::from(*len) <= limit).ok_or(Error::TooLarge { limit })
    };
    counted(bytes)?;
    let walked = walk(bytes, limits).map_err(Error::BadGif)?;
    let Walked { width, height, frames, duration_ms, bytes, poster } = walked;
    // The output may be some bytes longer than the file, because a missing end is added.
    let gif = Gif {
        sha: GifHash(Sha256::digest(&bytes).into()),
        width,
        height,
        frames,
        duration_ms,
        bytes: counted(&bytes)?,
    };
    Ok(Checked { gif, bytes, poster })
}

/// What was found in a file, and the GIFs made of it.
struct Walked {
    width: u16,
    height: u16,
    frames: u16,
    duration_ms: u32,
    bytes: Vec<u8>,
    poster: Vec<u8>,
}

fn walk(bytes: &[u8], limits: &Limits) -> Result<Walked, GifProblem> {
    let (mut blocks, mut screen) = Blocks::open(bytes)?;
    limits.check_screen(&screen)?;
    let (mut images, mut times, mut pixels) = (Vec::new(), None, 0);
    // The reason why the frames end matters only if there is no frame at all.
    let end = loop {
        match blocks.next(&screen) {
            Ok(Block::Image(image)) => {
                if images.is_empty() {
                    screen.grow(&image);
                    limits.check_screen(&screen)?;
                }
                pixels += limits.check_area(screen.area().max(image.area()))?;
                if images.len() >= limits.max_frames.into() {
                    return Err(GifProblem::TooManyFrames);
                }
                if pixels > limits.max_pixels {
                    return Err(GifProblem::TooManyPixels);
                }
                images.push(image);
            }
            Ok(Block::Loop(read)) => times = Some(read),
            Err(end) => break end,
        }
    };
    let first = images.first().ok_or(end)?;
    let poster = GifBuilder::new(&screen, 0).image(first).finish();
    let builder = GifBuilder::new(&screen, bytes.len()).repeat(times);
    Ok(Walked {
        width: u16::try_from(screen.width).map_err(|_| GifProblem::TooWide)?,
        height: u16::try_from(screen.height).map_err(|_| GifProblem::TooWide)?,
        frames: u16::try_from(images.len()).map_err(|_| GifProblem::TooManyFrames)?,
        duration_ms: limits.check_duration(&images)?,
        bytes: images.iter().fold(builder, GifBuilder::image).finish(),
        poster,
    })
}

impl Limits {
    fn check_screen(&self, screen: &Screen) -> Result<(), GifProblem> {
        if screen.width.max(screen.height) > self.max_side.into() {
            return Err(GifProblem::TooWide);
        }
        self.check_area(screen.area()).map(drop)
    }

    fn check_area(&self, area: u64) -> Result<u64, GifProblem> {
        if area > self.max_area { Err(GifProblem::TooWide) } else { Ok(area) }
    }

    /// The length of one loop in milliseconds. A single frame does not play.
    fn check_duration(&self, images: &[Image]) -> Result<u32, GifProblem> {
        if let [_] = images {
            return Ok(0);
        }
        let duration_ms = images.iter().map(|image| u64::from(image.shown_ms())).sum::<u64>();
        u32::try_from(duration_ms).ok().filter(|ms| *ms <= self.max_duration_ms).ok_or(GifProblem::TooLong)
    }
}
