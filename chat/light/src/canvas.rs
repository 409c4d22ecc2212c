//! Composes the frames of a GIF as browsers show them.

use std::ops::Range;

use gif::{DecodeOptions, Decoder, DisposalMethod, Frame, MemoryLimit, Repeat};

use crate::Failed;

/// Red, green, blue and alpha. The alpha of a GIF's pixel is 0 or 255. Where it is 0, the colours are 0, too, so
/// colours count as premultiplied unchanged.
pub(crate) type Pixel = [u8; 4];

/// A pixel that shows nothing.
pub(crate) const CLEAR: Pixel = [0; 4];

/// A width and height in pixels, each at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Size {
    pub width: usize,
    pub height: usize,
}

impl Size {
    pub fn area(self) -> usize {
        self.width * self.height
    }

    pub fn all(self) -> Rect {
        Rect { left: 0, top: 0, right: self.width, bottom: self.height }
    }
}

/// A part of a canvas. It is empty unless `left` is before `right`, and `top` before `bottom`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Rect {
    pub left: usize,
    pub top: usize,
    pub right: usize,
    pub bottom: usize,
}

impl Rect {
    pub fn is_empty(self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }

    pub fn size(self) -> Size {
        Size { width: self.right.saturating_sub(self.left), height: self.bottom.saturating_sub(self.top) }
    }

    /// The smallest rectangle with both of them.
    pub fn with(self, other: Self) -> Self {
        match (self.is_empty(), other.is_empty()) {
            (true, _) => other,
            (_, true) => self,
            _ => Self {
                left: self.left.min(other.left),
                top: self.top.min(other.top),
                right: self.right.max(other.right),
                bottom: self.bottom.max(other.bottom),
            },
        }
    }

    /// The places of its rows in a canvas that is `width` pixels wide.
    pub fn rows(self, width: usize) -> impl Iterator<Item = Range<usize>> {
        let right = self.right.max(self.left);
        (self.top..self.bottom).map(move |y| y * width + self.left..y * width + right)
    }
}

/// What is known of the frame that a canvas holds.
pub(crate) struct ShownFrame {
    /// The part of the canvas that may differ from the frame before.
    pub changed: Rect,
    /// Milliseconds, as browsers show it.
    pub ms: u32,
}

/// A GIF that plays once. The memory it takes does not depend on the number of frames.
pub(crate) struct Canvas<'a> {
    decoder: Decoder<&'a [u8]>,
    max_area: u64,
    size: Size,
    pixels: Vec<Pixel>,
    /// The colour indices of the frame that is being drawn.
    indices: Vec<u8>,
    /// What is done to the canvas before the next frame is drawn.
    leave: Leave,
    /// What `Leave::Restore` brings back, row by row.
    before: Vec<Pixel>,
}

/// What a frame leaves behind when its time is over.
#[derive(Clone, Copy)]
enum Leave {
    Itself,
    Nothing(Rect),
    /// What was there before it.
    Restore(Rect),
}

impl<'a> Canvas<'a> {
    /// Reads up to the first frame. Fails if the canvas has more than `max_area` pixels; [`Canvas::next`] fails if a
    /// frame has more.
    pub fn open(gif: &'a [u8], max_area: u64) -> Result<Self, Failed> {
        let mut options = DecodeOptions::new();
        // Frames are decoded into our own memory, so this limit is only for what the decoder keeps beside them.
        options.set_memory_limit(MemoryLimit::Bytes(std::num::NonZeroU64::MIN.saturating_add(1 << 24)));
        let decoder = options.read_info(gif)?;
        let size = checked(decoder.width(), decoder.height(), max_area)?;
        let pixels = vec![CLEAR; size.area()];
        let (indices, leave, before) = (Vec::new(), Leave::Itself, Vec::new());
        Ok(Self { decoder, max_area, size, pixels, indices, leave, before })
    }

    pub fn size(&self) -> Size {
        self.size
    }

    /// The frame that is shown, row by row.
    pub fn pixels(&self) -> &[Pixel] {
        &self.pixels
    }

    /// How often it plays, as browsers play it: once if the file says nothing, and else once more than it says. `None`
    /// is for ever.
    pub fn loops(&self) -> Option<u32> {
        match self.decoder.repeat() {
            Repeat::Infinite => None,
            Repeat::Finite(more) => Some(u32::from(more) + 1),
        }
    }

