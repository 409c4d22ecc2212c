//! Reads GIFs. Their frames are composed as browsers compose them.

use std::num::NonZeroU64;

use gif::{DecodeOptions, DisposalMethod, MemoryLimit};

use super::canvas::{Canvas, Leave, Place};
use super::{DecodeError, Frame, Limits, as_shown, checked};
use crate::pixel::{Pixel, Size};

impl From<gif::DecodingError> for DecodeError {
    fn from(_: gif::DecodingError) -> Self {
        Self::NotAnImage
    }
}

pub(super) fn decode(
    bytes: &[u8],
    limits: &Limits,
    take: &mut impl FnMut(Frame<'_>) -> bool,
) -> Result<(), DecodeError> {
    let mut options = DecodeOptions::new();
    // Frames are decoded into our own memory, so this limit is only for what the decoder keeps beside them.
    options.set_memory_limit(MemoryLimit::Bytes(NonZeroU64::MIN.saturating_add(1 << 24)));
    let mut decoder = options.read_info(bytes)?;
    let mut canvas = Canvas::new(decoder.width().into(), decoder.height().into(), limits)?;
    let mut indices = Vec::new();
    while let Some(frame) = decoder.next_frame_info()? {
        let &gif::Frame { delay, dispose, left, top, width, height, transparent, interlaced, .. } = frame;
        let size = Size { width: width.into(), height: height.into() };
        indices.clear();
        indices.resize(checked(size.width, size.height, limits)?, 0);
        // Interlaced rows are put in order below. If the decoder (0.14) does that, it takes some interlaced frames for
        // too short.
        if !decoder.fill_buffer(&mut indices)? {
            return Err(DecodeError::NotAnImage);
        }
        let table = table(decoder.palette()?, transparent);
        let leave = match dispose {
            DisposalMethod::Any | DisposalMethod::Keep => Leave::Itself,
            DisposalMethod::Background => Leave::Nothing,
            DisposalMethod::Previous => Leave::Before,
        };
        let pixel = |y, x, there| {
            let row = if interlaced { place_of_row(y, size.height) } else { y };
            indices.get(row * size.width + x).and_then(|index| table[usize::from(*index)]).unwrap_or(there)
        };
        let place = Place { left: left.into(), top: top.into(), size };
        if !canvas.show(place, &leave, as_shown(u32::from(delay) * 10), pixel, take) {
            break;
        }
    }
    Ok(())
}

/// The colour of each index; `None` leaves what is there. Colours that the table lacks are black, as in browsers.
fn table(palette: &[u8], transparent: Option<u8>) -> [Option<Pixel>; 256] {
    let mut table = [Some([0, 0, 0, 255]); 256];
    for (entry, &[red, green, blue]) in table.iter_mut().zip(palette.as_chunks::<3>().0) {
        *entry = Some([red, green, blue, 255]);
    }
    if let Some(transparent) = transparent {
        table[usize::from(transparent)] = None;
    }
    table
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
