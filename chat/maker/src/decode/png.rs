//! PNGs, animated or not.

use std::io::Cursor;

use png::{BlendOp, ColorType, Decoder, DisposeOp, FrameControl, Transformations};

use super::canvas::{Canvas, Leave, Place};
use super::{DecodeError, Frame, Limits, as_shown};
use crate::film::{Pixel, Size};

impl From<png::DecodingError> for DecodeError {
    fn from(_: png::DecodingError) -> Self {
        Self::NotAnImage
    }
}

pub(super) fn decode(
    bytes: &[u8],
    limits: &Limits,
    take: &mut impl FnMut(Frame<'_>) -> bool,
) -> Result<(), DecodeError> {
    let memory = png::Limits { bytes: limits.most_area.saturating_mul(8) };
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), memory);
    decoder.set_transformations(Transformations::normalize_to_color8() | Transformations::ALPHA);
    let mut reader = decoder.read_info()?;
    let (width, height) = (reader.info().width as usize, reader.info().height as usize);
    let mut canvas = Canvas::new(width, height, limits)?;
    let animation = reader.info().animation_control.map(|control| control.num_frames);
    // The picture for programs that know no animations may be one of its frames or not.
    let is_apart = animation.is_some() && reader.info().frame_control.is_none();
    let mut buffer = vec![0; reader.output_buffer_size().ok_or(DecodeError::TooBig)?];
    if is_apart {
        reader.next_frame(&mut buffer)?;
    }
    for number in 0..animation.unwrap_or(1) {
        let shape = reader.next_frame(&mut buffer)?;
        let size = Size { width: shape.width as usize, height: shape.height as usize };
        let control = reader.info().frame_control.filter(|_| animation.is_some());
        let place = control.map_or((0, 0), |control| (control.x_offset as usize, control.y_offset as usize));
        let is_over = control.is_some_and(|control| control.blend_op == BlendOp::Over);
        let leave = match control.map(|control| control.dispose_op) {
            Some(DisposeOp::Background) => Leave::Nothing,
            Some(DisposeOp::Previous) if number == 0 => Leave::Nothing,
            Some(DisposeOp::Previous) => Leave::Before,
            _ => Leave::Itself,
        };
        let is_grey = shape.color_type == ColorType::GrayscaleAlpha;
        let pixel = |y: usize, x: usize, there| {
            let at = y * size.width + x;
            let pixel = if is_grey {
                buffer.as_chunks::<2>().0.get(at).map(|&[grey, alpha]| [grey, grey, grey, alpha])
            } else {
                buffer.as_chunks::<4>().0.get(at).copied()
            };
            pixel.map_or(there, |pixel| if is_over { over(pixel, there) } else { pixel })
        };
        let place = Place { left: place.0, top: place.1, size };
        if !canvas.show(place, &leave, control.map_or(0, |control| millis(&control)), pixel, take) {
            break;
        }
    }
    Ok(())
}

/// A denominator of 0 means hundredths of a second.
fn millis(control: &FrameControl) -> u32 {
    let parts = if control.delay_den == 0 { 100 } else { u32::from(control.delay_den) };
    as_shown(u32::from(control.delay_num) * 1000 / parts)
}

fn over(above: Pixel, below: Pixel) -> Pixel {
    let [.., alpha] = above.map(u32::from);
    let rest = u32::from(below[3]) * (255 - alpha) / 255;
    let all = alpha + rest;
    let mut mixed = [0; 4];
    for ((mixed, above), below) in mixed.iter_mut().zip(above).zip(below) {
        *mixed = ((u32::from(above) * alpha + u32::from(below) * rest) / all.max(1)) as u8;
    }
    mixed[3] = all as u8;
    mixed
}
