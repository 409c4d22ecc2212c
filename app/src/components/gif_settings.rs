//! The settings for how GIFs play for this reader. The forms also work without scripts, and load the page again then.

use leptos::prelude::*;

use crate::address::in_query;
use crate::browser;
use crate::markup::{Markup, element};
use crate::play::{Play, Playback};
use crate::site::site;

/// `here`: the address to which the forms come back.
pub fn gif_settings(here: &str) -> Markup {
    let site = site();
    let words = site.lang.common();
    let now = site.playback;
    let reduces_motion = RwSignal::new(false);
    Effect::new(move |_| reduces_motion.set(browser::matches("(prefers-reduced-motion: reduce)")));
    // A reader who has chosen nothing sees what their device asks for.
    let holds = move || now.get().play.unwrap_or(if reduces_motion.get() { Play::Never } else { Play::Always });
    let action = format!("/api/set_gifs?back={}", in_query(here));
    let form = |class: &'static str| element("form").class(class).set("method", "post").set("action", action.clone());
    let hidden = |name: &'static str, value: Box<dyn Fn(Playback) -> String + Send>| {
        let field = element("input").set("type", "hidden").set("name", name);
        field.live("value", move || Some(value(now.get())))
    };
    let set = move |event: web_sys::Event, change: &dyn Fn(&mut Playback)| {
        event.prevent_default();
        let mut playback = now.get_untracked();
        change(&mut playback);
        site.set_playback(playback);
    };
    let choice = |play: Play| {
        let label = match play {
            Play::Always => words.play_always(),
            Play::Once => words.play_once(),
            Play::Never => words.play_never(),
        };
        element("button")
            .set("name", "play")
            .set("value", play.code())
            .live("aria-pressed", move || Some((holds() == play).to_string()))
            .on("click", move |event| set(event, &|playback| playback.play = Some(play)))
            .child(label)
    };
    let plays = form("segments")
        .set("aria-label", words.gif_settings())
        .child(hidden("veil", Box::new(|now| now.veil.to_string())))
        .children(Play::ALL.map(choice));
    let veil = element("button")
        .class("button")
        .set("name", "veil")
        .live("value", move || Some((!now.get().veil).to_string()))
        .live("aria-pressed", move || Some(now.get().veil.to_string()))
        .on("click", move |event| set(event, &|playback| playback.veil = !playback.veil))
        .child(words.veil_all());
    let veils =
        form("veil-all").child(hidden("play", Box::new(|now| now.play.map_or("", Play::code).to_owned()))).child(veil);
    element("section")
        .class("gif-settings")
        .child(element("p").class("small").child(element("b").child(words.gif_settings())))
        .child(plays)
        .child(veils)
}
