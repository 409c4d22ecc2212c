//! Finds out what has to be given up so that a GIF fits.

use std::ops::Range;
use std::slice;

use crate::change::Tolerance;
use crate::encode::{Attempt, Plan, encode};
use crate::film::Film;
use crate::palette::{MOST_COLOURS, Palette, of_scenes};
use crate::{Gave, Made, MakerError};

/// A rung of the ladder. Each gives a GIF of fewer bytes than the one before.
struct Rung {
    colours: usize,
    tolerance: Tolerance,
    /// As in `Mixer`.
    run: i32,
    halved: bool,
    /// Percent of each side.
    scale: usize,
    /// The bytes in percent of those of the first rung, as measured with films of several kinds.
    cost: usize,
}

const fn rung(colours: usize, tolerance: Tolerance, run: i32, halved: bool, scale: usize, cost: usize) -> Rung {
    Rung { colours, tolerance, run, halved, scale, cost }
}

const LADDER: [Rung; 18] = [
    rung(MOST_COLOURS, 3, 0, false, 100, 100),
    rung(MOST_COLOURS, 4, 14, false, 100, 88),
    rung(MOST_COLOURS, 5, 20, false, 100, 72),
    rung(MOST_COLOURS, 6, 28, false, 100, 64),
    rung(224, 7, 32, false, 100, 58),
    rung(192, 8, 36, false, 100, 53),
    rung(160, 9, 38, false, 100, 48),
    rung(128, 10, 40, false, 100, 42),
    rung(96, 11, 42, false, 100, 37),
    rung(64, 12, 44, false, 100, 32),
    rung(128, 10, 40, true, 100, 24),
    rung(64, 12, 44, true, 100, 17),
    rung(128, 10, 40, true, 75, 13),
    rung(64, 12, 44, true, 70, 9),
    rung(64, 12, 44, true, 55, 6),
    rung(64, 12, 44, true, 40, 4),
    rung(48, 16, 50, true, 28, 2),
    rung(32, 20, 50, true, 18, 1),
];

/// The limit of attempts. Two or three are the rule.
const MOST_ATTEMPTS: usize = 6;

/// The number of parts into which `progress` divides the whole work.
const ALL: u32 = 1000;

pub(crate) fn climb(film: &Film, most: usize, progress: &mut impl FnMut(u32, u32)) -> Result<Made, MakerError> {
    let exact = Palette::exact(film);
    let (scenes, whole) = (film.scenes(), 0..film.pictures.len());
    let mut made_palettes = Vec::new();
    let (mut at, mut done) = (0, 0);
    // The first rung that may fit, and the best GIF that does, with its rung.
    let (mut first, mut best) = (0, None::<(usize, Made)>);
    for attempt in 1.. {
        let Some(rung) = LADDER.get(at) else { break };
        let size = film.size.scaled(rung.scale);
        let timeline = film.timeline(rung.halved);
        // Resized pictures have other colours than the film.
        let exact = exact.as_ref().filter(|exact| rung.scale == 100 && exact.colours.len() <= rung.colours);
        let (scenes, palettes, tolerance, run) = match exact {
            Some(exact) => {
                (slice::from_ref(&whole), slice::from_ref(exact), if at == 0 { 0 } else { rung.tolerance }, 0)
            }
            None => {
                let palettes = palettes_of(film, &scenes, rung.colours, &mut made_palettes);
                (scenes.as_slice(), palettes, rung.tolerance, rung.run)
            }
        };
        let plan = Plan { scenes, palettes, tolerance, run, size, timeline: &timeline, most };
        let start = done;
        let mut step = |frame: usize| {
            // A tenth of the remaining parts is kept for further attempts.
            done = start + (ALL - start) * 9 / 10 * frame as u32 / timeline.len().max(1) as u32;
            progress(done, ALL);
        };
        match encode(film, &plan, &mut step).map_err(|_| MakerError::TooLarge)? {
            Attempt::Fits { bytes, frames } => {
                // A GIF that uses most of the bytes it may have is good enough.
                let is_near = bytes.len() > most / 4 * 3;
                let better = (first..at).find(|better| !is_near && fits(at, *better, bytes.len(), most));
                let (width, height) = (size.width as u32, size.height as u32);
                best = Some((
                    at,
                    Made { bytes, width, height, frames, gave_up: gave_up(film, rung, timeline.len(), frames) },
                ));
                at = better.unwrap_or(at);
            }
            Attempt::TooLarge(bytes) => {
                first = at + 1;
                at = (first..LADDER.len()).find(|worse| fits(at, *worse, bytes, most)).unwrap_or(LADDER.len() - 1);
                at = at.max(first);
            }
        }
        match &best {
            Some((best, _)) if at >= *best || attempt >= MOST_ATTEMPTS => break,
            // Nothing fitted yet, and there is no time to look for the best that does.
            None if attempt >= MOST_ATTEMPTS => at = at.max(LADDER.len() - 1),
            _ => {}
        }
    }
    progress(ALL, ALL);
    best.map(|(_, made)| made).ok_or(MakerError::TooLarge)
}

/// Whether a GIF made by the rung at `other` should have at most `most` bytes, if one made by the rung at `at` has `bytes`.
fn fits(at: usize, other: usize, bytes: usize, most: usize) -> bool {
    let cost = |at: usize| LADDER.get(at).map_or(1, |rung| rung.cost as u64);
    (bytes as u64).saturating_mul(cost(other)) <= (most as u64).saturating_mul(cost(at))
}

/// Palettes of this many colours. They are made once and kept in `made`.
fn palettes_of<'a>(
    film: &Film,
    scenes: &[Range<usize>],
    colours: usize,
    made: &'a mut Vec<(usize, Vec<Palette>)>,
) -> &'a [Palette] {
    let place = made.iter().position(|(size, _)| *size == colours).unwrap_or_else(|| {
        made.push((colours, of_scenes(film, scenes, colours)));
        made.len() - 1
    });
    made.get(place).map_or(&[], |(_, palettes)| palettes)
}

/// `shown` is the number of frames that were planned. Those of them that look the same became one, so the GIF has
/// `frames`.
fn gave_up(film: &Film, rung: &Rung, shown: usize, frames: usize) -> Vec<Gave> {
    let size = film.size.scaled(rung.scale);
    let gave = [
        (rung.cost < 100).then_some(Gave::Colours(rung.colours)),
        (shown < film.timeline(false).len()).then_some(Gave::Rate(frames)),
        (size != film.size).then_some(Gave::Size { width: size.width as u32, height: size.height as u32 }),
    ];
    gave.into_iter().flatten().collect()
}
