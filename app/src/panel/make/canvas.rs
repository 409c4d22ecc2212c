//! A canvas. It holds a picture that is kept, or one that is about to be shown or handed to the worker.

use leptos::prelude::document;
use wasm_bindgen::JsValue;

use super::caption;
use super::frame::{Area, Size};
use super::js::{apply, number, object};
use super::plan::Edit;
use crate::browser::{property, set_property};

/// The end of a CSS `font` value: families that every system has in bold, with Korean letters.
const FONT: &str = r#"px system-ui, -apple-system, "Apple SD Gothic Neo", "Noto Sans KR", "Malgun Gothic", sans-serif"#;

#[derive(Debug, Clone)]
pub struct Canvas {
    pub element: JsValue,
    context: JsValue,
}

impl Canvas {
    /// `None` if the browser is out of memory.
    pub fn new(size: Size) -> Option<Self> {
        Self::of(document().create_element("canvas").ok()?.into(), size)
    }

    /// The canvas of an element, which gets this size.
    pub fn of(element: JsValue, size: Size) -> Option<Self> {
        // (The pixels are read back more often than they are shown, so the browser should keep them out of the graphics memory.)
        let options = object(&[("willReadFrequently", true.into())]);
        let context = apply(&element, "getContext", &["2d".into(), options]).ok().filter(JsValue::is_object)?;
        let canvas = Self { element, context };
        canvas.resize(size);
        Some(canvas)
    }

    /// Sets the size, unless the canvas has it already. (Setting the same size again would clear it, too.)
    pub fn resize(&self, size: Size) {
        if self.size() != size {
            set_property(&self.element, "width", size.width);
            set_property(&self.element, "height", size.height);
        }
    }

    pub fn size(&self) -> Size {
        Size { width: number(&self.element, "width") as u32, height: number(&self.element, "height") as u32 }
    }

    /// A copy of a picture, scaled to this size.
    pub fn copied(picture: &JsValue, size: Size) -> Option<Self> {
        let canvas = Self::new(size)?;
        let Size { width, height } = size;
        let arguments = [picture.clone(), 0.into(), 0.into(), width.into(), height.into()];
        apply(&canvas.context, "drawImage", &arguments).ok()?;
        Some(canvas)
    }

    /// Shows a part of a picture, with the caption over it.
    pub fn paint(&self, picture: &Canvas, edit: &Edit) {
        let (size, part) = (self.size(), edit.part(picture.size()));
        let numbers = |Area { left, top, size }: Area| [left, top, size.width, size.height].map(JsValue::from);
        let all = numbers(Area { left: 0, top: 0, size });
        let _ = apply(&self.context, "clearRect", &all);
        set_property(&self.context, "imageSmoothingQuality", "high");
        let (from, to) = (numbers(part), numbers(part.size.inside(size)));
        let _ = apply(&self.context, "drawImage", &[&[picture.element.clone()][..], &from, &to].concat());
        self.write(edit);
    }

    fn write(&self, edit: &Edit) {
        let (context, size) = (&self.context, self.size());
        let set_letters = |letters: u32| set_property(context, "font", ["bold ", &letters.to_string(), FONT].concat());
        let measure = |text: &str, letters: u32| {
            set_letters(letters);
            apply(context, "measureText", &[text.into()]).map_or(0.0, |measured| number(&measured, "width"))
        };
        let (lines, letters) = caption::fitted(&edit.caption, size.width, measure);
        set_letters(letters);
        for (name, value) in
            [("textAlign", "center"), ("lineJoin", "round"), ("strokeStyle", "#000"), ("fillStyle", "#fff")]
        {
            set_property(context, name, value);
        }
        set_property(context, "lineWidth", f64::from(letters) / 5.0);
        let height = f64::from(letters) * 1.2;
        let above = match edit.is_caption_on_top {
            true => 0.0,
            false => f64::from(size.height) - height * (lines.len() as f64 + 0.25),
        };
        for (n, line) in lines.iter().enumerate() {
            let place = [f64::from(size.width) / 2.0, above + height * (n as f64 + 0.95)].map(JsValue::from);
            for name in ["strokeText", "fillText"] {
                let _ = apply(context, name, &[&[line.into()][..], &place].concat());
            }
        }
    }

    /// The pixels, in a buffer that can be handed over.
    pub fn pixels(&self) -> Option<JsValue> {
        let Size { width, height } = self.size();
        let image = apply(&self.context, "getImageData", &[0.into(), 0.into(), width.into(), height.into()]).ok()?;
        Some(property(&property(&image, "data"), "buffer"))
    }

    /// Draws the pixels of an `ImageData`, which has the size of the canvas.
    pub fn put(&self, image: &JsValue) {
        let _ = apply(&self.context, "putImageData", &[image.clone(), 0.into(), 0.into()]);
    }
}
