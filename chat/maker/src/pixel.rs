//! Pixels, and how many a picture has.

/// Red, green, blue and alpha. The alpha is 0 or 255 as in GIFs, and where it is 0 so are the colours.
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

    /// The size that has this many percent of each side.
    pub fn scaled(self, percent: usize) -> Self {
        let side = |side: usize| ((side * percent + 50) / 100).max(1);
        Self { width: side(self.width), height: side(self.height) }
    }
}
