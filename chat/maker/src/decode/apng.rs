//! Reads PNGs, animated or not. The crate `png` decodes the frames, which are composed here as browsers compose them.

use std::io::Cursor;

use png::{BlendOp, Decoder, DisposeOp, FrameControl, Transformations};

use super::canvas::{Canvas, Leave, Place};
use super::{DecodeError, Frame, Limits, as_shown};
use crate::pixel::{Pixel, Size};

#[cfg(test)]
mod tests;

impl From<png::DecodingError> for DecodeError {
    fn from(error: png::DecodingError) -> Self {
        match error {
            png::DecodingError::LimitsExceeded => Self::TooBig,
            _ => Self::NotAnImage,
        }
    }
}

pub(super) fn decode(
    bytes: &[u8],
    limits: &Limits,
    take: &mut impl FnMut(Frame<'_>) -> bool,
) -> Result<(), DecodeError> {
    // The decoder's own limit (64 MiB) is for what it keeps beside the frames, which are decoded into our own memory.
    let mut decoder = Decoder::new(Cursor::new(bytes));
    // With these, each pixel has eight bits of grey and of alpha, or of red, green, blue and alpha.
    decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info()?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    let mut canvas = Canvas::new(width, height, limits)?;
    let frames = reader.info().animation_control().map(|control| control.num_frames);
    // The picture for viewers that know no animations is a frame only if a chunk `fcTL` before it says so.
    if frames.is_some() && reader.info().frame_control().is_none() {
        reader.next_frame_info()?;
    }
    // The decoder (0.18) panics if the last colour of the palette is cut off.
    if reader.info().palette.as_ref().is_some_and(|palette| palette.len() % 3 != 0) {
        return Err(DecodeError::NotAnImage);
    }
    let mut buffer = vec![0; reader.output_buffer_size().ok_or(DecodeError::TooBig)?];
    for _ in 0..frames.unwrap_or(1) {
        let decoded = reader.next_frame(&mut buffer)?;
        let info = reader.info();
        let control = frames.and(info.frame_control());
        let samples = decoded.color_type.samples();
        // Rows of an interlaced frame are as far apart as those of the whole picture.
        let stride = if info.interlaced { width * samples } else { decoded.line_size };
        let over = control.is_some_and(|control| control.blend_op == BlendOp::Over);
        let pixel = |y: usize, x: usize, there: Pixel| {
            let at = y * stride + x * samples;
            let new = match buffer.get(at..at + samples) {
                Some(&[red, green, blue, alpha]) => [red, green, blue, alpha],
                Some(&[grey, alpha]) => [grey, grey, grey, alpha],
                _ => there,
            };
            if over { blended(new, there) } else { new }
        };
        let size = Size { width: decoded.width as usize, height: decoded.height as usize };
        let (left, top) = control.map_or((0, 0), |control| (control.x_offset as usize, control.y_offset as usize));
        let leave = control.map_or(Leave::Itself, |control| match control.dispose_op {
            DisposeOp::None => Leave::Itself,
            DisposeOp::Background => Leave::Nothing,
            DisposeOp::Previous => Leave::Before,
        });
        if !canvas.show(Place { left, top, size }, &leave, control.map_or(0, time), pixel, take) {
            break;
        }
    }
    Ok(())
}

/// How long a frame is shown, in milliseconds. A denominator of 0 stands for 100.
fn time(control: &FrameControl) -> u32 {
    let denominator = if control.delay_den == 0 { 100 } else { u32::from(control.delay_den) };
    as_shown((u32::from(control.delay_num) * 1000 + denominator / 2) / denominator)
}

/// What is seen of a pixel that is drawn over another one.
fn blended(new: Pixel, there: Pixel) -> Pixel {
    let [alpha, below] = [u32::from(new[3]), u32::from(there[3])];
    if alpha == 255 || below == 0 {
        return new;
    }
    // The weights of both pixels, and their sum, which is 255 times the new alpha. It is not 0, because `below` is not.
    let (above, kept) = (alpha * 255, below * (255 - alpha));
    let sum = above + kept;
    let mut pixel = there;
    for (colour, new) in pixel.iter_mut().zip(new).take(3) {
        *colour = ((u32::from(new) * above + u32::from(*colour) * kept + sum / 2) / sum) as u8;
    }
    pixel[3] = ((sum + 127) / 255) as u8;
    pixel
}
