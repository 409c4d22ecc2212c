//! Composes the frames of an animation from the parts that the file holds.

use std::ops::Range;

use super::{DecodeError, Frame, Limits, checked};
use crate::pixel::{CLEAR, Pixel, Size};

/// Where a frame is. It may reach beyond the canvas.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub left: usize,
    pub top: usize,
    pub size: Size,
}

/// What a frame leaves behind.
pub(super) enum Leave {
    Itself,
    Nothing,
    /// What was there before it.
    Before,
}

pub(super) struct Canvas {
    size: Size,
    pixels: Vec<Pixel>,
}

impl Canvas {
    pub fn new(width: usize, height: usize, limits: &Limits) -> Result<Self, DecodeError> {
        let area = checked(width, height, limits)?;
        Ok(Self { size: Size { width, height }, pixels: vec![CLEAR; area] })
    }

    /// Draws a frame, passes the canvas to `take`, and then applies what the frame leaves behind. `pixel` is called for
    /// each pixel of the frame that is on the canvas, with its row, its column and what is there. Returns whether
    /// `take` wants more frames.
    pub fn show(
        &mut self,
        place: Place,
        leave: &Leave,
        millis: u32,
        pixel: impl Fn(usize, usize, Pixel) -> Pixel,
        take: &mut impl FnMut(Frame<'_>) -> bool,
    ) -> bool {
        let rows = self.rows(place);
        let before = match leave {
            Leave::Before => rows.iter().cloned().filter_map(|row| self.pixels.get(row)).flatten().copied().collect(),
            _ => Vec::new(),
        };
        for (y, row) in rows.iter().cloned().enumerate() {
            for (x, there) in self.pixels.get_mut(row).unwrap_or_default().iter_mut().enumerate() {
                *there = pixel(y, x, *there);
            }
        }
        let Size { width, height } = self.size;
        let goes_on = take(Frame { rgba: self.pixels.as_flattened(), width, height, millis });
        let mut before = before.into_iter();
        for there in rows.into_iter().flatten() {
            let Some(there) = self.pixels.get_mut(there) else { continue };
            match leave {
                Leave::Itself => {}
                Leave::Nothing => *there = CLEAR,
                Leave::Before => *there = before.next().unwrap_or(CLEAR),
            }
        }
        goes_on
    }

    /// Where the rows of a frame are, as far as they are on the canvas.
    fn rows(&self, place: Place) -> Vec<Range<usize>> {
        let Size { width, height } = self.size;
        let right = place.left.saturating_add(place.size.width).min(width);
        let bottom = place.top.saturating_add(place.size.height).min(height);
        let left = place.left.min(right);
        (place.top..bottom).map(|y| y * width + left..y * width + right).collect()
    }
}
