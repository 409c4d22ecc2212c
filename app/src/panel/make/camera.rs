//! The camera: its live picture, and the recording of a few seconds.

use js_sys::Array;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::canvas::Canvas;
use super::frame::Size;
use super::js::{apply, construct, heard, let_go, number, object, sleep, wait};
use super::source::{Sequence, Source, kept_size};
use super::trouble::Trouble;
use crate::browser::{self, property};

/// Pictures per second.
const RATE: u32 = 15;
/// The seconds that are counted down before a recording.
const COUNTS: u32 = 3;
/// A recording that is interrupted earlier than this is dropped, in milliseconds.
const SHORTEST: u32 = 500;
/// How long a camera may take until its first picture.
const FIRST_MILLIS: u32 = 10_000;

/// What the camera does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Off,
    /// The browser asks the person for permission.
    Asking,
    Live,
    /// The seconds until the recording begins.
    Counting(u32),
    /// The milliseconds that were recorded so far.
    Recording(u32),
}

/// How a recording ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    NotYet,
    Done,
    /// It was interrupted, and is long enough.
    Shorter,
    Lost,
}

fn ending(millis: u32, wanted: u32, is_there: bool) -> Ending {
    match is_there {
        _ if millis >= wanted => Ending::Done,
        true => Ending::NotYet,
        false if millis >= SHORTEST => Ending::Shorter,
        false => Ending::Lost,
    }
}

/// When the next picture after this time is due, in milliseconds since the recording began. (Pictures are due at fixed times,
/// however long it takes to take one.)
fn due(passed: u32) -> u32 {
    (passed * RATE / 1000 + 1) * 1000 / RATE
}

#[derive(Debug, Clone, Copy)]
pub struct Camera {
    pub step: RwSignal<Step>,
    pub seconds: RwSignal<u32>,
    stream: StoredValue<JsValue, LocalStorage>,
    /// How often a camera was asked for or released. A camera that comes for an earlier request comes too late.
    asked: StoredValue<u32>,
    /// The ids of all cameras, once one of them is open.
    pub devices: RwSignal<Vec<String>>,
    /// The id of the camera that the person wants.
    wanted: StoredValue<Option<String>>,
    /// The camera faces the person, who expects to see a mirror image.
    pub is_mirror: RwSignal<bool>,
}

impl Camera {
    pub const SECONDS: [u32; 4] = [3, 4, 5, 6];

    pub fn new() -> Self {
        Self {
            step: RwSignal::new(Step::Off),
            seconds: RwSignal::new(3),
            stream: StoredValue::new_local(JsValue::UNDEFINED),
            asked: StoredValue::new(0),
            devices: RwSignal::new(Vec::new()),
            wanted: StoredValue::new(None),
            is_mirror: RwSignal::new(true),
        }
    }

    /// Asks for a camera, and shows its picture in this element. This returns once the camera is gone, with the reason.
    pub async fn open(self, video: JsValue) -> Result<(), Trouble> {
        self.step.set(Step::Asking);
        let turn = self.asked.get_value() + 1;
        self.asked.set_value(turn);
        let devices = property(&window().navigator(), "mediaDevices");
        let ideal = |number: u32| object(&[("ideal", number.into())]);
        let which = match self.wanted.get_value() {
            Some(id) => ("deviceId", object(&[("exact", id.into())])),
            None => ("facingMode", "user".into()),
        };
        let wanted = [("width", ideal(640)), ("height", ideal(480)), which];
        let wanted = object(&[("video", object(&wanted)), ("audio", false.into())]);
        let asked = wait(apply(&devices, "getUserMedia", &[wanted])).await;
        let stream =
            asked.map_err(|error| Trouble::of_camera(&property(&error, "name").as_string().unwrap_or_default()))?;
        // The person may have gone elsewhere meanwhile, or may want another camera.
        let is_this = move || self.asked.try_get_value() == Some(turn);
        let asks = move || is_this() && self.step.try_get_untracked() == Some(Step::Asking);
        if !asks() {
            stop(&stream);
            return Err(Trouble::Ended);
        }
        let track = track_of(&stream);
        self.stream.set_value(stream.clone());
        browser::set_property(&video, "srcObject", stream);
        let play = || let_go(apply(&video, "play", &[]));
        let came = heard(&video, &["loadeddata"], Some(FIRST_MILLIS), play).await;
        if asks() {
            came.ok_or(Trouble::Busy)?;
            self.step.set(Step::Live);
            self.look_around(&devices, &track).await;
        }
        if property(&track, "readyState") == "live" {
            heard(&track, &["ended"], None, || {}).await;
        }
        match self.step.try_get_untracked().filter(|_| is_this()) {
            // A recording notices the loss by itself, and may have enough pictures.
            None | Some(Step::Off | Step::Recording(_)) => Err(Trouble::Ended),
            Some(_) => Err(Trouble::Lost),
        }
    }

