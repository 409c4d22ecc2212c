//! Reads WebP, animated or not. The crate `image-webp` composes the frames.

use std::io::Cursor;

use image_webp::WebPDecoder;

use super::{DecodeError, Frame, Limits, as_shown, checked};

impl From<image_webp::DecodingError> for DecodeError {
    fn from(_: image_webp::DecodingError) -> Self {
        Self::NotAnImage
    }
}

pub(super) fn decode(
    bytes: &[u8],
    limits: &Limits,
    take: &mut impl FnMut(Frame<'_>) -> bool,
) -> Result<(), DecodeError> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes))?;
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    let area = checked(width, height, limits)?;
    decoder.set_memory_limit(limits.most_area.saturating_mul(8));
    let mut buffer = vec![0; decoder.output_buffer_size().ok_or(DecodeError::TooBig)?];
    let mut rgba = vec![[0; 4]; area];
    let frames = if decoder.is_animated() { decoder.num_frames() } else { 1 };
    for _ in 0..frames {
        let millis = if decoder.is_animated() {
            as_shown(decoder.read_frame(&mut buffer)?)
        } else {
            decoder.read_image(&mut buffer)?;
            0
        };
        if decoder.has_alpha() {
            rgba.copy_from_slice(buffer.as_chunks::<4>().0.get(..area).ok_or(DecodeError::NotAnImage)?);
        } else {
            for (pixel, &[red, green, blue]) in rgba.iter_mut().zip(buffer.as_chunks::<3>().0) {
                *pixel = [red, green, blue, 255];
            }
        }
        if !take(Frame { rgba: rgba.as_flattened(), width, height, millis }) {
            break;
        }
    }
    Ok(())
}
