//! Reads pictures from files: stills, and what moves.

use js_sys::Uint8Array;
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::File;

use super::canvas::Canvas;
use super::frame::Size;
use super::js::{apply, construct, number, object, wait};
use super::kind::{FileKind, animated};
use super::source::{Sequence, Source, bare, kept_size};
use super::trouble::Trouble;
use super::worker::Worker;
use crate::browser::property;

/// How long a slide show shows each still.
const STILL_MILLIS: u32 = 500;
/// How long browsers show a picture whose stated time is 0.
const NO_MILLIS: u32 = 100;
/// How many bytes at the beginning of a file are searched for whether it moves.
const HEAD: u32 = 65_536;

/// Reads a film, or pictures in their order. `begin` returns a loaded worker, for moving pictures that the browser cannot decode.
pub async fn read(files: &[File], begin: impl AsyncFn() -> Result<Worker, Trouble>) -> Result<Source, Trouble> {
    let first = files.first().ok_or(Trouble::Ended)?;
    if FileKind::of(&first.type_(), &first.name()) == FileKind::Film {
        return Source::film(first).await;
    }
    let mut strip = Sequence::default();
    for file in files {
        let unreadable = || Trouble::Unreadable(file.name());
        let bytes = wait(apply(file, "arrayBuffer", &[])).await.map_err(|_| unreadable())?;
        let all = Uint8Array::new(&bytes);
        let head = all.subarray(0, HEAD.min(all.length())).to_vec();
        let moves = animated(&head);
        // What fails halfway leaves no pictures behind, because the next attempt takes them all again.
        let mark = strip.mark();
        if let Some(media_type) = moves {
            if take_apart(&bytes, media_type, &mut strip).await.is_ok() {
                continue;
            }
            strip.back_to(mark);
        }
        if matches!(moves, Some("image/gif" | "image/webp" | "image/png")) {
            if decode(&begin().await?, bytes, &file.name(), &mut strip).await.is_ok() {
                continue;
            }
            strip.back_to(mark);
        }
        still(file, files.len() as u64, &mut strip).await.map_err(|_| unreadable())?;
    }
    strip.source(&bare(&first.name())).ok_or_else(|| Trouble::Unreadable(first.name()))
}

/// Lets the browser decode a moving picture. This fails if it cannot.
async fn take_apart(bytes: &JsValue, media_type: &str, strip: &mut Sequence) -> Result<(), JsValue> {
    let class = property(&window(), "ImageDecoder");
    if !wait(apply(&class, "isTypeSupported", &[media_type.into()])).await?.is_truthy() {
        return Err(JsValue::UNDEFINED);
    }
    let decoder = construct("ImageDecoder", &[object(&[("data", bytes.clone()), ("type", media_type.into())])])?;
    let taken = pictures(&decoder, strip).await;
    let _ = apply(&decoder, "close", &[]);
    taken
}

async fn pictures(decoder: &JsValue, strip: &mut Sequence) -> Result<(), JsValue> {
    let tracks = property(decoder, "tracks");
    wait(Ok(property(&tracks, "ready"))).await?;
    wait(Ok(property(decoder, "completed"))).await?;
    let count = number(&property(&tracks, "selectedTrack"), "frameCount") as u32;
    let before = strip.pictures.len();
    for frame in 0..count {
        if strip.is_cut {
            break;
        }
        let asked = object(&[("frameIndex", frame.into())]);
        let decoded = match wait(apply(decoder, "decode", &[asked])).await {
            Ok(decoded) => property(&decoded, "image"),
            // (A file that is cut off has fewer pictures than it says.)
            Err(_) if strip.pictures.len() > before => break,
            Err(error) => return Err(error),
        };
        let size =
            Size { width: number(&decoded, "displayWidth") as u32, height: number(&decoded, "displayHeight") as u32 };
        let copied = Canvas::copied(&decoded, kept_size(size, count.into()));
        // `duration` is in microseconds.
        let millis = (number(&decoded, "duration") / 1000.0).round() as u32;
        let _ = apply(&decoded, "close", &[]);
        strip.push(copied.ok_or(JsValue::UNDEFINED)?, if millis == 0 { NO_MILLIS } else { millis });
    }
    if strip.pictures.len() > before { Ok(()) } else { Err(JsValue::UNDEFINED) }
}

/// Lets the worker decode a moving picture, and takes its pictures one by one.
async fn decode(worker: &Worker, bytes: JsValue, name: &str, strip: &mut Sequence) -> Result<(), Trouble> {
    let before = strip.pictures.len();
    worker.tell("decode", &[("bytes", bytes.clone())], &[bytes]);
    let take = |said: &JsValue| {
        let size = Size { width: number(said, "width") as u32, height: number(said, "height") as u32 };
        let pixels = js_sys::Uint8ClampedArray::new(&property(said, "rgba")).into();
        let image = construct("ImageData", &[pixels, size.width.into(), size.height.into()]);
        if let (Ok(image), Some(whole)) = (image, Canvas::new(size)) {
            whole.put(&image);
            let kept = size.within(640);
            let kept = if kept == size { Some(whole) } else { Canvas::copied(&whole.element, kept) };
            let millis = (number(said, "millis") as u32).max(1);
            kept.into_iter().for_each(|picture| strip.push(picture, millis));
        }
    };
    worker.hear("decoded", name, take).await?;
    if strip.pictures.len() > before { Ok(()) } else { Err(Trouble::Unreadable(name.to_owned())) }
}

/// A picture that does not move. `count` is how many files were chosen.
async fn still(file: &File, count: u64, strip: &mut Sequence) -> Result<(), JsValue> {
    let bitmap = wait(apply(&window(), "createImageBitmap", &[file.clone().unchecked_into()])).await?;
    let size = Size { width: number(&bitmap, "width") as u32, height: number(&bitmap, "height") as u32 };
    let copied = Canvas::copied(&bitmap, kept_size(size, count));
    let _ = apply(&bitmap, "close", &[]);
    strip.push(copied.ok_or(JsValue::UNDEFINED)?, STILL_MILLIS);
    Ok(())
}