    /// Notes which other cameras there are, and which way this one faces.
    async fn look_around(self, devices: &JsValue, track: &JsValue) {
        let settings = apply(track, "getSettings", &[]).unwrap_or_default();
        let listed = wait(apply(devices, "enumerateDevices", &[])).await.unwrap_or_default();
        let is_camera = |device: &JsValue| property(device, "kind") == "videoinput";
        let id = |device: &JsValue| property(device, "deviceId").as_string();
        let ids = Array::from(&listed).iter().filter(is_camera).filter_map(|device| id(&device)).collect();
        let _ = self.devices.try_set(ids);
        let _ = self.is_mirror.try_set(property(&settings, "facingMode") != "environment");
        self.wanted.try_set_value(id(&settings));
    }

    /// Releases this camera, so that the next one can be opened.
    pub fn turn(self) {
        let next = self.devices.with_untracked(|ids| after(ids, self.wanted.get_value().as_deref()));
        self.wanted.set_value(next);
        self.close();
    }

    /// Counts down and records. True if the recording is shorter than the person wanted, because the camera was lost.
    pub async fn record(self, video: JsValue) -> Result<(Source, bool), Trouble> {
        let turn = self.asked.get_value();
        let is_on = move || {
            let is_this = self.asked.try_get_value() == Some(turn);
            is_this && matches!(self.step.try_get_untracked(), Some(Step::Counting(_) | Step::Recording(_)))
        };
        for left in (1..=COUNTS).rev() {
            let _ = self.step.try_set(Step::Counting(left));
            sleep(1000).await;
            if !is_on() {
                return Err(Trouble::Ended);
            }
        }
        let wanted = self.seconds.get_untracked() * 1000;
        let size = Size { width: number(&video, "videoWidth") as u32, height: number(&video, "videoHeight") as u32 };
        let size = kept_size(size, u64::from(RATE * wanted / 1000));
        let (mut strip, mut last, began) = (Sequence::default(), None::<(Canvas, u32)>, browser::uptime());
        let ending = loop {
            let is_there = self.stream.with_value(|stream| property(&track_of(stream), "readyState") == "live");
            let passed = ((browser::uptime() - began) as u32).min(wanted);
            // Each picture is shown until the next one was taken.
            if let Some((picture, at)) = last.take() {
                strip.push(picture, passed - at);
            }
            match ending(passed, wanted, is_there) {
                Ending::NotYet => last = Some((Canvas::copied(&video, size).ok_or(Trouble::Memory)?, passed)),
                ending => break ending,
            }
            let _ = self.step.try_set(Step::Recording(passed));
            sleep(due(passed).saturating_sub((browser::uptime() - began) as u32)).await;
            if !is_on() {
                return Err(Trouble::Ended);
            }
        };
        self.close();
        let source = strip.source("camera").filter(|_| ending != Ending::Lost).ok_or(Trouble::Lost)?;
        Ok((source, ending == Ending::Shorter))
    }

    /// Releases the camera.
    pub fn close(self) {
        self.release();
        self.step.set(Step::Off);
    }

    /// Releases the camera while its view is being removed, so without setting a signal.
    pub fn release(self) {
        let _ = self.asked.try_update_value(|asked| *asked += 1);
        let stream = self.stream.try_update_value(|stream| std::mem::replace(stream, JsValue::UNDEFINED));
        stream.iter().for_each(stop);
    }
}

/// The id of the camera after this one, in a circle.
fn after(ids: &[String], this: Option<&str>) -> Option<String> {
    let at = ids.iter().position(|id| Some(id.as_str()) == this).map_or(0, |at| at + 1);
    ids.get(at % ids.len().max(1)).cloned()
}

fn tracks(stream: &JsValue) -> Array {
    apply(stream, "getTracks", &[]).map(|tracks| Array::from(&tracks)).unwrap_or_default()
}

fn track_of(stream: &JsValue) -> JsValue {
    tracks(stream).get(0)
}

fn stop(stream: &JsValue) {
    if stream.is_object() {
        for track in tracks(stream) {
            let _ = apply(&track, "stop", &[]);
            // (Browsers send this event only for tracks that the page has not stopped itself, and `open` waits for it.)
            let _ = construct("Event", &["ended".into()]).and_then(|ended| apply(&track, "dispatchEvent", &[ended]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_ends_in_time_or_keeps_what_it_has() {
        assert_eq!(ending(0, 3000, true), Ending::NotYet);
        assert_eq!(ending(2999, 3000, true), Ending::NotYet);
        assert_eq!(ending(3000, 3000, true), Ending::Done);
        assert_eq!(ending(3000, 3000, false), Ending::Done);
        assert_eq!(ending(500, 3000, false), Ending::Shorter);
        assert_eq!(ending(499, 3000, false), Ending::Lost);
    }

    #[test]
    fn cameras_follow_each_other_in_a_circle() {
        let ids = ["a", "b"].map(str::to_owned);
        let next = |this| after(&ids, this);
        assert_eq!([next(None), next(Some("a")), next(Some("b"))].map(Option::unwrap_or_default), ["a", "b", "a"]);
        assert_eq!(after(&[], Some("a")), None);
    }

    #[test]
    fn pictures_are_due_at_fixed_times() {
        assert_eq!([0, 66, 70, 134, 999].map(due), [66, 66, 133, 200, 1000]);
    }
}
