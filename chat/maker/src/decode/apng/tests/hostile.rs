//! Files that are wrong: whatever they say, nothing panics, and no memory is taken for what they claim.

use proptest::prelude::*;

use super::super::*;
use super::file::*;

#[test]
fn a_wrong_number_of_frames_does_no_harm() {
    for (number, frames) in [(1, 1), (2, 2), (3, 2), (0x7FFF_FFFF, 2), (0, 1), (u32::MAX, 1)] {
        let mut chunks = red_and_blue();
        chunks[1] = animated(number);
        assert_eq!(shown(&chunks).len(), frames, "{number}");
    }
}

#[test]
fn a_frame_beyond_the_picture_ends_it() {
    for place in
        [[1, 0, 2, 2], [0, 1, 2, 2], [0, 0, 0, 2], [0, 0, 2, 0], [0, 0, 3, 2], [u32::MAX, 0, 2, 2], [0, 9, 1, 1]]
    {
        let mut chunks = red_and_blue();
        chunks[4] = control(1, place, [1, 20], 0, 0);
        assert_eq!(shown(&chunks), shown(&red_and_blue())[..1], "{place:?}");
    }
}

#[test]
fn what_is_too_big_is_refused() {
    for (width, height) in [(1 << 31, 1 << 31), (u32::MAX, u32::MAX), (1, u32::MAX), (u32::MAX, 1), (2049, 2048)] {
        for (depth, colour) in [(1, 0), (16, 6)] {
            for interlaced in [false, true] {
                let mut chunks = red_and_blue();
                chunks[0] = header(width, height, depth, colour, interlaced);
                chunks.remove(2);
                assert_eq!(all(&file(&chunks), &Limits::default()), Err(DecodeError::TooBig), "{width} × {height}");
            }
        }
    }
    let limits = |most_area, most_frames| Limits { most_area, most_frames };
    assert_eq!(all(&file(&red_and_blue()), &limits(3, 9)), Err(DecodeError::TooBig));
    assert_eq!(all(&file(&red_and_blue()), &limits(4, 1)).map(|frames| frames.len()), Ok(1));
}

/// Files with all that can go wrong: several kinds of pixels and of compression.
fn samples() -> Vec<Vec<Chunk>> {
    let palette = vec![
        header(9, 3, 2, 3, true),
        animated(1),
        (b"PLTE", vec![9; 12]),
        (b"tRNS", vec![1, 2]),
        control(0, [0, 0, 9, 3], [1, 20], 0, 0),
        (b"IDAT", rows(&[vec![80], vec![80], vec![80], vec![27, 64], vec![27], vec![27], vec![27, 27, 64]])),
        (b"IEND", Vec::new()),
    ];
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 20, 20);
    encoder.set_color(png::ColorType::Rgb);
    let pixels: Vec<u8> = (0..1200_u32).map(|at| (at * at / 97 % 61) as u8).collect();
    encoder.write_header().unwrap().write_image_data(&pixels).unwrap();
    let start = bytes.windows(4).position(|name| name == b"IDAT").unwrap() + 4;
    let compressed = bytes[start..bytes.len() - 16].to_vec();
    let deflated = vec![
        header(20, 20, 8, 2, false),
        animated(1),
        (b"tRNS", vec![0, 1, 0, 2, 0, 3]),
        (b"IDAT", compressed.clone()),
        control(0, [0, 0, 20, 20], [1, 20], 0, 0),
        later(1, &compressed),
        (b"IEND", Vec::new()),
    ];
    vec![red_and_blue(), interlaced_animation(), palette, deflated]
}

const SMALL: Limits = Limits { most_area: 1 << 16, most_frames: 9 };

#[test]
fn no_single_wrong_byte_makes_it_panic() {
    for chunks in samples() {
        assert!(all(&file(&chunks), &SMALL).is_ok());
        for at in 0..chunks.len() {
            for place in 0..chunks[at].1.len() {
                for change in [0x01, 0x80, 0xFF] {
                    let mut chunks = chunks.clone();
                    chunks[at].1[place] ^= change;
                    let _ = all(&file(&chunks), &SMALL);
                }
            }
            for length in 0..chunks[at].1.len() {
                let mut chunks = chunks.clone();
                chunks[at].1.truncate(length);
                let _ = all(&file(&chunks), &SMALL);
            }
        }
    }
}

proptest! {
    #[test]
    fn no_changes_make_it_panic(
        sample in 0_usize..4,
        changes in prop::collection::vec((0_u8..5, any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut chunks = samples().swap_remove(sample);
        for (what, chunk, place, byte) in changes {
            let at = chunk.index(chunks.len());
            match what {
                0 => chunks.insert(place.index(chunks.len()), chunks[at].clone()),
                1 if chunks.len() > 1 => drop(chunks.remove(at)),
                2 => {
                    let length = place.index(chunks[at].1.len() + 1);
                    chunks[at].1.truncate(length);
                }
                3 => chunks[at].1.push(byte),
                _ if !chunks[at].1.is_empty() => {
                    let place = place.index(chunks[at].1.len());
                    chunks[at].1[place] = byte;
                }
                _ => {}
            }
        }
        let _ = all(&file(&chunks), &SMALL);
    }
}
