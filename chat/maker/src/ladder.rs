//! Finds out what has to be given up so that a GIF fits.

use crate::change::Tolerance;
use crate::encode::{Attempt, Plan, encode};
use crate::film::Film;
use crate::palette::{MOST_COLOURS, Palette};
use crate::{Gave, Made, MakerError};

/// A rung of the ladder. Each gives a GIF of fewer bytes than the one before.
struct Rung {
    colours: usize,
    tolerance: Tolerance,
    /// Percent.
    strength: i32,
    halved: bool,
    /// Percent of each side.
    scale: usize,
    /// The bytes in percent of those of the first rung, as measured with films of several kinds.
    cost: usize,
}

const fn rung(colours: usize, tolerance: Tolerance, strength: i32, halved: bool, scale: usize, cost: usize) -> Rung {
    Rung { colours, tolerance, strength, halved, scale, cost }
}

const LADDER: [Rung; 13] = [
    rung(MOST_COLOURS, 4, 100, false, 100, 100),
    rung(MOST_COLOURS, 8, 85, false, 100, 80),
    rung(192, 11, 75, false, 100, 65),
    rung(128, 14, 65, false, 100, 52),
    rung(64, 17, 50, false, 100, 40),
    rung(128, 14, 65, true, 100, 32),
    rung(64, 17, 50, true, 100, 25),
    rung(128, 14, 65, true, 80, 21),
    rung(64, 17, 50, true, 70, 14),
    rung(64, 17, 50, true, 55, 9),
    rung(64, 17, 50, true, 40, 5),
    rung(48, 20, 40, true, 28, 3),
    rung(32, 24, 30, true, 18, 1),
];

/// The limit of attempts. Two or three are the rule.
const MOST_ATTEMPTS: usize = 6;

/// The parts of the whole work that `progress` hears of.
const ALL: u32 = 1000;

pub(crate) fn climb(film: &Film, most: usize, progress: &mut impl FnMut(u32, u32)) -> Result<Made, MakerError> {
    let exact = Palette::exact(film);
    let mut palettes: Vec<(usize, Palette)> = Vec::new();
    let (mut at, mut done) = (0, 0);
    // The first rung that may fit, and the best GIF that does, with its rung.
    let (mut first, mut best) = (0, None::<(usize, Made)>);
    for _ in 0..MOST_ATTEMPTS {
        let Some(rung) = LADDER.get(at) else { break };
        let size = film.size.scaled(rung.scale);
        let timeline = film.timeline(rung.halved);
        let palette = match &exact {
            Some(exact) if rung.scale == 100 && exact.colours.len() <= rung.colours => exact,
            _ => palette_of(film, rung.colours, &mut palettes),
        };
        let is_exact = palette.is_exact && at == 0;
        let ev = |n: &str, d: i32| std::env::var(n).ok().and_then(|v| v.parse().ok()).unwrap_or(d);
        let rung = &Rung { tolerance: ev("TP", rung.tolerance), strength: ev("ST", rung.strength), ..*rung };
        let tolerance = if is_exact { 0 } else { rung.tolerance };
        let plan = Plan { palette, tolerance, strength: rung.strength, size, timeline: &timeline, most };
        let start = done;
        let mut step = |frame: usize| {
            // Some of what is left is kept for another attempt.
            done = start + (ALL - start) * 9 / 10 * frame as u32 / timeline.len().max(1) as u32;
            progress(done, ALL);
        };
        match encode(film, &plan, &mut step).map_err(|_| MakerError::TooLarge)? {
            Attempt::Fits { bytes, frames } => {
                let (bytes_made, size) = (bytes.len(), (size.width as u32, size.height as u32));
                let made = Made { bytes, width: size.0, height: size.1, frames, gave_up: gave_up(film, rung, frames) };
                best = Some((at, made));
                at = better(first, at, bytes_made, most);
            }
            Attempt::TooLarge(bytes) => {
                first = at + 1;
                let worse = LADDER.iter().skip(first).position(|worse| fits(rung, worse, bytes, most));
                at = worse.map_or(LADDER.len() - 1, |worse| first + worse).max(first);
            }
        }
        if best.as_ref().is_some_and(|(best, _)| at >= *best) {
            break;
        }
    }
    progress(ALL, ALL);
    best.map(|(_, made)| made).ok_or(MakerError::TooLarge)
}

/// Whether a GIF made by `other` should have at most `most` bytes, if one made by `rung` has `bytes`.
fn fits(rung: &Rung, other: &Rung, bytes: usize, most: usize) -> bool {
    (bytes as u64) * (other.cost as u64) <= (most as u64) * (rung.cost as u64)
}

/// A rung from `first` on that is better than the one at `at` and should fit, too, or else `at`.
fn better(first: usize, at: usize, bytes: usize, most: usize) -> usize {
    let Some(rung) = LADDER.get(at) else { return at };
    (first..at).find(|better| LADDER.get(*better).is_some_and(|better| fits(rung, better, bytes, most))).unwrap_or(at)
}

fn palette_of<'a>(film: &Film, colours: usize, palettes: &'a mut Vec<(usize, Palette)>) -> &'a Palette {
    let place = palettes.iter().position(|(size, _)| *size == colours).unwrap_or_else(|| {
        palettes.push((colours, Palette::near(film, colours)));
        palettes.len() - 1
    });
    &palettes[place].1
}

fn gave_up(film: &Film, rung: &Rung, frames: usize) -> Vec<Gave> {
    let size = film.size.scaled(rung.scale);
    let is_less = rung.tolerance != LADDER[0].tolerance;
    let gave = [
        is_less.then_some(Gave::Colours(rung.colours)),
        (rung.halved && film.timeline(true).len() < film.timeline(false).len()).then_some(Gave::Rate(frames)),
        (size != film.size).then_some(Gave::Size { width: size.width as u32, height: size.height as u32 }),
    ];
    gave.into_iter().flatten().collect()
}
