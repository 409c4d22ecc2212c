//! Makes the GIF: draws its pictures one after the other and hands them to the worker.

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::File;

use super::canvas::Canvas;
use super::js::number;
use super::plan::Edit;
use super::source::Source;
use super::trouble::Trouble;
use super::worker::{self, Worker};
use crate::browser::property;
use crate::strings::{Lang, size};

/// The share of drawing in the whole progress, in percent.
const DRAWING: f64 = 40.0;

/// A GIF that was made.
pub struct Made {
    pub file: File,
    pub width: u32,
    pub height: u32,
    pub gave: Vec<Gave>,
}

/// Something that was reduced so that the GIF has fewer bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Gave {
    /// To this number of colours.
    Colours(u32),
    /// To this number of frames.
    Rate(u32),
    /// To this width and height, in pixels.
    Size(u32, u32),
}

impl Gave {
    fn read(gave: &JsValue) -> Option<Self> {
        let number = |name| number(gave, name) as u32;
        match property(gave, "what").as_string()?.as_str() {
            "colours" => Some(Self::Colours(number("colours"))),
            "rate" => Some(Self::Rate(number("frames"))),
            "size" => Some(Self::Size(number("width"), number("height"))),
            _ => None,
        }
    }
}

impl Made {
    /// Its size and what was given up for it, in words.
    pub fn told(&self, lang: Lang) -> String {
        lang.made(
            &self.file.name(),
            self.width,
            self.height,
            &size(self.file.size() as u64),
            &gave_up(&self.gave, lang),
        )
    }
}

fn gave_up(gave: &[Gave], lang: Lang) -> Vec<String> {
    let told = |gave: &Gave| match *gave {
        Gave::Colours(colours) => lang.gave_colours(colours),
        Gave::Rate(frames) => lang.gave_rate(frames),
        Gave::Size(width, height) => lang.gave_size(width, height),
    };
    gave.iter().map(told).collect()
}

/// Makes a GIF of at most `most` bytes, as the edit says. `progress` hears how much is done, in percent.
pub async fn make(
    worker: &Worker,
    source: &Source,
    edit: &Edit,
    most: u64,
    progress: impl Fn(u32),
) -> Result<Made, Trouble> {
    let (moments, made_size) = (edit.moments(&source.reel), edit.size(&source.reel));
    let canvas = Canvas::new(made_size).ok_or(Trouble::Memory)?;
    let size = [("width", made_size.width.into()), ("height", made_size.height.into()), ("most", (most as f64).into())];
    worker.tell("start", &size, &[]);
    for (done, moment) in moments.iter().enumerate() {
        canvas.paint(&source.picture(moment.at).await?, edit);
        let rgba = canvas.pixels().ok_or(Trouble::Memory)?;
        worker.tell("frame", &[("rgba", rgba.clone()), ("millis", moment.millis.into())], &[rgba]);
        // (Waiting here keeps two pictures from being on their way at once.)
        worker.hear("took", &source.name, |_| {}).await?;
        progress((DRAWING * (done + 1) as f64 / moments.len() as f64) as u32);
    }
    worker.tell("make", &[], &[]);
    let going_on = |said: &JsValue| {
        let part = number(said, "done") / number(said, "of").max(1.0);
        progress((DRAWING + (100.0 - DRAWING) * part.min(1.0)) as u32);
    };
    let made = worker.hear("made", &source.name, going_on).await?;
    let file = worker::file(&property(&made, "bytes"), &[&source.name, ".gif"].concat()).ok_or(Trouble::Memory)?;
    let gave = Array::from(&property(&made, "gave")).iter().filter_map(|gave| Gave::read(&gave)).collect();
    Ok(Made { file, width: number(&made, "width") as u32, height: number(&made, "height") as u32, gave })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_given_up_is_told_in_its_order() {
        let gave = [Gave::Colours(64), Gave::Rate(20), Gave::Size(320, 180)];
        let told = gave_up(&gave, Lang::En).join(", ");
        let order = ["64", "20", "320"].map(|number| told.find(number).unwrap_or(usize::MAX));
        assert!(order.is_sorted() && order[2] < usize::MAX, "{told}");
        assert_eq!(gave_up(&[], Lang::Ko), Vec::<String>::new());
    }
}
