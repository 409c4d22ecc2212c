//! Finds the pixels that have to be painted anew from one frame to the next.

use crate::pixel::{CLEAR, Pixel, Size};

/// How much a pixel on screen may differ from what it should be, as a mean of the channels by the eye's weights. With
/// 0, only equal pixels are kept.
///
/// Differences are summed over nine pixels. So the noise of a camera alone decides nothing, and painted pixels lie
/// together, which takes fewer bytes than scattered ones.
pub(crate) type Tolerance = i32;

/// A single pixel may differ by this many times the tolerance and no more, because a fine line counts for little in the
/// sum of nine pixels.
const PIXEL: i32 = 4;

/// Nine pixels together may be too light or too dark by this fraction of the tolerance (2/3): noise hardly changes the
/// mean, but a shadow does.
const LIGHTNESS: (i16, i16) = (2, 3);

/// A pixel counts as unchanged as long as it differs by at most this many times the tolerance.
const STEADY: i32 = 2;

/// The eye's weights, whose sum is `WEIGHT`.
const WEIGHTS: [i32; 3] = [2, 4, 1];
pub(crate) const WEIGHT: i32 = 7;

pub(crate) struct Changes {
    size: Size,
    tolerance: Tolerance,
    /// The difference of each pixel: its size, and by how much the pixel on screen is too dark.
    differences: Vec<[i16; 2]>,
    /// The sums over three pixels of a row.
    sums: Vec<[i16; 2]>,
    changed: Vec<bool>,
}

impl Changes {
    pub fn new(size: Size, tolerance: Tolerance) -> Self {
        let area = size.area();
        let (differences, sums) = (vec![[0; 2]; area], vec![[0; 2]; area]);
        Self { size, tolerance, differences, sums, changed: vec![false; area] }
    }

    /// Says for each pixel of `next` whether it has to be painted over `seen`, which is on screen.
    pub fn find(&mut self, seen: &[Pixel], next: &[Pixel]) -> &[bool] {
        let pixels = seen.iter().zip(next);
        for ((difference, changed), (&seen, &next)) in self.differences.iter_mut().zip(&mut self.changed).zip(pixels) {
            *difference = [0; 2];
            *changed = match (seen, next) {
                // A pixel that becomes transparent was cleared already.
                (_, CLEAR) => false,
                (CLEAR, _) => true,
                _ => {
                    let by = |i: usize| (i32::from(next[i]) - i32::from(seen[i])) * WEIGHTS[i];
                    let (red, green, blue) = (by(0), by(1), by(2));
                    let size = red.abs() + green.abs() + blue.abs();
                    *difference = [size as i16, (red + green + blue) as i16];
                    size > WEIGHT * PIXEL * self.tolerance
                }
            };
        }
        if self.tolerance > 0 {
            self.find_nine(seen, next);
        }
        &self.changed
    }

    fn find_nine(&mut self, seen: &[Pixel], next: &[Pixel]) {
        let Size { width, height } = self.size;
        for (sums, row) in self.sums.chunks_exact_mut(width).zip(self.differences.chunks_exact(width)) {
            for (x, sum) in sums.iter_mut().enumerate() {
                // The edges count twice.
                *sum = added(row[x.saturating_sub(1)], row[x], row[(x + 1).min(width - 1)]);
            }
        }
        let most = (9 * WEIGHT * self.tolerance) as i16;
        for y in 0..height {
            let row = |y: usize| &self.sums[y * width..(y + 1) * width];
            let rows = row(y.saturating_sub(1)).iter().zip(row(y)).zip(row((y + 1).min(height - 1)));
            let at = y * width..(y + 1) * width;
            let pixels = seen[at.clone()].iter().zip(&next[at.clone()]);
            for ((changed, ((above, here), below)), (seen, next)) in self.changed[at].iter_mut().zip(rows).zip(pixels) {
                let [size, lightness] = added(*above, *here, *below);
                let is_different = size > most || lightness.abs() > most / LIGHTNESS.1 * LIGHTNESS.0;
                *changed |= is_different && seen != next && *next != CLEAR;
            }
        }
    }
}

/// The sum of nine differences is at most 9 × 7 × 255, which fits in 16 bits.
fn added(a: [i16; 2], b: [i16; 2], c: [i16; 2]) -> [i16; 2] {
    [a[0] + b[0] + c[0], a[1] + b[1] + c[1]]
}

/// The mean of a pixel over the frames in which it stays near its value in the first one: its colour without noise.
pub(crate) fn steady(mut frames: impl Iterator<Item = Pixel>, tolerance: Tolerance) -> Pixel {
    let Some(first) = frames.next() else { return CLEAR };
    let (mut sum, mut count) = (first.map(i32::from), 1);
    for pixel in frames {
        if difference(pixel, first) > WEIGHT * STEADY * tolerance {
            break;
        }
        count += 1;
        for (sum, channel) in sum.iter_mut().zip(pixel) {
            *sum += i32::from(channel);
        }
    }
    sum.map(|sum| ((sum + count / 2) / count) as u8)
}

/// How different two pixels look, in `WEIGHT`ths of a step of all channels.
pub(crate) fn difference(one: Pixel, other: Pixel) -> i32 {
    if one[3] != other[3] {
        return i32::MAX;
    }
    (0..3).map(|i| (i32::from(one[i]) - i32::from(other[i])).abs() * WEIGHTS[i]).sum()
}
