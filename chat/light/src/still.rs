//! The still: the first frame that shows something.

use crate::canvas::{Pixel, Size};
use crate::encode::{Effort, encode};
use crate::fit::Fit;

/// How many bytes a still should have at most.
const ENOUGH: usize = 20 * 1024;
/// How far the channels of two pixels may differ for them to count as one colour.
const NEAR: u8 = 8;
/// One pixel in this many may differ in a frame that shows only one colour: specks that nobody sees.
const SPECKS: usize = 1000;

/// From the best quality to the worst. Dithered edges can make the alpha larger than all colours, so it has to give
/// way, too.
const EFFORTS: [Effort; 4] = [
    Effort { quality: 75, alpha: 100, keeps_clear: false, tries_lossless: true },
    Effort { quality: 60, alpha: 80, keeps_clear: false, tries_lossless: false },
    Effort { quality: 45, alpha: 50, keeps_clear: false, tries_lossless: false },
    Effort { quality: 30, alpha: 20, keeps_clear: false, tries_lossless: false },
];

/// The frame for the still, among those seen so far.
#[derive(Default)]
pub(crate) struct Choice {
    /// The frame in the size that is shown. It is empty before the first frame.
    pixels: Vec<Pixel>,
    shows_something: bool,
}

impl Choice {
    /// Looks at the next frame. If no frame shows anything, the still is of the first one.
    pub fn look(&mut self, canvas: &[Pixel], fit: &mut Fit) {
        if self.shows_something {
            return;
        }
        self.shows_something = !is_plain(canvas);
        if (self.shows_something || self.pixels.is_empty()) && fit.apply(canvas, &mut self.pixels).is_none() {
            self.pixels.clear();
        }
    }

    /// Encodes the frame at the best quality that makes it small enough, or else at the worst. `None` if there was no
    /// frame. `Some(None)` if it cannot be encoded.
    pub fn encode(&self, size: Size) -> Option<Option<Vec<u8>>> {
        if self.pixels.is_empty() {
            return None;
        }
        let mut still = None;
        for effort in EFFORTS {
            still = encode(&self.pixels, size, effort).map(|encoded| encoded.webp);
            if still.as_ref().is_none_or(|still| still.len() <= ENOUGH) {
                break;
            }
        }
        Some(still)
    }
}

/// Whether all pixels except specks have one colour, or are clear.
fn is_plain(canvas: &[Pixel]) -> bool {
    let most = canvas.len() / SPECKS;
    // One of these two pixels may be a speck.
    let references = [canvas.first(), canvas.get(canvas.len() / 2)];
    references.into_iter().flatten().any(|reference| {
        let is_other = |pixel: &&Pixel| pixel.iter().zip(reference).any(|(a, b)| a.abs_diff(*b) > NEAR);
        canvas.iter().filter(is_other).nth(most).is_none()
    })
}
