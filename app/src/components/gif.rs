//! A GIF in the log. It has its final size before it loads, and it does not play while it is out of sight or the reader
//! does not want it to. A veiled GIF is not even fetched before the reader asks for it.

use chat::Gif;
use chat::entry::Showing;
use chat::view::RoomView;
use leptos::prelude::*;

use super::visibility::watch_visibility;
use crate::browser;
use crate::icon;
use crate::markup::{Child, Markup, element};
use crate::play::Play;
use crate::site::site;

/// The largest width and height on the page, in CSS pixels.
const LONGEST_SIDE: u32 = 320;
/// The longer side of a smaller GIF is enlarged to at most this.
const VISIBLE_SIDE: u32 = 128;
/// No side is shorter.
const SHORTEST_SIDE: u32 = 16;
/// What flashes on fewer square pixels is no danger: a quarter of 341 by 256 (WCAG 2.3.1, general flash).
const SMALLEST_FLASH: u32 = 341 * 256 / 4;
/// Over a GIF of less than this width or height, the mark and the button would hide too much of it.
const COVERED: (u32, u32) = (160, 96);

/// `view` is that of the room, and `sender` is the name of the sender.
pub fn gif_view(view: RwSignal<RoomView>, gif: &Gif, showing: &Showing, sender: &str) -> Markup {
    let site = site();
    let words = site.lang.in_room();
    let is_animated = gif.frames > 1;
    let loop_millis = gif.duration_ms;
    let wishes = site.playback;
    // The reader's own choice for this GIF, whether it has played its one loop, whether it is on the screen, and whether the
    // reader's system asks for less motion.
    let choice = RwSignal::new(None::<bool>);
    let has_played = RwSignal::new(false);
    let near = RwSignal::new(true);
    let reduces_motion = RwSignal::new(false);
    let is_unveiled = RwSignal::new(false);
    let (sha, is_sender_veiled) = (gif.sha, showing.veiled);
    // Whether the owner wants every GIF to be veiled, and what is known of this GIF. (One that does not move needs no such
    // facts.)
    let of_room = Memo::new(move |_| view.with(|view| (view.veil, view.facts(sha))));
    let facts = move || of_room.get().1.unwrap_or_default();
    let shown = DisplaySize::of(gif.width.into(), gif.height.into());
    let may_flash = is_animated && shown.width * shown.height >= SMALLEST_FLASH;
    let flashes = move || if may_flash { facts().flashes } else { Some(false) };
    let veiled = Memo::new(move |_| {
        let is_veiled = is_sender_veiled || of_room.get().0 || wishes.with(|wishes| wishes.veil);
        (is_veiled || flashes() == Some(true)) && !is_unveiled.get()
    });
    let plays_once = move || wishes.with(|wishes| wishes.play == Some(Play::Once)) && choice.get().is_none();
    let wanted = Memo::new(move |_| match (choice.get(), wishes.with(|wishes| wishes.play)) {
        (Some(choice), _) => choice,
        // It is not known yet whether it flashes. (If it does, it is veiled, and a reader who lifts the veil was warned.)
        _ if flashes().is_none() => false,
        (None, None) => !reduces_motion.get(),
        (None, Some(Play::Always)) => true,
        (None, Some(Play::Once)) => !has_played.get(),
        (None, Some(Play::Never)) => false,
    });
    let plays = Memo::new(move |_| wanted.get() && near.get() && site.visible.get() && !site.resting.get());
    Effect::new(move |_| reduces_motion.set(browser::matches("(prefers-reduced-motion: reduce)")));

    let animated = StoredValue::new(format!("/gif/{}/{sha}", view.with_untracked(|view| view.id)));
    // If a light copy cannot be loaded, the GIF itself is shown instead.
    let has_light = RwSignal::new(true);
    let address = move |plays: bool| {
        let part = match plays {
            true if facts().light && has_light.get() => "/light",
            true => "",
            // The address changes when there is a better still, for which the browser would not ask again at the same address.
            false if facts().still => "/still?webp",
            false => "/still",
        };
        (!veiled.get()).then(|| animated.with_value(|animated| format!("{animated}{part}")))
    };
    // A loop begins when the image has loaded.
    let has_loaded = move || {
        if untrack(|| plays.get() && plays_once()) {
            // (The row may be gone by then.)
            browser::after_millis(loop_millis, move || _ = has_played.try_set(true));
        }
    };
    // This respects the system's wish for less motion without scripts, too.
    let asked_to_play = move || wishes.with(|wishes| wishes.play.is_some()) || choice.get() == Some(true);
    let still = element("source")
        .set("media", "(prefers-reduced-motion: reduce)")
        .live("srcset", move || address(plays.get() && asked_to_play()));
    let description = showing.description.as_ref().map(|description| chat::text::shown(description.as_str()));
    let alt = description.clone().unwrap_or_else(|| site.lang.gif_of(sender));
    let image = element("img")
        .set("loading", "lazy")
        .set("decoding", "async")
        .set("width", shown.width.to_string())
        .set("height", shown.height.to_string())
        .set("alt", alt)
        .on("load", move |_| has_loaded())
        .on("error", move |_| has_light.set(false))
        .once_there(move |image| {
            // It may have loaded before the page was hydrated.
            if browser::property(image, "complete").is_truthy() {
                has_loaded();
            }
        })
        .live("src", move || address(plays.get()));
    let toggle = || {
        let press = move |_| match wanted.get_untracked() {
            true => choice.set(Some(false)),
            // A reader who lets GIFs play once gets one more loop.
            false if has_played.get_untracked() => {
                choice.set(None);
                has_played.set(false);
            }
            false => choice.set(Some(true)),
        };
        element("button")
            .set("type", "button")
            .class("gif-toggle js")
            .class_while("still", move || !wanted.get())
            .live("aria-label", move || {
                Some(if wanted.get() { words.pause_gif() } else { words.play_gif() }.to_owned())
            })
            .on("click", press)
            .child(icon::PAUSE)
            .child(icon::PLAY)
    };
    let mark = || element("span").class("gif-mark").set("aria-hidden", "true").child("GIF");
    // Without scripts the veil is a link to the GIF.
    let veil = move || -> Child {
        let unveil = move |event: web_sys::Event| {
            event.prevent_default();
            is_unveiled.set(true);
        };
        let about = description.clone().map(|description| element("bdi").class("veiled-what").child(description));
        element("a")
            .class("veil")
            .set("href", animated.get_value())
            .set("target", "_blank")
            .on("click", unveil)
            .child(element("b").child(if flashes() == Some(true) { words.flashing_gif() } else { words.veiled_gif() }))
            .children((flashes() == Some(true)).then(|| element("span").class("small").child(words.flashing_hint())))
            .children(about)
            .child(element("span").class("small").child(words.unveil()))
            .into()
    };
    element("div")
        .class(shown.class(is_animated))
        .class_while("veiled", move || veiled.get())
        .once_there(move |element| watch_visibility(element, near, None))
        .child(element("picture").child(still).child(image))
        .child(element("div").class("contents").live_children(move || veiled.get().then(&veil).into_iter().collect()))
        .children(is_animated.then(|| [mark(), toggle()]).into_iter().flatten())
}

