//! Image data that is packed without being compressed, which patents once made common, or that is compressed as few
//! encoders do it.

use crate::blocks::{Rect, TRAILER, control, data, packed};
use crate::{Right, Sample, named, shown};

const SIDE: u16 = 24;
const PIXELS: usize = 24 * 24;

pub(crate) fn samples() -> Vec<Sample> {
    let sizes = (2..=8).map(|size| (format!("code-size-{size}"), gif(size, &[literal(size, usize::MAX)], 255)));
    let blocks = [1, 2, 7, 8, 9, 254]
        .map(|most| (format!("sub-blocks-of-{most}"), gif(4, &[literal(4, usize::MAX), literal(4, usize::MAX)], most)));
    let clears = [1, 2, 5, 100].map(|every| (format!("clear-after-{every}"), gif(3, &[literal(3, every)], 255)));
    let named_ones = sizes.chain(blocks).chain(clears);
    let all = named_ones.map(|(name, (bytes, right))| Sample { name: format!("codes-{name}"), bytes, right });
    let (growing, never) = (gif(2, &[growing(), literal(2, usize::MAX)], 255), gif(8, &[never_cleared()], 255));
    let rest = named("codes", vec![("longer-and-longer", growing.0, growing.1), ("never-cleared", never.0, never.1)]);
    all.chain(rest).collect()
}

/// One code for each pixel, with a clear code before each `every` of them, or more often, so that the codes do not
/// grow.
fn literal(size: u8, every: usize) -> Vec<usize> {
    let clear = 1 << size;
    let every = every.min(clear - 2).max(1);
    let pixels = (0..PIXELS).map(|pixel| (pixel / 7 + pixel / 24) % clear);
    let with_clear = pixels.enumerate().flat_map(|(at, code)| {
        let before: &[usize] = if at % every == 0 { &[1] } else { &[] };
        before.iter().map(move |_| clear).chain([code]).collect::<Vec<_>>()
    });
    with_clear.chain([clear + 1]).collect()
}

/// Strings of one colour, each one pixel longer than the one before: 1 + 2 + … + 32 and 48 pixels more.
fn growing() -> Vec<usize> {
    let runs: Vec<usize> = (6..6 + 32).collect();
    [&[4, 1][..], &runs, &[4, 2, 6, 7, 8, 9, 10, 11, 12], &[2; 14], &[5]].concat()
}

/// One code for each pixel, without any clear code: the table grows, but its strings are not used.
fn never_cleared() -> Vec<usize> {
    (0..PIXELS).map(|pixel| pixel % 251).chain([257]).collect()
}

/// A frame of each list of codes, shown for 80 ms.
fn gif(size: u8, frames: &[Vec<usize>], most: usize) -> (Vec<u8>, Right) {
    let place: Rect = [0, 0, SIDE, SIDE];
    let [width, height] = [place[2], place[3]].map(u16::to_le_bytes);
    let table = (0..3usize << size).map(|at| (at * 255 / (3 << size)) as u8).collect();
    let screen = [b"GIF89a", &width[..], &height, &[0x80 | (size - 1), 0, 0]].concat();
    let frame = |codes: &Vec<usize>| {
        [control(8), crate::blocks::descriptor(place), data(size, &packed(size, codes), most)].concat()
    };
    let bytes = [screen, table, frames.iter().flat_map(frame).collect(), TRAILER.to_vec()].concat();
    let count = frames.len() as u16;
    (bytes, shown(SIDE, SIDE, count, if count > 1 { u32::from(count) * 80 } else { 0 }))
}
