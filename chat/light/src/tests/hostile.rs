//! No bytes make the crate panic or take long.

use std::time::{Duration, Instant};

use gif::{DisposalMethod, Frame, Repeat};

use super::samples::*;
use crate::{Failed, Limits, make};

const SHORT: Limits = Limits { cpu: Duration::from_secs(2), max_area: 1 << 22 };

#[test]
fn random_bytes_are_no_gif() {
    let mut noise = noise();
    for length in 0..300 {
        let bytes: Vec<u8> = (0..length).map(|_| noise()).collect();
        assert_eq!(make(&bytes, &SHORT), Err(Failed::Broken));
        let headed = [b"GIF89a", &bytes[..]].concat();
        assert!(make(&headed, &SHORT).is_err(), "{length} bytes after the header");
    }
}

/// A GIF with all that a GIF can have.
fn rich() -> Vec<u8> {
    let mut interlaced = drawn(20, 20, 3, |x, y| (x * y % 64) as u8);
    interlaced.interlaced = true;
    let mut own = painted(12, 12, 5, |x, y| [x as u8 * 20, y as u8 * 20, 0]);
    own.transparent = Some(1);
    let frames = [
        plain(24, 24, RED, 10),
        placed(interlaced, 2, 2, DisposalMethod::Previous),
        placed(own, 20, 20, DisposalMethod::Background),
        plain(24, 24, BLUE, 10),
    ];
    gif(24, 24, Some(Repeat::Infinite), &frames)
}

#[test]
fn a_gif_that_ends_anywhere_fails() {
    let gif = rich();
    assert!(make(&gif, &SHORT).is_ok());
    for length in 0..gif.len() {
        assert!(make(&gif[..length], &SHORT).is_err(), "{length} of {} bytes", gif.len());
    }
}

#[test]
fn a_gif_with_any_byte_changed_harms_nobody() {
    let gif = rich();
    let mut noise = noise();
    let (mut good, mut bad) = (0, 0);
    for at in 0..gif.len() {
        let mut changed = gif.clone();
        changed[at] ^= noise() | 1;
        match make(&changed, &SHORT) {
            Ok(made) => good += usize::from(made.still.is_some()),
            Err(_) => bad += 1,
        }
    }
    // Bytes of pixels only change the picture, bytes of the structure break it.
    assert!(good > 100 && bad > 100, "{good} good and {bad} bad");
}

#[test]
fn large_canvases_and_frames_are_refused() {
    let small = Limits { max_area: 1000, ..SHORT };
    let dot = plain(1, 1, RED, 10);
    assert_eq!(make(&gif(40, 40, None, std::slice::from_ref(&dot)), &small), Err(Failed::TooLarge));
    assert_eq!(make(&gif(65535, 65535, None, std::slice::from_ref(&dot)), &SHORT), Err(Failed::TooLarge));
    assert_eq!(make(&gif(4, 4, None, &[dot, plain(40, 40, RED, 10)]), &small), Err(Failed::TooLarge));
}

#[test]
fn a_gif_without_frames_is_none() {
    assert_eq!(make(&gif(4, 4, None, &[]), &SHORT), Err(Failed::Broken));
}

#[test]
fn tiny_frames_on_a_large_canvas_take_only_the_time_that_there_is() {
    let dots = |step: u16| placed(plain(1, 1, (step % 5) as u8, 2), step, step, DisposalMethod::Previous);
    let frames: Vec<Frame> = (0..400).map(dots).collect();
    let gif = gif(4096, 1024, Some(Repeat::Infinite), &frames);
    let begun = Instant::now();
    let made = make(&gif, &SHORT).expect("the GIF is whole");
    assert!(made.still.is_some());
    // The machine may be busy; without limits it would take minutes.
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
}

#[test]
fn ten_thousand_frames_of_one_pixel() {
    let frames: Vec<Frame> =
        (0..10_000).map(|step| plain(1, 1, if step % 2 == 0 { BLACK } else { WHITE }, 2)).collect();
    let made = make(&gif(1, 1, Some(Repeat::Infinite), &frames), &Limits::default()).expect("the GIF is whole");
    assert!(made.still.is_some());
    assert!(made.flashes.is_some_and(|flashes| flashes.general == 25));
    assert_eq!(made.light, None, "a frame of a WebP has more bytes than one of these");
}
