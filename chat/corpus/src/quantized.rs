//! GIFs by the encoder of the crate `image`, which chooses the colours itself and gives each frame a table of its own.

use image::codecs::gif::{GifEncoder, Repeat};
use image::{Delay, Frame, Rgba, RgbaImage};

use crate::{Sample, named, shown};

pub(crate) fn samples() -> Vec<Sample> {
    let film = |speed| gif(speed, Some(Repeat::Infinite), &[0, 1, 2, 3].map(|time| waves(32, 24, time, 255)), 70);
    let still = |width, height| gif(10, None, &[waves(width, height, 0, 255)], 0);
    let clear = |alpha| gif(10, Some(Repeat::Infinite), &[0, 1].map(|time| waves(32, 24, time, alpha)), 70);
    let grown = RgbaImage::from_fn(20, 10, |x, y| Rgba([(x * 12) as u8, (y * 25) as u8, 90, 255]));
    let four = shown(32, 24, 4, 280);
    let two = shown(32, 24, 2, 140);
    named(
        "quantized",
        vec![
            ("slowly", film(1), four),
            ("as-usual", film(10), four),
            ("quickly", film(30), four),
            ("still", still(32, 24), shown(32, 24, 1, 0)),
            ("one-pixel", still(1, 1), shown(1, 1, 1, 0)),
            ("one-row", still(300, 1), shown(300, 1, 1, 0)),
            ("one-column", still(1, 300), shown(1, 300, 1, 0)),
            ("larger-than-a-copy", still(700, 100), shown(700, 100, 1, 0)),
            ("clear-half", clear(0), two),
            ("half-clear-half", clear(128), two),
            ("plays-once", gif(10, None, &[grown.clone(), waves(20, 10, 1, 255)], 100), shown(20, 10, 2, 200)),
            (
                "plays-four-times",
                gif(10, Some(Repeat::Finite(3)), &[grown.clone(), waves(20, 10, 1, 255)], 100),
                shown(20, 10, 2, 200),
            ),
            ("without-time", gif(10, None, &[grown.clone(), waves(20, 10, 1, 255)], 0), shown(20, 10, 2, 200)),
            ("same-frame-twice", gif(10, None, &[grown.clone(), grown], 30), shown(20, 10, 2, 60)),
        ],
    )
}

/// Waves of many colours; their right half has this alpha.
fn waves(width: u32, height: u32, time: u32, alpha: u8) -> RgbaImage {
    RgbaImage::from_fn(width, height, |x, y| {
        let wave = |at: u32, length: f32| ((at as f32 / length + time as f32).sin() * 100.0 + 128.0) as u8;
        Rgba([wave(x, 7.0), wave(y, 5.0), wave(x + y, 9.0), if x < width / 2 { 255 } else { alpha }])
    })
}

fn gif(speed: i32, repeat: Option<Repeat>, frames: &[RgbaImage], ms: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = GifEncoder::new_with_speed(&mut bytes, speed);
    if let Some(repeat) = repeat {
        encoder.set_repeat(repeat).expect("written to memory");
    }
    for frame in frames {
        let frame = Frame::from_parts(frame.clone(), 0, 0, Delay::from_numer_denom_ms(ms, 1));
        encoder.encode_frame(frame).expect("written to memory");
    }
    drop(encoder);
    bytes
}
