//! Files at the limits, and beyond.

use super::Case;
use crate::Right::Refused;
use crate::Why::{TooLong, TooManyFrames, TooManyPixels, TooWide};
use crate::blocks::{TRAILER, control, gif, image, image_of, screen};
use crate::shown;

pub(super) fn kinds() -> Vec<Case> {
    let frames = |count, delay| [control(delay), image([0, 0, 1, 1])].concat().repeat(count);
    let of = |width, height, rest: Vec<u8>| [&screen(b"GIF89a", width, height), &rest[..], TRAILER].concat();
    let phone = gif(1080, 2160, &[50, 50]);
    let area = 2048 * 2048;
    let large = |pixels: usize| {
        let runs = [vec![4, 1], (6..4096).collect(), vec![4095; pixels / 4091 + 1], vec![5]].concat();
        image_of([0, 0, 4096, u16::try_from(pixels.div_ceil(4096)).expect("a height")], 2, &runs)
    };
    vec![
        ("a-phone-s-screen", phone, shown(1080, 2160, 2, 1000)),
        ("as-wide-as-can-be", gif(4096, 1024, &[9]), shown(4096, 1024, 1, 0)),
        ("as-high-as-can-be", gif(1024, 4096, &[9]), shown(1024, 4096, 1, 0)),
        ("wider", gif(4097, 1, &[9]), Refused(TooWide)),
        ("higher", gif(1, 4097, &[9]), Refused(TooWide)),
        ("a-large-area", of(4096, 4096, image([0, 0, 1, 1])), Refused(TooWide)),
        ("an-area-just-too-large", of(2048, 2049, image([0, 0, 1, 1])), Refused(TooWide)),
        ("a-first-frame-of-a-large-area", of(1, 1, large(area + 1)), Refused(TooWide)),
        ("a-later-frame-of-a-large-area", of(1, 1, [image([0, 0, 1, 1]), large(area + 1)].concat()), Refused(TooWide)),
        (
            "a-later-frame-just-not-too-large",
            of(1, 1, [image([0, 0, 1, 1]), large(area)].concat()),
            shown(1, 1, 2, 200),
        ),
        (
            "pixels-in-frames-over-the-edge",
            of(1, 1, [image([0, 0, 1, 1]), large(area).repeat(60)].concat()),
            Refused(TooManyPixels),
        ),
        ("pixels-in-small-frames", of(1000, 1000, frames(251, 2)), Refused(TooManyPixels)),
        ("just-not-too-many-pixels", of(1000, 1000, frames(250, 2)), shown(1000, 1000, 250, 5000)),
        ("a-thousand-frames", of(1, 1, frames(1000, 12)), shown(1, 1, 1000, 120_000)),
        ("one-more", of(1, 1, frames(1001, 2)), Refused(TooManyFrames)),
        ("a-hundred-thousand-frames", of(1, 1, frames(100_000, 2)), Refused(TooManyFrames)),
        ("too-long", of(1, 1, frames(1000, 13)), Refused(TooLong)),
        ("a-still-that-lasts", of(1, 1, frames(1, 65535)), shown(1, 1, 1, 0)),
        ("too-long-with-a-frame-that-lasts", of(1, 1, frames(2, 65535)), Refused(TooLong)),
    ]
}
