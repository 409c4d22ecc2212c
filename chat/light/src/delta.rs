//! What has to be drawn to get from one frame to the next.

use crate::canvas::{CLEAR, Pixel, Rect, Size};

/// The side of a block, in pixels. A block is drawn whole or not at all. It must be even, because frames of a WebP
/// begin at even places.
const BLOCK: usize = 8;
/// How far a channel may be from what is drawn before its block is drawn again. At its quality, the encoder is no more
/// exact.
const NEAR: u8 = 6;
/// At least one block in this many must be left out. Otherwise the alpha channel that says which is not worth its
/// bytes.
const WORTH: usize = 4;

/// What a viewer has drawn so far, had the encoder lost nothing.
///
/// Frames are compared with this and not with the frame before, because many small steps would otherwise never be
/// drawn.
pub(crate) struct Drawn {
    size: Size,
    /// It is empty before the first frame.
    pixels: Vec<Pixel>,
}

/// What is drawn next.
pub(crate) struct Patch {
    pub at: Rect,
    pub pixels: Vec<Pixel>,
    /// The pixels replace what is there, even where they are clear. Otherwise they are drawn over it, and clear pixels
    /// have the colours of what is there.
    pub replaces: bool,
}

impl Drawn {
    /// Nothing is drawn yet.
    pub fn new(size: Size) -> Self {
        Self { size, pixels: Vec::new() }
    }

    /// What has to be drawn so that `next` is seen; `None` if nothing has to be. `next` has as many pixels as the size
    /// says.
    pub fn update(&mut self, next: &[Pixel]) -> Option<Patch> {
        if self.pixels.is_empty() {
            self.pixels.extend_from_slice(next);
            return Some(Patch { at: self.size.all(), pixels: next.to_vec(), replaces: true });
        }
        let changed = self.changed(next);
        let at = changed.iter().copied().fold(Rect::default(), Rect::with);
        if at.is_empty() {
            return None;
        }
        let blocks = at.size().width.div_ceil(BLOCK) * at.size().height.div_ceil(BLOCK);
        let is_opaque = rows(next, at, self.size.width).all(|row| row.iter().all(|pixel| is_opaque(*pixel)));
        let leaves_few = (blocks - changed.len()) * WORTH < blocks;
        // Where something vanishes, or a changed pixel is not opaque, the part cannot be drawn over what is there.
        let vanishes = changed.iter().any(|block| self.vanishes(next, *block));
        let replaces = vanishes || is_opaque && leaves_few;
        let pixels = if replaces { self.draw(next, at) } else { self.draw_over(next, &changed, at) };
        Some(Patch { at, pixels, replaces })
    }

    /// The blocks that are no longer as they were drawn.
    fn changed(&self, next: &[Pixel]) -> Vec<Rect> {
        let Size { width, height } = self.size;
        let lefts = move |top| (0..width).step_by(BLOCK).map(move |left| (left, top));
        (0..height)
            .step_by(BLOCK)
            .flat_map(lefts)
            .map(|(left, top)| Rect { left, top, right: (left + BLOCK).min(width), bottom: (top + BLOCK).min(height) })
            .filter(|block| self.pairs(next, *block).any(|(drawn, next)| !is_near(drawn, next)))
            .collect()
    }

    fn vanishes(&self, next: &[Pixel], block: Rect) -> bool {
        self.pairs(next, block).any(|(drawn, next)| !is_opaque(next) && !is_near(drawn, next))
    }

    fn pairs(&self, next: &[Pixel], part: Rect) -> impl Iterator<Item = (Pixel, Pixel)> {
        let width = self.size.width;
        let pairs = rows(&self.pixels, part, width).zip(rows(next, part, width));
        pairs.flat_map(|(drawn, next)| drawn.iter().copied().zip(next.iter().copied()))
    }

    /// Draws all of a part.
    fn draw(&mut self, next: &[Pixel], at: Rect) -> Vec<Pixel> {
        let mut pixels = Vec::with_capacity(at.size().area());
        for row in at.rows(self.size.width) {
            let next = next.get(row.clone()).unwrap_or_default();
            pixels.extend_from_slice(next);
            for (drawn, next) in self.pixels.get_mut(row).unwrap_or_default().iter_mut().zip(next) {
                *drawn = *next;
            }
        }
        pixels
    }

