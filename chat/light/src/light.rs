//! The light copy: what the GIF shows, as an animated WebP that is much smaller.

use crate::Limits;
use crate::animation::Animation;
use crate::budget::Budget;
use crate::canvas::Canvas;
use crate::delta::Drawn;
use crate::encode::{Effort, Encoded, encode};
use crate::fit::Fit;

/// Alpha mostly tells which pixels are drawn, and is small even without loss.
const EFFORT: Effort = Effort { quality: 68, alpha: 100, keeps_clear: false, tries_lossless: true };
/// After this many frames in a row that were smaller with loss, lossless encoding is no longer tried: the others will
/// be smaller with loss, too.
const TRIES: u32 = 3;
/// A copy is worth having if it has at most this many percent of the GIF's bytes.
const WORTH: usize = 80;
/// After this many frames it is clear what the rest will cost.
const SAMPLE: u32 = 10;
/// The sample ends the work only if all frames seem to need this many times what there is, because the first frames,
/// which are drawn whole, cost more than others.
const FAR_OFF: u32 = 3;

/// Makes a copy of a GIF with this many `frames`. `None` if it does not move, if the copy would be too large, if there
/// is not enough time, or if the GIF cannot be read.
pub(crate) fn make(gif: &[u8], limits: &Limits, budget: &Budget, frames: u32) -> Option<Vec<u8>> {
    let mut canvas = Canvas::open(gif, limits.max_area).ok()?;
    if frames < 2 {
        return None;
    }
    // Browsers play a WebP as often as it says; 0 means for ever.
    let loops = canvas.loops().map_or(0, |loops| loops.try_into().unwrap_or(u16::MAX));
    let mut fit = Fit::new(canvas.size());
    let mut animation = Animation::new(fit.to(), loops)?;
    let (mut drawn, mut pixels) = (Drawn::new(fit.to()), Vec::new());
    let (begun, mut done, mut failed_tries) = (budget.left(), 0, 0);
    while let Some(shown) = canvas.next().ok()? {
        fit.apply(canvas.pixels(), &mut pixels)?;
        match drawn.update(&pixels) {
            Some(part) => {
                let effort = Effort { keeps_clear: !part.replaces, tries_lossless: failed_tries < TRIES, ..EFFORT };
                let Encoded { webp, is_lossless } = encode(&part.pixels, part.at.size(), effort)?;
                failed_tries = if is_lossless { 0 } else { failed_tries + 1 };
                animation.push(part.at, part.replaces, shown.ms, &webp)?;
            }
            None => animation.prolong(shown.ms)?,
        }
        done += 1;
        if animation.len() > gif.len() * WORTH / 100 || budget.is_spent() {
            return None;
        }
        let spent = begun.saturating_sub(budget.left()).as_micros();
        if done == SAMPLE
            && (is_far_off(animation.len() as u128, frames, gif.len() as u128)
                || is_far_off(spent, frames, begun.as_micros()))
        {
            return None;
        }
    }
    animation.finish()
}

/// Whether all `frames` will take far more than `limit`, if the first [`SAMPLE`] of them took `sample`.
fn is_far_off(sample: u128, frames: u32, limit: u128) -> bool {
    sample * u128::from(frames) > limit * u128::from(SAMPLE * FAR_OFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_tells_what_all_frames_take() {
        // Of 100 frames, ten take 30: all take three times as much as there is.
        assert!(!is_far_off(30, 100, 100));
        assert!(is_far_off(31, 100, 100));
        assert!(!is_far_off(31, 96, 100));
    }
}
