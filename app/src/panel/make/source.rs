//! The source of a GIF: pictures that are all in memory, or a film, of which each picture is looked up when it is needed.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use leptos::prelude::document;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{File, Url};

use super::canvas::Canvas;
use super::frame::Size;
use super::js::{apply, heard, let_go, number, sleep};
use super::plan::Reel;
use super::trouble::Trouble;
use crate::browser::{call, set_property};

/// The pixels of all pictures that are kept at the same time: a quarter of a gigabyte at four bytes each. (A [`Sequence`] takes up
/// to half as much again.)
const MOST_KEPT: u64 = 64_000_000;
/// The most pictures that are kept, however small they are. (A GIF that can be uploaded has at most a third of these.)
const MOST_PICTURES: usize = 3000;
/// No picture is kept with a longer side. (A GIF has 640 pixels at most, and may be a part of it.)
const LONGEST: u32 = 960;

/// A film that needs longer than this to seek to a time cannot be played here.
const SEEK_MILLIS: u32 = 8000;
/// Moments of a film in the same step of so many milliseconds have one picture, so that pictures can be used again.
const FILM_STEP: u32 = 20;
/// A time that no film reaches.
const FAR_SECONDS: f64 = 1e9;

#[derive(Debug)]
pub struct Source {
    /// The name of the GIF's file, without its extension.
    pub name: String,
    pub reel: Reel,
    /// Pictures are missing at the end, because not all could be kept.
    pub is_cut: bool,
    pictures: Pictures,
}

#[derive(Debug)]
enum Pictures {
    All(Vec<Canvas>),
    Film(Film),
}

#[derive(Debug)]
struct Film {
    video: JsValue,
    url: String,
    kept: RefCell<VecDeque<(u32, Canvas)>>,
    /// It is seeking, and can seek to only one time at once.
    is_busy: Cell<bool>,
}

/// The size in which a picture is kept when there are `count` of them.
pub fn kept_size(size: Size, count: u64) -> Size {
    let (pixels, each) = (size.pixels().max(1), MOST_KEPT / count.max(1));
    let side = f64::from(size.width.max(size.height)) * (each as f64 / pixels as f64).sqrt().min(1.0);
    size.within((side as u32).clamp(1, LONGEST))
}

/// Pictures one after the other, each with the time that it is shown.
#[derive(Default)]
pub struct Sequence {
    pub pictures: Vec<Canvas>,
    starts: Vec<u32>,
    millis: u32,
    pixels: u64,
    pub is_cut: bool,
}

/// How far a strip was filled.
#[derive(Debug, Clone, Copy)]
pub struct Mark {
    pictures: usize,
    millis: u32,
    pixels: u64,
    is_cut: bool,
}

impl Sequence {
    /// How far it is filled now.
    pub fn mark(&self) -> Mark {
        Mark { pictures: self.pictures.len(), millis: self.millis, pixels: self.pixels, is_cut: self.is_cut }
    }

    /// Removes the pictures that came after the mark.
    pub fn back_to(&mut self, mark: Mark) {
        self.pictures.truncate(mark.pictures);
        self.starts.truncate(mark.pictures);
        (self.millis, self.pixels, self.is_cut) = (mark.millis, mark.pixels, mark.is_cut);
    }

    /// Adds a picture, unless there are too many.
    pub fn push(&mut self, picture: Canvas, millis: u32) {
        let pixels = self.pixels + picture.size().pixels();
        if pixels > MOST_KEPT + MOST_KEPT / 2 || self.pictures.len() == MOST_PICTURES {
            self.is_cut = true;
            return;
        }
        self.pixels = pixels;
        self.starts.push(self.millis);
        self.millis += millis;
        self.pictures.push(picture);
    }

    /// The source that has these pictures, in the size of the largest; `None` if there are none.
    pub fn source(self, name: &str) -> Option<Source> {
        let size = self.pictures.iter().map(Canvas::size).max_by_key(|size| size.pixels())?;
        let reel = Reel { size, millis: self.millis, starts: self.starts };
        let name = name.to_owned();
        Some(Source { name, reel, is_cut: self.is_cut, pictures: Pictures::All(self.pictures) })
    }
}

