//! How much a GIF flashes, after WCAG 2.3.1 ("Three flashes or below threshold").

use std::collections::VecDeque;

use crate::canvas::{Pixel, ShownFrame, Size};
use crate::grid::{Cell, Grid, Light};
use crate::swing::{Brightness, Redness, Swing, Way};

/// The span in which flashes are counted, in milliseconds.
const SECOND: u64 = 1000;
/// Changes that are less than this many milliseconds apart are seen as one, such as those of a wipe.
const TOGETHER: u64 = 100;
/// At least one cell in this many must flash together.
const AREA: usize = 4;
/// More flashes than these within one second are dangerous.
const HARMLESS: u8 = 3;
/// The brightness of the pages in front of which a GIF is shown: black and white. A page is seen through the clear
/// pixels of a GIF.
const PAGES: [f32; 2] = [0.0, 1.0];

/// The most flashes within any second of playing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flashes {
    /// Pairs of opposing changes of luminance.
    pub general: u8,
    /// Pairs of opposing changes to and from a saturated red.
    pub red: u8,
}

impl Flashes {
    /// Whether there are more than WCAG 2.3.1 allows, of either kind.
    pub fn is_dangerous(self) -> bool {
        self.general > HARMLESS || self.red > HARMLESS
    }
}

/// Measures the flashes of frames, one after the other.
pub(crate) struct Meter {
    grid: Grid,
    watched: Watched,
    /// The frames of the first second, which follow the last frame when the GIF plays again.
    first: Vec<(Vec<Cell>, u32)>,
    frames: u64,
}

impl Meter {
    pub fn new(size: Size) -> Self {
        let grid = Grid::new(size);
        let watched = Watched::new(grid.cells().len());
        Self { grid, watched, first: Vec::new(), frames: 0 }
    }

    /// Looks at the next frame.
    pub fn show(&mut self, canvas: &[Pixel], shown: &ShownFrame) {
        self.grid.update(canvas, shown.changed);
        if self.watched.now < SECOND {
            self.first.push((self.grid.cells().to_vec(), shown.ms));
        }
        self.watched.show(self.grid.cells(), shown.ms);
        self.frames += 1;
    }

    /// The flashes of all frames, and of the change from the last frame to the first if the GIF plays more than once:
    /// `loops` times, or for ever if that is `None`.
    pub fn finish(self, loops: Option<u32>) -> Flashes {
        let Self { first, mut watched, frames, .. } = self;
        if frames > 1 && loops != Some(1) {
            // A GIF that is shorter than a second plays several times within one.
            let until = watched.now.saturating_add(if watched.now < SECOND { 2 * SECOND } else { SECOND });
            for (cells, ms) in first.iter().cycle() {
                if watched.now >= until {
                    break;
                }
                watched.show(cells, *ms);
            }
        }
        let most = |kind: fn(&Page) -> u8| watched.pages.iter().map(kind).max().unwrap_or_default();
        Flashes { general: most(|page| page.general.most), red: most(|page| page.red.most) }
    }
}

/// Counts the flashes in front of both pages.
struct Watched {
    /// Milliseconds since the beginning.
    now: u64,
    pages: [Page; 2],
}

/// The flashes in front of one page.
struct Page {
    light: f32,
    general: Area<Brightness>,
    red: Area<Redness>,
}

impl Watched {
    fn new(cells: usize) -> Self {
        Self { now: 0, pages: PAGES.map(|light| Page { light, general: Area::new(cells), red: Area::new(cells) }) }
    }

    fn show(&mut self, cells: &[Cell], ms: u32) {
        for Page { light, general, red } in &mut self.pages {
            let seen = || cells.iter().map(|cell| cell.before(*light));
            general.show(self.now, seen());
            red.show(self.now, seen());
        }
        self.now += u64::from(ms);
    }
}

/// Counts the flashes of one kind.
struct Area<S> {
    cells: Vec<Flashing<S>>,
    /// The most flashes within any second so far, in an area that matters ([`AREA`]).
    most: u8,
}

/// The flashes of a cell.
#[derive(Clone, Default)]
struct Flashing<S> {
    swing: S,
    /// A change that waits for changes of other cells: when it was, and its direction.
    waits: Option<(u64, Way)>,
    /// The times of the changes in the last second that came together with changes of other cells. Each change opposes
    /// the one before.
    changes: VecDeque<u64>,
    last: Option<Way>,
}

impl<S: Swing> Area<S> {
    fn new(cells: usize) -> Self {
        Self { cells: vec![Flashing::default(); cells], most: 0 }
    }

    fn show(&mut self, now: u64, seen: impl Iterator<Item = Light>) {
        for (cell, light) in self.cells.iter_mut().zip(seen) {
            if let Some(way) = cell.swing.step(light) {
                cell.waits = Some((now, way));
            }
        }
        for way in [Way::Up, Way::Down] {
            let comes =
                |cell: &Flashing<S>| cell.waits.is_some_and(|(when, which)| which == way && now - when < TOGETHER);
            if self.matter(self.cells.iter().filter(|cell| comes(cell)).count()) {
                self.cells.iter_mut().filter(|cell| comes(cell)).for_each(|cell| cell.count(now, way));
                self.most = self.most.max(self.flashes(now));
            }
        }
    }

    /// Whether this many cells are an area that matters.
    fn matter(&self, cells: usize) -> bool {
        cells > 0 && cells * AREA >= self.cells.len()
    }

    /// The number of flashes in the second before `now` that an area that matters has at least.
    fn flashes(&mut self, now: u64) -> u8 {
        let mut counts: Vec<usize> = self.cells.iter_mut().map(|cell| cell.flashes(now)).collect();
        counts.sort_unstable_by(|a, b| b.cmp(a));
        let enough = self.cells.len().div_ceil(AREA);
        counts.get(enough.saturating_sub(1)).map_or(0, |count| (*count).try_into().unwrap_or(u8::MAX))
    }
}

impl<S> Flashing<S> {
    /// Counts the waiting change, unless it goes the same way as the last one.
    fn count(&mut self, now: u64, way: Way) {
        self.waits = None;
        if self.last != Some(way) {
            self.last = Some(way);
            self.changes.push_back(now);
        }
    }

    /// Pairs of changes in the second before `now`. Changes that are older are forgotten.
    fn flashes(&mut self, now: u64) -> usize {
        while self.changes.front().is_some_and(|when| now - when >= SECOND) {
            self.changes.pop_front();
        }
        self.changes.len() / 2
    }
}