    /// Draws some blocks of a part, and leaves the rest of it clear. Pixels of these blocks that are not opaque have
    /// not changed. They are left clear, too, because they would become darker if they were drawn twice.
    fn draw_over(&mut self, next: &[Pixel], blocks: &[Rect], at: Rect) -> Vec<Pixel> {
        let (mut pixels, width) = (vec![CLEAR; at.size().area()], at.size().width);
        for block in blocks {
            let inside = Rect {
                left: block.left - at.left,
                top: block.top - at.top,
                right: block.right - at.left,
                bottom: block.bottom - at.top,
            };
            for (row, to) in block.rows(self.size.width).zip(inside.rows(width)) {
                let next = next.get(row.clone()).unwrap_or_default();
                let drawn = self.pixels.get_mut(row).unwrap_or_default();
                let to = pixels.get_mut(to).unwrap_or_default();
                for ((to, drawn), next) in to.iter_mut().zip(drawn).zip(next) {
                    if is_opaque(*next) {
                        (*to, *drawn) = (*next, *next);
                    }
                }
            }
        }
        self.colour_clear(&mut pixels, at);
        pixels
    }

    /// Gives the clear pixels of a part a colour that nobody sees: that of what lies below. The encoder smooths the
    /// edges between blocks, so if clear pixels were black, every block that is drawn would get a dark line around it.
    fn colour_clear(&self, pixels: &mut [Pixel], at: Rect) {
        let size = at.size();
        let mut colour = None;
        for (top, below) in (0..size.height).step_by(BLOCK).zip((at.top..).step_by(BLOCK)) {
            for (left, beside) in (0..size.width).step_by(BLOCK).zip((at.left..).step_by(BLOCK)) {
                let (right, bottom) = ((left + BLOCK).min(size.width), (top + BLOCK).min(size.height));
                let block = Rect { left, top, right, bottom };
                // A block that is clear as a whole gets a single colour, which takes hardly any bytes. Away from pixels
                // that are drawn the colour does not matter, so it is that of the block before.
                let around = Rect {
                    left: left.saturating_sub(1),
                    top: top.saturating_sub(1),
                    right: (right + 1).min(size.width),
                    bottom: (bottom + 1).min(size.height),
                };
                let touches = rows(pixels, around, size.width).flatten().any(|pixel| is_opaque(*pixel));
                if touches || colour.is_none() {
                    let there = Rect {
                        left: beside,
                        top: below,
                        right: beside + (right - left),
                        bottom: below + (bottom - top),
                    };
                    colour = mean(rows(&self.pixels, there, self.size.width).flatten()).or(colour);
                }
                let [red, green, blue] = colour.unwrap_or_default();
                for row in block.rows(size.width) {
                    let clear = pixels.get_mut(row).unwrap_or_default().iter_mut().filter(|pixel| pixel[3] == 0);
                    clear.for_each(|pixel| *pixel = [red, green, blue, 0]);
                }
            }
        }
    }
}

/// The mean colour of the opaque ones of these pixels, if there are any.
fn mean<'a>(pixels: impl Iterator<Item = &'a Pixel>) -> Option<[u8; 3]> {
    let (mut sums, mut count) = ([0_u32; 3], 0_u32);
    for pixel in pixels.filter(|pixel| is_opaque(**pixel)) {
        sums.iter_mut().zip(pixel).for_each(|(sum, channel)| *sum += u32::from(*channel));
        count += 1;
    }
    (count > 0).then(|| sums.map(|sum| u8::try_from(sum / count).unwrap_or(u8::MAX)))
}

fn rows(pixels: &[Pixel], part: Rect, width: usize) -> impl Iterator<Item = &[Pixel]> {
    part.rows(width).map(|row| pixels.get(row).unwrap_or_default())
}

fn is_opaque(pixel: Pixel) -> bool {
    pixel[3] == u8::MAX
}

fn is_near(a: Pixel, b: Pixel) -> bool {
    a.into_iter().zip(b).all(|(a, b)| a.abs_diff(b) <= NEAR) || (a[3] == 0 && b[3] == 0)
}
