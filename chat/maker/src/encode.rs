//! One attempt to make a GIF.

use std::borrow::Cow;
use std::collections::VecDeque;

use crate::change::{Changes, Tolerance, difference, steady};
use crate::film::{CLEAR, Film, Pixel, Shown, Size};
use crate::mix::Mixer;
use crate::palette::Palette;
use crate::resize::Resizer;
use crate::write::{Painted, Rect, Writer};

/// How many frames are looked at to find the colour of a pixel that stays.
const AHEAD: usize = 6;

/// How a GIF is made.
pub(crate) struct Plan<'a> {
    pub palette: &'a Palette,
    pub tolerance: Tolerance,
    /// As in `Mixer`.
    pub strength: i32,
    pub size: Size,
    pub timeline: &'a [Shown],
    /// The limit of bytes.
    pub most: usize,
}

/// What came of an attempt.
pub(crate) enum Attempt {
    Fits {
        bytes: Vec<u8>,
        frames: usize,
    },
    /// The number of bytes that it might have had.
    TooLarge(usize),
}

/// Makes a GIF, or gives up as soon as it is too large. `step` is called before each frame.
pub(crate) fn encode(
    film: &Film,
    plan: &Plan<'_>,
    step: &mut impl FnMut(usize),
) -> Result<Attempt, gif::EncodingError> {
    let Plan { palette, size, timeline, .. } = *plan;
    let mut writer = Writer::new(size, palette)?;
    let smooth: i32 = std::env::var("SM").ok().and_then(|v| v.parse().ok()).unwrap_or(28);
    let mut mixer = Mixer::new(palette, plan.strength);
    let mut changes = Changes::new(size, plan.tolerance);
    let mut resizer = Resizer::new(film.size, size);
    let mut picture = |shown: &Shown| {
        let picture = film.pictures.get(shown.picture);
        picture.map_or(Cow::Borrowed([].as_slice()), |picture| resizer.fit(&picture.pixels))
    };
    // What is seen, in the colours of the film and not of the palette.
    let mut seen = vec![CLEAR; size.area()];
    // The frame that is painted, and those that follow.
    let mut window: VecDeque<Cow<'_, [Pixel]>> = timeline.iter().take(AHEAD).map(&mut picture).collect();
    for (number, shown) in timeline.iter().enumerate() {
        step(number);
        let Some(now) = window.front() else { break };
        let next = window.get(1).map_or([].as_slice(), |next| next);
        let changed = changes.find(&seen, now);
        let vanishing = Rect::around(size, |at| next.get(at) == Some(&CLEAR) && now[at] != CLEAR);
        let repainted = Rect::around(size, |at| changed[at]);
        let rect = match (repainted, vanishing) {
            (Some(repainted), Some(vanishing)) => Some(repainted.with(vanishing)),
            (repainted, vanishing) => repainted.or(vanishing),
        };
        // A GIF has a frame at least.
        let rect = rect.or((number == 0).then_some(Rect { left: 0, top: 0, right: 1, bottom: 1 }));
        match rect {
            None => writer.extend(shown.until),
            Some(rect) => {
                let mut paint = |at: usize, x: usize, y: usize| {
                    if !changed[at] {
                        return mixer.transparent();
                    }
                    seen[at] = steady(window.iter().map(|frame| frame[at]), plan.tolerance);
                    let left = if x > 0 { seen[at - 1] } else { seen[at] };
                    let above = if y > 0 { seen[at - size.width] } else { seen[at] };
                    let is_smooth = difference(seen[at], left).max(difference(seen[at], above)) <= smooth;
                    mixer.index(seen[at], is_smooth, x, y)
                };
                let columns = rect.left..rect.right;
                let indices = (rect.top..rect.bottom)
                    .flat_map(|y| columns.clone().map(move |x| (x, y)))
                    .map(|(x, y)| paint(y * size.width + x, x, y))
                    .collect();
                let clears = vanishing.is_some();
                if clears {
                    for y in rect.top..rect.bottom {
                        seen[y * size.width + rect.left..y * size.width + rect.right].fill(CLEAR);
                    }
                }
                writer.write(Painted { rect, indices, clears, until: shown.until })?;
            }
        }
        if writer.bytes() > plan.most {
            // The first frame is the largest, and the one that waits is not counted.
            let written = number.max(1);
            return Ok(Attempt::TooLarge(writer.bytes() / written * timeline.len()));
        }
        window.pop_front();
        window.extend(timeline.get(number + AHEAD).map(&mut picture));
    }
    let (bytes, frames) = writer.finish()?;
    Ok(if bytes.len() > plan.most { Attempt::TooLarge(bytes.len()) } else { Attempt::Fits { bytes, frames } })
}
