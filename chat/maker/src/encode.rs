//! One attempt to make a GIF.

use std::borrow::Cow;

use crate::change::{Changes, Tolerance};
use crate::film::{CLEAR, Film, Pixel, Shown, Size};
use crate::mix::Mixer;
use crate::palette::Palette;
use crate::resize::Resizer;
use crate::write::{Painted, Rect, Writer};

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
    let mut mixer = Mixer::new(palette, plan.strength);
    let mut changes = Changes::new(size);
    let mut resizer = Resizer::new(film.size, size);
    let mut picture = |shown: Option<&Shown>| {
        let picture = shown.and_then(|shown| film.pictures.get(shown.picture));
        picture.map_or(Cow::Borrowed([].as_slice()), |picture| resizer.fit(&picture.pixels))
    };
    // What is seen, in the colours of the film and not of the palette.
    let mut seen = vec![CLEAR; size.area()];
    let mut now = picture(timeline.first());
    for (number, shown) in timeline.iter().enumerate() {
        step(number);
        let next = picture(timeline.get(number + 1));
        changes.find(&seen, &now, plan.tolerance);
        let vanishing = Rect::around(size, |at| next.get(at) == Some(&CLEAR) && now[at] != CLEAR);
        let changed = Rect::around(size, |at| changes.changed[at]);
        let rect = match (changed, vanishing) {
            (Some(changed), Some(vanishing)) => Some(changed.with(vanishing)),
            (changed, vanishing) => changed.or(vanishing),
        };
        // A GIF has a frame at least.
        let rect = rect.or((number == 0).then_some(Rect { left: 0, top: 0, right: 1, bottom: 1 }));
        match rect {
            None => writer.extend(shown.until),
            Some(rect) => {
                let indices = paint(size.width, rect, &now, &mut seen, &changes.changed, &mut mixer);
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
        now = next;
    }
    let (bytes, frames) = writer.finish()?;
    Ok(if bytes.len() > plan.most { Attempt::TooLarge(bytes.len()) } else { Attempt::Fits { bytes, frames } })
}

/// The indices of a rectangle, where what did not change is transparent. `seen` is then as the frame shows it.
fn paint(
    width: usize,
    rect: Rect,
    now: &[Pixel],
    seen: &mut [Pixel],
    changed: &[bool],
    mixer: &mut Mixer<'_>,
) -> Vec<u8> {
    let mut indices = Vec::with_capacity((rect.right - rect.left) * (rect.bottom - rect.top));
    for y in rect.top..rect.bottom {
        for x in rect.left..rect.right {
            let at = y * width + x;
            indices.push(if changed[at] {
                seen[at] = now[at];
                mixer.index(now[at], x, y)
            } else {
                mixer.transparent()
            });
        }
    }
    indices
}
