//! The frames of animated PNGs.

mod file;
mod hostile;

use self::file::*;
use super::*;
use crate::pixel::CLEAR;

#[test]
fn parts_are_put_together() {
    let whole = [0, 0, 3, 1];
    let frames = shown(&animation(
        3,
        1,
        &[
            (whole, RED, 0, 0),
            ([1, 0, 1, 1], BLUE, PREVIOUS, OVER),
            ([2, 0, 1, 1], BLUE, BACKGROUND, 0),
            ([0, 0, 1, 1], CLEAR, 0, OVER),
            ([0, 0, 1, 1], CLEAR, 0, 0),
            (whole, [0, 0, 255, 128], 0, OVER),
            (whole, [255, 0, 0, 128], 0, OVER),
        ],
    ));
    let (half, blue) = ([127, 0, 128, 255], [0, 0, 255, 128]);
    let mixed = [170, 0, 85, 192];
    let expected = [
        vec![RED, RED, RED],
        vec![RED, BLUE, RED],
        vec![RED, RED, BLUE],
        vec![RED, RED, CLEAR],
        vec![CLEAR, RED, CLEAR],
        vec![blue, half, blue],
        vec![mixed, [191, 0, 64, 255], mixed],
    ];
    assert_eq!(frames, expected.map(|pixels| (pixels, 50)));
}

#[test]
fn before_the_first_frame_there_was_nothing() {
    let frames = shown(&animation(2, 1, &[([0, 0, 2, 1], RED, PREVIOUS, OVER), ([1, 0, 1, 1], BLUE, 0, OVER)]));
    assert_eq!(frames, [(vec![RED, RED], 50), (vec![CLEAR, BLUE], 50)]);
}

#[test]
fn the_picture_for_those_who_know_no_animations_is_not_a_frame() {
    let place = [1, 0, 1, 1];
    let mut chunks = vec![
        header(2, 1, 8, RGBA, false),
        animated(1),
        (b"IDAT", same(RED, [0, 0, 2, 1])),
        control(0, place, [1, 20], PREVIOUS, 0),
        later(1, &same(BLUE, place)),
        (b"IEND", Vec::new()),
    ];
    assert_eq!(shown(&chunks), [(vec![CLEAR, BLUE], 50)]);
    // Without the chunk that says that the file is animated, it is a still.
    chunks.remove(1);
    assert_eq!(shown(&chunks), [(vec![RED, RED], 0)]);
    let still: Vec<_> = red_and_blue().into_iter().filter(|(name, _)| *name != b"acTL").collect();
    assert_eq!(shown(&still), [(vec![RED; 4], 0)]);
}

#[test]
fn times_are_those_of_browsers() {
    for (time, millis) in [
        ([1, 20], 50),
        ([1, 60], 17),
        ([7, 0], 70),
        ([0, 0], 100),
        ([0, 9], 100),
        ([1, 100], 100),
        ([65535, 1], 65_535_000),
    ] {
        let mut chunks = red_and_blue();
        chunks[2] = control(0, [0, 0, 2, 2], time, 0, 0);
        assert_eq!(shown(&chunks)[0].1, millis, "{time:?}");
    }
}

#[test]
fn all_colours_are_read() {
    for (colour, depth, row, expected) in [
        (0, 8, &[7, 200][..], [[7, 7, 7, 255], [200, 200, 200, 255]]),
        (0, 2, &[0b0111_0000], [[85, 85, 85, 255], [255; 4]]),
        (0, 16, &[7, 99, 200, 99], [[7, 7, 7, 255], [200, 200, 200, 255]]),
        (4, 8, &[7, 9, 200, 0], [[7, 7, 7, 9], [200, 200, 200, 0]]),
        (2, 16, &[1, 99, 2, 99, 3, 99, 4, 99, 5, 99, 6, 99], [[1, 2, 3, 255], [4, 5, 6, 255]]),
        (6, 16, &[1, 99, 2, 99, 3, 99, 9, 99, 4, 99, 5, 99, 6, 99, 0, 99], [[1, 2, 3, 9], [4, 5, 6, 0]]),
        (3, 1, &[0b0100_0000], [[255, 0, 0, 128], BLUE]),
    ] {
        let mut chunks =
            vec![header(2, 1, depth, colour, false), (b"IDAT", rows(&[row.to_vec()])), (b"IEND", Vec::new())];
        if colour == 3 {
            chunks.insert(1, (b"PLTE", vec![255, 0, 0, 0, 0, 255]));
            chunks.insert(2, (b"tRNS", vec![128]));
        }
        assert_eq!(shown(&chunks), [(expected.to_vec(), 0)], "{colour} {depth}");
    }
}

#[test]
fn parts_may_be_interlaced() {
    let grey = |grey: u32| [grey as u8, grey as u8, grey as u8, 255];
    let first = |x: u32, y: u32| grey(y * 16 + x);
    let second = |x: u32, y: u32| match (x.checked_sub(3), y.checked_sub(1)) {
        (Some(x @ ..5), Some(y @ ..7)) => grey(255 - (y * 16 + x)),
        _ => first(x, y),
    };
    let picture = |pixel: &dyn Fn(u32, u32) -> Pixel| (0..90).map(|at| pixel(at % 9, at / 9)).collect::<Vec<_>>();
    assert_eq!(shown(&interlaced_animation()), [(picture(&first), 50), (picture(&second), 50)]);
}

#[test]
fn what_is_cut_off_has_the_frames_that_are_whole() {
    let chunks = red_and_blue();
    let (whole, first) = (file(&chunks), file(&chunks[..4]));
    let frames = shown(&chunks);
    for cut in 0..whole.len() {
        // A frame ends where the next chunk's name is read.
        let expected = match cut {
            _ if cut < first.len() + 8 => Err(DecodeError::NotAnImage),
            _ if cut < whole.len() - 4 => Ok(frames[..1].to_vec()),
            _ => Ok(frames.clone()),
        };
        assert_eq!(all(&whole[..cut], &Limits::default()), expected, "{cut} of {}", whole.len());
    }
}
