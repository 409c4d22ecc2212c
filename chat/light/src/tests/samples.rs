//! GIFs for the tests, and how to look at what was made of them.

use std::borrow::Cow;
use std::io::Cursor;

use gif::{DisposalMethod, Encoder, Frame, Repeat};
use image_webp::{LoopCount, WebPDecoder};

use crate::canvas::{Pixel, Size};
use crate::{Limits, Made, make};

/// The indices of the colours that all samples have.
pub(crate) const BLACK: u8 = 0;
pub(crate) const WHITE: u8 = 1;
pub(crate) const RED: u8 = 2;
pub(crate) const GREEN: u8 = 3;
pub(crate) const BLUE: u8 = 4;
/// Greys that get 1/16 brighter with each index follow.
pub(crate) const GREYS: u8 = 16;

/// The table of colours.
fn table() -> Vec<u8> {
    let named = [[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]];
    let rest = (5..64u8).map(|index| [index.saturating_sub(GREYS).saturating_mul(16); 3]);
    named.into_iter().chain(rest).flatten().collect()
}

pub(crate) fn gif(width: u16, height: u16, repeat: Option<Repeat>, frames: &[Frame]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height, &table()).expect("written to memory");
    if let Some(repeat) = repeat {
        encoder.set_repeat(repeat).expect("written to memory");
    }
    for frame in frames {
        encoder.write_frame(frame).expect("written to memory");
    }
    drop(encoder);
    bytes
}

/// A frame in one colour that is shown for `delay` (1/100 s).
pub(crate) fn plain(width: u16, height: u16, colour: u8, delay: u16) -> Frame<'static> {
    drawn(width, height, delay, |_, _| colour)
}

/// A frame that has at each place the colour that `draw` says.
pub(crate) fn drawn(width: u16, height: u16, delay: u16, mut draw: impl FnMut(u16, u16) -> u8) -> Frame<'static> {
    let mut buffer = Vec::new();
    for y in 0..height {
        buffer.extend((0..width).map(|x| draw(x, y)));
    }
    Frame { width, height, delay, buffer: Cow::Owned(buffer), ..Frame::default() }
}

/// The same frame at another place, leaving something else behind.
pub(crate) fn placed(frame: Frame<'static>, left: u16, top: u16, dispose: DisposalMethod) -> Frame<'static> {
    Frame { left, top, dispose, ..frame }
}

/// A frame with its own colour table.
pub(crate) fn painted(
    width: u16,
    height: u16,
    delay: u16,
    mut paint: impl FnMut(u16, u16) -> [u8; 3],
) -> Frame<'static> {
    let mut pixels = Vec::new();
    for y in 0..height {
        pixels.extend((0..width).flat_map(|x| paint(x, y)));
    }
    Frame { delay, ..Frame::from_rgb_speed(width, height, &pixels, 30) }
}

/// Pseudorandom numbers, the same in each run.
pub(crate) fn noise() -> impl FnMut() -> u8 {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    }
}

/// A sequence of frames in one colour each. They loop for ever.
pub(crate) fn sequence(width: u16, height: u16, colours: &[(u8, u16)]) -> Vec<u8> {
    let frames: Vec<Frame> = colours.iter().map(|(colour, delay)| plain(width, height, *colour, *delay)).collect();
    gif(width, height, Some(Repeat::Infinite), &frames)
}

pub(crate) fn made(gif: &[u8]) -> Made {
    make(gif, &Limits::default()).expect("the GIF is whole")
}

/// A WebP that was read.
pub(crate) struct Read {
    pub size: Size,
    /// Milliseconds and pixels.
    pub frames: Vec<(u32, Vec<Pixel>)>,
    pub loops: LoopCount,
}

/// Reads a WebP, still or moving.
pub(crate) fn read(webp: &[u8]) -> Read {
    let mut decoder = WebPDecoder::new(Cursor::new(webp)).expect("it is a WebP");
    let (width, height) = decoder.dimensions();
    let size = Size { width: width as usize, height: height as usize };
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let mut buffer = vec![0; size.area() * channels];
    let pixels = |buffer: &[u8]| {
        let pixel = |pixel: &[u8]| [pixel[0], pixel[1], pixel[2], pixel.get(3).copied().unwrap_or(255)];
        buffer.chunks_exact(channels).map(pixel).collect()
    };
    let mut frames = Vec::new();
    if decoder.is_animated() {
        for _ in 0..decoder.num_frames() {
            let ms = decoder.read_frame(&mut buffer).expect("the frame is whole");
            frames.push((ms, pixels(&buffer)));
        }
    } else {
        decoder.read_image(&mut buffer).expect("the picture is whole");
        frames.push((0, pixels(&buffer)));
    }
    Read { size, frames, loops: decoder.loop_count() }
}

/// A row of blocks of 16 × 16 pixels in these colours.
pub(crate) fn blocks(colours: &[Pixel]) -> Vec<Pixel> {
    colours.iter().flat_map(|colour| [*colour; 16]).collect::<Vec<_>>().repeat(16)
}

/// Whether a WebP shows a row of blocks in these colours. The colours at their borders do not count, because a WebP has
/// colours at half the resolution; but the alpha counts everywhere.
pub(crate) fn shows(webp: &Read, colours: &[Pixel]) -> bool {
    let (_, pixels) = &webp.frames[0];
    let width = webp.size.width;
    assert_eq!((width, webp.size.height), (16 * colours.len(), 16));
    pixels.iter().zip(blocks(colours)).enumerate().all(|(index, (seen, expected))| {
        let is_inside = (3..13).contains(&(index % width % 16));
        let distance = seen.iter().zip(expected).map(|(a, b)| a.abs_diff(b)).max();
        seen[3] == expected[3] && (seen[3] == 0 || !is_inside || distance <= Some(8))
    })
}

/// The colours as pixels.
pub(crate) const K: Pixel = [0, 0, 0, 255];
pub(crate) const W: Pixel = [255, 255, 255, 255];
pub(crate) const R: Pixel = [255, 0, 0, 255];
pub(crate) const G: Pixel = [0, 255, 0, 255];
pub(crate) const B: Pixel = [0, 0, 255, 255];
/// A clear pixel.
pub(crate) const N: Pixel = [0; 4];
