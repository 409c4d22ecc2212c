//! The preview, the button that makes the GIF, and the settings that can be changed before.

use leptos::prelude::*;
use web_sys::HtmlInputElement;

use super::Make;
use super::fit::progress;
use super::frame::Shape;
use super::plan::{Axis, Edit, STEP};
use super::preview;
use super::stage::Stage;
use crate::markup::{Markup, Place, element};

impl Make {
    /// Whether the source is a single picture, or there is none.
    pub(super) fn is_still(self) -> bool {
        self.edit.track();
        self.source().is_none_or(|source| source.is_still())
    }

    /// The direction in which the picture can be dragged; `None` if all of it is shown.
    pub(super) fn axis(self) -> Option<Axis> {
        self.edit.with(|edit| self.reel(|reel| edit.axis(reel))).flatten()
    }

    fn change(self, change: impl FnOnce(&mut Edit)) {
        self.edit.update(change);
    }

    /// Changes what depends on the source.
    pub(super) fn change_by(self, change: impl FnOnce(&mut Edit, &super::Reel)) {
        self.reel(|reel| self.change(|edit| change(edit, reel)));
    }
}

pub fn view(make: Make) -> Markup {
    let (words, common) = (make.port.lang.make(), make.port.lang.common());
    let makes = move || make.stage.get() == Stage::Making;
    let unfolded = RwSignal::new(false);
    let link = || element("button").set("type", "button").class("link-button");
    let edit = link()
        .live("aria-expanded", move || Some(unfolded.get().to_string()))
        .on("click", move |_| unfolded.update(|shows| *shows = !*shows))
        .child(words.edit());
    let again = link().on("click", move |_| make.clear()).child(words.another());
    let accent = element("button").set("type", "button").class("button accent").on("click", move |_| make.make());
    let ready = element("div")
        .class("make-acts")
        .hidden_while(makes)
        .child(element("div").class("make-links").child(edit).child(again))
        .child(accent.child(words.make()));
    let percent = move || make.percent.get();
    let cancel = link().on("click", move |_| make.fail(super::Trouble::Ended)).child(common.cancel());
    let going_on = element("div")
        .class("make-going")
        .hidden_while(move || !makes())
        .child(element("p").class("small").set("role", "status").child(words.making()))
        .child(
            element("div")
                .class("make-bar")
                .child(progress(percent, move || words.making().to_owned()))
                .child(
                    element("span")
                        .class("small make-percent")
                        .live_text(move || [&percent().to_string(), "%"].concat()),
                )
                .child(cancel),
        );
    let fields = element("fieldset")
        .class("make-fields")
        .hidden_while(move || !unfolded.get())
        .live("disabled", move || makes().then(String::new))
        .children(fields(make));
    element("div").class("make-edit").child(preview::view(make)).child(ready).child(going_on).child(fields)
}