impl Source {
    /// A film in a file.
    pub async fn film(file: &File) -> Result<Self, Trouble> {
        let unreadable = || Trouble::Unreadable(file.name());
        let video = document().create_element("video").map_err(|_| unreadable())?;
        let url = Url::create_object_url_with_blob(file).map_err(|_| unreadable())?;
        for (name, value) in [("muted", true), ("playsInline", true)] {
            set_property(&video, name, value);
        }
        set_property(&video, "preload", "auto");
        let (kept, is_busy) = (RefCell::default(), Cell::new(false));
        // (From here on the address is released when the film is dropped.)
        let film = Film { video: video.unchecked_into(), url, kept, is_busy };
        // (Phones read nothing of a film before it plays.)
        let begin = || {
            set_property(&film.video, "src", film.url.as_str());
            let_go(apply(&film.video, "play", &[]));
        };
        if heard(&film.video, &["loadeddata", "error"], Some(SEEK_MILLIS), begin).await.as_deref() != Some("loadeddata")
        {
            return Err(unreadable());
        }
        let _ = apply(&film.video, "pause", &[]);
        let size = |name| number(&film.video, name) as u32;
        let size = Size { width: size("videoWidth"), height: size("videoHeight") };
        let seconds = film.seconds().await;
        if size.pixels() == 0 || seconds <= 0.0 {
            return Err(unreadable());
        }
        let reel = Reel { size: kept_size(size, 1), millis: (seconds * 1000.0) as u32, starts: Vec::new() };
        Ok(Self { name: bare(&file.name()), reel, is_cut: false, pictures: Pictures::Film(film) })
    }

    /// The picture at this time, in milliseconds.
    pub async fn picture(&self, at: u32) -> Result<Canvas, Trouble> {
        match &self.pictures {
            Pictures::All(all) => all.get(self.reel.place(at)).cloned().ok_or(Trouble::Memory),
            Pictures::Film(film) => {
                film.picture(at / FILM_STEP * FILM_STEP, self.reel.size).await.ok_or(Trouble::Memory)
            }
        }
    }

    /// Whether there is one picture and no movement.
    pub fn is_still(&self) -> bool {
        matches!(&self.pictures, Pictures::All(all) if all.len() == 1)
    }
}

impl Film {
    /// How long the film is. One that a page has recorded does not state that until it was played or sought to its end.
    async fn seconds(&self) -> f64 {
        if crate::browser::property(&self.video, "duration") == f64::INFINITY {
            let far = || set_property(&self.video, "currentTime", FAR_SECONDS);
            heard(&self.video, &["durationchange", "error"], Some(SEEK_MILLIS), far).await;
        }
        number(&self.video, "duration")
    }

    async fn picture(&self, at: u32, size: Size) -> Option<Canvas> {
        while self.is_busy.get() {
            sleep(10).await;
        }
        let kept = self.kept.borrow().iter().find(|(of, _)| *of == at).map(|(_, picture)| picture.clone());
        if kept.is_some() {
            return kept;
        }
        self.is_busy.set(true);
        let seek = || set_property(&self.video, "currentTime", f64::from(at) / 1000.0);
        let came = heard(&self.video, &["seeked", "error"], Some(SEEK_MILLIS), seek).await;
        self.is_busy.set(false);
        let picture = came.filter(|came| came == "seeked").and_then(|_| Canvas::copied(&self.video, size))?;
        let mut kept = self.kept.borrow_mut();
        kept.push_back((at, picture.clone()));
        if kept.len() as u64 > MOST_KEPT / size.pixels().max(1) {
            kept.pop_front();
        }
        Some(picture)
    }
}

impl Drop for Film {
    fn drop(&mut self) {
        call(&self.video, "removeAttribute", &"src".into());
        call(&self.video, "load", &JsValue::UNDEFINED);
        let _ = Url::revoke_object_url(&self.url);
    }
}

/// The name of a file without its extension.
pub fn bare(name: &str) -> String {
    name.rsplit_once('.').map_or(name, |(bare, _)| bare).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_pictures_are_kept_smaller_than_few() {
        let photo = Size { width: 4000, height: 3000 };
        assert_eq!(kept_size(photo, 1), Size { width: 960, height: 720 });
        let many = kept_size(photo, 1000);
        assert!(many.pixels() * 1000 <= MOST_KEPT && many.width > 280, "{many:?}");
        let small = Size { width: 320, height: 240 };
        assert_eq!(kept_size(small, 100), small);
        assert_eq!(kept_size(small, u64::MAX), Size { width: 1, height: 1 });
    }

    #[test]
    fn a_file_of_another_kind_keeps_its_name() {
        assert_eq!(bare("나의 하루.mp4"), "나의 하루");
        assert_eq!(bare("camera"), "camera");
    }
}
