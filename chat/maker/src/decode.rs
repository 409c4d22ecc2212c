//! Reads the frames of an animation (GIF, WebP or PNG), for browsers that offer pages no way to do it. A still is one
//! frame.

mod apng;
mod canvas;
mod gif;
mod webp;

/// The limits of a file that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The limit of width × height, in pixels. Decoding takes up to 32 bytes of memory for each.
    pub most_area: usize,
    /// The frames after these are left out.
    pub most_frames: usize,
}

impl Default for Limits {
    /// The area is the limit of uploads (`chat::gif::Limits`), and so is the number of frames.
    fn default() -> Self {
        Self { most_area: 2048 * 2048, most_frames: 1000 }
    }
}

/// Why a file has no frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("the file is of no kind that can be read, or not even its first frame can be")]
    NotAnImage,
    #[error("the picture has too many pixels")]
    TooBig,
}

/// A frame as it is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Red, green, blue and alpha of all pixels, row by row.
    pub rgba: &'a [u8],
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
    /// How long it is shown, in milliseconds, as browsers do; 0 for a still.
    pub millis: u32,
}

/// Calls `each` for each frame of the file and returns how many there were. The file ends at the first part that cannot
/// be read.
///
/// # Errors
///
/// Fails if there is no frame that can be read.
pub fn decode(bytes: &[u8], limits: &Limits, each: &mut impl FnMut(Frame<'_>)) -> Result<usize, DecodeError> {
    let mut frames = 0;
    let mut take = |frame: Frame<'_>| {
        each(frame);
        frames += 1;
        frames < limits.most_frames
    };
    let end = match bytes {
        [b'G', b'I', b'F', ..] => gif::decode(bytes, limits, &mut take),
        [0x89, b'P', b'N', b'G', ..] => apng::decode(bytes, limits, &mut take),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => webp::decode(bytes, limits, &mut take),
        _ => Err(DecodeError::NotAnImage),
    };
    match (frames, end) {
        (0, Err(error)) => Err(error),
        (0, Ok(())) => Err(DecodeError::NotAnImage),
        _ => Ok(frames),
    }
}

/// Browsers take a time of at most 10 ms for a mistake, and show the frame for a tenth of a second.
fn as_shown(millis: u32) -> u32 {
    if millis <= 10 { 100 } else { millis }
}

/// The area of a picture, if it has pixels and not too many.
fn checked(width: usize, height: usize, limits: &Limits) -> Result<usize, DecodeError> {
    match width.checked_mul(height) {
        Some(0) => Err(DecodeError::NotAnImage),
        Some(area) if area <= limits.most_area => Ok(area),
        _ => Err(DecodeError::TooBig),
    }
}
