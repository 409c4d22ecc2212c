//! The start of making a GIF: with files, or with the camera.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::Make;
use super::camera::{Camera, Step};
use super::edit::choice;
use super::fit::progress;
use super::stage::Stage;
use crate::markup::{Markup, Place, element};
use crate::panel::focus_later;

/// `choose` makes a button by which the person chooses files, from its class and its label.
pub fn start(make: Make, choose: impl Fn(&'static str, &'static str) -> Markup) -> Markup {
    let (words, common) = (make.port.lang.make(), make.port.lang.common());
    let reads = move || make.stage.get() == Stage::Reading;
    let open = move |_| _ = make.begin(Stage::Camera);
    let camera = element("button").set("type", "button").class("button accent").on("click", open).child(words.camera());
    let ways = element("div")
        .class("make-ways")
        .hidden_while(reads)
        .child(camera)
        .child(choose("button", words.choose()))
        .child(element("p").class("soft small").child(words.hint()));
    let cancel = element("button").set("type", "button").class("link-button").on("click", move |_| make.stop());
    let reading = element("div")
        .class("make-ways")
        .hidden_while(move || !reads())
        .child(
            element("p").set("role", "status").live_text(move || if reads() { words.reading() } else { "" }.to_owned()),
        )
        .child(cancel.child(common.cancel()));
    element("div").class("panel-wait panel-drop make-start").child(ways).child(reading)
}

/// The camera's picture, and the button that records it.
pub fn camera(make: Make) -> Markup {
    let (words, lang, camera) = (make.port.lang.make(), make.port.lang, make.camera);
    let place = Place::new();
    let step = move || camera.step.get();
    on_cleanup(move || camera.release());
    let video = element("video")
        .remember(place)
        .set("aria-label", words.view())
        .set("playsinline", "")
        .class("make-video")
        .class_while("mirror", move || camera.is_mirror.get())
        .once_there(move |video| {
            crate::browser::set_property(video, "muted", true);
            make.watch(video.clone().into());
        });
    Effect::new(move |was: Option<bool>| {
        let is_live = step() == Step::Live;
        if is_live && was == Some(false) {
            focus_later(".make-shot");
        }
        is_live
    });
    let count = move || if let Step::Counting(left) = step() { left.to_string() } else { String::new() };
    let count = element("div")
        .class("make-count")
        .set("role", "timer")
        .hidden_while(move || !matches!(step(), Step::Counting(_)))
        .live_text(count);
    let percent = move || match step() {
        Step::Recording(millis) => millis / (camera.seconds.get() * 10).max(1),
        _ => 0,
    };
    let bar = element("div")
        .class("make-bar")
        .hidden_while(move || !matches!(step(), Step::Recording(_)))
        .child(progress(percent, move || words.recording().to_owned()));
    let told = move || match step() {
        Step::Asking => words.asking(),
        Step::Recording(_) => words.recording(),
        _ => "",
    };
    let seconds = move |seconds: u32| (seconds, lang.seconds(seconds));
    let seconds = choice(
        words.how_long(),
        Camera::SECONDS.map(seconds).to_vec(),
        move || camera.seconds.get(),
        move |seconds| {
            camera.seconds.set(seconds);
        },
    );
    let record = move |_| _ = place.get::<JsValue>().map(|video| make.record(video));
    let shot = element("button")
        .set("type", "button")
        .class("button accent make-shot")
        .hidden_while(move || step() != Step::Live)
        .on("click", record)
        .live_text(move || lang.record(camera.seconds.get()));
    let turn = move |_| {
        camera.turn();
        let _ = place.get::<JsValue>().map(|video| make.watch(video));
    };
    let turn = element("button")
        .set("type", "button")
        .class("link-button")
        .hidden_while(move || step() != Step::Live || camera.devices.with(|devices| devices.len() < 2))
        .on("click", turn)
        .child(words.turn());
    let back = element("button").set("type", "button").class("link-button").on("click", move |_| make.clear());
    element("div")
        .class("make-camera")
        .child(element("div").class("make-show").child(video).child(count))
        .child(element("p").class("small").set("role", "status").live_text(move || told().to_owned()))
        .child(bar)
        .child(element("div").hidden_while(move || step() != Step::Live).child(seconds))
        .child(
            element("div")
                .class("make-acts")
                .child(element("div").class("make-links").child(back.child(lang.common().cancel())).child(turn))
                .child(shot),
        )
}
