//! Tests of the maker as a whole. Its GIFs are read by `decode`, and checked as the server checks uploads.

use chat::gif::{Limits, check};
use proptest::prelude::*;

use crate::decode::{self, decode};
use crate::pixel::Pixel;
use crate::{Gave, MOST_FRAMES, Made, Maker, MakerError, Recipe};

const RED: Pixel = [220, 20, 30, 255];
const BLUE: Pixel = [10, 30, 200, 255];
const CLEAR: Pixel = [0; 4];
const MOST: usize = 5 * 1024 * 1024;

/// The frames that a GIF shows, and the milliseconds of each.
fn shown(gif: &[u8]) -> Vec<(Vec<Pixel>, u32)> {
    let mut frames = Vec::new();
    decode(gif, &decode::Limits::default(), &mut |frame| {
        frames.push((frame.rgba.as_chunks().0.to_vec(), frame.millis));
    })
    .unwrap();
    frames
}

fn maker(width: u32, height: u32, most_bytes: usize) -> Maker {
    Maker::new(Recipe { width, height, most_bytes }).unwrap()
}

fn made(width: u32, height: u32, most: usize, frames: &[(Vec<Pixel>, u32)]) -> Result<Made, MakerError> {
    let mut maker = maker(width, height, most);
    for (pixels, millis) in frames {
        maker.add(pixels.as_flattened(), *millis)?;
    }
    let made = maker.make(&mut |done, of| assert!(done <= of))?;
    let checked = check(&made.bytes, &Limits::default()).expect("a server accepts it");
    assert_eq!((u32::from(checked.gif.width), u32::from(checked.gif.height)), (made.width, made.height));
    assert_eq!(usize::from(checked.gif.frames), made.frames);
    assert!(made.bytes.len() <= most);
    Ok(made)
}

