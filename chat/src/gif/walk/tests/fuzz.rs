//! Half a million GIFs with random changes (`corpus::fuzz`) are judged soundly.

use super::mutants::assert_sound;
use super::*;

/// An accepted GIF is given to an independent decoder, unless its frames have more pixels than this together.
const MOST_PIXELS: u64 = 400_000;
const INPUTS: u64 = 500_000;

/// The outcome for an input. The fuzzer keeps one input for each outcome.
fn outcome(bytes: &[u8], judged: &Result<Checked, Error>) -> String {
    let shape = bytes.len().checked_ilog2();
    match judged {
        Err(error) => format!("{error:?} {shape:?}"),
        Ok(Checked { gif, bytes: kept, poster }) => {
            let lost = bytes.len().saturating_sub(kept.len()).checked_ilog2();
            let (sides, times) = ((gif.width.ilog2(), gif.height.ilog2()), gif.duration_ms.checked_ilog2());
            format!("{} {sides:?} {times:?} {lost:?} {:?} {shape:?}", gif.frames.min(16), poster.len().ilog2())
        }
    }
}

/// Checks one input and returns its outcome.
fn look_at(input: &[u8]) -> String {
    let judged = judge(input);
    if let Ok(checked) = &judged {
        let Gif { width, height, frames, .. } = checked.gif;
        if u64::from(width) * u64::from(height) * u64::from(frames) <= MOST_PIXELS {
            assert_sound(checked);
        } else {
            assert_eq!(accepted(&checked.bytes), *checked);
        }
    }
    outcome(input, &judged)
}

#[test]
fn whatever_is_made_of_gifs_is_judged_soundly() {
    corpus::fuzz::run(Vec::new(), INPUTS, look_at);
}
