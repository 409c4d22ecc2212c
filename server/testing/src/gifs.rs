//! GIFs of any size.

/// Width and height of a frame, in pixels.
const SIDE: u16 = 256;

/// A GIF of at least `bytes` bytes. Each pixel of its frames takes one byte: with 128 colours a code has eight bits, as
/// long as the table is cleared before it has grown by 126 codes.
pub fn large_gif(bytes: usize) -> Vec<u8> {
    let [low, high] = SIDE.to_le_bytes();
    let mut gif = b"GIF89a".to_vec();
    gif.extend([low, high, low, high, 0xf6, 0, 0]);
    gif.extend((0..128).flat_map(|n| [n, 255 - n, n]));
    let mut frame = 0u8;
    while gif.len() < bytes {
        gif.extend([0x21, 0xf9, 4, 0, 10, 0, 0, 0]);
        gif.extend([0x2c, 0, 0, 0, 0, low, high, low, high, 0, 7]);
        let pixels: Vec<u8> = (0..u32::from(SIDE) * u32::from(SIDE)).map(|n| (n as u8 ^ frame) & 0x7f).collect();
        let mut codes: Vec<u8> = pixels.chunks(120).flat_map(|pixels| [&[0x80], pixels].concat()).collect();
        codes.push(0x81);
        for block in codes.chunks(255) {
            gif.push(block.len() as u8);
            gif.extend(block);
        }
        gif.push(0);
        frame = frame.wrapping_add(1);
    }
    gif.push(0x3b);
    gif
}
