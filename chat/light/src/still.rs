//! The still: the first frame that shows something.

use crate::canvas::{Pixel, Size};
use crate::encode::{Effort, encode};
use crate::fit::Fit;

/// How many bytes a still should have at most.
const ENOUGH: usize = 20 * 1024;
/// How far a channel may be from another to be of the same colour.
const NEAR: u8 = 8;
/// One pixel of so many may differ where a frame shows only one colour: specks that nobody sees.
const SPECKS: usize = 1000;

/// From good to bad. Dithered edges can make the alpha larger than all colours, so it has to give way, too.
const EFFORTS: [Effort; 4] = [
    Effort { quality: 75, alpha: 100, keeps_clear: false, tries_lossless: true },
    Effort { quality: 60, alpha: 80, keeps_clear: false, tries_lossless: false },
    Effort { quality: 45, alpha: 50, keeps_clear: false, tries_lossless: false },
    Effort { quality: 30, alpha: 20, keeps_clear: false, tries_lossless: false },
];

/// The frame for the still, among those seen so far.
#[derive(Default)]
pub(crate) struct Choice {
    /// As it is shown. It is empty before the first frame.
    pixels: Vec<Pixel>,
    shows_something: bool,
}

impl Choice {
    /// Looks at the next frame. Stills are of the first one if none shows anything.
    pub fn look(&mut self, canvas: &[Pixel], fit: &mut Fit) {
        if self.shows_something {
            return;
        }
        self.shows_something = !is_plain(canvas);
        if (self.shows_something || self.pixels.is_empty()) && fit.apply(canvas, &mut self.pixels).is_none() {
            self.pixels.clear();
        }
    }

    /// Encodes the frame in the best way that makes it small enough, or in the last one. `None` if there was no frame.
    /// `Some(None)` if it cannot be encoded.
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

/// Whether all pixels have one colour, or none.
fn is_plain(canvas: &[Pixel]) -> bool {
    let most = canvas.len() / SPECKS;
    // One of the two may be a speck.
    let references = [canvas.first(), canvas.get(canvas.len() / 2)];
    references.into_iter().flatten().any(|reference| {
        let is_other = |pixel: &&Pixel| pixel.iter().zip(reference).any(|(a, b)| a.abs_diff(*b) > NEAR);
        canvas.iter().filter(is_other).nth(most).is_none()
    })
}
