//! Shows colours that a palette lacks by a pattern of those that it has.
//!
//! For each colour a few of the palette are found that have that colour on average (Knoll's pattern dithering). Which of
//! them a pixel gets depends on where it is and nothing else, so what does not change looks the same in each frame.
//! Error diffusion looks better in a still, but flickers in a film.

use crate::change::difference;
use crate::palette::Palette;
use crate::pixel::Pixel;

/// How many colours of the palette are mixed.
const MIXED: usize = 8;

/// How much of the difference between a colour and the nearest one is made up for, in percent. With all of it, single
/// pixels stand out.
const STRENGTH: i32 = 50;

/// How many bits of each channel tell colours apart.
const BITS: u32 = 6;

/// The order of an 8 × 8 square in which neighbours are far apart (Bayer).
const ORDER: [[u8; 8]; 8] = [
    [0, 32, 8, 40, 2, 34, 10, 42],
    [48, 16, 56, 24, 50, 18, 58, 26],
    [12, 44, 4, 36, 14, 46, 6, 38],
    [60, 28, 52, 20, 62, 30, 54, 22],
    [3, 35, 11, 43, 1, 33, 9, 41],
    [51, 19, 59, 27, 49, 17, 57, 25],
    [15, 47, 7, 39, 13, 45, 5, 37],
    [63, 31, 55, 23, 61, 29, 53, 21],
];

#[derive(Clone, Copy, Default)]
struct Mixture {
    /// The index of the nearest colour.
    nearest: u8,
    /// Indices, from dark to light. They are computed when they are needed for the first time, because that takes a
    /// while.
    mixed: Option<[u8; MIXED]>,
}

pub(crate) struct Mixer<'a> {
    palette: &'a Palette,
    /// How much worse than the nearest colour the colour of the pixel to the left may be to be used again, as
    /// `difference` counts. (Runs of equal indices take fewer bytes.)
    run: i32,
    /// The index that the pixel to the left has, if that is part of a run.
    last: Option<u8>,
    /// For each colour its place in `mixtures` plus one, or 0 as long as it was not needed.
    places: Vec<u32>,
    mixtures: Vec<Mixture>,
}

impl<'a> Mixer<'a> {
    pub fn new(palette: &'a Palette, run: i32) -> Self {
        let places = if palette.is_exact { Vec::new() } else { vec![0; 1 << (3 * BITS)] };
        Self { palette, run, last: None, places, mixtures: Vec::new() }
    }

    /// The index that an opaque pixel gets at this place. Colours are mixed only where the picture `is_smooth`:
    /// elsewhere nobody sees steps, and patterns would be noise that takes bytes.
    pub fn index(&mut self, pixel: Pixel, is_smooth: bool, x: usize, y: usize) -> u8 {
        let [red, green, blue, _] = pixel;
        if self.palette.is_exact {
            let place = self.palette.colours.binary_search(&[red, green, blue]);
            return place.unwrap_or_else(|_| self.nearest([red, green, blue].map(i32::from)).0 as usize) as u8;
        }
        let order = ORDER[y % 8][x % 8];
        // Rounding is part of the pattern, or else soft gradients would have steps.
        let jitter = if is_smooth { order >> (6 - (8 - BITS)) } else { 2 };
        let part = |channel: u8| u32::from(channel.saturating_add(jitter) >> (8 - BITS));
        let key = (part(red) << (2 * BITS) | part(green) << BITS | part(blue)) as usize;
        let place = self.place(key);
        let mixture = self.mixtures.get(place).copied().unwrap_or_default();
        if is_smooth {
            self.last = None;
            let mixed = mixture.mixed.unwrap_or_else(|| self.mix(key, place));
            return mixed[usize::from(order) * MIXED / 64];
        }
        let good = self.off(pixel, mixture.nearest).saturating_add(self.run);
        let last = self.last.filter(|last| self.run > 0 && self.off(pixel, *last) <= good);
        let index = last.unwrap_or(mixture.nearest);
        self.last = Some(index);
        index
    }

    /// The index of transparent pixels. It ends a run.
    pub fn transparent(&mut self) -> u8 {
        self.last = None;
        self.palette.transparent()
    }

    /// Ends a run: the next pixel is not beside the last one.
    pub fn end_row(&mut self) {
        self.last = None;
    }

    /// How far a colour of the palette is from a pixel.
    fn off(&self, pixel: Pixel, index: u8) -> i32 {
        let [red, green, blue] = self.colour(index);
        difference(pixel, [red, green, blue, 255])
    }

    fn colour(&self, index: u8) -> [u8; 3] {
        self.palette.colours.get(usize::from(index)).copied().unwrap_or_default()
    }

    /// Where the mixture of a colour is.
    fn place(&mut self, key: usize) -> usize {
        match self.places.get(key) {
            Some(&place) if place > 0 => place as usize - 1,
            _ => {
                let (nearest, _) = self.nearest(colour_of(key));
                self.mixtures.push(Mixture { nearest, mixed: None });
                if let Some(place) = self.places.get_mut(key) {
                    *place = self.mixtures.len() as u32;
                }
                self.mixtures.len() - 1
            }
        }
    }

    fn mix(&mut self, key: usize, place: usize) -> [u8; MIXED] {
        let wanted = colour_of(key);
        let mut owed = [0; 3];
        let mut mixed = std::array::from_fn(|_| {
            let (index, colour) = self.nearest(std::array::from_fn(|i| wanted[i] + owed[i] * STRENGTH / 100));
            for ((owed, wanted), got) in owed.iter_mut().zip(wanted).zip(colour) {
                *owed += wanted - i32::from(got);
            }
            index
        });
        mixed.sort_unstable_by_key(|index| luma(self.colour(*index)));
        if let Some(mixture) = self.mixtures.get_mut(place) {
            mixture.mixed = Some(mixed);
        }
        mixed
    }

    fn nearest(&self, [red, green, blue]: [i32; 3]) -> (u8, [u8; 3]) {
        let mut best = (i32::MAX, 0, [0; 3]);
        for (index, &colour) in self.palette.colours.iter().enumerate() {
            let [r, g, b] = colour.map(i32::from);
            let distance = 3 * (r - red) * (r - red) + 4 * (g - green) * (g - green) + 2 * (b - blue) * (b - blue);
            if distance < best.0 {
                best = (distance, index as u8, colour);
            }
        }
        (best.1, best.2)
    }
}

fn colour_of(key: usize) -> [i32; 3] {
    [2 * BITS, BITS, 0].map(|shift| ((key as i32 >> shift) & ((1 << BITS) - 1)) << (8 - BITS))
}

fn luma([red, green, blue]: [u8; 3]) -> u32 {
    u32::from(red) * 2 + u32::from(green) * 4 + u32::from(blue)
}
