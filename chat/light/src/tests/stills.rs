//! The still: which frame, how large, how many bytes.

use super::samples::*;
use crate::canvas::Size;

fn still(gif: &[u8]) -> Read {
    read(&made(gif).still.expect("there is a frame"))
}

#[test]
fn the_still_is_of_the_first_frame_that_shows_something() {
    let two = |left, right| drawn(32, 16, 10, move |x, _| if x < 16 { left } else { right });
    let mut clear = plain(32, 16, WHITE, 10);
    clear.transparent = Some(WHITE);
    let gif = gif(32, 16, None, &[clear, plain(32, 16, BLACK, 10), two(RED, GREEN), two(BLUE, WHITE)]);
    assert!(shows(&still(&gif), &[R, G]));
}

#[test]
fn specks_show_nothing() {
    let speck = drawn(64, 64, 10, |x, y| if (x, y) == (0, 0) || (x, y) == (9, 9) { WHITE } else { BLACK });
    let something = drawn(64, 64, 10, |x, _| if x < 32 { RED } else { BLUE });
    let still = still(&gif(64, 64, None, &[speck, something]));
    assert!(still.frames[0].1[40][2] > 200, "the right half is blue");
}

#[test]
fn colours_that_are_nearly_the_same_show_nothing() {
    let nearly = painted(32, 16, 10, |x, _| [100 + (x % 2) as u8 * 5; 3]);
    let still = still(&gif(32, 16, None, &[nearly, drawn(32, 16, 10, |x, _| if x < 16 { RED } else { BLUE })]));
    assert!(shows(&still, &[R, B]));
}

#[test]
fn if_no_frame_shows_anything_the_still_is_of_the_first() {
    let still = still(&sequence(16, 16, &[(BLUE, 10), (WHITE, 10), (GREEN, 10)]));
    assert!(shows(&still, &[B]));
}

#[test]
fn what_is_clear_stays_clear() {
    let mut half = drawn(32, 16, 10, |x, _| if x < 16 { RED } else { WHITE });
    half.transparent = Some(WHITE);
    let still = still(&gif(32, 16, None, &[half]));
    assert!(shows(&still, &[R, N]));
}

#[test]
fn stills_are_fitted_and_never_enlarged() {
    for ((width, height), expected) in [
        ((640, 640), (640, 640)),
        ((1280, 320), (640, 160)),
        ((333, 999), (213, 640)),
        ((2000, 1), (640, 1)),
        ((5, 7), (5, 7)),
    ] {
        let size = still(&gif(width, height, None, &[plain(width, height, RED, 0)])).size;
        assert_eq!((size.width, size.height), expected, "of {width} × {height}");
    }
}

#[test]
fn fitting_keeps_edges_clean() {
    // White beside clear pixels: if these counted as black, the edge would be grey.
    let mut half = drawn(1300, 16, 10, |x, _| if x < 651 { WHITE } else { BLACK });
    half.transparent = Some(BLACK);
    let mut fit = crate::fit::Fit::new(Size { width: 1300, height: 16 });
    let gif = gif(1300, 16, None, &[half]);
    let mut canvas = crate::canvas::Canvas::open(&gif, 1 << 20).expect("it is a GIF");
    canvas.next().expect("the frame is whole");
    let mut fitted = Vec::new();
    fit.apply(canvas.pixels(), &mut fitted).expect("the size is right");
    assert!(fitted.iter().any(|pixel| (1..=254).contains(&pixel[3])), "the edge is between two pixels");
    assert!(fitted.iter().all(|pixel| pixel[3] == 0 || pixel[0] >= 250), "it is white as far as it can be seen");
}

#[test]
fn a_still_like_a_photo_is_small() {
    let mut noise = noise();
    let photo = painted(900, 700, 10, |x, y| {
        let (x, y) = (f32::from(x) / 900.0, f32::from(y) / 700.0);
        let wave = ((x * 9.0).sin() * (y * 7.0).cos() + 1.0) * 60.0;
        let grain = f32::from(noise() % 48);
        [x * 120.0 + wave, y * 120.0 + wave, 128.0 - wave / 2.0].map(|value| (value + grain) as u8)
    });
    let still = made(&gif(900, 700, None, &[photo])).still.expect("there is a frame");
    assert!(still.len() <= 20 * 1024, "{} bytes", still.len());
    assert!(still.len() > 10 * 1024, "it is no worse than it must be: {} bytes", still.len());
}

#[test]
fn of_noise_the_last_try_is_taken() {
    let mut noise = noise();
    let still =
        made(&gif(640, 640, None, &[drawn(640, 640, 10, |_, _| noise() % 64)])).still.expect("there is a frame");
    assert!(still.len() > 20 * 1024, "nothing makes noise small");
    assert!(still.len() < 300 * 1024, "{} bytes", still.len());
}
