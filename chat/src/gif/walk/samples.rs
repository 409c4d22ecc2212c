//! GIFs for tests, written by the encoder of the crate `gif`.

use gif::{Encoder, Frame, Repeat};

/// Red, green, blue and white.
const TABLE: [u8; 12] = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];

/// A GIF with one frame in another colour for each of `delays` (1/100 s). It loops for ever when it has several frames.
pub(crate) fn gif(width: u16, height: u16, delays: &[u16]) -> Vec<u8> {
    build(width, height, |encoder| {
        if delays.len() > 1 {
            encoder.set_repeat(Repeat::Infinite).expect("written to memory");
        }
        for (colour, &delay) in (0u8..).zip(delays) {
            encoder.write_frame(&frame(width, height, colour % 4, delay)).expect("written to memory");
        }
    })
}

/// A GIF with the blocks that `write` adds to it.
pub(crate) fn build(width: u16, height: u16, write: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height, &TABLE).expect("written to memory");
    write(&mut encoder);
    drop(encoder);
    bytes
}

/// A frame in one colour of the table.
pub(crate) fn frame(width: u16, height: u16, colour: u8, delay: u16) -> Frame<'static> {
    let pixels = vec![colour; usize::from(width) * usize::from(height)];
    Frame { delay, ..Frame::from_indexed_pixels(width, height, pixels, None) }
}
