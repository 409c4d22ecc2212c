//! GIFs by the encoder of the crate `gif`, with all that a frame can have.

use std::borrow::Cow;

use gif::{DisposalMethod, Encoder, Frame, Repeat};

use crate::blocks::{build, frame};
use crate::{Right, Sample, named, shown};

const REPEATS: [(&str, Option<Repeat>); 5] = [
    ("plays-once", None),
    ("plays-for-ever", Some(Repeat::Infinite)),
    ("plays-twice", Some(Repeat::Finite(1))),
    ("plays-six-times", Some(Repeat::Finite(5))),
    ("plays-65536-times", Some(Repeat::Finite(65535))),
];

const DISPOSALS: [(&str, DisposalMethod); 4] = [
    ("leaves-anything", DisposalMethod::Any),
    ("leaves-itself", DisposalMethod::Keep),
    ("leaves-nothing", DisposalMethod::Background),
    ("leaves-what-was-before", DisposalMethod::Previous),
];

pub(crate) fn samples() -> Vec<Sample> {
    let four = shown(40, 30, 4, 360);
    let repeats = REPEATS.map(|(name, repeat)| (name, of(repeat, &moving(DisposalMethod::Keep, None)), four));
    let disposals = DISPOSALS.map(|(name, dispose)| (name, of(None, &moving(dispose, None)), four));
    let clear = [("itself", 1), ("nothing", 2), ("previous", 3)].map(|(name, dispose)| {
        let gif = of(Some(Repeat::Infinite), &moving(DISPOSALS[dispose].1, Some(1)));
        Sample { name: format!("encoded-holes-leaving-{name}"), bytes: gif, right: four }
    });
    let all = [named("encoded", repeats.into()), named("encoded", disposals.into()), clear.into()];
    [all.concat(), named("encoded", times()), named("encoded", places()), named("encoded", colours())].concat()
}

type Case = (&'static str, Vec<u8>, Right);

/// A GIF of 40 × 30 pixels.
fn of(repeat: Option<Repeat>, frames: &[Frame]) -> Vec<u8> {
    build(40, 30, |encoder| {
        if let Some(repeat) = repeat {
            encoder.set_repeat(repeat).expect("written to memory");
        }
        write(encoder, frames);
    })
}

fn write(encoder: &mut Encoder<&mut Vec<u8>>, frames: &[Frame]) {
    for frame in frames {
        encoder.write_frame(frame).expect("written to memory");
    }
}

/// A background, and a striped square that moves over it. Stripes of the `transparent` colour show what is below.
fn moving(dispose: DisposalMethod, transparent: Option<u8>) -> Vec<Frame<'static>> {
    let square = |step: u16| {
        let pixels: Vec<u8> = (0..144).map(|at| if at % 12 % 4 < 2 { 1 } else { 3 }).collect();
        let square =
            Frame { delay: 9, dispose, transparent, ..Frame::from_indexed_pixels(12, 12, pixels, transparent) };
        Frame { left: step * 9, top: step * 5, ..square }
    };
    [frame(40, 30, 2, 9)].into_iter().chain((0..3).map(square)).collect()
}

fn times() -> Vec<Case> {
    let of = |delays: &[u16]| crate::blocks::gif(20, 14, delays);
    vec![
        ("without-time", of(&[0, 0]), shown(20, 14, 2, 200)),
        ("one-hundredth", of(&[1, 1, 1]), shown(20, 14, 3, 300)),
        ("two-hundredths", of(&[2, 2, 2]), shown(20, 14, 3, 60)),
        ("all-times", of(&[0, 1, 2, 3, 5, 100]), shown(20, 14, 6, 1300)),
        ("two-minutes", of(&[6000, 6000]), shown(20, 14, 2, 120_000)),
        ("more-than-two-minutes", of(&[6000, 6001]), Right::Refused(crate::Why::TooLong)),
        ("a-still-of-eleven-minutes", of(&[65535]), shown(20, 14, 1, 0)),
        ("hundred-frames", of(&[4; 100]), shown(20, 14, 100, 4000)),
    ]
}

