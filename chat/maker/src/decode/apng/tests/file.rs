//! Puts files together chunk by chunk, so that they can also be wrong.

use super::super::*;

pub const RED: Pixel = [255, 0, 0, 255];
pub const BLUE: Pixel = [0, 0, 255, 255];
pub const OVER: u8 = 1;
pub const BACKGROUND: u8 = 1;
pub const PREVIOUS: u8 = 2;
pub const RGBA: u8 = 6;

pub type Chunk = (&'static [u8; 4], Vec<u8>);

/// A file of these chunks, with the right checksums.
pub fn file(chunks: &[Chunk]) -> Vec<u8> {
    let checksum = |bytes: &[u8]| {
        let shift = |sum: u32, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 };
        !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), shift))
    };
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, bytes) in chunks {
        let named = [&name[..], bytes].concat();
        file.extend((bytes.len() as u32).to_be_bytes());
        file.extend(&named);
        file.extend(checksum(&named).to_be_bytes());
    }
    file
}

pub fn header(width: u32, height: u32, depth: u8, colour: u8, interlaced: bool) -> Chunk {
    let rest = [depth, colour, 0, 0, interlaced.into()];
    (b"IHDR", [&width.to_be_bytes()[..], &height.to_be_bytes(), &rest].concat())
}

pub fn animated(frames: u32) -> Chunk {
    (b"acTL", [frames.to_be_bytes(), [0; 4]].concat())
}

/// What is known of a frame: its number among the chunks of the animation, its place, its time, and what it does to what
/// is around it.
pub fn control(number: u32, [left, top, width, height]: [u32; 4], time: [u16; 2], dispose: u8, blend: u8) -> Chunk {
    let numbers = [number, width, height, left, top].map(u32::to_be_bytes);
    let time = time.map(u16::to_be_bytes);
    (b"fcTL", [numbers.as_flattened(), time.as_flattened(), &[dispose, blend]].concat())
}

/// Rows as they are in a file: each after the number of its filter (none), and all as a zlib stream that does not
/// compress.
pub fn rows(rows: &[Vec<u8>]) -> Vec<u8> {
    let rows: Vec<u8> = rows.iter().flat_map(|row| [&[0], &row[..]].concat()).collect();
    let length = rows.len() as u16;
    [&[0x78, 1, 1][..], &length.to_le_bytes(), &(!length).to_le_bytes(), &rows, &[0; 4]].concat()
}

pub fn same(colour: Pixel, [_, _, width, height]: [u32; 4]) -> Vec<u8> {
    rows(&vec![colour.repeat(width as usize); height as usize])
}

pub fn later(number: u32, rows: &[u8]) -> Chunk {
    (b"fdAT", [&number.to_be_bytes(), rows].concat())
}

/// A place, a colour, how it is disposed of and how it is blended.
pub type Part = ([u32; 4], Pixel, u8, u8);

/// An animation whose frames are shown for 50 ms each.
pub fn animation(width: u32, height: u32, parts: &[Part]) -> Vec<Chunk> {
    let mut chunks = vec![header(width, height, 8, RGBA, false), animated(parts.len() as u32)];
    let mut number = 0;
    for (place, colour, dispose, blend) in parts {
        chunks.push(control(number, *place, [1, 20], *dispose, *blend));
        let rows = same(*colour, *place);
        chunks.push(if number == 0 { (b"IDAT", rows) } else { later(number + 1, &rows) });
        number += if number == 0 { 1 } else { 2 };
    }
    chunks.push((b"IEND", Vec::new()));
    chunks
}

pub fn red_and_blue() -> Vec<Chunk> {
    animation(2, 2, &[([0, 0, 2, 2], RED, 0, 0), ([0, 0, 2, 2], BLUE, 0, 0)])
}

pub fn all(file: &[u8], limits: &Limits) -> Result<Vec<(Vec<Pixel>, u32)>, DecodeError> {
    let mut frames = Vec::new();
    crate::decode::decode(file, limits, &mut |frame| frames.push((frame.rgba.as_chunks().0.to_vec(), frame.millis)))?;
    Ok(frames)
}

pub fn shown(chunks: &[Chunk]) -> Vec<(Vec<Pixel>, u32)> {
    all(&file(chunks), &Limits::default()).unwrap()
}

/// The rows of all passes of an interlaced part with one byte a pixel.
pub fn interlaced([_, _, width, height]: [u32; 4], pixel: impl Fn(u32, u32) -> u8) -> Vec<u8> {
    let passes = [(0, 8, 0, 8), (4, 8, 0, 8), (0, 4, 4, 8), (2, 4, 0, 4), (0, 2, 2, 4), (1, 2, 0, 2), (0, 1, 1, 2)];
    let mut all = Vec::new();
    for (left, right_by, top, down_by) in passes {
        for y in (top..height).step_by(down_by) {
            let row: Vec<u8> = (left..width).step_by(right_by).map(|x| pixel(x, y)).collect();
            all.extend(Some(row).filter(|row| !row.is_empty()));
        }
    }
    rows(&all)
}

pub fn interlaced_animation() -> Vec<Chunk> {
    let (whole, part) = ([0, 0, 9, 10], [3, 1, 5, 7]);
    vec![
        header(9, 10, 8, 0, true),
        animated(2),
        control(0, whole, [1, 20], 0, 0),
        (b"IDAT", interlaced(whole, |x, y| (y * 16 + x) as u8)),
        control(1, part, [1, 20], 0, 0),
        later(2, &interlaced(part, |x, y| 255 - (y * 16 + x) as u8)),
        (b"IEND", Vec::new()),
    ]
}
