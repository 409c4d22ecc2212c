//! Files that are long or ask for much, so that a careless reader runs out of time or memory.

use crate::Right::Refused;
use crate::Why::{Broken, CutOff, NoFrame, TooLarge, TooLong, TooManyFrames, TooManyPixels, TooWide};
use crate::blocks::{TRAILER, control, data, descriptor, extension, image, packed, plain_codes, screen, whole_then};
use crate::{Sample, named, shown};

/// The limit of bytes of an upload.
const MOST_BYTES: usize = 5 * 1024 * 1024;

pub(crate) fn samples() -> Vec<Sample> {
    let one = shown(4, 4, 1, 0);
    let start = screen(b"GIF89a", 4, 4);
    let first = |data: Vec<u8>| [start.clone(), descriptor([0, 0, 4, 4]), data, TRAILER.to_vec()].concat();
    let full =
        |bytes: Vec<u8>, with: &[u8]| [bytes.clone(), with.repeat((MOST_BYTES - bytes.len()) / with.len())].concat();
    // Eight clear codes of three bits take three bytes.
    let clears = packed(2, &[4; 8]).repeat(MOST_BYTES / 3 - 12_000);
    let then_pixels = [&clears[..], &packed(2, &plain_codes(16))].concat();
    let short = |bytes: &[u8]| bytes[..MOST_BYTES / 2 - 40].to_vec();
    let dots =
        |count, delay| [screen(b"GIF89a", 1, 1), [control(delay), image([0, 0, 1, 1])].concat().repeat(count)].concat();
    let huge = |sides| [&b"GIF89a"[..], sides, &[0x81, 0, 0], &[0; 487]].concat();
    let comment = extension(0xfe, &[&[7; 255][..]; 64]);
    let bomb = [&screen(b"GIF89a", 2000, 2000), &[control(9), image([0, 0, 1, 1])].concat().repeat(63)[..]].concat();
    named(
        "flood",
        vec![
            ("of-clear-codes", first(data(2, &clears, 255)), Refused(Broken)),
            ("of-clear-codes-then-pixels", first(data(2, &then_pixels, 255)), one),
            ("of-clear-codes-in-single-bytes", first(data(2, &short(&clears), 1)), Refused(Broken)),
            ("of-clear-codes-in-a-later-frame", whole_then(&first(data(2, &clears, 255))[start.len()..]), one),
            (
                "of-data-after-the-pixels",
                first(data(2, &[packed(2, &plain_codes(16)), clears.clone()].concat(), 255)),
                one,
            ),
            ("of-comments", full(whole_then(&[]), &comment), one),
            ("of-comments-without-frame", full(start.clone(), &comment), Refused(CutOff)),
            ("of-controls", full(whole_then(&[]), &control(7)), one),
            ("of-empty-extensions", full(start.clone(), b"\x21\x77\0"), Refused(CutOff)),
            ("of-zeros", full(start.clone(), &[0]), Refused(Broken)),
            ("of-zeros-after-a-frame", full(whole_then(&[]), &[0]), one),
            ("of-trailers", full(start.clone(), TRAILER), Refused(NoFrame)),
            ("of-introducers", full(start.clone(), b"\x21"), Refused(CutOff)),
            ("of-bytes", vec![0; MOST_BYTES + 1], Refused(TooLarge)),
            ("of-bytes-after-a-frame", [full(whole_then(TRAILER), &[0]), vec![0]].concat(), Refused(TooLarge)),
            ("of-frames", dots(100_000, 2), Refused(TooManyFrames)),
            ("of-lasting-frames", dots(900, 60), Refused(TooLong)),
            ("of-pixels-in-500-bytes", huge(&[255; 4]), Refused(TooWide)),
            ("of-rows-in-500-bytes", huge(&[1, 0, 255, 255]), Refused(TooWide)),
            ("of-columns-in-500-bytes", huge(&[255, 255, 1, 0]), Refused(TooWide)),
            ("of-pixels-in-one-kilobyte", bomb, Refused(TooManyPixels)),
        ],
    )
}
