//! Encodes pixels as a WebP.

use webp::{Encoder, WebPConfig};

use crate::canvas::{CLEAR, Pixel, Size};

/// How to encode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// From 0 to 100.
    pub quality: u8,
    /// The quality of the alpha, from 0 to 100. 100 is lossless.
    pub alpha: u8,
    /// Whether clear pixels keep their colours, which the encoder otherwise chooses.
    pub keeps_clear: bool,
    /// Whether to try lossless encoding, too, if there are few colours. It often halves the bytes of text and drawings.
    pub tries_lossless: bool,
}

/// An encoded picture: the smallest one of those that were tried.
pub(crate) struct Encoded {
    pub webp: Vec<u8>,
    pub is_lossless: bool,
}

/// libwebp's default method, from 0 (fast) to 6 (small). Method 2 takes half the time for 9 % more bytes, and method 6
/// two to twenty times as long for 4 % less.
const METHOD: i32 = 4;
/// Pictures with more colours than these are never smaller without loss.
const FEW: usize = 256;
/// The method for lossless pictures. Higher methods take twice the time for 1 % fewer bytes.
const LOSSLESS_METHOD: i32 = 1;
/// The effort for a lossless picture, from 0 to 100. libwebp takes it in place of the quality.
const LOSSLESS_WORK: f32 = 30.0;

/// Encodes pixels that are not premultiplied, row by row. `None` if their number is not that of `size`, or if there is
/// no memory.
pub(crate) fn encode(pixels: &[Pixel], size: Size, effort: Effort) -> Option<Encoded> {
    // The encoder panics if there are too few pixels.
    if pixels.len() != size.area() {
        return None;
    }
    let (width, height) = (size.width.try_into().ok()?, size.height.try_into().ok()?);
    let encoder = Encoder::from_rgba(pixels.as_flattened(), width, height);
    let mut config = WebPConfig::new().ok()?;
    config.quality = effort.quality.into();
    config.alpha_quality = effort.alpha.into();
    config.method = METHOD;
    config.exact = effort.keeps_clear.into();
    let lossy = encoder.encode_advanced(&config).ok()?;
    if effort.tries_lossless && has_few_colours(pixels) {
        (config.lossless, config.quality, config.method) = (1, LOSSLESS_WORK, LOSSLESS_METHOD);
        config.exact = 0;
        let lossless = encoder.encode_advanced(&config).ok()?;
        if lossless.len() < lossy.len() {
            return Some(Encoded { webp: lossless.to_vec(), is_lossless: true });
        }
    }
    Some(Encoded { webp: lossy.to_vec(), is_lossless: false })
}

fn has_few_colours(pixels: &[Pixel]) -> bool {
    let (mut colours, mut last) = (Vec::with_capacity(FEW), None);
    for pixel in pixels {
        // Most pixels have the colour of their neighbour. All clear pixels count as one colour.
        let pixel = if pixel[3] == 0 { &CLEAR } else { pixel };
        if last != Some(pixel)
            && let Err(place) = colours.binary_search(pixel)
        {
            if colours.len() == FEW {
                return false;
            }
            colours.insert(place, *pixel);
        }
        last = Some(pixel);
    }
    true
}
