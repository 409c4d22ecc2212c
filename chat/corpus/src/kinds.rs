//! Kinds of odd GIFs, and what is right for each: a GIF that all browsers show is accepted, and is mended where
//! browsers differ.

mod broken_later_frames;
mod canvases;
mod ends;
mod image_data;
mod nothing_whole;
mod too_much;

use crate::blocks::{TRAILER, control, image, image_of, plain_codes, screen};
use crate::{Right, Sample, named, shown};

/// One frame of 4 × 4 pixels remains.
const ONE: Right = shown(4, 4, 1, 0);
/// Two frames, shown for 90 ms and 70 ms.
const TWO: Right = shown(4, 4, 2, 160);

/// Its name in its group, its bytes, and what is right.
type Case = (&'static str, Vec<u8>, Right);

pub(crate) fn samples() -> Vec<Sample> {
    [
        named("end", ends::kinds()),
        named("later", broken_later_frames::kinds()),
        named("canvas", canvases::kinds()),
        named("data", image_data::kinds()),
        named("none", nothing_whole::kinds()),
        named("much", too_much::kinds()),
    ]
    .concat()
}

/// A second frame, shown for 70 ms.
fn second() -> Vec<u8> {
    [control(7), image([1, 1, 2, 2])].concat()
}

fn cut(bytes: &[u8], end: usize) -> Vec<u8> {
    bytes[..bytes.len() - end].to_vec()
}

/// A GIF of 4 × 4 pixels with one image of these codes.
fn coded(code_size: u8, codes: &[usize]) -> Vec<u8> {
    [&screen(b"GIF89a", 4, 4), &image_of([0, 0, 4, 4], code_size, codes), TRAILER].concat()
}

/// The codes of 16 pixels without the end code, and then `rest`.
fn codes_then(rest: &[usize]) -> Vec<usize> {
    let mut codes = plain_codes(16);
    codes.pop();
    [&codes, rest].concat()
}
