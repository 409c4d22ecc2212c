//! Pictures, and how far one is from another.

use std::io::Cursor;

use image_webp::{LoopCount, WebPDecoder};

/// Red, green, blue and alpha.
pub type Pixel = [u8; 4];

#[derive(Clone, PartialEq, Eq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<Pixel>,
}

impl Picture {
    pub fn clear(width: usize, height: usize) -> Self {
        Self { width, height, pixels: vec![[0; 4]; width * height] }
    }

    /// `None` outside the picture.
    pub fn at(&mut self, x: usize, y: usize) -> Option<&mut Pixel> {
        if x < self.width { self.pixels.get_mut(y * self.width + x) } else { None }
    }

    /// A smaller picture, each pixel of which is the mean of all pixels that fall on it.
    pub fn fitted(&self, width: usize, height: usize) -> Self {
        let span = |at: usize, to: usize, from: usize| at * from / to..((at + 1) * from).div_ceil(to);
        let mean = |at: usize| {
            let (mut sums, mut count) = ([0_u32; 4], 0);
            for y in span(at / width, height, self.height) {
                for pixel in &self.pixels[y * self.width..][span(at % width, width, self.width)] {
                    count += 1;
                    sums = [0, 1, 2, 3].map(|c| sums[c] + u32::from(pixel[c]) * u32::from(pixel[3] > 0));
                }
            }
            // Clear pixels have no colour that would count.
            let colours = (sums[3] / 255).max(1);
            [0, 1, 2].map(|c| (sums[c] / colours) as u8).into_iter().chain([(sums[3] / count) as u8])
        };
        let pixels = (0..width * height).map(|at| {
            let mut mean = mean(at);
            [(); 4].map(|()| mean.next().unwrap_or_default())
        });
        Self { width, height, pixels: pixels.collect() }
    }

    /// The mean difference of all channels (of 255), with premultiplied colours. Pixels that are clear in both pictures
    /// do not differ.
    pub fn distance(&self, other: &Self) -> f64 {
        assert_eq!((self.width, self.height), (other.width, other.height));
        let of = |(a, b): (&Pixel, &Pixel)| {
            let premultiplied = |pixel: &Pixel, c: usize| f64::from(pixel[c]) * f64::from(pixel[3]) / 255.0;
            let colours = (0..3).map(|c| (premultiplied(a, c) - premultiplied(b, c)).abs()).sum::<f64>();
            (colours + f64::from(a[3].abs_diff(b[3]))) / 4.0
        };
        self.pixels.iter().zip(&other.pixels).map(of).sum::<f64>() / self.pixels.len() as f64
    }
}

/// A WebP that was read by an independent decoder.
pub struct Read {
    /// Milliseconds and what is shown.
    pub frames: Vec<(u32, Picture)>,
    /// How often it plays; `None` is for ever.
    pub times: Option<u32>,
}

/// Reads a WebP, still or moving.
pub fn read(webp: &[u8]) -> Read {
    let mut decoder = WebPDecoder::new(Cursor::new(webp)).expect("it is a WebP");
    let (width, height) = decoder.dimensions();
    let (width, height) = (width as usize, height as usize);
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    let mut buffer = vec![0; width * height * channels];
    let picture = |buffer: &[u8]| {
        let pixel = |pixel: &[u8]| [pixel[0], pixel[1], pixel[2], pixel.get(3).copied().unwrap_or(255)];
        Picture { width, height, pixels: buffer.chunks_exact(channels).map(pixel).collect() }
    };
    let mut frames = Vec::new();
    if decoder.is_animated() {
        for _ in 0..decoder.num_frames() {
            let ms = decoder.read_frame(&mut buffer).expect("the frame is whole");
            frames.push((ms, picture(&buffer)));
        }
    } else {
        decoder.read_image(&mut buffer).expect("the picture is whole");
        frames.push((0, picture(&buffer)));
    }
    let times = match decoder.loop_count() {
        LoopCount::Forever => None,
        LoopCount::Times(times) => Some(times.get().into()),
    };
    Read { frames, times }
}