fn places() -> Vec<Case> {
    let placed = |left, top, dispose| {
        let frames = [frame(40, 30, 2, 9), Frame { left, top, dispose, ..frame(20, 20, 1, 9) }, frame(3, 3, 0, 9)];
        of(Some(Repeat::Infinite), &frames)
    };
    let three = shown(40, 30, 3, 270);
    let small_first = [Frame { left: 10, top: 5, ..frame(8, 8, 1, 9) }, frame(40, 30, 2, 9)];
    vec![
        ("over-the-right-edge", placed(30, 5, DisposalMethod::Background), three),
        ("over-the-lower-edge", placed(5, 20, DisposalMethod::Previous), three),
        ("over-the-corner", placed(39, 29, DisposalMethod::Keep), three),
        ("beside-the-canvas", placed(60, 60, DisposalMethod::Background), three),
        ("a-small-first-frame", of(None, &small_first), shown(40, 30, 2, 180)),
    ]
}

fn colours() -> Vec<Case> {
    let rgb = |width: u16, height: u16, shift: u16| {
        let pixel = |at: u16| {
            let (x, y) = (at % width, at / width);
            [(x * 6 + shift) as u8, (y * 8) as u8, (x * y + shift) as u8]
        };
        let pixels: Vec<u8> = (0..width * height).flat_map(pixel).collect();
        Frame { delay: 9, ..Frame::from_rgb_speed(width, height, &pixels, 10) }
    };
    let one = |palette: Vec<u8>, pixels: Vec<u8>| {
        let frame =
            Frame { width: 40, height: 30, palette: Some(palette), buffer: Cow::Owned(pixels), ..Frame::default() };
        of(None, &[frame])
    };
    let greys = (0..=255).flat_map(|grey: u8| [grey; 3]).collect();
    let mut pre_encoded = rgb(40, 30, 5);
    pre_encoded.make_lzw_pre_encoded();
    let ahead = build(40, 30, |encoder| {
        encoder.write_lzw_pre_encoded_frame(&pre_encoded).expect("written to memory");
    });
    let asks = Frame { needs_user_input: true, ..frame(40, 30, 1, 9) };
    let interlaced = interlaced(rgb(40, 30, 9));
    let all_clear = Frame { transparent: Some(1), ..frame(40, 30, 1, 9) };
    vec![
        ("photo", of(None, &[rgb(40, 30, 0)]), shown(40, 30, 1, 0)),
        ("film", of(Some(Repeat::Infinite), &[0, 30, 60, 90].map(|shift| rgb(40, 30, shift))), shown(40, 30, 4, 360)),
        ("greys", one(greys, (0..1200).map(|at| (at % 256) as u8).collect()), shown(40, 30, 1, 0)),
        (
            "two-colours",
            one(vec![9, 9, 9, 200, 200, 9], (0..1200).map(|at| (at / 3 % 2) as u8).collect()),
            shown(40, 30, 1, 0),
        ),
        (
            "colours-that-the-table-lacks",
            one(vec![9, 9, 9, 200, 200, 9, 1, 1, 1], (0..1200).map(|at| (at % 4) as u8).collect()),
            shown(40, 30, 1, 0),
        ),
        ("encoded-ahead", ahead, shown(40, 30, 1, 0)),
        ("asks-for-a-key", of(None, &[asks.clone(), frame(40, 30, 2, 9)]), shown(40, 30, 2, 180)),
        ("interlaced", of(None, &[interlaced]), shown(40, 30, 1, 0)),
        ("nothing-to-see", of(None, std::slice::from_ref(&all_clear)), shown(40, 30, 1, 0)),
        ("nothing-to-see-twice", of(None, &[all_clear.clone(), all_clear]), shown(40, 30, 2, 180)),
    ]
}

/// The same frame with its rows in the order of the four passes.
fn interlaced(frame: Frame<'static>) -> Frame<'static> {
    let height = usize::from(frame.height);
    let passes = [(0, 8), (4, 8), (2, 4), (1, 2)];
    let rows = passes.into_iter().flat_map(|(first, step)| (first..height).step_by(step));
    let width = usize::from(frame.width);
    let buffer = rows.flat_map(|row| frame.buffer[row * width..][..width].to_vec()).collect();
    Frame { interlaced: true, buffer: Cow::Owned(buffer), ..frame }
}