/// How a GIF is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DisplaySize {
    pub width: u32,
    pub height: u32,
    /// It is larger than its own size, so that its pixels are kept sharp.
    is_enlarged: bool,
    /// It is too narrow or too low to be seen in its own shape, and is stretched.
    is_stretched: bool,
    /// Its mark and its button would cover it, and stand beside it.
    is_small: bool,
}

impl DisplaySize {
    /// A GIF is shown at its own size, or smaller so that it fits, or a whole number of times larger so that it can be seen.
    pub fn of(width: u32, height: u32) -> Self {
        let (width, height) = (width.max(1), height.max(1));
        let longest = width.max(height);
        let times = (VISIBLE_SIDE / longest).max(1);
        let fit = |side: u32| if longest > LONGEST_SIDE { side * LONGEST_SIDE / longest } else { side * times };
        let shown = (fit(width).max(SHORTEST_SIDE), fit(height).max(SHORTEST_SIDE));
        Self {
            width: shown.0,
            height: shown.1,
            is_enlarged: longest <= LONGEST_SIDE && (shown.0 > width || shown.1 > height),
            is_stretched: shown != (fit(width), fit(height)),
            is_small: shown.0 < COVERED.0 || shown.1 < COVERED.1,
        }
    }

    fn class(self, is_animated: bool) -> String {
        let mut class = String::from("gif");
        let classes =
            [(self.is_enlarged, " sharp"), (self.is_stretched, " stretched"), (self.is_small && is_animated, " small")];
        for (_, name) in classes.into_iter().filter(|(has, _)| *has) {
            class += name;
        }
        class
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::own_size((320, 200), (320, 200), "gif")]
    #[case::too_large((640, 480), (320, 240), "gif")]
    #[case::just_not_small((160, 96), (160, 96), "gif")]
    #[case::narrow((159, 200), (159, 200), "gif small")]
    #[case::low((300, 95), (300, 95), "gif small")]
    #[case::half_the_visible_side((64, 64), (128, 128), "gif sharp small")]
    #[case::more_than_half((65, 65), (65, 65), "gif small")]
    #[case::icon((16, 16), (128, 128), "gif sharp small")]
    #[case::emoji((24, 24), (120, 120), "gif sharp small")]
    #[case::small((32, 24), (128, 96), "gif sharp small")]
    #[case::banner((88, 31), (88, 31), "gif small")]
    #[case::wide_banner((468, 60), (320, 41), "gif small")]
    #[case::pixel((1, 1), (128, 128), "gif sharp small")]
    #[case::nothing((0, 0), (128, 128), "gif sharp small")]
    #[case::column((1, 200), (16, 200), "gif sharp stretched small")]
    #[case::row((200, 1), (200, 16), "gif sharp stretched small")]
    #[case::short_row((30, 1), (120, 16), "gif sharp stretched small")]
    #[case::long_column((10, 2048), (16, 320), "gif stretched small")]
    #[case::longest_row((4096, 1), (320, 16), "gif stretched small")]
    #[case::slip((100, 2000), (16, 320), "gif small")]
    fn sizes(#[case] (width, height): (u32, u32), #[case] expected: (u32, u32), #[case] class: &str) {
        let shown = DisplaySize::of(width, height);
        assert_eq!((shown.width, shown.height), expected);
        assert_eq!(shown.class(true), class);
        assert_eq!(shown.class(false), class.replace(" small", ""));
    }

    #[test]
    fn every_size_can_be_seen_and_fits() {
        let sides = [1, 2, 3, 7, 15, 16, 17, 31, 33, 64, 100, 127, 129, 200, 321, 1000, 4096];
        for (width, height) in sides.into_iter().flat_map(|width| sides.map(|height| (width, height))) {
            let shown = DisplaySize::of(width, height);
            for side in [shown.width, shown.height] {
                assert!((SHORTEST_SIDE..=LONGEST_SIDE).contains(&side), "{width} by {height}: {shown:?}");
            }
            // Its shape stays, as far as whole pixels allow, unless it could not be seen.
            let skew = i64::from(shown.width) * i64::from(height) - i64::from(shown.height) * i64::from(width);
            assert!(shown.is_stretched || skew.abs() <= i64::from(width.max(height)), "{width} by {height}: {shown:?}");
        }
    }
}
