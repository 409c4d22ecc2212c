//! The frames that a GIF is made of, as they came in.

use std::ops::Range;

use crate::change::{WEIGHT, difference};
use crate::pixel::{CLEAR, Pixel, Size};
use crate::{MOST_FRAMES, MOST_MILLIS, MOST_PIXELS, MakerError};

/// A picture, and how long it is shown.
pub(crate) struct Picture {
    pub pixels: Vec<Pixel>,
    pub millis: u32,
}

pub(crate) struct Film {
    pub size: Size,
    pub pictures: Vec<Picture>,
    millis: u32,
}

impl Film {
    pub fn new(size: Size) -> Self {
        Self { size, pictures: Vec::new(), millis: 0 }
    }

    /// Adds a frame. A frame that looks like the one before only prolongs it.
    pub fn add(&mut self, rgba: &[u8], millis: u32) -> Result<(), MakerError> {
        let (pixels, rest) = rgba.as_chunks::<4>();
        if pixels.len() != self.size.area() || !rest.is_empty() {
            return Err(MakerError::WrongLength);
        }
        // Browsers show a frame without a time for a tenth of a second.
        let millis = if millis == 0 { 100 } else { millis };
        let all_millis =
            self.millis.checked_add(millis).filter(|all| *all <= MOST_MILLIS).ok_or(MakerError::TooLong)?;
        let binary = |&[red, green, blue, alpha]: &Pixel| if alpha < 128 { CLEAR } else { [red, green, blue, 255] };
        match self.pictures.last_mut() {
            Some(last) if last.pixels.iter().eq(pixels.iter().map(binary).collect::<Vec<_>>().iter()) => {
                last.millis += millis;
            }
            _ => {
                let frames = self.pictures.len() + 1;
                if frames > MOST_FRAMES || frames * self.size.area() > MOST_PIXELS {
                    return Err(MakerError::TooManyFrames);
                }
                self.pictures.push(Picture { pixels: pixels.iter().map(binary).collect(), millis });
            }
        }
        self.millis = all_millis;
        Ok(())
    }

    /// The pictures between one cut and the next. A cut is where most of the picture changes at once.
    pub fn scenes(&self) -> Vec<Range<usize>> {
        let mut scenes = Vec::new();
        let mut start = 0;
        for (index, pair) in self.pictures.windows(2).enumerate() {
            if let [before, after] = pair
                && is_cut(&before.pixels, &after.pixels)
            {
                scenes.push(start..index + 1);
                start = index + 1;
            }
        }
        scenes.push(start..self.pictures.len());
        scenes
    }

    /// Which pictures are shown, each with the time at which it ends. With `halved`, every second one of the pictures
    /// that are shown for a short time is left out.
    ///
    /// Times are rounded from the start of the film on, so that errors do not add up. A picture that is too short for a
    /// GIF gives its time to the next one.
    pub fn timeline(&self, halved: bool) -> Vec<TimedFrame> {
        let (mut shown, mut end) = (Vec::<TimedFrame>::new(), 0);
        let mut skips = false;
        for (index, picture) in self.pictures.iter().enumerate() {
            end += picture.millis;
            let begins = shown.last().map_or(0, |before| before.until);
            let until = (end + 5) / 10;
            let is_first = shown.is_empty() && index + 1 == self.pictures.len();
            skips = halved && !skips && index > 0 && picture.millis < SLOW_MILLIS;
            match shown.last_mut() {
                Some(before) if skips => before.until = until,
                _ if until >= begins + SHORTEST => shown.push(TimedFrame { picture: index, until }),
                None if is_first => shown.push(TimedFrame { picture: index, until: SHORTEST }),
                _ => {}
            }
        }
        if let Some(last) = shown.last_mut() {
            last.until = last.until.max((end + 5) / 10);
        }
        shown
    }
}

/// A sample of the pixels is enough to find cuts. An odd step meets all columns of an even width.
const CUT_STEP: usize = 97;

/// How different pixels are on average at a cut, of 255.
const CUT: i32 = 40;

fn is_cut(before: &[Pixel], after: &[Pixel]) -> bool {
    let pairs = before.iter().zip(after).step_by(CUT_STEP).filter(|(before, after)| before[3] == after[3]);
    let (sum, count) =
        pairs.fold((0, 0), |(sum, count), (before, after)| (sum + difference(*before, *after), count + 1));
    sum > CUT * WEIGHT * count
}

/// The shortest time of a frame, in hundredths of a second. Browsers show shorter frames for a tenth of a second.
const SHORTEST: u32 = 2;

/// A picture that is shown for this long is a slide, and not part of a motion.
const SLOW_MILLIS: u32 = 250;

/// One frame of the GIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TimedFrame {
    /// Its place among the pictures.
    pub picture: usize,
    /// When it ends, in hundredths of a second from the start of the film.
    pub until: u32,
}
