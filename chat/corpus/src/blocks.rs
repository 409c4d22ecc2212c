//! Makes the blocks of a GIF, to put it together by hand, and small whole GIFs by the encoder of the crate `gif`.

use gif::{Encoder, Frame, Repeat};

/// Red, green, blue and white.
const TABLE: [u8; 12] = [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255];

/// The block that ends a GIF.
pub const TRAILER: &[u8] = b"\x3b";

/// A GIF with one frame in another colour for each of `delays` (1/100 s). It loops for ever when it has several frames.
pub fn gif(width: u16, height: u16, delays: &[u16]) -> Vec<u8> {
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
pub fn build(width: u16, height: u16, write: impl FnOnce(&mut Encoder<&mut Vec<u8>>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height, &TABLE).expect("written to memory");
    write(&mut encoder);
    drop(encoder);
    bytes
}

/// A frame in one colour of the table.
pub fn frame(width: u16, height: u16, colour: u8, delay: u16) -> Frame<'static> {
    let pixels = vec![colour; usize::from(width) * usize::from(height)];
    Frame { delay, ..Frame::from_indexed_pixels(width, height, pixels, None) }
}

fn numbers(numbers: impl IntoIterator<Item = u16>) -> Vec<u8> {
    numbers.into_iter().flat_map(u16::to_le_bytes).collect()
}

/// Header and screen, with a table of four colours.
pub fn screen(version: &[u8; 6], width: u16, height: u16) -> Vec<u8> {
    [version, &numbers([width, height])[..], &[0x81, 0, 0], &TABLE].concat()
}

/// A screen without a table.
pub fn bare_screen(width: u16, height: u16) -> Vec<u8> {
    [b"GIF89a", &numbers([width, height])[..], &[0, 0, 0]].concat()
}

/// A control block: how long (1/100 s) the next image is shown.
pub fn control(delay: u16) -> Vec<u8> {
    [b"\x21\xf9\x04\x00", &numbers([delay])[..], b"\x00\x00"].concat()
}

/// An extension with one sub-block for each of `data`.
pub fn extension(label: u8, data: &[&[u8]]) -> Vec<u8> {
    let blocks = data.iter().flat_map(|block| [&[block.len() as u8], *block].concat());
    [vec![0x21, label], blocks.collect(), vec![0]].concat()
}

/// A loop extension of `name` with these sub-blocks.
pub fn looping(name: &[u8], blocks: &[&[u8]]) -> Vec<u8> {
    extension(0xff, &[&[name], blocks].concat())
}

/// Where an image is: left, top, width and height.
pub type Rect = [u16; 4];

/// The descriptor of an image that uses the screen's table.
pub fn descriptor(rect: Rect) -> Vec<u8> {
    [&[0x2c], &numbers(rect)[..], &[0]].concat()
}

/// The descriptor of an image with a table of its own.
pub fn descriptor_with_table(rect: Rect) -> Vec<u8> {
    [&[0x2c], &numbers(rect)[..], &[0x81], &TABLE].concat()
}

/// Code size and data, in sub-blocks of at most `most` bytes, with the terminator.
pub fn data(code_size: u8, bytes: &[u8], most: usize) -> Vec<u8> {
    let blocks = bytes.chunks(most).flat_map(|block| [&[block.len() as u8], block].concat());
    [vec![code_size], blocks.collect(), vec![0]].concat()
}

/// The codes of this many `pixels` for a code size of 2, between a clear code and an end code. The table is cleared
/// before it grows, so that all codes have three bits.
pub fn plain_codes(pixels: usize) -> Vec<usize> {
    (0..pixels)
        .flat_map(|pixel| [[4].as_slice(), &[]][pixel % 2].iter().copied().chain([pixel % 4]))
        .chain([5])
        .collect()
}

/// Packs codes into bytes, each code with as many bits as a decoder reads.
pub fn packed(code_size: u8, codes: &[usize]) -> Vec<u8> {
    let clear = 1 << code_size;
    let (mut bits, mut next, mut width) = (Vec::new(), clear + 1, code_size + 1);
    for &code in codes {
        bits.extend((0..width).map(|bit| code >> bit & 1));
        if code == clear {
            (next, width) = (clear + 1, code_size + 1);
        } else if next < 4096 {
            next += 1;
            width += u8::from(next == 1 << width && width < 12);
        }
    }
    bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |sum, bit| sum << 1 | *bit as u8)).collect()
}

/// A whole image.
pub fn image(rect: Rect) -> Vec<u8> {
    image_of(rect, 2, &plain_codes(usize::from(rect[2]) * usize::from(rect[3])))
}

/// An image of these codes.
pub fn image_of(rect: Rect, code_size: u8, codes: &[usize]) -> Vec<u8> {
    [descriptor(rect), data(code_size, &packed(code_size, codes), 255)].concat()
}

/// A GIF of 4 × 4 pixels whose first frame is whole and shown for 90 ms, followed by `rest`.
pub fn whole_then(rest: &[u8]) -> Vec<u8> {
    [&screen(b"GIF89a", 4, 4), &control(9), &image([0, 0, 4, 4]), rest].concat()
}
