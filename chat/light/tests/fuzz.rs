//! GIFs with random changes (`corpus::fuzz`) do no harm when pictures are made of them. What the check of uploads
//! accepts can be read, and a still and a copy of the right sizes are made of it.
// A test that cannot go on says why and stops.
#![allow(clippy::expect_used, clippy::panic)]

use std::io::Cursor;
use std::time::Duration;

use chat::gif::{Checked, check};
use image_webp::WebPDecoder;
use light::{Failed, Limits, Made, make};

/// A limit that some inputs keep and some do not.
const MOST_AREA: u64 = 64 * 64;
/// Larger samples are not used, because it would take long to look at them.
const MOST_BYTES: usize = 4 * 1024;
const INPUTS: u64 = 40_000;

/// Frames for which there is no time are left out.
const LIMITS: Limits = Limits { cpu: Duration::from_millis(200), max_area: MOST_AREA };

#[test]
fn whatever_is_made_of_gifs_harms_nobody() {
    let is_small = |sample: &corpus::Sample| sample.bytes.len() <= MOST_BYTES;
    let seeds = corpus::all().into_iter().filter(is_small).map(|sample| sample.bytes);
    corpus::fuzz::run(seeds.collect(), INPUTS, look_at);
}

/// Makes pictures of one input, and of what the check of uploads keeps of it. Returns the outcomes of both.
fn look_at(input: &[u8]) -> String {
    let sent = made(input);
    let Ok(Checked { gif, bytes, .. }) = check(input, &chat::gif::Limits::default()) else {
        return format!("{} refused", outcome(input, &sent));
    };
    let stored = made(&bytes);
    let is_large = u64::from(gif.width) * u64::from(gif.height) > MOST_AREA;
    match &stored {
        Ok(made) => {
            assert!(!is_large, "a canvas of {} × {} pixels is over the limit", gif.width, gif.height);
            let size = fitted(gif.width.into(), gif.height.into());
            let still = made.still.as_deref().expect("pixels can be encoded");
            assert_eq!(read(still, None), size);
            if let Some(light) = &made.light {
                assert!(gif.frames > 1 && light.len() < bytes.len());
                assert_eq!(read(light, Some(gif.duration_ms)), size);
            }
        }
        // A later frame may be larger than its canvas.
        Err(Failed::TooLarge) => assert!(is_large || gif.frames > 1),
        Err(Failed::Broken) => panic!("what the judge accepts can be read"),
    }
    let sides = (gif.width.ilog2(), gif.height.ilog2());
    format!("{} {sides:?} {}", outcome(&bytes, &stored), gif.frames.min(8))
}

/// The size of the pictures that are made: that of the GIF, or smaller, with a longest side of 640 pixels.
fn fitted(width: u32, height: u32) -> (u32, u32) {
    let factor = (640.0 / f64::from(width.max(height))).min(1.0);
    let side = |side: u32| ((f64::from(side) * factor).round() as u32).max(1);
    (side(width), side(height))
}

fn made(gif: &[u8]) -> Result<Made, Failed> {
    make(gif, &LIMITS)
}

/// Reads a WebP: a still, or all frames of an animation that lasts `duration_ms`. Returns its size.
fn read(webp: &[u8], duration_ms: Option<u32>) -> (u32, u32) {
    let mut decoder = WebPDecoder::new(Cursor::new(webp)).expect("it is a WebP");
    let mut buffer = vec![0; decoder.output_buffer_size().expect("a size")];
    match duration_ms {
        None => decoder.read_image(&mut buffer).expect("the picture is whole"),
        Some(duration_ms) => {
            let frames = 0..decoder.num_frames();
            let ms: u32 = frames.map(|_| decoder.read_frame(&mut buffer).expect("the frame is whole")).sum();
            assert_eq!(ms, duration_ms);
        }
    }
    decoder.dimensions()
}

fn outcome(bytes: &[u8], made: &Result<Made, Failed>) -> String {
    let shape = bytes.len().checked_ilog2();
    match made {
        Err(failed) => format!("{failed:?} {shape:?}"),
        Ok(Made { still, light, flashes }) => {
            let [still, light] = [still, light].map(|picture| picture.as_ref().map(|bytes| bytes.len().ilog2()));
            format!("{still:?} {light:?} {:?} {shape:?}", flashes.map(|flashes| flashes.general.min(4)))
        }
    }
}
