//! Encodes pixels as a lossy WebP.

use webp::{Encoder, WebPConfig};

use crate::canvas::{Pixel, Size};

/// How to encode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    /// From 0 to 100.
    pub quality: u8,
    /// The quality of the alpha, from 0 to 100, which is lossless.
    pub alpha: u8,
    /// From 0 (fast) to 6 (small).
    pub method: u8,
}

/// Encodes pixels that are not premultiplied, row by row. `None` if their number is not that of `size`, or if there is no
/// memory.
pub(crate) fn encode(pixels: &[Pixel], size: Size, effort: Effort) -> Option<Vec<u8>> {
    let mut config = WebPConfig::new().ok()?;
    config.quality = effort.quality.into();
    config.alpha_quality = effort.alpha.into();
    config.method = effort.method.into();
    // The encoder panics if there are too few pixels.
    if pixels.len() != size.area() {
        return None;
    }
    let (width, height) = (size.width.try_into().ok()?, size.height.try_into().ok()?);
    let webp = Encoder::from_rgba(pixels.as_flattened(), width, height).encode_advanced(&config).ok()?;
    Some(webp.to_vec())
}
