//! What a GIF is to show, as numbers: which moments of its source and for how long, which part of each picture, and how large.

use std::cmp::Ordering;

use super::frame::{Area, Shape, Size};

/// The limits of the maker (chat/maker).
const MOST_FRAMES: u64 = 300;
const MOST_PIXELS: u64 = 96_000_000;
const MOST_MILLIS: u32 = 120_000;

/// How much of a film is shown unless the person chooses more, in milliseconds.
const FIRST_MILLIS: u32 = 6000;
/// The shortest time that can be cut out, and the step in which times are chosen, in milliseconds.
pub const STEP: u32 = 100;

/// The pictures of a source in time. `starts` has the milliseconds at which each one begins. It is empty for a film, which has
/// a picture for every moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reel {
    pub size: Size,
    pub millis: u32,
    pub starts: Vec<u32>,
}

impl Reel {
    /// Which picture is shown at this time.
    pub fn place(&self, at: u32) -> usize {
        self.starts.partition_point(|start| *start <= at).saturating_sub(1)
    }
}

/// A time in the source, and for how long the GIF shows its picture, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    pub at: u32,
    pub millis: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Axis {
    Across,
    Down,
}

/// The settings for a GIF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The part in time, in milliseconds of the source.
    pub start: u32,
    pub end: u32,
    pub shape: Shape,
    /// Where the part lies that is cut out, from 0 (left or top) to 100.
    pub place: u32,
    /// Percent.
    pub speed: u32,
    /// It plays backwards once it is at its end.
    pub returns: bool,
    pub caption: String,
    pub is_caption_on_top: bool,
    /// The longest side that it may have, in pixels.
    pub side: u32,
    /// The most pictures in a second.
    pub rate: u32,
}

impl Edit {
    pub const SPEEDS: [u32; 4] = [50, 100, 150, 200];
    pub const SIDES: [u32; 3] = [240, 360, 480];
    pub const RATES: [u32; 3] = [8, 12, 16];

    /// The settings before the person has changed any.
    pub fn new(reel: &Reel) -> Self {
        let is_film = reel.starts.is_empty();
        Self {
            start: 0,
            end: if is_film { reel.millis.min(FIRST_MILLIS) } else { reel.millis },
            shape: Shape::Whole,
            place: 50,
            speed: 100,
            returns: false,
            caption: String::new(),
            is_caption_on_top: false,
            side: 360,
            rate: 12,
        }
    }

    /// The settings that keep as much as possible of a GIF that only has to become smaller.
    pub fn of_all(reel: &Reel) -> Self {
        Self { side: 640, rate: 30, ..Self::new(reel) }
    }

    /// Moves the start, and if need be the end.
    pub fn start_at(&mut self, millis: u32, reel: &Reel) {
        self.start = millis.min(reel.millis.saturating_sub(STEP));
        self.end = self.end.max(self.start + STEP).min(reel.millis);
    }

    /// Moves the end, and if need be the start.
    pub fn end_at(&mut self, millis: u32, reel: &Reel) {
        self.end = millis.clamp(STEP.min(reel.millis), reel.millis);
        self.start = self.start.min(self.end.saturating_sub(STEP));
    }

    /// The direction in which the picture can be moved behind the part that is cut out; `None` if the whole picture is shown.
    pub fn axis(&self, reel: &Reel) -> Option<Axis> {
        let part = self.part(reel.size).size;
        let (across, down) = (reel.size.width - part.width, reel.size.height - part.height);
        match across.cmp(&down) {
            Ordering::Greater => Some(Axis::Across),
            Ordering::Less => Some(Axis::Down),
            Ordering::Equal => None,
        }
    }

    /// Moves the picture behind the part that is cut out. `by` is how far it was dragged right and down since the part lay at
    /// `from`, in widths and heights of the part.
    pub fn drag(&mut self, from: u32, by: (f64, f64), reel: &Reel) {
        let part = self.part(reel.size).size;
        let (whole, part, by) = match self.axis(reel) {
            Some(Axis::Across) => (reel.size.width, part.width, by.0),
            Some(Axis::Down) => (reel.size.height, part.height, by.1),
            None => return,
        };
        let (free, part) = (f64::from(whole - part), f64::from(part));
        // (A float becomes an integer by the nearest one that there is, so nothing overflows.)
        self.place = ((f64::from(from) - by * part / free * 100.0).round() as u32).min(100);
    }

