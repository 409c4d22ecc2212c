//! Kinds of odd GIFs, and what is right for each: what all browsers show is taken, and mended where they differ.

use GifProblem::{Broken, CutOff, Empty, NoFrame, NotAGif, TooLong, TooManyFrames, TooManyPixels, TooWide};

use super::super::samples::{
    TRAILER, bare_screen, control, data, descriptor, descriptor_with_table, extension, image, image_of, packed,
    plain_codes, screen, whole_then,
};
use super::mutants::assert_sound;
use super::*;

/// Width, height, frames and duration, or why it is refused.
type Right = Result<(u16, u16, u16, u32), GifProblem>;

/// One frame of 4 × 4 pixels is left.
const ONE: Right = Ok((4, 4, 1, 0));
/// Two frames, shown for 90 ms and 70 ms.
const TWO: Right = Ok((4, 4, 2, 160));

#[track_caller]
fn assert_right(kinds: &[(&str, Vec<u8>, Right)]) {
    for (kind, bytes, right) in kinds {
        let judged = judge(bytes);
        if let Ok(checked) = &judged {
            assert_sound(checked);
        }
        let judged = judged.map(|Checked { gif, .. }| (gif.width, gif.height, gif.frames, gif.duration_ms));
        assert_eq!(judged, (*right).map_err(Error::BadGif), "{kind}");
    }
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

#[test]
fn ends() {
    let (two, glued) = (whole_then(&second()), whole_then(TRAILER));
    let twenty = [control(9), image_of([0, 0, 4, 4], 2, &[4, 1, 7, 7, 7, 5])].concat().repeat(20);
    assert_right(&[
        ("a whole one", whole_then(TRAILER), ONE),
        ("two frames", [&two, TRAILER].concat(), TWO),
        ("no trailer", whole_then(&[]), ONE),
        ("two frames, no trailer", two.clone(), TWO),
        ("nor a terminator", cut(&two, 1), TWO),
        ("cut in the data", cut(&two, 3), ONE),
        ("cut before the data", cut(&two, 5), ONE),
        ("cut before the code size", cut(&two, 6), ONE),
        ("cut in the descriptor", cut(&two, 10), ONE),
        ("cut in the table", whole_then(&cut(&descriptor_with_table([0, 0, 4, 4]), 5)), ONE),
        ("cut after a control", whole_then(&control(7)), ONE),
        ("cut in a control", whole_then(&cut(&control(7), 2)), ONE),
        ("cut in a comment", whole_then(b"\x21\xfe\x09hi"), ONE),
        ("cut after an introducer", whole_then(b"\x21"), ONE),
        ("zero for a trailer", whole_then(b"\0"), ONE),
        ("zeros, then a frame", whole_then(&[&[0, 0], &second()[..], TRAILER].concat()), ONE),
        ("an unknown block", whole_then(&[b"\x7f", &second()[..], TRAILER].concat()), ONE),
        ("a second GIF without a trailer before", [&whole_then(&[])[..], &glued].concat(), ONE),
        ("a second GIF", [&glued[..], &glued].concat(), ONE),
        ("an archive", [&glued[..], b"PK\x03\x04"].concat(), ONE),
        ("a control that does not end", whole_then(b"\x21\xf9\x04\0\x07\0\0\x05\x2c\0"), ONE),
        ("a control of three bytes", whole_then(&[b"\x21\xf9\x03\0\x07\0\0", &image([0; 4])[..]].concat()), ONE),
        ("a control of five bytes", whole_then(&[b"\x21\xf9\x05\0\x07\0\0\0\0", &second()[..]].concat()), ONE),
        ("an extension that does not end", whole_then(&[b"\x21\x77\xff", &second()[..], TRAILER].concat()), ONE),
        ("an application without end", whole_then(b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\x3b"), ONE),
        ("twenty broken frames", whole_then(&[&twenty, TRAILER].concat()), ONE),
        ("a broken frame between", whole_then(&[&twenty[..], &second(), TRAILER].concat()), ONE),
        ("a control for nothing", whole_then(&[&control(7), TRAILER].concat()), ONE),
        ("two controls", whole_then(&[&control(99), &second()[..], TRAILER].concat()), TWO),
        ("a comment between", whole_then(&[&extension(0xfe, &[b"a", b"b"]), &second()[..], TRAILER].concat()), TWO),
        ("text between", whole_then(&[&extension(1, &[&[0; 12], b"b"]), &second()[..], TRAILER].concat()), TWO),
        ("an empty extension", whole_then(&[&extension(0, &[]), &second()[..], TRAILER].concat()), TWO),
    ]);
}

#[test]
fn broken_later_frames() {
    let later = |descriptor: Vec<u8>, code_size, codes: &[usize]| {
        let broken = [descriptor, data(code_size, &packed(code_size.clamp(1, 8), codes), 255)].concat();
        whole_then(&[&control(7), &broken, &second()[..], TRAILER].concat())
    };
    let full = || descriptor([0, 0, 4, 4]);
    assert_right(&[
        ("no clear code", later(full(), 2, &plain_codes(16)[1..]), Ok((4, 4, 3, 230))),
        ("a first code that is unknown", later(full(), 2, &[7, 1, 1, 5]), ONE),
        ("an unknown code", later(full(), 2, &[4, 6, 1, 1, 5]), ONE),
        ("an unknown code later", later(full(), 2, &[4, 1, 1, 1, 9, 5]), ONE),
        ("an early end code", later(full(), 2, &[4, 1, 1, 5]), ONE),
        ("an end code alone", later(full(), 2, &[5]), ONE),
        ("a clear code alone", later(full(), 2, &[4]), ONE),
        ("no codes", later(full(), 2, &[]), ONE),
        ("an early terminator", later(full(), 2, &plain_codes(16)[..12]), ONE),
        ("code size 0", later(full(), 0, &plain_codes(16)), ONE),
        ("code size 9", later(full(), 9, &plain_codes(16)), ONE),
        ("code size 12", later(full(), 12, &plain_codes(16)), ONE),
        ("code size 255", later(full(), 255, &plain_codes(16)), ONE),
        ("no width", later(descriptor([0, 0, 0, 4]), 2, &plain_codes(16)), ONE),
        ("no height", later(descriptor([0, 0, 4, 0]), 2, &plain_codes(16)), ONE),
        ("far too large for its data", later(descriptor([0, 0, 65535, 65535]), 2, &plain_codes(16)), ONE),
    ]);
    let table_of_its_own = [descriptor_with_table([0, 0, 2, 2]), data(2, &packed(2, &plain_codes(4)), 255)].concat();
    let without = [&bare_screen(4, 4), &table_of_its_own, &second()[..], TRAILER].concat();
    assert_right(&[("no table", without, ONE)]);
}

#[test]
fn frames_over_the_edge_and_canvases_that_are_too_small() {
    let of = |version, [width, height]: [u16; 2], first, later: &[u8]| {
        [&screen(version, width, height), &control(9), &image(first), later, TRAILER].concat()
    };
    let over = |rect| whole_then(&[control(7), image(rect), TRAILER.to_vec()].concat());
    let new = b"GIF89a";
    assert_right(&[
        ("over the right edge", over([2, 0, 4, 4]), TWO),
        ("over the lower edge", over([0, 2, 4, 4]), TWO),
        ("over all edges", over([0, 0, 9, 9]), TWO),
        ("outside", over([40, 40, 4, 4]), TWO),
        ("as far outside as can be", over([65535, 65535, 4, 4]), TWO),
        ("a larger first frame", of(new, [10, 10], [0, 0, 16, 16], &[]), Ok((16, 16, 1, 0))),
        ("a wider first frame", of(new, [10, 20], [0, 0, 16, 16], &[]), Ok((16, 20, 1, 0))),
        ("a higher first frame", of(new, [20, 10], [0, 0, 16, 16], &second()), Ok((20, 16, 2, 160))),
        ("a first frame over the edge", of(new, [10, 10], [5, 6, 8, 8], &[]), Ok((13, 14, 1, 0))),
        ("a larger one not in the corner", of(new, [10, 10], [1, 2, 16, 16], &[]), Ok((17, 18, 1, 0))),
        ("no canvas", of(new, [0, 0], [0, 0, 8, 8], &[]), Ok((8, 8, 1, 0))),
        ("no canvas, not in the corner", of(new, [0, 0], [2, 1, 8, 8], &[]), Ok((10, 9, 1, 0))),
        ("no width", of(new, [0, 20], [0, 0, 8, 8], &[]), Ok((8, 20, 1, 0))),
        ("no height", of(new, [20, 0], [0, 0, 8, 8], &second()), Ok((20, 8, 2, 160))),
        ("a small first frame", of(new, [32, 32], [3, 3, 8, 8], &[]), Ok((32, 32, 1, 0))),
        ("an old GIF", of(b"GIF87a", [8, 8], [0, 0, 8, 8], &[]), Ok((8, 8, 1, 0))),
        ("an old GIF, small first frame", of(b"GIF87a", [32, 32], [0, 0, 1, 32], &second()), Ok((32, 32, 2, 160))),
        ("no canvas and no frame", of(new, [0, 0], [0, 0, 0, 0], &[]), Err(Broken)),
        ("no width anywhere", of(new, [0, 8], [0, 0, 0, 8], &[]), Err(Broken)),
        ("no first frame", of(new, [8, 8], [0, 0, 0, 0], &[]), Err(Broken)),
        ("a first frame far outside", of(new, [8, 8], [65535, 0, 8, 8], &[]), Err(TooWide)),
        ("just too far outside", of(new, [8, 8], [0, 4089, 8, 8], &[]), Err(TooWide)),
        ("just not too far outside", of(new, [8, 8], [0, 4088, 8, 8], &[]), Ok((8, 4096, 1, 0))),
    ]);
}

#[test]
fn image_data() {
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
    let mut interlaced = coded(2, &plain_codes(16));
    interlaced[25 + 9] |= 0x40;
    assert_right(&[
        ("bytes after the end code", with(&[&data(2, &more, 255), TRAILER].concat()), ONE),
        ("sub-blocks after the end code", with(&[&data(2, &more, 9), TRAILER].concat()), ONE),
        ("the file ends in these", with(&cut(&data(2, &more, 9), 4)), ONE),
        ("sub-blocks of one byte", with(&[&data(2, &more, 1), TRAILER].concat()), ONE),
        ("the trailer in place of the terminator", with(&[&cut(&data(2, &plain, 255), 1), TRAILER].concat()), ONE),
        ("the file ends with the end code", with(&cut(&data(2, &plain, 255), 1)), ONE),
        ("no end code", coded(2, &codes_then(&[])), ONE),
        ("a clear code before the end code", coded(2, &codes_then(&[4, 5])), ONE),
        ("more pixels", coded(2, &codes_then(&[4, 1, 1, 1, 1, 1, 1, 1, 5])), ONE),
        ("an unknown code after the last pixel", coded(2, &codes_then(&[4, 7, 1, 5])), ONE),
        ("a string that is too long", coded(2, &[4, 1, 6, 7, 8, 9, 10, 5]), ONE),
        ("no clear code first", coded(2, &plain_codes(16)[1..]), ONE),
        ("many clear codes", coded(2, &floods), ONE),
        ("code size 1, one pixel", dot, Ok((1, 1, 1, 0))),
        ("code size 1, more pixels", coded(1, &[2, 1, 4, 5, 6, 7, 8, 3]), Err(Broken)),
        ("code size 8", coded(8, &[[256].as_slice(), &[7; 16], &[257]].concat()), ONE),
        ("a table that stays full", many, Ok((50, 100, 1, 0))),
        ("the last code of all", last_code, Err(Broken)),
        ("a string of 4,091 pixels, over and over", longest, Ok((2048, 2048, 1, 0))),
        ("interlaced", interlaced, ONE),
    ]);
}

#[test]
fn nothing_whole() {
    let start = screen(b"GIF89a", 4, 4);
    let then = |rest: &[u8]| [&start, rest].concat();
    let first = |head: Vec<u8>, rest: Vec<u8>| then(&[&head, &rest, &second()[..], TRAILER].concat());
    let full = || descriptor([0, 0, 4, 4]);
    let plain = || data(2, &packed(2, &plain_codes(16)), 255);
    assert_right(&[
        ("nothing", Vec::new(), Err(Empty)),
        ("a PNG", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and so on".to_vec(), Err(NotAGif)),
        ("a page", b"<!doctype html><script>alert(1)</script>".to_vec(), Err(NotAGif)),
        ("half a name", b"GIF89".to_vec(), Err(NotAGif)),
        ("another version", b"GIF90a and so on".to_vec(), Err(NotAGif)),
        ("small letters", b"gif89a and so on".to_vec(), Err(NotAGif)),
        ("a GIF further in", [b" ", &whole_then(TRAILER)[..]].concat(), Err(NotAGif)),
        ("a name alone", b"GIF89a".to_vec(), Err(CutOff)),
        ("half a screen", start[..9].to_vec(), Err(CutOff)),
        ("half a table", start[..20].to_vec(), Err(CutOff)),
        ("a screen alone", start.clone(), Err(CutOff)),
        ("a control alone", then(&control(9)), Err(CutOff)),
        ("half a control", then(&cut(&control(9), 3)), Err(CutOff)),
        ("half a comment", then(b"\x21\xfe\x09hi"), Err(CutOff)),
        ("half a descriptor", then(&cut(&full(), 3)), Err(CutOff)),
        ("half a table of its own", then(&cut(&descriptor_with_table([0, 0, 4, 4]), 3)), Err(CutOff)),
        ("no data", then(&[full(), vec![2]].concat()), Err(CutOff)),
        ("half its data", then(&[full(), cut(&plain(), 4)].concat()), Err(CutOff)),
        ("no frame", then(TRAILER), Err(NoFrame)),
        ("a comment alone", then(&[&extension(0xfe, &[b"a"]), TRAILER].concat()), Err(NoFrame)),
        ("a control and no frame", then(&[&control(9), TRAILER].concat()), Err(NoFrame)),
        ("zeros", then(&[0; 40]), Err(Broken)),
        ("an unknown block", then(&[b"\x7f", &second()[..], TRAILER].concat()), Err(Broken)),
        ("a broken control", first(b"\x21\xf9\x03\0\x07\0\0".to_vec(), second()), Err(Broken)),
        ("a first code that is unknown", first(full(), data(2, &packed(2, &[4, 7, 1, 5]), 255)), Err(Broken)),
        ("an unknown code", first(full(), data(2, &packed(2, &[4, 1, 1, 9, 5]), 255)), Err(Broken)),
        ("an early end code", first(full(), data(2, &packed(2, &[4, 1, 5]), 255)), Err(Broken)),
        ("one pixel too few", first(full(), data(2, &packed(2, &plain_codes(15)), 255)), Err(Broken)),
        ("no codes", first(full(), data(2, &[], 255)), Err(Broken)),
        ("code size 0", first(full(), data(0, &packed(1, &plain_codes(16)), 255)), Err(Broken)),
        ("code size 9", first(full(), data(9, &packed(8, &plain_codes(16)), 255)), Err(Broken)),
        ("no table", [&bare_screen(4, 4), &full(), &plain()[..], TRAILER].concat(), Err(Broken)),
    ]);
}

#[test]
fn too_much() {
    let frames = |count, delay| [control(delay), image([0, 0, 1, 1])].concat().repeat(count);
    let of = |width, height, rest: Vec<u8>| [&screen(b"GIF89a", width, height), &rest[..], TRAILER].concat();
    let phone = gif(1080, 2160, &[50, 50]);
    let area = 2048 * 2048;
    let large = |pixels: usize| {
        let runs = [vec![4, 1], (6..4096).collect(), vec![4095; pixels / 4091 + 1], vec![5]].concat();
        image_of([0, 0, 4096, u16::try_from(pixels.div_ceil(4096)).expect("a height")], 2, &runs)
    };
    assert_right(&[
        ("a phone's screen", phone, Ok((1080, 2160, 2, 1000))),
        ("as wide as can be", gif(4096, 1024, &[9]), Ok((4096, 1024, 1, 0))),
        ("as high as can be", gif(1024, 4096, &[9]), Ok((1024, 4096, 1, 0))),
        ("wider", gif(4097, 1, &[9]), Err(TooWide)),
        ("higher", gif(1, 4097, &[9]), Err(TooWide)),
        ("a large area", of(4096, 4096, image([0, 0, 1, 1])), Err(TooWide)),
        ("an area just too large", of(2048, 2049, image([0, 0, 1, 1])), Err(TooWide)),
        ("a first frame of a large area", of(1, 1, large(area + 1)), Err(TooWide)),
        ("a later frame of a large area", of(1, 1, [image([0, 0, 1, 1]), large(area + 1)].concat()), Err(TooWide)),
        ("a later frame just not too large", of(1, 1, [image([0, 0, 1, 1]), large(area)].concat()), Ok((1, 1, 2, 200))),
        (
            "pixels in frames over the edge",
            of(1, 1, [image([0, 0, 1, 1]), large(area).repeat(60)].concat()),
            Err(TooManyPixels),
        ),
        ("pixels in small frames", of(1000, 1000, frames(251, 2)), Err(TooManyPixels)),
        ("just not too many pixels", of(1000, 1000, frames(250, 2)), Ok((1000, 1000, 250, 5000))),
        ("a thousand frames", of(1, 1, frames(1000, 12)), Ok((1, 1, 1000, 120_000))),
        ("one more", of(1, 1, frames(1001, 2)), Err(TooManyFrames)),
        ("a hundred thousand frames", of(1, 1, frames(100_000, 2)), Err(TooManyFrames)),
        ("too long", of(1, 1, frames(1000, 13)), Err(TooLong)),
        ("a still that lasts", of(1, 1, frames(1, 65535)), Ok((1, 1, 1, 0))),
        ("too long with a frame that lasts", of(1, 1, frames(2, 65535)), Err(TooLong)),
    ]);
}

#[test]
fn what_was_mended_is_written_as_it_should_be() {
    let clean = |codes: &[usize]| coded(2, codes);
    let plain = codes_then(&[5]);
    for (kind, bytes) in [
        ("more pixels", clean(&codes_then(&[4, 1, 1, 1, 1, 1, 1, 1, 5]))),
        ("an unknown code", clean(&codes_then(&[4, 7, 1, 5]))),
        ("an unknown code at once", clean(&codes_then(&[7, 1, 5]))),
        ("no trailer", cut(&clean(&plain), 1)),
        ("no terminator", cut(&clean(&plain), 2)),
        ("an archive", [&clean(&plain)[..], b"PK\x03\x04"].concat()),
        ("an old GIF", [b"GIF87a", &clean(&plain)[6..]].concat()),
    ] {
        assert_eq!(accepted(&bytes).bytes, clean(&plain), "{kind}");
    }
}
