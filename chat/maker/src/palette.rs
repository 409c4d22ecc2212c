//! Chooses the colours of a GIF.

use quantette::PaletteSize;
use quantette::color_space::{oklab_to_srgb8, srgb8_to_oklab};
use quantette::deps::palette::Srgb;
use quantette::kmeans::{Kmeans, KmeansOptions};
use quantette::wu::{BinnerF32x3, WuF32x3};

use crate::film::{CLEAR, Film};

/// One index of a GIF's 256 is for pixels that show nothing.
pub(crate) const MOST_COLOURS: usize = 255;

/// How many pixels are looked at. More make no better palette.
const SAMPLES: usize = 1 << 17;

#[derive(Debug, Clone, Default)]
pub(crate) struct Palette {
    /// Red, green and blue, at most `MOST_COLOURS`.
    pub colours: Vec<[u8; 3]>,
    /// The film has no other colours. They are in order.
    pub is_exact: bool,
}

impl Palette {
    /// The colours of a film, if these are few.
    pub fn exact(film: &Film) -> Option<Self> {
        let mut colours = Vec::<[u8; 3]>::new();
        for picture in &film.pictures {
            let mut last = CLEAR;
            for &pixel in &picture.pixels {
                if pixel == last || pixel == CLEAR {
                    continue;
                }
                last = pixel;
                let [red, green, blue, _] = pixel;
                if let Err(place) = colours.binary_search(&[red, green, blue]) {
                    if colours.len() == MOST_COLOURS {
                        return None;
                    }
                    colours.insert(place, [red, green, blue]);
                }
            }
        }
        Some(Self { colours, is_exact: true })
    }

    /// At most `most` colours that are near those of the film.
    pub fn near(film: &Film, most: usize) -> Self {
        let samples = samples(film);
        let lab = srgb8_to_oklab(&samples);
        let size = PaletteSize::from_usize_clamped(most.clamp(1, MOST_COLOURS));
        // It fails without samples only: nothing is shown then.
        let Ok(wu) = WuF32x3::run_slice(&lab, BinnerF32x3::oklab_from_srgb8()) else { return Self::default() };
        let wu = wu.palette(size);
        let options = KmeansOptions::new().sampling_factor(1.0).max_samples(SAMPLES as u32);
        let colours = match Kmeans::run_slice(&lab, wu.clone(), options) {
            Ok(kmeans) => kmeans.into_palette(),
            Err(_) => wu,
        };
        let colours = oklab_to_srgb8(&colours).into_iter().map(|colour| [colour.red, colour.green, colour.blue]);
        Self { colours: colours.collect(), is_exact: false }
    }
}

/// Pixels from all over the film.
fn samples(film: &Film) -> Vec<Srgb<u8>> {
    let all = film.pictures.len() * film.size.area();
    // An odd step through frames of an even width meets all columns.
    let step = (all / SAMPLES).max(1) | 1;
    let pixels = film.pictures.iter().flat_map(|picture| &picture.pixels).step_by(step);
    pixels.filter(|pixel| **pixel != CLEAR).map(|&[red, green, blue, _]| Srgb::new(red, green, blue)).collect()
}
