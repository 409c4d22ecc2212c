//! One attempt to make a GIF.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ops::Range;

use crate::change::{Changes, Tolerance, WEIGHT, difference, steady};
use crate::film::{Film, TimedFrame};
use crate::mix::Mixer;
use crate::palette::Palette;
use crate::pixel::{CLEAR, Pixel, Size};
use crate::resize::Resizer;
use crate::write::{Painted, Rect, Writer};

/// How many frames are looked at to find the colour of a pixel that stays.
const AHEAD: usize = 6;

/// Neighbours that differ by no more than this (as `difference` counts) belong to one surface, on which steps between
/// colours would be seen.
const SMOOTH: i32 = 2 * WEIGHT;

/// How a GIF is made.
pub(crate) struct Plan<'a> {
    /// The pictures of each scene, all of them in order, and a palette for each.
    pub scenes: &'a [Range<usize>],
    pub palettes: &'a [Palette],
    pub tolerance: Tolerance,
    /// As in `Mixer`.
    pub run: i32,
    pub size: Size,
    pub timeline: &'a [TimedFrame],
    /// The limit of bytes.
    pub most: usize,
}

/// The outcome of an attempt.
pub(crate) enum Attempt {
    Fits {
        bytes: Vec<u8>,
        frames: usize,
    },
    /// An estimate of the bytes that the whole GIF would have had.
    TooLarge(usize),
}

/// Makes a GIF, or gives up as soon as it is too large. `step` is called before each frame.
pub(crate) fn encode(
    film: &Film,
    plan: &Plan<'_>,
    step: &mut impl FnMut(usize),
) -> Result<Attempt, gif::EncodingError> {
    let &Plan { size, timeline, .. } = plan;
    let mut scenes = plan.scenes.iter().zip(plan.palettes);
    let Some((mut scene, palette)) = scenes.next() else { return Ok(Attempt::TooLarge(usize::MAX)) };
    let mut writer = Writer::new(size, palette)?;
    let mut mixer = Mixer::new(palette, plan.run);
    let (mut table, mut was_cleared) = (None, false);
    let mut changes = Changes::new(size, plan.tolerance);
    let mut resizer = Resizer::new(film.size, size);
    let mut picture = |shown: &TimedFrame| Some(resizer.fit(&film.pictures.get(shown.picture)?.pixels));
    // What is on screen, in the colours of the film and not of the palette.
    let mut seen = vec![CLEAR; size.area()];
    // The frame that is painted, and those that follow.
    let mut window: VecDeque<Cow<'_, [Pixel]>> = timeline.iter().take(AHEAD).filter_map(&mut picture).collect();
    for (number, shown) in timeline.iter().enumerate() {
        step(number);
        while shown.picture >= scene.end {
            let Some((next, palette)) = scenes.next() else { break };
            scene = next;
            mixer = Mixer::new(palette, plan.run);
            table = Some(palette.table());
        }
        let Some(now) = window.front() else { break };
        let next = window.get(1).map_or([].as_slice(), |next| next);
        let changed = changes.find(&seen, now);
        let vanishing = Rect::around(size, |at| next.get(at) == Some(&CLEAR) && now[at] != CLEAR);
        let repainted = Rect::around(size, |at| changed[at]);
        let rect = match (repainted, vanishing) {
            (Some(repainted), Some(vanishing)) => Some(repainted.with(vanishing)),
            (repainted, vanishing) => repainted.or(vanishing),
        };
        // A GIF needs at least one frame, and a frame that clears needs another one after it that shows the cleared
        // canvas.
        let rect = rect.or((number == 0 || was_cleared).then_some(Rect { left: 0, top: 0, right: 1, bottom: 1 }));
        let Some(rect) = rect else {
            writer.extend(shown.until);
            window.pop_front();
            window.extend(timeline.get(number + AHEAD).and_then(&mut picture));
            continue;
        };
        for at in rect.pixels(size.width).filter(|at| changed[*at]) {
            seen[at] = steady(window.iter().map(|frame| frame[at]), plan.tolerance);
        }
        let indices = paint(size.width, rect, &seen, changed, &mut mixer);
        let clears = vanishing.is_some();
        was_cleared = clears;
        if clears {
            rect.pixels(size.width).for_each(|at| seen[at] = CLEAR);
        }
        let (transparent, table) = (mixer.transparent(), table.clone());
        writer.write(Painted { rect, indices, clears, until: shown.until, transparent, table })?;
        if writer.bytes() > plan.most {
            // The frame that waits has no bytes yet, so `number` frames have these bytes. (The first one is the
            // largest, so the estimate is rather high.)
            return Ok(Attempt::TooLarge(writer.bytes() / number.max(1) * timeline.len()));
        }
        window.pop_front();
        window.extend(timeline.get(number + AHEAD).and_then(&mut picture));
    }
    let (bytes, frames) = writer.finish()?;
    Ok(if bytes.len() > plan.most { Attempt::TooLarge(bytes.len()) } else { Attempt::Fits { bytes, frames } })
}

/// The indices of a rectangle, in which pixels that did not change are transparent.
fn paint(width: usize, rect: Rect, seen: &[Pixel], changed: &[bool], mixer: &mut Mixer<'_>) -> Vec<u8> {
    let mut indices = Vec::with_capacity(rect.area());
    for y in rect.top..rect.bottom {
        mixer.end_row();
        for x in rect.left..rect.right {
            let at = y * width + x;
            indices.push(if changed[at] {
                let pixel = seen[at];
                let beside = if x > 0 { seen[at - 1] } else { pixel };
                let above = if y > 0 { seen[at - width] } else { pixel };
                let is_smooth = difference(pixel, beside) <= SMOOTH && difference(pixel, above) <= SMOOTH;
                mixer.index(pixel, is_smooth, x, y)
            } else {
                mixer.transparent()
            });
        }
    }
    indices
}