    /// The part of a picture that is shown.
    pub fn part(&self, whole: Size) -> Area {
        self.shape.part(whole, self.place)
    }

    /// The size of the GIF, which is never larger than the part that it shows.
    pub fn size(&self, reel: &Reel) -> Size {
        self.part(reel.size).size.within(self.side)
    }

    /// The moments that the GIF shows, in order, within the limits of the maker.
    pub fn moments(&self, reel: &Reel) -> Vec<Moment> {
        let most = (MOST_PIXELS / self.size(reel).pixels().max(1)).clamp(1, MOST_FRAMES) as usize;
        let longest = MOST_MILLIS / 100 * self.speed / if self.returns { 2 } else { 1 };
        let end = self.end.min(self.start.saturating_add(longest)).max(self.start + 1);
        let mut step = f64::from(self.speed * 10) / f64::from(self.rate.max(1));
        loop {
            let moments = self.moments_with(reel, end, step);
            if moments.len() <= most {
                return moments;
            }
            step *= (moments.len() as f64 / most as f64).max(1.02);
        }
    }

    /// `step` is the least time between two pictures, in milliseconds of the source.
    fn moments_with(&self, reel: &Reel, end: u32, step: f64) -> Vec<Moment> {
        let mut starts = Vec::new();
        if reel.starts.is_empty() {
            let count = (f64::from(end - self.start) / step).ceil() as u32;
            starts.extend((0..count).map(|n| self.start + (f64::from(n) * step).round() as u32));
        } else {
            let shown = reel.starts.iter().skip(reel.place(self.start)).take_while(|start| **start < end);
            for start in shown.map(|start| *start.max(&self.start)) {
                // (Cameras and clocks are inexact, so a picture may come a tenth of the step too early.)
                if starts.last().is_none_or(|last| f64::from(start - *last) >= step * 0.9) {
                    starts.push(start);
                }
            }
        }
        let ends = starts.iter().skip(1).copied().chain([end]);
        let shown = |(at, end): (u32, u32)| Moment { at, millis: (end - at) * 100 / self.speed.max(1) };
        let mut moments: Vec<_> = starts.iter().copied().zip(ends).map(shown).collect();
        if self.returns && moments.len() > 2 {
            // Neither the last nor the first one is shown twice in a row.
            let back: Vec<_> = moments.iter().skip(1).rev().skip(1).copied().collect();
            moments.extend(back);
        }
        moments
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn film(millis: u32) -> Reel {
        Reel { size: Size { width: 640, height: 360 }, millis, starts: Vec::new() }
    }

    fn pictures(each: u32, count: u32) -> Reel {
        Reel { millis: each * count, starts: (0..count).map(|n| n * each).collect(), ..film(0) }
    }

    fn total(moments: &[Moment]) -> u32 {
        moments.iter().map(|moment| moment.millis).sum()
    }

    #[test]
    fn a_film_is_shown_at_its_rate_for_its_first_seconds() {
        let reel = film(60_000);
        let moments = Edit::new(&reel).moments(&reel);
        assert_eq!((moments.len(), total(&moments)), (72, 6000));
        assert_eq!(moments.first(), Some(&Moment { at: 0, millis: 83 }));
        assert_eq!(moments.last().map(|moment| moment.at), Some(5917));
    }

    #[test]
    fn pictures_keep_their_times_unless_they_follow_too_fast() {
        let slow = pictures(100, 10);
        let moments = Edit::new(&slow).moments(&slow);
        assert_eq!((moments.len(), total(&moments)), (10, 1000));
        let fast = pictures(50, 20);
        let moments = Edit::new(&fast).moments(&fast);
        assert_eq!((moments.len(), total(&moments)), (10, 1000));
        assert_eq!(Edit::of_all(&fast).moments(&fast).len(), 20);
    }

    #[test]
    fn a_part_in_time_begins_in_the_middle_of_a_picture() {
        let reel = pictures(500, 4);
        let edit = Edit { start: 700, end: 1600, ..Edit::new(&reel) };
        let moments = edit.moments(&reel);
        let expected = [(700, 300), (1000, 500), (1500, 100)].map(|(at, millis)| Moment { at, millis });
        assert_eq!(moments, expected);
        assert_eq!(moments.iter().map(|moment| reel.place(moment.at)).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn speed_changes_how_long_it_plays_and_not_how_smoothly() {
        let reel = film(4000);
        for (speed, count, millis) in [(50, 96, 8000), (100, 48, 4000), (200, 24, 2000)] {
            let moments = Edit { speed, ..Edit::new(&reel) }.moments(&reel);
            assert_eq!(moments.len(), count);
            assert!(total(&moments).abs_diff(millis) < 100, "{}", total(&moments));
        }
    }

    #[test]
    fn what_returns_shows_no_end_twice() {
        let reel = pictures(100, 4);
        let edit = Edit { returns: true, ..Edit::new(&reel) };
        assert_eq!(
            edit.moments(&reel).iter().map(|moment| moment.at).collect::<Vec<_>>(),
            [0, 100, 200, 300, 200, 100]
        );
        let still = pictures(500, 1);
        assert_eq!(Edit { returns: true, ..Edit::new(&still) }.moments(&still).len(), 1);
    }

    #[test]
    fn no_gif_is_longer_or_heavier_than_the_maker_takes() {
        for reel in [film(3_600_000), pictures(40, 5000)] {
            for (returns, speed) in [(false, 100), (true, 50), (false, 200)] {
                let edit = Edit { end: reel.millis, returns, speed, side: 640, ..Edit::new(&reel) };
                let moments = edit.moments(&reel);
                assert!(!moments.is_empty() && moments.len() as u64 <= MOST_FRAMES);
                assert!(moments.len() as u64 * edit.size(&reel).pixels() <= MOST_PIXELS);
                assert!(total(&moments) <= MOST_MILLIS);
            }
        }
    }

    #[test]
    fn a_picture_is_dragged_behind_its_part_until_its_edge() {
        let drag = |shape: Shape, by: (f64, f64)| {
            let mut edit = Edit { shape, ..Edit::new(&film(1000)) };
            edit.drag(50, by, &film(1000));
            edit.place
        };
        // Of 640 x 360 pixels a square has 360, so 280 are free.
        assert_eq!(drag(Shape::Ratio(1, 1), (70.0 / 360.0, 0.9)), 25);
        assert_eq!(drag(Shape::Ratio(1, 1), (-70.0 / 360.0, 0.9)), 75);
        assert_eq!(drag(Shape::Ratio(1, 1), (9.0, 0.0)), 0);
        assert_eq!(drag(Shape::Ratio(1, 1), (f64::NEG_INFINITY, 0.0)), 100);
        assert_eq!(drag(Shape::Ratio(2, 1), (0.9, 10.0 / 320.0)), 25);
        assert_eq!(drag(Shape::Whole, (0.9, 0.9)), 50);
        let axis = |shape: Shape| Edit { shape, ..Edit::new(&film(1000)) }.axis(&film(1000));
        assert_eq!(
            [Shape::Ratio(1, 1), Shape::Ratio(2, 1), Shape::Whole].map(axis),
            [Some(Axis::Across), Some(Axis::Down), None]
        );
    }

    #[test]
    fn the_ends_push_each_other_and_stay_inside() {
        let reel = film(3000);
        let mut edit = Edit::new(&reel);
        edit.start_at(9000, &reel);
        assert_eq!((edit.start, edit.end), (2900, 3000));
        edit.end_at(1000, &reel);
        assert_eq!((edit.start, edit.end), (900, 1000));
        edit.end_at(0, &reel);
        assert_eq!((edit.start, edit.end), (0, 100));
        edit.start_at(500, &reel);
        assert_eq!((edit.start, edit.end), (500, 600));
    }
}
