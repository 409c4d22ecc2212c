//! Fits a canvas into the size that is shown.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, MulDiv, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::canvas::{Pixel, Size};

/// The longest side of what is made, in pixels.
const MOST: usize = 640;

/// Resizes canvases of one size.
pub(crate) struct Fit {
    from: Size,
    to: Size,
    resizer: Resizer,
    options: ResizeOptions,
}

impl Fit {
    pub fn new(from: Size) -> Self {
        let longest = from.width.max(from.height);
        let side = |side: usize| {
            if longest <= MOST { side } else { ((side * MOST + longest / 2) / longest).max(1) }
        };
        let to = Size { width: side(from.width), height: side(from.height) };
        // Hamming's filter has no negative lobes, which would draw halos around letters. Pixels are premultiplied
        // already, so that no second canvas is needed for that.
        let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Hamming)).use_alpha(false);
        Self { from, to, resizer: Resizer::new(), options }
    }

    pub fn to(&self) -> Size {
        self.to
    }

    /// Writes `canvas`, resized to the size that is shown, to `into`, in colours that are not premultiplied. `None` if
    /// it cannot be resized because `canvas` has another size.
    pub fn apply(&mut self, canvas: &[Pixel], into: &mut Vec<Pixel>) -> Option<()> {
        into.clear();
        if self.from == self.to {
            into.extend_from_slice(canvas);
            return Some(());
        }
        into.resize(self.to.area(), Pixel::default());
        let [from, to] = [self.from, self.to].map(|size| Some((side(size.width)?, side(size.height)?)));
        let ((width, height), (to_width, to_height)) = (from?, to?);
        let source = ImageRef::new(width, height, canvas.as_flattened(), PixelType::U8x4).ok()?;
        let mut image = Image::from_slice_u8(to_width, to_height, into.as_flattened_mut(), PixelType::U8x4).ok()?;
        self.resizer.resize(&source, &mut image, &self.options).ok()?;
        MulDiv::new().divide_alpha_inplace(&mut image).ok()
    }
}

fn side(side: usize) -> Option<u32> {
    side.try_into().ok()
}
