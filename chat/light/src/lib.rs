//! Makes three things of a stored GIF: a still, a light copy for showing, and how much it flashes.
//!
//! The server itself does not decode GIFs: it only walks over the blocks (`chat::gif`). What needs pixels happens here,
//! in a process of its own that has little memory, little time and nothing else ([`child`]), because a decoder is where
//! a hostile file could do harm. The parent trusts nothing that the process answers ([`frame`]).
//!
//! Reading order: [`make`] below, `canvas` (GIF to pixels), `fit` (to the size that is shown), `still`, `light` with
//! `delta` and `animation`, `flashes` with `grid` and `swing`, then [`frame`] and [`child`].
//!
//! # Which crates, and why
//!
//! - Decoding: `gif` 0.14 (2026), pure Rust, which the tests of `chat` use already. It gives the indices of one frame
//!   at a time; composing is done here, because browsers agree on more than the specification says.
//! - Encoding: `webp` 0.3 (2025), a small wrapper of libwebp that depends only on `libwebp-sys` 0.9 (2024), which
//!   builds the C code of libwebp 1.3 itself. Only its encoder is called. Our own code has no `unsafe`, so a wrapper is
//!   needed. `webp-animation` 0.10 (2026) wraps libwebp's animation encoder, which tells the number of bytes only when
//!   all frames are in, but a copy that becomes too large has to be given up earlier. `webpx` 0.4 (2026) could do it,
//!   but brings seven crates along, and its authors advise against it. `zenwebp` is AGPL. `image-webp` (pure Rust)
//!   writes only lossless files. `libwebp-sys` alone needs `unsafe`. So frames are encoded one by one and put together
//!   in `animation`; the container is a list of chunks.
//! - Resizing: `fast_image_resize` 6 (2026), the fastest crate for it in Rust, which adds only two small crates to those
//!   that are here already.

mod animation;
mod budget;
mod canvas;
pub mod child;
mod delta;
mod encode;
mod fit;
mod flashes;
pub mod frame;
mod grid;
mod light;
mod still;
mod swing;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub use flashes::Flashes;

use self::budget::Budget;
use self::canvas::Canvas;
use self::fit::Fit;
use self::flashes::Meter;
use self::still::Choice;

/// The limits of one GIF's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The CPU time of the calling thread for all of it. What is not done by then is left out.
    pub cpu: Duration,
    /// The limit of width × height of the canvas and of each frame, in pixels. At most nine bytes of memory are taken
    /// for each pixel (four for the canvas, four for what a frame leaves behind, one for its index), and 30 MiB
    /// besides.
    pub max_area: u64,
}

impl Default for Limits {
    /// The area is the limit of uploads (`chat::gif::Limits`). Three seconds are enough for nearly all GIFs whose copy
    /// is worth having, and twelve for the longest.
    fn default() -> Self {
        Self { cpu: Duration::from_secs(12), max_area: 2048 * 2048 }
    }
}

/// What was made of a GIF.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// A WebP of the first frame that shows something, fitted into 640 × 640 pixels. `None` if it could not be encoded.
    pub still: Option<Vec<u8>>,
    /// A WebP that plays as the GIF does, fitted into 640 × 640 pixels. `None` if the GIF does not move, or if a copy
    /// would be little smaller or take too long.
    pub light: Option<Vec<u8>>,
    /// `None` if there was not enough time to look at all frames.
    pub flashes: Option<Flashes>,
}

/// Why nothing was made of a GIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Failed {
    #[error("the file is no GIF, has no frame, or is not whole")]
    Broken,
    #[error("the canvas or a frame is too large")]
    TooLarge,
}

impl From<gif::DecodingError> for Failed {
    fn from(_: gif::DecodingError) -> Self {
        Self::Broken
    }
}

/// Makes everything of `gif`, which should be as `chat::gif::check` leaves it. Other bytes do no harm.
///
/// Takes up to `limits.cpu` of CPU time, so it must not run on an async thread.
///
/// # Errors
///
/// Fails if there is no frame, or if a frame cannot be decoded or is larger than `limits` allow. The caller then shows
/// the GIF as it is.
pub fn make(gif: &[u8], limits: &Limits) -> Result<Made, Failed> {
    let (Made { still, flashes, .. }, rest) = make_first(gif, limits)?;
    Ok(Made { still, flashes, light: rest.make() })
}

/// Makes what is needed first, `still` and `flashes`, so that these exist even if the rest never comes to its end.
///
/// # Errors
///
/// As [`make`].
pub fn make_first<'a>(gif: &'a [u8], limits: &'a Limits) -> Result<(Made, Rest<'a>), Failed> {
    let budget = Budget::start(limits.cpu);
    let mut canvas = Canvas::open(gif, limits.max_area)?;
    let mut fit = Fit::new(canvas.size());
    let mut choice = Choice::default();
    let mut meter = Meter::new(canvas.size());
    let mut frames = 0;
    while let Some(shown) = canvas.next()? {
        frames += 1;
        choice.look(canvas.pixels(), &mut fit);
        meter.show(canvas.pixels(), &shown);
        if budget.is_spent() {
            break;
        }
    }
    let flashes = (!budget.is_spent()).then(|| meter.finish(canvas.loops()));
    let still = choice.encode(fit.to()).ok_or(Failed::Broken)?;
    Ok((Made { still, flashes, light: None }, Rest { gif, limits, budget, frames }))
}

/// The work that is left after [`make_first`].
pub struct Rest<'a> {
    gif: &'a [u8],
    limits: &'a Limits,
    budget: Budget,
    frames: u32,
}

impl Rest<'_> {
    /// Makes the light copy, or gives it up.
    pub fn make(self) -> Option<Vec<u8>> {
        let Self { gif, limits, budget, frames } = self;
        light::make(gif, limits, &budget, frames)
    }
}
