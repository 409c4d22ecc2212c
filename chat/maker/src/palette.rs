//! Chooses the colours of a GIF.

use quantette::PaletteSize;
use std::ops::Range;

use quantette::color_space::{oklab_to_srgb8, srgb8_to_oklab};
use quantette::deps::palette::Srgb;
use quantette::kmeans::{Kmeans, KmeansOptions};
use quantette::wu::{BinnerF32x3, WuF32x3};

use crate::film::{Film, Picture};
use crate::pixel::CLEAR;

/// One index of a GIF's 256 is for pixels that show nothing.
pub(crate) const MOST_COLOURS: usize = 255;

/// How many pixels of a film are sampled, and of a scene at least. More make no better palette.
const SAMPLES: usize = 1 << 17;
const FEWEST_SAMPLES: usize = 1 << 13;

#[derive(Debug, Clone, Default)]
pub(crate) struct Palette {
    /// Red, green and blue, at most `MOST_COLOURS`.
    pub colours: Vec<[u8; 3]>,
    /// The film has no other colours, and `colours` is sorted.
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

    /// The index after those of the colours is for pixels that show nothing.
    pub fn transparent(&self) -> u8 {
        self.colours.len() as u8
    }

    /// As it is written, with a colour for the transparent index, which nobody sees.
    pub fn table(&self) -> Vec<u8> {
        let mut table = self.colours.as_flattened().to_vec();
        table.extend([0; 3]);
        table
    }

    /// At most `most` colours that are near those of a scene, of which about `most_samples` pixels are looked at.
    fn near(scene: &[Picture], most: usize, most_samples: usize) -> Self {
        let samples = samples(scene, most_samples);
        let lab = srgb8_to_oklab(&samples);
        let size = PaletteSize::from_usize_clamped(most.clamp(1, MOST_COLOURS));
        // This fails only without samples, and then all pixels are transparent.
        let Ok(wu) = WuF32x3::run_slice(&lab, BinnerF32x3::oklab_from_srgb8()) else { return Self::default() };
        let wu = wu.palette(size);
        let options = KmeansOptions::new().sampling_factor(1.0).max_samples(most_samples as u32);
        let colours = match Kmeans::run_slice(&lab, wu.clone(), options) {
            Ok(kmeans) => kmeans.into_palette(),
            Err(_) => wu,
        };
        let colours = oklab_to_srgb8(&colours).into_iter().map(|colour| [colour.red, colour.green, colour.blue]);
        Self { colours: colours.collect(), is_exact: false }
    }
}

/// A palette for each scene of a film.
pub(crate) fn of_scenes(film: &Film, scenes: &[Range<usize>], most: usize) -> Vec<Palette> {
    let samples = (SAMPLES / scenes.len().max(1)).max(FEWEST_SAMPLES);
    let pictures = scenes.iter().map(|scene| film.pictures.get(scene.clone()).unwrap_or_default());
    pictures.map(|pictures| Palette::near(pictures, most, samples)).collect()
}

/// Pixels from all over a scene.
fn samples(scene: &[Picture], most: usize) -> Vec<Srgb<u8>> {
    let all: usize = scene.iter().map(|picture| picture.pixels.len()).sum();
    // An odd step through frames of an even width meets all columns.
    let step = (all / most).max(1) | 1;
    let pixels = scene.iter().flat_map(|picture| &picture.pixels).step_by(step);
    pixels.filter(|pixel| **pixel != CLEAR).map(|&[red, green, blue, _]| Srgb::new(red, green, blue)).collect()
}
