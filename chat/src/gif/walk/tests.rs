mod fuzz;
mod kinds;
mod looping;
mod mutants;

use corpus::blocks::{TRAILER, build, frame, gif};
use gif::{AnyExtension, Extension, Repeat};
use rstest::rstest;

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
    decoded(bytes).or_else(|_| decoded(&uninterlaced(bytes))).expect("frames")
}

fn decoded(bytes: &[u8]) -> Result<Vec<gif::Frame<'static>>, gif::DecodingError> {
    gif::Decoder::new(bytes).expect("a header").into_iter().collect()
}

/// The same GIF without its interlace flags, so that rows are read from top to bottom. The crate `gif` (0.14) misses
/// the last row of some interlaced images whose last string ends exactly with the image; browsers show them whole.
fn uninterlaced(bytes: &[u8]) -> Vec<u8> {
    const INTERLACED: u8 = 0x40;
    let table = |flags: u8| if flags & 0x80 == 0 { 0 } else { 3 * (2 << (flags & 7)) };
    let mut plain = bytes.to_vec();
    let mut at = 13 + table(bytes[10]);
    while bytes[at] != TRAILER[0] {
        at += match bytes[at] {
            0x21 => 2,
            _ => {
                plain[at + 9] &= !INTERLACED;
                11 + table(bytes[at + 9])
            }
        };
        while bytes[at] != 0 {
            at += 1 + usize::from(bytes[at]);
        }
        at += 1;
    }
    plain
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
    // Some browsers use the first frame's size of a GIF87a as its canvas size.
    let old: Vec<u8> = [b"GIF87a", &bytes[6..]].concat();
    assert_eq!(accepted(&old).bytes, bytes);
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

#[test]
fn a_control_waits_for_its_image() {
    let bytes = gif(3, 3, &[50]);
    let image = bytes.iter().position(|b| *b == 0x2c).expect("an image");
    let between: &[u8] = b"\x21\xfe\x02hi\x00";
    let checked = accepted(&[&bytes[..image], between, LOOP, &bytes[image..]].concat());
    let frames = frames_of(&checked.bytes);
    assert_eq!((frames.len(), frames[0].delay), (1, 50));
}

fn limits() -> Limits {
    Limits {
        max_bytes: 5000,
        max_side: 100,
        max_area: 10_000,
        max_frames: 5,
        max_pixels: 30_000,
        max_duration_ms: 2000,
    }
}

#[rstest]
#[case::wide(gif(101, 1, &[9]), GifProblem::TooWide)]
#[case::high(gif(1, 101, &[9]), GifProblem::TooWide)]
#[case::frames(gif(1, 1, &[9; 6]), GifProblem::TooManyFrames)]
#[case::pixels(gif(100, 100, &[9; 4]), GifProblem::TooManyPixels)]
#[case::lasting(gif(1, 1, &[100, 101]), GifProblem::TooLong)]
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
    let too_large = Err(Error::TooLarge { limit });
    assert_eq!(check(&bytes, &Limits { max_bytes: limit, ..limits() }), too_large);
    let (_, mended) = bytes.split_last().expect("a trailer");
    assert_eq!(check(mended, &Limits { max_bytes: limit, ..limits() }), too_large, "with its trailer it is larger");
}

#[test]
fn a_small_file_that_asks_for_gigabytes() {
    let mut bytes = gif(3, 3, &[9]);
    bytes[6..10].fill(0xff);
    bytes.resize(469, 0);
    assert_eq!(judge(&bytes), Err(Error::BadGif(GifProblem::TooWide)));
    let any_side = Limits { max_side: u16::MAX, ..Limits::default() };
    assert_eq!(check(&bytes, &any_side), Err(Error::BadGif(GifProblem::TooWide)), "its area");
    let any_area = Limits { max_area: u64::MAX, ..any_side };
    assert_eq!(check(&bytes, &any_area), Err(Error::BadGif(GifProblem::TooManyPixels)));
}
