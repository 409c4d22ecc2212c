//! Finds what has to be painted anew from one frame to the next.

use crate::film::{CLEAR, Pixel, Size};

/// How different a pixel may be from the one that is shown: as a mean of the channels, by the eye's weights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tolerance {
    /// For each pixel.
    pub pixel: i32,
    /// For the mean of nine pixels. It is smaller than the other: the noise of a sensor has no mean, but a shadow has.
    pub mean: i32,
}

/// Says for each pixel of `next` whether it has to be painted where `shown` is seen.
pub(crate) struct Changes {
    size: Size,
    /// The differences of lightness, and their sums over three pixels of a row.
    lightness: Vec<i16>,
    sums: Vec<i16>,
    pub changed: Vec<bool>,
}

impl Changes {
    pub fn new(size: Size) -> Self {
        let area = size.area();
        Self { size, lightness: vec![0; area], sums: vec![0; area], changed: vec![false; area] }
    }

    pub fn find(&mut self, shown: &[Pixel], next: &[Pixel], tolerance: Tolerance) {
        let pixels = shown.iter().zip(next);
        for ((lightness, changed), (&shown, &next)) in self.lightness.iter_mut().zip(&mut self.changed).zip(pixels) {
            *lightness = 0;
            *changed = match (shown, next) {
                // What becomes transparent was cleared already.
                (_, CLEAR) => false,
                (CLEAR, _) => true,
                _ if shown == next => false,
                _ => {
                    let [red, green, blue]: [i32; 3] =
                        std::array::from_fn(|i| i32::from(next[i]) - i32::from(shown[i]));
                    *lightness = (2 * red + 4 * green + blue) as i16;
                    2 * red.abs() + 4 * green.abs() + blue.abs() > 7 * tolerance.pixel
                }
            };
        }
        self.find_means(shown, next, tolerance);
    }

    fn find_means(&mut self, shown: &[Pixel], next: &[Pixel], tolerance: Tolerance) {
        let width = self.size.width;
        for (sums, row) in self.sums.chunks_exact_mut(width).zip(self.lightness.chunks_exact(width)) {
            let mut three = row.windows(3).map(|three| three[0] / 9 + three[1] / 9 + three[2] / 9);
            for sum in sums.iter_mut().skip(1) {
                *sum = three.next().unwrap_or(0);
            }
        }
        let most = (7 * tolerance.mean) as i16;
        let rows = self.size.height;
        for y in 1..rows.saturating_sub(1) {
            let at = y * width;
            let (above, below) = (at - width, at + width);
            for x in 0..width {
                let sum = self.sums[above + x] + self.sums[at + x] + self.sums[below + x];
                if sum.abs() > most && next[at + x] != CLEAR && shown[at + x] != next[at + x] {
                    self.changed[at + x] = true;
                }
            }
        }
    }
}
