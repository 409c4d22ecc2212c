//! Makes pictures smaller.

use std::borrow::Cow;

use resize::Pixel::RGBA8P;
use resize::Type::Triangle;
use rgb::{FromSlice, RGBA8};

use crate::pixel::{CLEAR, Pixel, Size};

pub(crate) struct Resizer {
    to: Size,
    /// `None` if pictures have the right size already.
    resizer: Option<resize::Resizer<resize::formats::RgbaPremultiply<u8, u8>>>,
}

impl Resizer {
    pub fn new(from: Size, to: Size) -> Self {
        let resizer = (from != to)
            .then(|| resize::new(from.width, from.height, to.width, to.height, RGBA8P, Triangle).ok())
            .flatten();
        Self { to, resizer }
    }

    pub fn fit<'a>(&mut self, pixels: &'a [Pixel]) -> Cow<'a, [Pixel]> {
        let Some(resizer) = &mut self.resizer else { return Cow::Borrowed(pixels) };
        let mut small = vec![RGBA8::default(); self.to.area()];
        if resizer.resize(pixels.as_flattened().as_rgba(), &mut small).is_err() {
            // This fails only for pictures of another size, and there are none.
            small.fill(RGBA8::default());
        }
        let binary = |pixel: &RGBA8| if pixel.a < 128 { CLEAR } else { [pixel.r, pixel.g, pixel.b, 255] };
        Cow::Owned(small.iter().map(binary).collect())
    }
}
