use gif::{AnyExtension, Extension, Repeat};
use proptest::prelude::*;
use rstest::rstest;

use super::samples::{build, frame, gif};
use super::*;

const COMMENT: AnyExtension = AnyExtension(Extension::Comment as u8);
const TEXT: AnyExtension = AnyExtension(Extension::Text as u8);
const APPLICATION: AnyExtension = AnyExtension(Extension::Application as u8);
const LOOP: &[u8] = b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00";

fn judge(bytes: &[u8]) -> Result<Checked, Error> {
    check(bytes, &Limits::default())
}

fn accepted(bytes: &[u8]) -> Checked {
    judge(bytes).expect("a GIF worth keeping")
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn frames_of(bytes: &[u8]) -> Vec<gif::Frame<'static>> {
    let decoder = gif::Decoder::new(bytes).expect("a header");
    decoder.into_iter().collect::<Result<_, _>>().expect("frames")
}

#[rstest]
#[case::three_frames(&[5, 10, 7], 220)]
#[case::a_still_lasts_not(&[50], 0)]
#[case::too_fast_plays_as_browsers_do(&[0, 1, 2], 100 + 100 + 20)]
fn what_is_said_of_a_gif(#[case] delays: &[u16], #[case] duration_ms: u32) {
    let bytes = gif(12, 7, delays);
    let Checked { gif, bytes: kept, .. } = accepted(&bytes);
    assert_eq!((gif.width, gif.height), (12, 7));
    assert_eq!((usize::from(gif.frames), gif.duration_ms), (delays.len(), duration_ms));
    assert_eq!(gif.bytes as usize, kept.len());
    assert_eq!(gif.sha, GifHash(Sha256::digest(&kept).into()));
}

#[test]
fn what_the_encoder_wrote_is_kept_as_it_is() {
    let bytes = gif(12, 7, &[5, 10]);
    assert_eq!(accepted(&bytes).bytes, bytes);
    let old: Vec<u8> = [b"GIF87a", &bytes[6..]].concat();
    assert_eq!(accepted(&old).bytes, old);
}

#[test]
fn the_poster_is_the_first_frame_alone() {
    let checked = accepted(&gif(12, 7, &[5, 10, 7]));
    let (all, poster) = (frames_of(&checked.bytes), frames_of(&checked.poster));
    assert_eq!((all.len(), poster.len()), (3, 1));
    assert_eq!(poster[0].buffer, all[0].buffer);
    assert!(!has(&checked.poster, b"NETSCAPE2.0"));
    let still = accepted(&checked.poster);
    assert_eq!((still.gif.frames, still.gif.width, still.gif.height), (1, 12, 7));
}

#[test]
fn what_nobody_sees_is_dropped_and_looping_is_kept() {
    let bytes = build(4, 4, |encoder| {
        encoder.write_raw_extension(COMMENT, &[b"taken at 37.57, 126.98"]).expect("written");
        encoder.write_raw_extension(APPLICATION, &[b"XMP DataXMP", b"<secret/>"]).expect("written");
        encoder.write_raw_extension(APPLICATION, &[]).expect("written");
        encoder.write_raw_extension(APPLICATION, &[b"NETSCAPE2.0", b"\x02\x01\x02\x03\x04"]).expect("written");
        encoder.set_repeat(Repeat::Infinite).expect("written");
        encoder.write_frame(&frame(4, 4, 1, 9)).expect("written");
        encoder.write_raw_extension(TEXT, &[&[0; 12], b"plain text"]).expect("written");
        encoder.write_raw_extension(AnyExtension(0x77), &[b"unknown", b"thing"]).expect("written");
        encoder.write_frame(&frame(4, 4, 2, 9)).expect("written");
    });
    let trailing = [&bytes[..], b"PK\x03\x04 an archive"].concat();
    let clean = build(4, 4, |encoder| {
        encoder.set_repeat(Repeat::Infinite).expect("written");
        encoder.write_frame(&frame(4, 4, 1, 9)).expect("written");
        encoder.write_frame(&frame(4, 4, 2, 9)).expect("written");
    });
    let checked = accepted(&trailing);
    assert_eq!(checked.bytes, clean);
    assert!(has(&checked.bytes, LOOP));
}

/// The extension is inserted before the trailer.
#[rstest]
#[case::animexts(b"\x21\xff\x0bANIMEXTS1.0\x03\x01\x05\x00\x00", b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x05\x00\x00")]
#[case::with_more(
    b"\x21\xff\x0bNETSCAPE2.0\x05\x02\x01\x02\x03\x04\x03\x01\x07\x00\x00",
    b"NETSCAPE2.0\x03\x01\x07\x00\x00"
)]
fn looping_is_written_one_way(#[case] extension: &[u8], #[case] kept: &[u8]) {
    let bytes = gif(3, 3, &[50]);
    let checked = accepted(&[&bytes[..bytes.len() - 1], extension, b"\x3b"].concat());
    assert!(has(&checked.bytes, kept));
    assert_eq!(accepted(&checked.bytes), checked);
}

