//! GIFs for the tests, with the right answer for each.
//!
//! A right answer is what browsers show, within the limits of uploads (README.md), and never what our own code says:
//! otherwise no test could find that code wrong. The answer follows from how the GIF was made. For files that are not
//! whole, see `docs/decisions/0035-what-cannot-be-read-ends-a-gif.md`. So this crate knows neither `chat` nor `light`.
//!
//! Each program that writes GIFs uses another part of the format. So the samples come from several:
//!
//! | module | written by |
//! |---|---|
//! | `kinds`, `cuts`, `strangers`, `floods` | hand, block by block ([`blocks`]): what is odd, cut off, no GIF, or too much |
//! | `uncompressed` | an encoder of a few lines that compresses nothing |
//! | `encoded` | the crate `gif` |
//! | `quantized` | the crate `image` |
//! | `drawn` | Pillow, gifsicle, ffmpeg, ImageMagick and giflib (`drawn/README.md`) |
//!
//! `cargo run -p corpus -- FOLDER` writes all of them into a folder, for tests in browsers.
// The GIFs are written to memory, which does not fail; a test that cannot go on says why and stops.
#![allow(clippy::expect_used)]

pub mod blocks;
mod cuts;
mod drawn;
mod encoded;
mod floods;
pub mod fuzz;
mod kinds;
mod quantized;
mod strangers;
mod uncompressed;

/// A file that a visitor sends as a GIF, and what should become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// Small letters, digits and hyphens. No two samples have the same name.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// The right answer.
    pub right: Right,
}

/// What is right for a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// It is accepted, and shown.
    Shown {
        /// Pixels.
        width: u16,
        /// Pixels.
        height: u16,
        /// The number of whole frames before the first part that cannot be read.
        frames: u16,
        /// The length of one loop in milliseconds; 0 for a single frame.
        duration_ms: u32,
    },
    /// It is refused, because of this.
    Refused(Why),
}

/// Why a file is refused, as the server says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// There are no bytes.
    Empty,
    /// It does not start as a GIF does.
    NotAGif,
    /// It ends as a GIF does, without any frame.
    NoFrame,
    /// The first frame, or what comes before it, contradicts itself.
    Broken,
    /// It ends before the first frame does.
    CutOff,
    /// It has too many bytes.
    TooLarge,
    /// Width, height or area are above the limit.
    TooWide,
    /// It has too many frames.
    TooManyFrames,
    /// Its frames have too many pixels together.
    TooManyPixels,
    /// It plays too long.
    TooLong,
}

/// All samples, in the same order each time.
pub fn all() -> Vec<Sample> {
    [
        kinds::samples(),
        cuts::samples(),
        strangers::samples(),
        uncompressed::samples(),
        encoded::samples(),
        quantized::samples(),
        drawn::samples(),
        floods::samples(),
    ]
    .concat()
}

const fn shown(width: u16, height: u16, frames: u16, duration_ms: u32) -> Right {
    Right::Shown { width, height, frames, duration_ms }
}

/// Samples whose names begin with the name of their group.
fn named(group: &str, kinds: Vec<(&str, Vec<u8>, Right)>) -> Vec<Sample> {
    let sample = |(name, bytes, right)| Sample { name: format!("{group}-{name}"), bytes, right };
    kinds.into_iter().map(sample).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_sample_has_a_name_of_its_own() {
        let names: Vec<_> = all().into_iter().map(|sample| sample.name).collect();
        let is_plain = |name: &String| name.bytes().all(|c| matches!(c, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        assert!(names.iter().all(is_plain), "{names:?}");
        assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
    }
}
