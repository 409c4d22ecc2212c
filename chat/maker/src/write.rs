//! Writes the frames of a GIF. Each frame waits until its end is known, because a following frame that looks the same
//! only prolongs it.

use gif::{DisposalMethod, Encoder, Frame, Repeat};

use crate::palette::Palette;
use crate::pixel::Size;

/// A part of the canvas. `right` and `bottom` are the first column and row after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rect {
    pub left: usize,
    pub top: usize,
    pub right: usize,
    pub bottom: usize,
}

impl Rect {
    /// The smallest rectangle that has all pixels for which `is_in` is true. `None` if there are none.
    pub fn around(size: Size, is_in: impl Fn(usize) -> bool) -> Option<Self> {
        let mut found: Option<Self> = None;
        for y in 0..size.height {
            let row = y * size.width;
            let Some(left) = (0..size.width).find(|x| is_in(row + x)) else { continue };
            let right = (0..size.width).rfind(|x| is_in(row + x)).unwrap_or(left) + 1;
            let row = Self { left, top: y, right, bottom: y + 1 };
            found = Some(found.map_or(row, |found| found.with(row)));
        }
        found
    }

    pub fn area(self) -> usize {
        (self.right - self.left) * (self.bottom - self.top)
    }

    /// The places of its pixels on a canvas that is `width` pixels wide.
    pub fn pixels(self, width: usize) -> impl Iterator<Item = usize> {
        (self.top..self.bottom).flat_map(move |y| y * width + self.left..y * width + self.right)
    }

    /// The smallest rectangle with both of them.
    pub fn with(self, other: Self) -> Self {
        Self {
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }
}

/// A frame as it is written.
pub(crate) struct Painted {
    pub rect: Rect,
    /// One for each pixel of `rect`.
    pub indices: Vec<u8>,
    /// The canvas is cleared in `rect` once the frame ends.
    pub clears: bool,
    /// Hundredths of a second from the start.
    pub until: u32,
    /// The index of transparent pixels.
    pub transparent: u8,
    /// The colours, if they are others than those of the first frame.
    pub table: Option<Vec<u8>>,
}

pub(crate) struct Writer {
    encoder: Encoder<Vec<u8>>,
    waiting: Option<Painted>,
    /// When the waiting frame starts.
    start: u32,
    pub frames: usize,
}

impl Writer {
    /// The palette is that of the first frame.
    pub fn new(size: Size, palette: &Palette) -> Result<Self, gif::EncodingError> {
        let encoder = Encoder::new(Vec::new(), size.width as u16, size.height as u16, &palette.table())?;
        Ok(Self { encoder, waiting: None, start: 0, frames: 0 })
    }

    /// The number of bytes up to now.
    pub fn bytes(&self) -> usize {
        self.encoder.get_ref().len()
    }

    /// Prolongs the waiting frame until then.
    pub fn extend(&mut self, until: u32) {
        if let Some(waiting) = &mut self.waiting {
            waiting.until = until;
        }
    }

    pub fn write(&mut self, painted: Painted) -> Result<(), gif::EncodingError> {
        if let Some(before) = self.waiting.replace(painted) {
            // A GIF of one frame needs no loop extension.
            if self.frames == 0 {
                self.encoder.set_repeat(Repeat::Infinite)?;
            }
            self.flush(before)?;
        }
        Ok(())
    }

    fn flush(&mut self, painted: Painted) -> Result<(), gif::EncodingError> {
        let Painted { rect, indices, clears, until, transparent, table } = painted;
        self.encoder.write_frame(&Frame {
            delay: until.saturating_sub(self.start).min(u16::MAX.into()) as u16,
            dispose: if clears { DisposalMethod::Background } else { DisposalMethod::Keep },
            transparent: Some(transparent),
            palette: table,
            left: rect.left as u16,
            top: rect.top as u16,
            width: (rect.right - rect.left) as u16,
            height: (rect.bottom - rect.top) as u16,
            buffer: indices.into(),
            ..Frame::default()
        })?;
        self.start = until;
        self.frames += 1;
        Ok(())
    }

    /// The bytes, and the number of frames.
    pub fn finish(mut self) -> Result<(Vec<u8>, usize), gif::EncodingError> {
        if let Some(last) = self.waiting.take() {
            self.flush(last)?;
        }
        let frames = self.frames;
        Ok((self.encoder.into_inner()?, frames))
    }
}
