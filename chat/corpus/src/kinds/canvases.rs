//! Frames that reach beyond the canvas, and canvases that are too small.

use super::{Case, TWO, second};
use crate::Right::Refused;
use crate::Why::{Broken, TooWide};
use crate::blocks::{TRAILER, control, image, screen, whole_then};
use crate::shown;

pub(super) fn kinds() -> Vec<Case> {
    let of = |version, [width, height]: [u16; 2], first, later: &[u8]| {
        [&screen(version, width, height), &control(9), &image(first), later, TRAILER].concat()
    };
    let over = |rect| whole_then(&[control(7), image(rect), TRAILER.to_vec()].concat());
    let new = b"GIF89a";
    vec![
        ("over-the-right-edge", over([2, 0, 4, 4]), TWO),
        ("over-the-lower-edge", over([0, 2, 4, 4]), TWO),
        ("over-all-edges", over([0, 0, 9, 9]), TWO),
        ("outside", over([40, 40, 4, 4]), TWO),
        ("as-far-outside-as-can-be", over([65535, 65535, 4, 4]), TWO),
        ("a-larger-first-frame", of(new, [10, 10], [0, 0, 16, 16], &[]), shown(16, 16, 1, 0)),
        ("a-wider-first-frame", of(new, [10, 20], [0, 0, 16, 16], &[]), shown(16, 20, 1, 0)),
        ("a-higher-first-frame", of(new, [20, 10], [0, 0, 16, 16], &second()), shown(20, 16, 2, 160)),
        ("a-first-frame-over-the-edge", of(new, [10, 10], [5, 6, 8, 8], &[]), shown(13, 14, 1, 0)),
        ("a-larger-one-not-in-the-corner", of(new, [10, 10], [1, 2, 16, 16], &[]), shown(17, 18, 1, 0)),
        ("no-canvas", of(new, [0, 0], [0, 0, 8, 8], &[]), shown(8, 8, 1, 0)),
        ("no-canvas-not-in-the-corner", of(new, [0, 0], [2, 1, 8, 8], &[]), shown(10, 9, 1, 0)),
        ("no-width", of(new, [0, 20], [0, 0, 8, 8], &[]), shown(8, 20, 1, 0)),
        ("no-height", of(new, [20, 0], [0, 0, 8, 8], &second()), shown(20, 8, 2, 160)),
        ("a-small-first-frame", of(new, [32, 32], [3, 3, 8, 8], &[]), shown(32, 32, 1, 0)),
        ("an-old-gif", of(b"GIF87a", [8, 8], [0, 0, 8, 8], &[]), shown(8, 8, 1, 0)),
        ("an-old-gif-small-first-frame", of(b"GIF87a", [32, 32], [0, 0, 1, 32], &second()), shown(32, 32, 2, 160)),
        ("no-canvas-and-no-frame", of(new, [0, 0], [0, 0, 0, 0], &[]), Refused(Broken)),
        ("no-width-anywhere", of(new, [0, 8], [0, 0, 0, 8], &[]), Refused(Broken)),
        ("no-first-frame", of(new, [8, 8], [0, 0, 0, 0], &[]), Refused(Broken)),
        ("a-first-frame-far-outside", of(new, [8, 8], [65535, 0, 8, 8], &[]), Refused(TooWide)),
        ("just-too-far-outside", of(new, [8, 8], [0, 4089, 8, 8], &[]), Refused(TooWide)),
        ("just-not-too-far-outside", of(new, [8, 8], [0, 4088, 8, 8], &[]), shown(8, 4096, 1, 0)),
    ]
}
