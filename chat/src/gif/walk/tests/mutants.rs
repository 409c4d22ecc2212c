//! GIFs that were cut, altered or made up.

use corpus::blocks::{
    TRAILER, control, data, descriptor, descriptor_with_table, image_of, looping, packed, plain_codes, screen,
};
use proptest::prelude::*;

use super::*;

/// Asserts that an independent decoder reads the accepted GIF and its poster to their ends, and that they are accepted
/// unchanged.
#[track_caller]
pub(super) fn assert_sound(checked: &Checked) {
    let gif = checked.gif;
    for (bytes, frames) in [(&checked.bytes, gif.frames), (&checked.poster, 1)] {
        let decoder = gif::Decoder::new(&bytes[..]).expect("a header");
        assert_eq!((decoder.width(), decoder.height()), (gif.width, gif.height));
        assert_eq!(frames_of(bytes).len(), usize::from(frames));
        assert!(bytes.starts_with(b"GIF89a") && bytes.ends_with(TRAILER));
        let again = accepted(bytes);
        assert_eq!((&again.bytes, again.gif.frames), (bytes, frames));
    }
    assert_eq!(accepted(&checked.bytes), *checked);
}

/// Three frames with everything that a block may have.
fn rich() -> Vec<u8> {
    [
        screen(b"GIF89a", 6, 4),
        looping(b"NETSCAPE2.0", &[&[1, 0, 0]]),
        control(5),
        image_of([0, 0, 6, 4], 2, &plain_codes(24)),
        b"\x21\xfe\x02hi\x00".to_vec(),
        control(10),
        [descriptor_with_table([1, 1, 3, 2]), data(2, &packed(2, &[4, 1, 6, 7, 5]), 2)].concat(),
        control(7),
        [descriptor([4, 2, 5, 5]), data(3, &packed(3, &[8, 1, 10, 11, 12, 13, 14, 1, 1, 1, 9]), 255)].concat(),
        TRAILER.to_vec(),
    ]
    .concat()
}

fn samples() -> [Vec<u8>; 3] {
    [rich(), gif(12, 7, &[5, 10, 7]), gif(40, 30, &[2, 300])]
}

#[test]
fn cut_anywhere() {
    for bytes in samples() {
        let whole = frames_of(&accepted(&bytes).bytes);
        let mut most = 0;
        for len in 0..bytes.len() {
            match judge(&bytes[..len]) {
                Ok(checked) => {
                    assert_sound(&checked);
                    let frames = frames_of(&checked.bytes);
                    for (frame, before) in frames.iter().zip(&whole) {
                        assert_eq!((&frame.buffer, frame.delay), (&before.buffer, before.delay), "cut at {len}");
                    }
                    assert!(frames.len() >= most, "cut at {len}");
                    most = frames.len();
                }
                Err(Error::BadGif(GifProblem::Empty)) => assert_eq!(len, 0),
                Err(Error::BadGif(GifProblem::NotAGif)) => assert!((1..6).contains(&len)),
                Err(problem) => {
                    assert_eq!((problem, most), (Error::BadGif(GifProblem::CutOff), 0), "cut at {len}");
                }
            }
        }
        assert_eq!(most, whole.len());
    }
}

#[test]
fn every_byte_altered() {
    for bytes in samples() {
        for at in 0..bytes.len() {
            for change in [0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff, bytes[at]] {
                let mut altered = bytes.clone();
                altered[at] ^= change;
                if let Ok(checked) = judge(&altered) {
                    assert_sound(&checked);
                }
            }
        }
    }
}

/// Asserts that image data is accepted if an independent decoder reads it to its end. The reverse cannot be asserted,
/// because that decoder reads one code more than there are pixels; but it has to read the data that is kept.
fn assert_judged_as_by_a_decoder(code_size: u8, side: u16, bytes: &[u8]) {
    let gif = [&screen(b"GIF89a", side, side), &descriptor([0, 0, side, side]), &data(code_size, bytes, 255), TRAILER];
    let gif = gif.concat();
    let decoded = gif::Decoder::new(&gif[..]).expect("a header").read_next_frame().map(|frame| frame.cloned());
    match (judge(&gif), decoded) {
        (Ok(checked), decoded) => {
            assert_sound(&checked);
            if let Ok(frame) = decoded {
                assert_eq!(frames_of(&checked.bytes)[0].buffer, frame.expect("a frame").buffer);
            }
        }
        (Err(_), decoded) => assert!(decoded.is_err()),
    }
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..8);
    (0..3usize, changes).prop_map(|(sample, changes)| {
        let mut bytes = samples()[sample].clone();
        for (at, value, kind) in changes {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes.insert(at, value),
                1 if bytes.len() > 1 => drop(bytes.remove(at)),
                2 => bytes[at] ^= 1 << (value % 8),
                _ => bytes[at] = value,
            }
        }
        bytes
    })
}

/// Pixels with repeated strings, so that the table is used and grows.
fn picture() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec((0..4u8, 1..600usize), 1..60)
        .prop_map(|runs| runs.into_iter().flat_map(|(colour, len)| std::iter::repeat_n(colour, len)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn random_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400), is_named: bool) {
        if let (true, Some(name)) = (is_named, bytes.get_mut(..6)) {
            name.copy_from_slice(b"GIF89a");
        }
        let _ = judge(&bytes);
    }

    #[test]
    fn what_is_accepted_is_accepted_again_as_it_is(bytes in mutated()) {
        if let Ok(checked) = judge(&bytes) {
            assert_sound(&checked);
        }
    }

    #[test]
    fn random_codes_are_whole_where_a_decoder_finds_so(
        code_size in 2..=8u8,
        side in 1..20u16,
        bytes in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        assert_judged_as_by_a_decoder(code_size, side, &bytes);
    }

    #[test]
    fn damaged_pictures_are_whole_where_a_decoder_finds_so(
        pixels in picture(),
        side in 1..100u16,
        at: prop::sample::Index,
        change in 0..=255u8,
    ) {
        let width = u16::try_from(pixels.len()).unwrap_or(u16::MAX);
        let mut frame = gif::Frame::from_indexed_pixels(width, 1, &pixels[..width.into()], None);
        frame.make_lzw_pre_encoded();
        let (code_size, bytes) = frame.buffer.split_first().expect("a code size");
        let mut bytes = bytes.to_vec();
        let at = at.index(bytes.len());
        bytes[at] ^= change;
        assert_judged_as_by_a_decoder(*code_size, side, &bytes);
    }
}
