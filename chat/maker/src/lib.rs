//! Makes animated GIFs of frames, in the browser. A GIF fits a limit of bytes, and the maker says what it gave up for
//! that.
//!
//! Reading order: [`Maker`] below, `film` (what came in), `ladder` (what is given up, and in which order), `encode`
//! (one attempt) with `palette`, `mix` (colours to indices), `change` (what has to be painted anew) and `write`.
//! [`decode`] reads pictures.
//!
//! [Decision 53](../../../docs/decisions/0053-the-maker.md) gives the reasons.

mod change;
pub mod decode;
mod encode;
mod film;
mod ladder;
mod mix;
mod palette;
mod pixel;
mod resize;
#[cfg(test)]
mod tests;
mod write;

use self::film::Film;
use self::pixel::Size;

/// The limit of frames of one GIF.
pub const MOST_FRAMES: usize = 300;
/// The limit of width × height × frames, in pixels. Each takes four bytes of memory until the GIF is made.
pub const MOST_PIXELS: usize = 96_000_000;
/// The limit of both width and height, in pixels.
pub const MOST_SIDE: u32 = 1024;
/// The limit of how long a GIF plays, in milliseconds.
pub const MOST_MILLIS: u32 = 120_000;

/// What is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recipe {
    /// Pixels: of all frames, and of the GIF unless it has to be smaller.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// The limit of the GIF's bytes.
    pub most_bytes: usize,
}

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// The GIF. It plays for ever, unless it has one frame.
    pub bytes: Vec<u8>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Successive frames that look the same count as one.
    pub frames: usize,
    /// What was given up, in the order of [`Gave`]; empty if the GIF fitted as it was.
    pub gave_up: Vec<Gave>,
}

/// Something that was given up, so that a GIF has fewer bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gave {
    /// The GIF has at most this many colours, and pixels that change little are not painted anew.
    Colours(usize),
    /// Every second frame is left out, so that this many remain.
    Rate(usize),
    /// The GIF has only this size, in pixels, which is smaller than that of the frames.
    Size { width: u32, height: u32 },
}

/// Why a GIF is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MakerError {
    #[error("a side has no pixels or too many")]
    TooBig,
    #[error("the frame has not four bytes for each of its pixels")]
    WrongLength,
    #[error("there are too many frames for their size")]
    TooManyFrames,
    #[error("it would play for too long")]
    TooLong,
    #[error("there are no frames")]
    Empty,
    #[error("it has too many bytes, whatever is given up")]
    TooLarge,
}

/// Takes frames and makes a GIF of them.
pub struct Maker {
    recipe: Recipe,
    film: Film,
}

impl Maker {
    /// A maker without frames.
    ///
    /// # Errors
    ///
    /// `TooBig` if a side is 0 or larger than [`MOST_SIDE`].
    pub fn new(recipe: Recipe) -> Result<Self, MakerError> {
        let side = |side: u32| (1..=MOST_SIDE).contains(&side).then_some(side as usize).ok_or(MakerError::TooBig);
        let size = Size { width: side(recipe.width)?, height: side(recipe.height)? };
        Ok(Self { recipe, film: Film::new(size) })
    }

    /// Adds a frame that is shown for `millis` milliseconds, where 0 means a tenth of a second as it does in browsers.
    /// `rgba` are its pixels row by row: red, green, blue and alpha, which is not multiplied into the colours. Pixels
    /// whose alpha is less than 128 are transparent, others are opaque.
    ///
    /// # Errors
    ///
    /// `WrongLength` if these are not the pixels of one frame. `TooManyFrames` and `TooLong` if the limits would be
    /// exceeded; the frames before it are kept.
    pub fn add(&mut self, rgba: &[u8], millis: u32) -> Result<(), MakerError> {
        self.film.add(rgba, millis)
    }

    /// How many frames there are that differ from the one before.
    pub fn frames(&self) -> usize {
        self.film.pictures.len()
    }

    /// Makes the GIF, which takes seconds for a large film. `progress` is called with the parts of the work that are
    /// done and the number of all parts.
    ///
    /// # Errors
    ///
    /// `Empty` without frames. `TooLarge` if the GIF has too many bytes, whatever is given up.
    pub fn make(&self, progress: &mut impl FnMut(u32, u32)) -> Result<Made, MakerError> {
        if self.film.pictures.is_empty() {
            return Err(MakerError::Empty);
        }
        ladder::climb(&self.film, self.recipe.most_bytes, progress)
    }
}
