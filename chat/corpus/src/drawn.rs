//! Small GIFs that common tools wrote, and what the tools were told to write (`drawn/README.md`).

use crate::Right::Refused;
use crate::Why::{TooLong, TooWide};
use crate::{Sample, named, shown};

/// The name of a file, its bytes, and what is right for it.
macro_rules! drawn {
    ($($name:literal $right:expr,)*) => {
        vec![$(($name, include_bytes!(concat!("../drawn/", $name, ".gif")).to_vec(), $right)),*]
    };
}

pub(crate) fn samples() -> Vec<Sample> {
    #[rustfmt::skip]
    let drawn = drawn![
        "pillow-one-pixel" shown(1, 1, 1, 0),
        "pillow-three-frames" shown(40, 30, 3, 400),
        "pillow-not-interlaced" shown(33, 29, 1, 0),
        "pillow-interlaced" shown(33, 29, 1, 0),
        "pillow-interlaced-frames" shown(24, 17, 3, 300),
        "pillow-two-colours" shown(40, 30, 3, 300),
        "pillow-grey" shown(40, 30, 3, 300),
        "pillow-many-colours" shown(20, 16, 1, 0),
        "pillow-tables-of-their-own" shown(16, 12, 4, 200),
        "pillow-dispose-unspecified" shown(40, 30, 4, 320),
        "pillow-dispose-keep" shown(40, 30, 4, 320),
        "pillow-dispose-background" shown(40, 30, 4, 320),
        "pillow-dispose-previous" shown(40, 30, 4, 320),
        "pillow-clear-dispose-keep" shown(40, 24, 4, 320),
        "pillow-clear-dispose-background" shown(40, 24, 4, 320),
        "pillow-clear-dispose-previous" shown(40, 24, 4, 320),
        "pillow-loop-0" shown(20, 15, 2, 200),
        "pillow-loop-1" shown(20, 15, 2, 200),
        "pillow-loop-5" shown(20, 15, 2, 200),
        "pillow-loop-65535" shown(20, 15, 2, 200),
        "pillow-loop-none" shown(20, 15, 2, 200),
        "pillow-delay-0" shown(20, 15, 3, 300),
        "pillow-delay-1" shown(20, 15, 3, 300),
        "pillow-delay-2-and-3" shown(20, 15, 3, 70),
        "pillow-delay-65535-still" shown(20, 15, 1, 0),
        "pillow-delay-65535" Refused(TooLong),
        "pillow-two-minutes" shown(20, 15, 2, 120000),
        "pillow-comment" shown(20, 15, 2, 200),
        "pillow-wide-strip" shown(4096, 4, 1, 0),
        "pillow-high-strip" shown(4, 4096, 1, 0),
        "pillow-too-wide" Refused(TooWide),
        "pillow-phone" shown(1080, 2160, 1, 0),
        "pillow-small-phone" shown(108, 216, 1, 0),
        "gifsicle-o1" shown(48, 36, 5, 500),
        "gifsicle-o3" shown(48, 36, 5, 500),
        "gifsicle-o3-clear" shown(40, 24, 4, 320),
        "gifsicle-o3-lossy" shown(24, 18, 4, 240),
        "gifsicle-unoptimized" shown(48, 36, 5, 500),
        "gifsicle-interlace" shown(24, 18, 4, 240),
        "gifsicle-careful" shown(48, 36, 5, 500),
        "gifsicle-two-colours" shown(48, 36, 5, 500),
        "gifsicle-odd-delays" shown(48, 36, 5, 3870),
        "gifsicle-loop-3" shown(48, 36, 5, 500),
        "gifsicle-no-loop" shown(48, 36, 5, 500),
        "gifsicle-backwards" shown(48, 36, 5, 500),
        "gifsicle-cropped" shown(20, 20, 5, 500),
        "gifsicle-turned" shown(18, 24, 4, 240),
        "gifsicle-comment" shown(24, 18, 4, 240),
        "gifsicle-application" shown(24, 18, 4, 240),
        "gifsicle-unknown-extension" shown(24, 18, 4, 240),
        "gifsicle-name" shown(24, 18, 4, 240),
        "gifsicle-canvas-larger" shown(64, 50, 5, 500),
        "gifsicle-moved" shown(64, 50, 5, 500),
        "ffmpeg-offsets" shown(64, 48, 4, 400),
        "ffmpeg-differences" shown(64, 48, 4, 400),
        "ffmpeg-whole-frames" shown(48, 36, 3, 300),
        "ffmpeg-palette" shown(32, 24, 4, 320),
        "ffmpeg-palettes" shown(24, 18, 3, 300),
        "ffmpeg-plays-once" shown(48, 36, 3, 300),
        "ffmpeg-plays-six-times" shown(48, 36, 3, 300),
        "ffmpeg-50-frames-a-second" shown(32, 24, 5, 100),
        "ffmpeg-100-frames-a-second" shown(32, 24, 5, 500),
        "ffmpeg-last-frame-stays" shown(32, 24, 3, 1700),
        "magick-gif87" shown(30, 20, 1, 0),
        "magick-frames" shown(30, 20, 3, 360),
        "magick-optimized" shown(48, 36, 5, 500),
        "magick-optimized-to-clear" shown(48, 36, 5, 500),
        "magick-dispose-previous" shown(40, 30, 3, 270),
        "magick-dispose-background" shown(40, 30, 3, 270),
        "magick-over-the-edge" shown(40, 30, 2, 180),
        "magick-clear" shown(30, 20, 1, 0),
        "magick-one-bit" shown(30, 20, 1, 0),
        "magick-colour-profile" shown(24, 16, 1, 0),
        "magick-comment" shown(24, 16, 1, 0),
        "magick-interlaced" shown(24, 19, 1, 0),
        "giflib-still" shown(20, 12, 1, 0),
        "giflib-comment-and-text" shown(20, 12, 1, 0),
        "giflib-two-images" shown(20, 12, 2, 400),
    ];
    named("drawn", drawn)
}