/// A pseudorandom number from 0 to 255 (SplitMix64).
fn noise(seed: usize) -> u8 {
    let mut mixed = (seed as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (mixed >> 56) as u8
}

fn noisy(width: usize, height: usize, frames: usize) -> Vec<(Vec<Pixel>, u32)> {
    let pixel = |seed: usize| [noise(seed), noise(seed + 7919), noise(seed + 104_729), 255];
    let area = width * height;
    (0..frames).map(|frame| ((0..area).map(|at| pixel(frame * area + at)).collect(), 80)).collect()
}

#[test]
fn a_still_has_one_frame_and_no_loop() {
    let made = made(1, 1, MOST, &[(vec![RED], 70)]).unwrap();
    assert_eq!((made.frames, made.gave_up.as_slice()), (1, [].as_slice()));
    assert_eq!(shown(&made.bytes)[0].0, [RED]);
    assert!(!made.bytes.windows(8).any(|bytes| bytes == b"NETSCAPE"));
}

#[test]
fn few_colours_are_kept_as_they_are() {
    let frames: Vec<_> =
        (0..5u8).map(|shade| ((0..12).map(|at| [shade * 3, at * 20, 77, 255]).collect(), 100)).collect();
    let made = made(4, 3, MOST, &frames).unwrap();
    assert_eq!(shown(&made.bytes), frames);
    assert!(made.bytes.windows(8).any(|bytes| bytes == b"NETSCAPE"));
}

#[test]
fn equal_neighbours_are_one_frame() {
    let frames = [(vec![RED; 4], 50), (vec![RED; 4], 70), (vec![BLUE; 4], 40), (vec![BLUE; 4], 40), (vec![RED; 4], 30)];
    let shown = shown(&made(2, 2, MOST, &frames).unwrap().bytes);
    assert_eq!(shown, [(vec![RED; 4], 120), (vec![BLUE; 4], 80), (vec![RED; 4], 30)]);
}

#[test]
fn errors_of_rounding_do_not_add_up() {
    let frames: Vec<_> = (0..90).map(|at| (vec![[at, 0, 0, 255]], 33)).collect();
    let shown = shown(&made(1, 1, MOST, &frames).unwrap().bytes);
    assert_eq!(shown.iter().map(|(_, millis)| millis).sum::<u32>(), 90 * 33);
    assert!(shown.iter().all(|(_, millis)| (30..=40).contains(millis)));
}

#[test]
fn what_is_too_short_gives_its_time_to_the_next() {
    let frames: Vec<_> = (0..100).map(|at| (vec![[at, 0, 0, 255]], 7)).collect();
    let shown = shown(&made(1, 1, MOST, &frames).unwrap().bytes);
    assert_eq!(shown.iter().map(|(_, millis)| millis).sum::<u32>(), 700);
    assert!(shown.iter().all(|(_, millis)| *millis >= 20));
}

#[test]
fn no_time_is_a_tenth_of_a_second() {
    let shown = shown(&made(1, 1, MOST, &[(vec![RED], 0), (vec![BLUE], 0)]).unwrap().bytes);
    assert_eq!(shown, [(vec![RED], 100), (vec![BLUE], 100)]);
}

#[test]
fn holes_come_and_go() {
    let frames = [
        (vec![RED, CLEAR, RED, CLEAR, CLEAR, RED], 50),
        (vec![CLEAR, CLEAR, RED, BLUE, CLEAR, RED], 50),
        (vec![CLEAR; 6], 50),
        (vec![CLEAR, BLUE, CLEAR, CLEAR, CLEAR, RED], 50),
    ];
    assert_eq!(shown(&made(3, 2, MOST, &frames).unwrap().bytes), frames);
    let nothing = made(3, 2, MOST, &[(vec![CLEAR; 6], 50)]).unwrap();
    assert_eq!(shown(&nothing.bytes)[0].0, [CLEAR; 6]);
    // An alpha in between becomes transparent or opaque.
    let half = made(2, 1, MOST, &[(vec![[9, 9, 9, 127], [9, 9, 9, 128]], 50)]).unwrap();
    assert_eq!(shown(&half.bytes)[0].0, [CLEAR, [9, 9, 9, 255]]);
}

/// A noisy film of an unevenly lit wall, in front of which an object moves.
#[test]
fn what_does_not_move_does_not_change() {
    let (width, height, frames) = (96, 64, 12);
    let is_thing = |frame: usize, x: usize, y: usize| (24..40).contains(&y) && (frame * 4..frame * 4 + 16).contains(&x);
    let picture = |frame: usize| {
        let pixel = |at: usize| {
            let (x, y) = (at % width, at / width);
            if is_thing(frame, x, y) {
                return RED;
            }
            let noise = |channel: usize| noise((frame * width * height + at) * 3 + channel) % 5;
            [90 + (x + y) as u8 + noise(0), 70 + x as u8 + noise(1), 50 + y as u8 + noise(2), 255]
        };
        ((0..width * height).map(pixel).collect(), 80)
    };
    let film: Vec<_> = (0..frames).map(picture).collect();
    let shown = shown(&made(width as u32, height as u32, MOST, &film).unwrap().bytes);
    assert_eq!(shown.len(), frames);
    for pair in shown.windows(2) {
        // Pixels beside the object may change, too, because neighbours are looked at together.
        let still = (0..width * height).filter(|at| !(20..44).contains(&(at / width)));
        assert!(still.clone().count() > width * height / 2);
        assert!(still.clone().all(|at| pair[0].0[at] == pair[1].0[at]));
    }
}

#[test]
fn a_gradient_has_no_steps() {
    let film = [((0..256 * 16).map(|at| [100 + (at % 256 / 4) as u8, 120, 90 + (at / 256) as u8, 255]).collect(), 50)];
    let shown = shown(&made(256, 16, MOST, &film).unwrap().bytes);
    // On average, squares have the colour that they should have. (The edges are left out: a palette has no colours
    // beyond those there.)
    for left in (16..240).step_by(8) {
        let square = |pixels: &[Pixel]| -> i32 {
            (0..64).map(|at| i32::from(pixels[(at / 8 + 4) * 256 + left + at % 8][0])).sum::<i32>() / 64
        };
        assert!((square(&shown[0].0) - square(&film[0].0)).abs() <= 3, "at {left}");
    }
}

#[test]
fn noise_is_made_to_fit() {
    let film = noisy(64, 48, 12);
    let whole = made(64, 48, MOST, &film).unwrap();
    assert!(whole.gave_up.is_empty());
    let mut before = whole.bytes.len();
    for part in [2, 5, 20, 60] {
        let made = made(64, 48, whole.bytes.len() / part, &film).unwrap();
        assert!(!made.gave_up.is_empty() && made.bytes.len() < before);
        before = made.bytes.len();
    }
    let small = made(64, 48, whole.bytes.len() / 60, &film).unwrap();
    assert!(matches!(small.gave_up.as_slice(), [Gave::Colours(_), Gave::Rate(_), Gave::Size { .. }]), "{small:?}");
    assert_eq!(made(64, 48, 100, &film), Err(MakerError::TooLarge));
    assert_eq!(made(64, 48, 0, &film), Err(MakerError::TooLarge));
}

#[test]
fn a_cut_has_a_palette_of_its_own() {
    let shade = |at: usize, colour: usize| {
        let mut pixel = [0, 0, 0, 255];
        pixel[colour] = 60 + noise(at) / 2;
        pixel[(colour + 1) % 3] = noise(at + 1) / 4;
        pixel
    };
    let film: Vec<_> =
        (0..6).map(|frame| ((0..4096).map(|at| shade(at * 6 + frame, frame / 3)).collect(), 50)).collect();
    let shown = shown(&made(64, 64, MOST, &film).unwrap().bytes);
    for ((wanted, _), (got, _)) in film.iter().zip(&shown) {
        let off = wanted.iter().zip(got).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a.abs_diff(*b) as u32).sum::<u32>());
        assert!(off.sum::<u32>() / 4096 < 20);
    }
}