fn fields(make: Make) -> Vec<Markup> {
    let (words, lang) = (make.port.lang.make(), make.port.lang);
    let get = move |look: fn(&Edit) -> u32| move || make.edit.with(look);
    let moves = move || !make.is_still();
    let millis = make.reel(|reel| reel.millis).unwrap_or_default();
    let time = move |tenths: u32| lang.tenths(tenths);
    let start = slider(words.start(), millis / STEP, get(|edit| edit.start / STEP), time, move |tenths| {
        make.change_by(|edit, reel| edit.start_at(tenths * STEP, reel));
    });
    let end = slider(words.end(), millis.div_ceil(STEP), get(|edit| edit.end.div_ceil(STEP)), time, move |tenths| {
        make.change_by(|edit, reel| edit.end_at(tenths * STEP, reel));
    });
    let shape =
        |(shape, name): (Shape, &str)| (shape, if shape == Shape::Whole { words.whole() } else { name }.to_owned());
    let shapes = choice(
        words.part(),
        Shape::ALL.map(shape).to_vec(),
        move || make.edit.with(|edit| edit.shape),
        move |shape| {
            make.change(|edit| edit.shape = shape);
        },
    );
    let place = slider(
        words.place(),
        100,
        get(|edit| edit.place),
        |percent| [&percent.to_string(), "%"].concat(),
        move |place| {
            make.change(|edit| edit.place = place);
        },
    );
    let speeds = Edit::SPEEDS.into_iter().zip(["0.5×", "1×", "1.5×", "2×"].map(str::to_owned)).collect();
    let speeds = choice(words.speed(), speeds, get(|edit| edit.speed), move |speed| {
        make.change(|edit| edit.speed = speed);
    });
    let returns = tick(words.returns(), make.edit.get_untracked().returns, move |returns| {
        make.change(|edit| edit.returns = returns)
    });
    let caption = RwSignal::new(make.edit.with_untracked(|edit| edit.caption.clone()));
    Effect::new(move |_| {
        let caption = caption.get();
        make.change(|edit| edit.caption = caption);
    });
    let caption = crate::panel::draft::field(caption)
        .set("aria-label", words.caption())
        .set("placeholder", words.caption())
        .set("maxlength", "200");
    let top = choice(
        words.caption_place(),
        vec![(false, words.bottom().to_owned()), (true, words.top().to_owned())],
        move || make.edit.with(|edit| edit.is_caption_on_top),
        move |is_on_top| make.change(|edit| edit.is_caption_on_top = is_on_top),
    );
    let sizes =
        Edit::SIDES.into_iter().zip([words.small(), words.medium(), words.large()].map(str::to_owned)).collect();
    let sizes = choice(words.size(), sizes, get(|edit| edit.side), move |side| make.change(|edit| edit.side = side));
    let rate = |rate: u32| (rate, rate.to_string());
    let rates = choice(words.rate(), Edit::RATES.map(rate).to_vec(), get(|edit| edit.rate), move |rate| {
        make.change(|edit| edit.rate = rate);
    });
    let group = |parts: Vec<Markup>| element("div").class("make-group").children(parts);
    vec![
        group(vec![caption, top]),
        group(vec![start, end]).hidden_while(move || !moves()),
        shapes,
        group(vec![place]).hidden_while(move || make.axis().is_none()),
        speeds.hidden_while(move || !moves()),
        returns.hidden_while(move || !moves()),
        sizes,
        rates.hidden_while(move || !moves()),
    ]
}

/// Buttons of which one is pressed.
pub fn choice<T: Copy + PartialEq + Send + Sync + 'static>(
    label: &'static str,
    choices: Vec<(T, String)>,
    get: impl Fn() -> T + Copy + Send + 'static,
    set: impl Fn(T) + Copy + 'static,
) -> Markup {
    let chip = |(value, label): (T, String)| {
        element("button")
            .set("type", "button")
            .class("chip")
            .live("aria-pressed", move || Some((get() == value).to_string()))
            .on("click", move |_| set(value))
            .child(label)
    };
    element("div")
        .class("make-choice")
        .child(element("span").class("small soft").set("aria-hidden", "true").child(label))
        .child(
            element("div")
                .class("chips")
                .set("role", "group")
                .set("aria-label", label)
                .children(choices.into_iter().map(chip)),
        )
}

/// A number that is chosen by sliding.
fn slider(
    label: &'static str,
    most: u32,
    get: impl Fn() -> u32 + Copy + Send + Sync + 'static,
    told: impl Fn(u32) -> String + Copy + Send + 'static,
    set: impl Fn(u32) + 'static,
) -> Markup {
    let place = Place::new();
    let there = move || place.get::<HtmlInputElement>();
    Effect::new(move |_| {
        let value = get().to_string();
        if let Some(field) = there().filter(|field| field.value() != value) {
            field.set_value(&value);
        }
    });
    let moved = move |_| _ = there().and_then(|field| field.value().parse().ok()).map(&set);
    let field = element("input")
        .remember(place)
        .set("type", "range")
        .set("min", "0")
        .set("max", most.to_string())
        .set("value", untrack(get).to_string())
        .set("aria-label", label)
        .live("aria-valuetext", move || Some(told(get())))
        .on("input", moved);
    let name = element("span").class("small soft").set("aria-hidden", "true").child(label);
    let value = element("span").class("small make-value").set("aria-hidden", "true").live_text(move || told(get()));
    element("div").class("make-slider").child(name).child(field).child(value)
}

fn tick(label: &'static str, is_ticked: bool, set: impl Fn(bool) + 'static) -> Markup {
    let place = Place::new();
    let ticked = move |_| _ = place.get().map(|field: HtmlInputElement| set(field.checked()));
    let field = element("input").remember(place).set("type", "checkbox").on("change", ticked);
    let field = if is_ticked { field.set("checked", "") } else { field };
    element("label").class("check").child(field).child(" ").child(label)
}
