//! The corpus from end to end: what the check of uploads keeps of a file shows the same as the file, and so do the
//! still and the light copy that are made of it.
// A test that cannot go on says why and stops.
#![allow(clippy::expect_used)]

mod picture;
mod reference;

use std::io::Cursor;
use std::sync::LazyLock;
use std::time::Duration;

use chat::gif::{Checked, check};
use corpus::{Right, Sample};
use image::AnimationDecoder;
use image::codecs::gif::GifDecoder;
use light::{Limits, Made, make};

use crate::picture::Picture;
use crate::reference::DecodedGif;

/// No pictures are made of GIFs with more pixels than this in all frames together, because that would take long.
const MOST_PIXELS: u64 = 5_000_000;
/// The longest side of what is made, in pixels.
const SIDE: usize = 640;
/// How far the channels of a picture may be from what they should be, as a mean and of 255. Colours that change from
/// one pixel to the next are 9 away, because a WebP has colours at half the resolution; pictures as people send them
/// are 1 to 5 away.
const FAR: f64 = 10.0;

/// A sample that is accepted and is small enough for pictures to be made of it.
struct Accepted {
    name: String,
    upload: Vec<u8>,
    checked: Checked,
    shown: DecodedGif,
    made: Made,
}

static ACCEPTED: LazyLock<Vec<Accepted>> = LazyLock::new(|| corpus::all().into_iter().filter_map(accepted).collect());

fn accepted(Sample { name, bytes: upload, right }: Sample) -> Option<Accepted> {
    let Right::Shown { width, height, frames, .. } = right else { return None };
    if u64::from(width) * u64::from(height) * u64::from(frames) > MOST_PIXELS {
        return None;
    }
    let checked = check(&upload, &chat::gif::Limits::default()).expect(&name);
    let shown = reference::read(&checked.bytes).expect(&name);
    // The machine may be busy.
    let limits = Limits { cpu: Duration::from_secs(60), ..Limits::default() };
    let made = make(&checked.bytes, &limits).expect(&name);
    Some(Accepted { name, upload, checked, shown, made })
}

#[test]
fn each_sample_is_judged_rightly() {
    for Sample { name, bytes, right } in corpus::all() {
        let judged = check(&bytes, &chat::gif::Limits::default()).ok().map(|checked| checked.gif);
        let judged = judged.map(|gif| (gif.width, gif.height, gif.frames, gif.duration_ms));
        let right = match right {
            Right::Shown { width, height, frames, duration_ms } => Some((width, height, frames, duration_ms)),
            Right::Refused(_) => None,
        };
        assert_eq!(judged, right, "{name}");
    }
}

#[test]
fn what_is_stored_shows_what_was_sent() {
    for Accepted { name, upload, checked, shown, .. } in &*ACCEPTED {
        assert_eq!(shown.frames.len(), usize::from(checked.gif.frames), "{name}");
        let sent = reference::read(upload).expect(name);
        assert_eq!(sent.again, shown.again, "{name}");
        assert!(sent.frames.len() >= shown.frames.len(), "{name}");
        for (number, (stored, sent)) in shown.frames.iter().zip(&sent.frames).enumerate() {
            assert!(stored.ms == sent.ms && stored.picture == sent.picture, "frame {number} of {name}");
        }
    }
}

/// Samples that the other decoder shows wrongly. Colours that a table lacks are black in browsers and clear in that
/// decoder, and it takes some interlaced frames for too short.
const BEYOND_IT: [&str; 3] = ["data-code-size-8", "data-a-table-that-stays-full", "data-interlaced-cleared-in-a-row"];

/// Compares the reference decoder with another one, because all other tests rely on it.
#[test]
fn another_decoder_shows_the_same() {
    for Accepted { name, checked, shown, .. } in &*ACCEPTED {
        if BEYOND_IT.contains(&name.as_str()) {
            continue;
        }
        let decoder = GifDecoder::new(Cursor::new(&checked.bytes)).expect(name);
        let frames = decoder.into_frames().collect_frames().expect(name);
        assert_eq!(frames.len(), shown.frames.len(), "{name}");
        for (number, (other, shown)) in frames.iter().zip(&shown.frames).enumerate() {
            let pixels = other.buffer().pixels().map(|pixel| if pixel.0[3] == 0 { [0; 4] } else { pixel.0 });
            assert!(pixels.eq(shown.picture.pixels.iter().copied()), "frame {number} of {name}");
        }
    }
}

#[test]
fn stills_show_the_first_frame_that_shows_something() {
    for Accepted { name, shown, made, .. } in &*ACCEPTED {
        let still = picture::read(made.still.as_deref().expect(name)).frames.remove(0).1;
        let something = shown.frames.iter().find(|frame| shows_something(&frame.picture));
        let full = &something.unwrap_or(&shown.frames[0]).picture;
        assert_eq!((still.width, still.height), fitted(full.width, full.height), "{name}");
        let distance = full.fitted(still.width, still.height).distance(&still);
        assert!(distance < FAR, "{name} is {distance} away");
    }
}

#[test]
fn light_copies_play_as_the_gifs_do() {
    let mut copies = 0;
    for Accepted { name, checked, shown, made, .. } in &*ACCEPTED {
        let Some(light) = &made.light else { continue };
        copies += 1;
        assert!(light.len() < checked.bytes.len(), "{name}");
        let copy = picture::read(light);
        assert_eq!(copy.frames.iter().map(|(ms, _)| ms).sum::<u32>(), checked.gif.duration_ms, "{name}");
        // A GIF says how often it plays again, and a WebP how often it plays.
        let times = shown.again.map_or(Some(1), |again| (again > 0).then(|| (u32::from(again) + 1).min(65535)));
        assert_eq!(copy.times, times, "{name}");
        let mut begun = 0;
        for frame in &shown.frames {
            let (time, mut end) = (begun + frame.ms / 2, 0);
            begun += frame.ms;
            let at_that_time = copy.frames.iter().find(|(ms, _)| {
                end += ms;
                end > time
            });
            let seen = &at_that_time.expect(name).1;
            assert_eq!(
                (seen.width, seen.height),
                fitted(checked.gif.width.into(), checked.gif.height.into()),
                "{name}"
            );
            let distance = frame.picture.fitted(seen.width, seen.height).distance(seen);
            assert!(distance < FAR, "{name} is {distance} away after {time} ms");
        }
    }
    assert!(copies >= 40, "only {copies} samples have a copy");
}

/// The size of the pictures that are made: that of the GIF, or smaller by one factor for both sides.
fn fitted(width: usize, height: usize) -> (usize, usize) {
    let longest = width.max(height) as f64;
    let factor = (SIDE as f64 / longest).min(1.0);
    let side = |side: usize| ((side as f64 * factor).round() as usize).max(1);
    (side(width), side(height))
}

/// Whether more than one pixel in a thousand has another colour than the first.
fn shows_something(picture: &Picture) -> bool {
    let first = picture.pixels[0];
    let is_other = |pixel: &&picture::Pixel| pixel.iter().zip(first).any(|(a, b)| a.abs_diff(b) > 8);
    picture.pixels.iter().filter(is_other).count() > picture.pixels.len() / 1000
}
