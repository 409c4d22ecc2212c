//! Plays what the GIF will show, in a loop, on a canvas of its size. If a part is cut out, the picture can be dragged behind it.

use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsValue;

use super::Make;
use super::canvas::Canvas;
use super::frame::Size;
use super::js::{number, sleep};
use super::plan::Axis;
use super::stage::Stage;
use crate::browser::{self, property};
use crate::icon;
use crate::markup::{Markup, element};

#[derive(Debug, Clone, Copy)]
struct Preview {
    make: Make,
    plays: RwSignal<bool>,
    /// The number of the last start. Playing that was started earlier ends.
    turn: StoredValue<u32>,
    place: StoredValue<usize>,
    canvas: StoredValue<Option<Canvas>, LocalStorage>,
    /// While the picture is dragged: where the pointer was pressed, and where the part lay then.
    dragged: StoredValue<Option<(f64, f64, u32)>>,
}

/// The picture, and the button that starts and stops it.
pub fn view(make: Make) -> Markup {
    let words = make.port.lang.make();
    let preview = Preview {
        make,
        plays: RwSignal::new(!browser::matches("(prefers-reduced-motion: reduce)")),
        turn: StoredValue::new(0),
        place: StoredValue::new(0),
        canvas: StoredValue::new_local(None),
        dragged: StoredValue::new(None),
    };
    let begin = move |element: &web_sys::Element| {
        preview.canvas.set_value(Canvas::of(element.clone().into(), Size { width: 1, height: 1 }));
        Effect::new(move |_| {
            make.edit.track();
            preview.plays.track();
            // (While the GIF is being made, the preview must not seek in the film, nor take processor time.)
            if make.stage.get() == Stage::Ready {
                preview.begin();
            }
        });
    };
    let let_go = move |_| preview.dragged.set_value(None);
    let canvas = element("canvas")
        .set("role", "img")
        .set("aria-label", words.preview())
        .class_while("drags-across", move || make.axis() == Some(Axis::Across))
        .class_while("drags-down", move || make.axis() == Some(Axis::Down))
        .on("pointerdown", move |event| preview.hold(&event))
        .on("pointermove", move |event| preview.drag(&event))
        .on("pointerup", let_go)
        .on("pointercancel", let_go)
        .once_there(begin);
    let plays = move || preview.plays.get();
    let toggle = element("button")
        .set("type", "button")
        .class("round make-play")
        .live("aria-label", move || Some(if plays() { words.pause() } else { words.play() }.to_owned()))
        .hidden_while(move || make.is_still())
        .on("click", move |_| preview.plays.update(|plays| *plays = !*plays))
        .live_children(move || vec![if plays() { icon::PAUSE } else { icon::PLAY }.into()]);
    element("div").class("make-show").child(canvas).child(toggle)
}

impl Preview {
    fn hold(self, event: &JsValue) {
        if self.make.stage.get_untracked() == Stage::Ready && untrack(|| self.make.axis().is_some()) {
            let place = self.make.edit.with_untracked(|edit| edit.place);
            self.dragged.set_value(Some((number(event, "clientX"), number(event, "clientY"), place)));
            // The picture follows the pointer over the edge of the canvas, too.
            let _ = browser::call(&property(event, "target"), "setPointerCapture", &property(event, "pointerId"));
        }
    }

    fn drag(self, event: &JsValue) {
        let Some((x, y, from)) = self.dragged.get_value() else { return };
        let canvas = property(event, "target");
        let by = |now: &str, then: f64, side: &str| (number(event, now) - then) / number(&canvas, side).max(1.0);
        let by = (by("clientX", x, "clientWidth"), by("clientY", y, "clientHeight"));
        self.make.change_by(|edit, reel| edit.drag(from, by, reel));
    }

    fn begin(self) {
        let turn = self.turn.get_value() + 1;
        self.turn.set_value(turn);
        spawn_local(async move { _ = self.play(turn).await });
    }

    /// Plays until it is started anew, paused or no longer there. (The result is always `None`, and only serves `?`.)
    async fn play(self, turn: u32) -> Option<()> {
        let is_wanted = || (self.turn.try_get_value() == Some(turn)).then_some(());
        let (source, edit) = (self.make.source()?, self.make.edit.try_get_untracked()?);
        let canvas = self.canvas.try_with_value(Clone::clone)??;
        let moments = edit.moments(&source.reel);
        canvas.resize(edit.size(&source.reel));
        let mut due = browser::uptime();
        loop {
            let place = self.place.try_get_value()? % moments.len().max(1);
            let moment = *moments.get(place)?;
            let picture = source.picture(moment.at).await.ok()?;
            is_wanted()?;
            canvas.paint(&picture, &edit);
            let is_ready = self.make.stage.try_get_untracked()? == Stage::Ready;
            if moments.len() == 1 || !is_ready || !self.plays.try_get_untracked()? {
                return None;
            }
            // After a delay of more than 50 ms the pictures go on at their pace, and do not catch up.
            let now = browser::uptime();
            due = due.max(now.saturating_sub(50)) + u64::from(moment.millis);
            sleep(due.saturating_sub(now) as u32).await;
            is_wanted()?;
            self.place.set_value(place + 1);
        }
    }
}