#[test]
fn a_control_waits_for_its_image() {
    let bytes = gif(3, 3, &[50]);
    let image = bytes.iter().position(|b| *b == 0x2c).expect("an image");
    let between: &[u8] = b"\x21\xfe\x02hi\x00";
    let checked = accepted(&[&bytes[..image], between, LOOP, &bytes[image..]].concat());
    let frames = frames_of(&checked.bytes);
    assert_eq!((frames.len(), frames[0].delay), (1, 50));
}

#[rstest]
#[case::nothing(b"")]
#[case::png(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR and so on")]
#[case::html(b"<!doctype html><script>alert(1)</script>")]
#[case::half_a_name(b"GIF89")]
#[case::another_version(b"GIF90a and so on")]
fn not_gifs(#[case] bytes: &[u8]) {
    assert_eq!(judge(bytes), Err(Error::BadGif(GifProblem::NotAGif)));
}

fn limits() -> Limits {
    Limits { max_bytes: 5000, max_side: 100, max_frames: 5, max_pixels: 30_000, max_duration_ms: 2000 }
}

#[rstest]
#[case::wide(gif(101, 1, &[9]), GifProblem::TooWide)]
#[case::high(gif(1, 101, &[9]), GifProblem::TooWide)]
#[case::frames(gif(1, 1, &[9; 6]), GifProblem::TooLong)]
#[case::pixels(gif(100, 100, &[9; 4]), GifProblem::TooLong)]
#[case::lasting(gif(1, 1, &[100, 101]), GifProblem::TooLong)]
#[case::no_frame(build(9, 9, |_| ()), GifProblem::Broken)]
#[case::no_width(gif(0, 1, &[9]), GifProblem::Broken)]
#[case::no_height(gif(1, 0, &[9]), GifProblem::Broken)]
fn refused(#[case] bytes: Vec<u8>, #[case] problem: GifProblem) {
    assert_eq!(check(&bytes, &limits()), Err(Error::BadGif(problem)));
}

#[rstest]
#[case::sides(gif(100, 100, &[9; 3]))]
#[case::frames(gif(1, 1, &[9; 5]))]
#[case::lasting(gif(1, 1, &[100, 100]))]
fn just_within_the_limits(#[case] bytes: Vec<u8>) {
    assert!(check(&bytes, &limits()).is_ok());
}

#[test]
fn too_many_bytes() {
    let bytes = gif(3, 3, &[9]);
    let max_bytes = bytes.len() as u64;
    assert!(check(&bytes, &Limits { max_bytes, ..limits() }).is_ok());
    let limit = max_bytes - 1;
    assert_eq!(check(&bytes, &Limits { max_bytes: limit, ..limits() }), Err(Error::TooLarge { limit }));
}

#[test]
fn a_small_file_that_asks_for_gigabytes() {
    let mut bytes = gif(3, 3, &[9]);
    bytes[6..10].fill(0xff);
    bytes.resize(469, 0);
    assert_eq!(judge(&bytes), Err(Error::BadGif(GifProblem::TooWide)));
    assert_eq!(
        check(&bytes, &Limits { max_side: u16::MAX, ..Limits::default() }),
        Err(Error::BadGif(GifProblem::TooLong))
    );
}

/// The offsets are those of the image descriptor's fields, which follow header, screen, table and control: 13 + 12 + 8.
#[rstest]
#[case::left(34, 1)]
#[case::top(36, 1)]
#[case::width(38, 4)]
#[case::height(40, 4)]
#[case::no_width(38, 0)]
#[case::no_height(40, 0)]
#[case::far(39, 0xff)]
#[case::code_size_0(43, 0)]
#[case::code_size_9(43, 9)]
fn images_that_contradict_the_rest(#[case] offset: usize, #[case] value: u8) {
    let mut bytes = gif(3, 3, &[9]);
    assert_eq!((bytes[33], accepted(&bytes).gif.frames), (0x2c, 1));
    bytes[offset] = value;
    assert_eq!(judge(&bytes), Err(Error::BadGif(GifProblem::Broken)));
}

#[test]
fn a_frame_without_any_colour_table() {
    let bytes = gif(3, 3, &[9]);
    let mut without = [&bytes[..13], &bytes[25..]].concat();
    without[10] = 0;
    assert_eq!(judge(&without), Err(Error::BadGif(GifProblem::Broken)));
}

#[test]
fn a_first_frame_without_pixels() {
    let bytes = gif(3, 3, &[9]);
    let empty = [&bytes[..44], b"\x00\x3b"].concat();
    assert_eq!(judge(&empty), Err(Error::BadGif(GifProblem::Broken)));
}

#[test]
fn cut_anywhere() {
    let bytes = gif(12, 7, &[5, 10, 7]);
    for len in 0..bytes.len() {
        assert!(judge(&bytes[..len]).is_err(), "cut at {len}");
    }
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..8);
    (prop::collection::vec(0..300u16, 1..4), changes).prop_map(|(delays, changes)| {
        let mut bytes = gif(9, 5, &delays);
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
            prop_assert!(checked.bytes.len() <= bytes.len());
            prop_assert_eq!(judge(&checked.bytes), Ok(checked.clone()));
            prop_assert!(judge(&checked.poster).is_ok());
        }
    }
}