    /// Draws the next frame, if there is one.
    pub fn next(&mut self) -> Result<Option<ShownFrame>, Failed> {
        let Some(frame) = self.decoder.next_frame_info()? else { return Ok(None) };
        let &Frame { delay, dispose, left, top, transparent, interlaced, .. } = frame;
        let area = checked(frame.width, frame.height, self.max_area)?;
        // Frames may reach beyond the canvas, or lie outside it.
        let visible = |at: u16, side: usize, limit: usize| (usize::from(at) + side).min(limit);
        let rect = Rect {
            left: left.into(),
            top: top.into(),
            right: visible(left, area.width, self.size.width),
            bottom: visible(top, area.height, self.size.height),
        };
        self.indices.clear();
        self.indices.resize(area.area(), 0);
        // Interlaced rows are put in order below. If the decoder (0.14) does that, it takes some interlaced frames for
        // too short.
        if !self.decoder.fill_buffer(&mut self.indices)? {
            return Err(Failed::Broken);
        }
        let table = table(self.decoder.palette()?, transparent);
        let left_behind = self.leave();
        self.leave = match dispose {
            DisposalMethod::Any | DisposalMethod::Keep => Leave::Itself,
            DisposalMethod::Background => Leave::Nothing(rect),
            DisposalMethod::Previous => {
                self.before.clear();
                for row in rect.rows(self.size.width) {
                    self.before.extend_from_slice(self.pixels.get(row).unwrap_or_default());
                }
                Leave::Restore(rect)
            }
        };
        for (row, y) in rect.rows(self.size.width).zip(0..) {
            let start = if interlaced { place_of_row(y, area.height) } else { y } * area.width;
            let indices = self.indices.get(start..start + area.width).unwrap_or_default();
            for (pixel, &index) in self.pixels.get_mut(row).unwrap_or_default().iter_mut().zip(indices) {
                if let Some(colour) = table[usize::from(index)] {
                    *pixel = colour;
                }
            }
        }
        // Browsers take a delay below 2/100 s for a mistake and use 10/100 s instead.
        let ms = u32::from(if delay < 2 { 10 } else { delay }) * 10;
        Ok(Some(ShownFrame { changed: left_behind.with(rect), ms }))
    }

    /// Applies what the frame before leaves behind, and returns the part of the canvas that this may change.
    fn leave(&mut self) -> Rect {
        match self.leave {
            Leave::Itself => Rect::default(),
            Leave::Nothing(rect) => {
                for row in rect.rows(self.size.width) {
                    self.pixels.get_mut(row).unwrap_or_default().fill(CLEAR);
                }
                rect
            }
            Leave::Restore(rect) => {
                let width = rect.size().width.max(1);
                for (row, before) in rect.rows(self.size.width).zip(self.before.chunks_exact(width)) {
                    self.pixels.get_mut(row).unwrap_or_default().copy_from_slice(before);
                }
                rect
            }
        }
    }
}

/// The place of row `y` in the data of an interlaced frame, which has the rows of four passes one after the other: rows
/// 0, 8, 16…, then 4, 12, 20…, then 2, 6, 10…, then all odd rows.
fn place_of_row(y: usize, height: usize) -> usize {
    let rows = |first: usize, step: usize| height.saturating_sub(first).div_ceil(step);
    match y % 8 {
        0 => y / 8,
        4 => rows(0, 8) + y / 8,
        2 | 6 => rows(0, 4) + y / 4,
        _ => rows(0, 2) + y / 2,
    }
}

fn checked(width: u16, height: u16, max_area: u64) -> Result<Size, Failed> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Failed::Broken),
        area if area > max_area => Err(Failed::TooLarge),
        _ => Ok(Size { width: width.into(), height: height.into() }),
    }
}

/// The colour of each index; `None` leaves what is there. Colours that the table lacks are black, as in browsers.
fn table(palette: &[u8], transparent: Option<u8>) -> [Option<Pixel>; 256] {
    let mut table = [Some([0, 0, 0, 255]); 256];
    for (entry, colour) in table.iter_mut().zip(palette.as_chunks::<3>().0) {
        let &[red, green, blue] = colour;
        *entry = Some([red, green, blue, 255]);
    }
    if let Some(transparent) = transparent {
        table[usize::from(transparent)] = None;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_where_the_passes_put_them() {
        for height in 1..40 {
            let passes = [(0, 8), (4, 8), (2, 4), (1, 2)];
            let order = passes.into_iter().flat_map(|(first, step)| (first..height).step_by(step));
            for (place, row) in order.enumerate() {
                assert_eq!(place_of_row(row, height), place, "row {row} of {height}");
            }
        }
    }
}
