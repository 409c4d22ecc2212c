//! A small picture of a canvas: the mean light of at most 32 × 32 cells.

use std::ops::Range;

use crate::canvas::{Pixel, Rect, Size};

/// The most cells in a row or column.
const MOST: usize = 32;
/// The greatest value of a channel in [`Grid::linear`].
const FULL: u16 = u16::MAX;

/// Linear light, in contrast to the sRGB values that screens are sent. Each channel is from 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Light {
    pub red: f32,
    pub green: f32,
    pub blue: f32,
}

/// The mean of a cell.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Cell {
    light: Light,
    /// How much of the cell is covered, from 0 to 1. The page is seen through the rest.
    cover: f32,
}

impl Cell {
    /// What is seen in front of a grey page that is as bright as this, from 0 to 1.
    pub fn before(self, page: f32) -> Light {
        let Self { light: Light { red, green, blue }, cover } = self;
        let through = (1.0 - cover) * page;
        Light { red: red + through, green: green + through, blue: blue + through }
    }
}

/// The cells of a canvas of one size.
pub(crate) struct Grid {
    size: Size,
    columns: usize,
    cells: Vec<Cell>,
    /// The linear light of each sRGB value, from 0 to [`FULL`].
    linear: [u16; 256],
}

impl Grid {
    /// The grid of a clear canvas. Cells are larger than a pixel where the canvas has more than 32 of a side.
    pub fn new(size: Size) -> Self {
        let (columns, rows) = (size.width.min(MOST), size.height.min(MOST));
        let mut linear = [0; 256];
        for (light, value) in linear.iter_mut().zip(0..=u8::MAX) {
            *light = (to_linear(f32::from(value) / 255.0) * f32::from(FULL)).round() as u16;
        }
        Self { size, columns, cells: vec![Cell::default(); columns * rows], linear }
    }

    /// The cells, row by row.
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// Computes the cells of a part of the canvas anew.
    pub fn update(&mut self, canvas: &[Pixel], part: Rect) {
        if part.is_empty() {
            return;
        }
        let (columns, rows) = (self.columns, self.cells.len() / self.columns);
        let Size { width, height } = self.size;
        for row in first(part.top, height, rows)..rows {
            let ys = span(row, height, rows);
            if ys.start >= part.bottom {
                break;
            }
            for column in first(part.left, width, columns)..columns {
                let xs = span(column, width, columns);
                if xs.start >= part.right {
                    break;
                }
                let cell = Rect { left: xs.start, top: ys.start, right: xs.end, bottom: ys.end };
                let mean = self.mean(canvas, cell);
                if let Some(cell) = self.cells.get_mut(row * columns + column) {
                    *cell = mean;
                }
            }
        }
    }

    fn mean(&self, canvas: &[Pixel], part: Rect) -> Cell {
        let mut sums = [0u64; 4];
        for row in part.rows(self.size.width) {
            for &[red, green, blue, alpha] in canvas.get(row).unwrap_or_default() {
                for (sum, value) in sums.iter_mut().zip([red, green, blue]) {
                    *sum += u64::from(self.linear[usize::from(value)]);
                }
                sums[3] += u64::from(alpha);
            }
        }
        let pixels = part.size().area().max(1) as f32;
        let [red, green, blue] = [sums[0], sums[1], sums[2]].map(|sum| sum as f32 / (pixels * f32::from(FULL)));
        Cell { light: Light { red, green, blue }, cover: sums[3] as f32 / (pixels * 255.0) }
    }
}

/// Where cell number `index` of `count` begins and ends along a side, in pixels.
fn span(index: usize, side: usize, count: usize) -> Range<usize> {
    index * side / count..(index + 1) * side / count
}

/// The cell that holds the place `at`, or the one before it where sides are not divided evenly.
fn first(at: usize, side: usize, count: usize) -> usize {
    at * count / side
}

/// The light of a value of sRGB, both from 0 to 1 (IEC 61966-2-1).
fn to_linear(value: f32) -> f32 {
    if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
}
