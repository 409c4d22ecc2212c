//! Sizes, and parts of pictures.

/// A width and a height, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

impl Size {
    /// This size, scaled down if need be, so that no side is longer than `most`.
    pub fn within(self, most: u32) -> Self {
        let longest = self.width.max(self.height).max(1);
        let side = |side: u32| (side * most.min(longest) + longest / 2) / longest;
        Self { width: side(self.width).max(1), height: side(self.height).max(1) }
    }

    /// Where a picture of this size lies on a canvas, so that it is as large as possible and not stretched.
    pub fn inside(self, canvas: Self) -> Area {
        let (across, down) = (self.width * canvas.height, self.height * canvas.width);
        let size = match across.abs_diff(down) * 50 <= across.max(down) {
            // (A difference of up to 2 % comes from rounding to whole pixels, and would only show as a thin edge.)
            true => canvas,
            false if across > down => Self { height: (self.height * canvas.width / self.width).max(1), ..canvas },
            false => Self { width: (self.width * canvas.height / self.height).max(1), ..canvas },
        };
        Area { left: (canvas.width - size.width) / 2, top: (canvas.height - size.height) / 2, size }
    }

    pub fn pixels(self) -> u64 {
        u64::from(self.width) * u64::from(self.height)
    }
}

/// A part of a picture, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Area {
    pub left: u32,
    pub top: u32,
    pub size: Size,
}

/// The shape of the part that is cut out, as width to height.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Whole,
    Ratio(u32, u32),
}

impl Shape {
    pub const ALL: [(Shape, &'static str); 6] = [
        (Shape::Whole, "whole"),
        (Shape::Ratio(1, 1), "1:1"),
        (Shape::Ratio(4, 3), "4:3"),
        (Shape::Ratio(16, 9), "16:9"),
        (Shape::Ratio(3, 4), "3:4"),
        (Shape::Ratio(9, 16), "9:16"),
    ];

    /// The part that is cut out of a picture, at this place from 0 (left or top) to 100 (right or bottom).
    pub fn part(self, whole: Size, place: u32) -> Area {
        let size = match self {
            Self::Whole => whole,
            Self::Ratio(across, down) => {
                let (width, height) = (whole.height * across / down, whole.width * down / across);
                Size { width: width.clamp(1, whole.width), height: height.clamp(1, whole.height) }
            }
        };
        let from = |all: u32, part: u32| (all - part) * place.min(100) / 100;
        Area { left: from(whole.width, size.width), top: from(whole.height, size.height), size }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(width: u32, height: u32) -> Size {
        Size { width, height }
    }

    #[test]
    fn what_is_cut_out_has_its_shape_and_lies_inside() {
        let whole = size(640, 360);
        let part = |shape: Shape, place| shape.part(whole, place);
        assert_eq!(part(Shape::Ratio(1, 1), 50), Area { left: 140, top: 0, size: size(360, 360) });
        assert_eq!(part(Shape::Ratio(1, 1), 100), Area { left: 280, top: 0, size: size(360, 360) });
        assert_eq!(part(Shape::Ratio(16, 9), 0), Area { left: 0, top: 0, size: whole });
        let wide = Shape::Ratio(16, 9).part(size(300, 900), 50);
        assert_eq!(wide, Area { left: 0, top: 366, size: size(300, 168) });
        assert_eq!(Shape::Ratio(9, 16).part(size(1, 1), 50).size, size(1, 1));
    }

    #[test]
    fn nothing_is_enlarged() {
        assert_eq!(size(640, 360).within(480), size(480, 270));
        assert_eq!(size(360, 640).within(480), size(270, 480));
        assert_eq!(size(100, 50).within(480), size(100, 50));
        assert_eq!(size(2000, 1).within(240), size(240, 1));
    }

    #[test]
    fn a_picture_of_another_shape_is_shown_whole_in_the_middle() {
        let canvas = size(360, 202);
        assert_eq!(size(640, 360).inside(canvas), Area { left: 0, top: 0, size: canvas });
        assert_eq!(size(100, 200).inside(canvas), Area { left: 129, top: 0, size: size(101, 202) });
        assert_eq!(size(1000, 100).inside(canvas), Area { left: 0, top: 83, size: size(360, 36) });
    }
}
