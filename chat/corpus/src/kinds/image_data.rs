//! What may be odd in image data.

use super::{Case, ONE, coded, codes_then, cut};
use crate::Right::Refused;
use crate::Why::Broken;
use crate::blocks::{TRAILER, data, descriptor, image_of, packed, plain_codes, screen};
use crate::shown;

pub(super) fn kinds() -> Vec<Case> {
    let with = |bytes: &[u8]| [&screen(b"GIF89a", 4, 4), &descriptor([0, 0, 4, 4]), bytes].concat();
    let plain = packed(2, &plain_codes(16));
    let more = [&plain[..], b"and more"].concat();
    let floods = [vec![4; 9000], plain_codes(16)].concat();
    let full_table: Vec<_> = [256].into_iter().chain((0..5000).map(|pixel| pixel % 256)).chain([257]).collect();
    let many = [&screen(b"GIF89a", 50, 100), &image_of([0, 0, 50, 100], 8, &full_table), TRAILER].concat();
    let last = [vec![256], (0..4095 - 257).map(|pixel| pixel % 256).collect(), vec![4095, 4095, 257]].concat();
    let last_code = [&screen(b"GIF89a", 50, 78), &image_of([0, 0, 50, 77], 8, &last), TRAILER].concat();
    let chain = [vec![4], vec![1], (6..4096).collect::<Vec<usize>>(), vec![4095; 9], vec![5]].concat();
    let longest = [&screen(b"GIF89a", 2048, 2048), &image_of([0, 0, 2048, 2048], 2, &chain), TRAILER].concat();
    let dot = [&screen(b"GIF89a", 1, 1), &image_of([0, 0, 1, 1], 1, &[2, 1, 3]), TRAILER].concat();
    let interlaced = |mut gif: Vec<u8>| {
        gif[25 + 9] |= 0x40;
        gif
    };
    let cleared = [0, 0, 4, 0, 2, 2, 2, 9, 4, 2, 2, 2, 2, 9, 2, 2, 5];
    let flooded_rows = [&plain_codes(4)[..6], &[4; 9000], &plain_codes(12)].concat();
    vec![
        ("bytes-after-the-end-code", with(&[&data(2, &more, 255), TRAILER].concat()), ONE),
        ("sub-blocks-after-the-end-code", with(&[&data(2, &more, 9), TRAILER].concat()), ONE),
        ("the-file-ends-in-these", with(&cut(&data(2, &more, 9), 4)), ONE),
        ("sub-blocks-of-one-byte", with(&[&data(2, &more, 1), TRAILER].concat()), ONE),
        ("the-trailer-in-place-of-the-terminator", with(&[&cut(&data(2, &plain, 255), 1), TRAILER].concat()), ONE),
        ("the-file-ends-with-the-end-code", with(&cut(&data(2, &plain, 255), 1)), ONE),
        ("no-end-code", coded(2, &codes_then(&[])), ONE),
        ("a-clear-code-before-the-end-code", coded(2, &codes_then(&[4, 5])), ONE),
        ("more-pixels", coded(2, &codes_then(&[4, 1, 1, 1, 1, 1, 1, 1, 5])), ONE),
        ("an-unknown-code-after-the-last-pixel", coded(2, &codes_then(&[4, 7, 1, 5])), ONE),
        ("a-string-that-is-too-long", coded(2, &[4, 1, 6, 7, 8, 9, 10, 5]), ONE),
        ("no-clear-code-first", coded(2, &plain_codes(16)[1..]), ONE),
        ("many-clear-codes", coded(2, &floods), ONE),
        ("code-size-1-one-pixel", dot, shown(1, 1, 1, 0)),
        ("code-size-1-more-pixels", coded(1, &[2, 1, 4, 5, 6, 7, 8, 3]), Refused(Broken)),
        ("code-size-8", coded(8, &[[256].as_slice(), &[7; 16], &[257]].concat()), ONE),
        ("a-table-that-stays-full", many, shown(50, 100, 1, 0)),
        ("the-last-code-of-all", last_code, Refused(Broken)),
        ("a-string-of-4-091-pixels-over-and-over", longest, shown(2048, 2048, 1, 0)),
        ("interlaced", interlaced(coded(2, &plain_codes(16))), ONE),
        ("interlaced-many-clear-codes", interlaced(coded(2, &floods)), ONE),
        ("interlaced-many-clear-codes-between", interlaced(coded(2, &flooded_rows)), ONE),
        ("interlaced-no-end-code", interlaced(coded(2, &codes_then(&[]))), ONE),
        ("interlaced-cleared-in-a-row", interlaced(coded(2, &cleared)), ONE),
        ("interlaced-a-clear-code-at-the-end", interlaced(coded(2, &codes_then(&[4, 5]))), ONE),
    ]
}
