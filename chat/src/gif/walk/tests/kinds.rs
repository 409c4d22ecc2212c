//! The samples of the corpus get the right verdicts: a GIF that all browsers show is accepted, and is mended where
//! browsers differ.

use corpus::blocks::{TRAILER, image_of, plain_codes, screen};
use corpus::{Right, Why};

use super::mutants::assert_sound;
use super::*;

/// GIFs whose frames have more pixels together are not given to an independent decoder, which would take long.
const MOST_PIXELS: u64 = 1 << 20;

fn problem(why: Why) -> Error {
    Error::BadGif(match why {
        Why::TooLarge => return Error::TooLarge { limit: Limits::default().max_bytes },
        Why::Empty => GifProblem::Empty,
        Why::NotAGif => GifProblem::NotAGif,
        Why::NoFrame => GifProblem::NoFrame,
        Why::Broken => GifProblem::Broken,
        Why::CutOff => GifProblem::CutOff,
        Why::TooWide => GifProblem::TooWide,
        Why::TooManyFrames => GifProblem::TooManyFrames,
        Why::TooManyPixels => GifProblem::TooManyPixels,
        Why::TooLong => GifProblem::TooLong,
    })
}

#[test]
fn each_sample_of_the_corpus_is_judged_rightly() {
    let mut wrong = Vec::new();
    for corpus::Sample { name, bytes, right } in corpus::all() {
        let judged = judge(&bytes);
        if let Ok(checked) = &judged {
            let Gif { width, height, frames, .. } = checked.gif;
            if u64::from(width) * u64::from(height) * u64::from(frames) <= MOST_PIXELS {
                assert_sound(checked);
            } else {
                assert_eq!(accepted(&checked.bytes), *checked, "{name}");
            }
        }
        let judged = judged.map(|Checked { gif, .. }| (gif.width, gif.height, gif.frames, gif.duration_ms));
        let right = match right {
            Right::Shown { width, height, frames, duration_ms } => Ok((width, height, frames, duration_ms)),
            Right::Refused(why) => Err(problem(why)),
        };
        if judged != right {
            wrong.push(format!("{name}: {judged:?} instead of {right:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn cut(bytes: &[u8], end: usize) -> Vec<u8> {
    bytes[..bytes.len() - end].to_vec()
}

/// A GIF of 4 × 4 pixels with one image of these codes.
fn coded(codes: &[usize]) -> Vec<u8> {
    [&screen(b"GIF89a", 4, 4), &image_of([0, 0, 4, 4], 2, codes), TRAILER].concat()
}

/// The codes of 16 pixels without the end code, and then `rest`.
fn codes_then(rest: &[usize]) -> Vec<usize> {
    let mut codes = plain_codes(16);
    codes.pop();
    [&codes, rest].concat()
}

#[test]
fn what_was_mended_is_written_as_it_should_be() {
    let plain = codes_then(&[5]);
    for (kind, bytes) in [
        ("more pixels", coded(&codes_then(&[4, 1, 1, 1, 1, 1, 1, 1, 5]))),
        ("an unknown code", coded(&codes_then(&[4, 7, 1, 5]))),
        ("an unknown code at once", coded(&codes_then(&[7, 1, 5]))),
        ("no trailer", cut(&coded(&plain), 1)),
        ("no terminator", cut(&coded(&plain), 2)),
        ("an archive", [&coded(&plain)[..], b"PK\x03\x04"].concat()),
        ("an old GIF", [b"GIF87a", &coded(&plain)[6..]].concat()),
    ] {
        assert_eq!(accepted(&bytes).bytes, coded(&plain), "{kind}");
    }
}