#[test]
fn the_limits_are_kept() {
    for side in [0, 1025, u32::MAX] {
        let recipe = |width, height| Recipe { width, height, most_bytes: MOST };
        assert!(matches!(Maker::new(recipe(side, 5)), Err(MakerError::TooBig)));
        assert!(matches!(Maker::new(recipe(5, side)), Err(MakerError::TooBig)));
    }
    let mut few = maker(2, 1, MOST);
    assert_eq!(few.make(&mut |_, _| {}), Err(MakerError::Empty));
    for length in [0, 4, 7, 9, 12] {
        assert_eq!(few.add(&vec![1; length], 5), Err(MakerError::WrongLength));
    }
    for frame in 0..MOST_FRAMES {
        few.add(&[frame as u8, (frame / 256) as u8, 0, 255, 0, 0, 0, 255], 40).unwrap();
    }
    assert_eq!(few.add(&[9; 8], 40), Err(MakerError::TooManyFrames));
    assert_eq!(few.frames(), MOST_FRAMES);
    let mut long = maker(1, 1, MOST);
    assert_eq!(long.add(&RED, 120_001), Err(MakerError::TooLong));
    assert_eq!(long.add(&RED, u32::MAX), Err(MakerError::TooLong));
    long.add(&RED, 120_000).unwrap();
    assert_eq!(long.add(&BLUE, 1), Err(MakerError::TooLong));
    assert!(check(&long.make(&mut |_, _| {}).unwrap().bytes, &Limits::default()).is_ok());
}

#[test]
fn pixels_of_all_frames_are_counted() {
    let mut large = maker(1024, 1024, MOST);
    for frame in 0..=91u8 {
        let added = large.add(&[frame, 0, 0, 255].repeat(1024 * 1024), 40);
        assert_eq!(added, if frame < 91 { Ok(()) } else { Err(MakerError::TooManyFrames) });
    }
}

#[test]
fn a_webp_is_read() {
    let pixels = [RED, BLUE, [7, 8, 9, 255], CLEAR];
    let mut file = Vec::new();
    let encoder = image_webp::WebPEncoder::new(&mut file);
    encoder.encode(pixels.as_flattened(), 2, 2, image_webp::ColorType::Rgba8).unwrap();
    assert_eq!(shown(&file), [(pixels.to_vec(), 0)]);
    let small = decode::Limits { most_area: 3, most_frames: 9 };
    assert_eq!(decode(&file, &small, &mut |_| {}), Err(decode::DecodeError::TooBig));
    assert_eq!(decode(&file[..20], &small, &mut |_| {}), Err(decode::DecodeError::NotAnImage));
}

#[test]
fn what_cannot_be_read_ends_a_gif() {
    let film = noisy(8, 8, 4);
    let gif = made(8, 8, MOST, &film).unwrap().bytes;
    assert_eq!(shown(&gif[..gif.len() / 2]).len(), 2);
    let two = decode::Limits { most_frames: 2, ..decode::Limits::default() };
    assert_eq!(decode(&gif, &two, &mut |_| {}), Ok(2));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_comes_in_a_gif_comes_out(
        (width, height) in (1..24u32, 1..24u32),
        frames in prop::collection::vec((any::<u64>(), 0..300u32), 1..8),
        most in prop_oneof![Just(MOST), 100..4000usize],
        holes in any::<bool>(),
        soft in any::<bool>(),
    ) {
        let pixel = |seed: usize| {
            let mask = if soft { 7 } else { 255 };
            let alpha = if holes { noise(seed * 3) } else { 255 };
            [noise(seed) & mask, noise(seed + 1) & mask, noise(seed + 2) & mask, alpha]
        };
        let area = (width * height) as usize;
        let film: Vec<_> = frames
            .iter()
            .map(|(seed, millis)| ((0..area).map(|at| pixel((*seed >> 16) as usize + at * 5)).collect(), *millis))
            .collect();
        match made(width, height, most, &film) {
            Ok(made) => prop_assert_eq!(shown(&made.bytes).len(), made.frames),
            Err(error) => prop_assert_eq!(error, MakerError::TooLarge),
        }
    }

    #[test]
    fn whatever_is_read_does_no_harm(kind in 0..3usize, mut bytes in prop::collection::vec(any::<u8>(), 0..300), at in any::<usize>()) {
        let limits = decode::Limits { most_area: 1 << 16, most_frames: 50 };
        let starts: [&[u8]; 3] = [b"GIF89a\x05\0\x05\0\x80\0\0", b"RIFF\xff\0\0\0WEBPVP8L", b""];
        let mut file = starts[kind].to_vec();
        file.append(&mut bytes);
        let _ = decode(&file, &limits, &mut |_| {});
        // A whole file with a wrong byte.
        let mut gif = made(4, 4, MOST, &noisy(4, 4, 3)).unwrap().bytes;
        let at = at % gif.len();
        gif[at] ^= 0x55;
        let _ = decode(&gif, &limits, &mut |frame| assert_eq!(frame.rgba.len(), frame.width * frame.height * 4));
    }
}
