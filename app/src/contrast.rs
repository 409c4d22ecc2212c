//! Tests that every visitor's colour is readable, computed from the numbers in `style/tokens.css`.
//!
//! WCAG 2.2 (1.4.3) asks for a contrast of 4.5 : 1 for text. Colours are computed as in CSS Color Module Level 4; a
//! colour that sRGB cannot show is clipped, as browsers do.

use std::collections::HashMap;

const TOKENS: &str = include_str!("../../style/tokens.css");
const HUES: &str = include_str!("../../style/hues.css");

/// A colour in linear light.
#[derive(Debug, Clone, Copy)]
struct Rgb([f64; 3]);

impl Rgb {
    fn hex(text: &str) -> Self {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&text[at..at + 2], 16).expect("hex digits")) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        Rgb([channel(1), channel(3), channel(5)])
    }

    fn oklab([lightness, a, b]: [f64; 3]) -> Self {
        let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
        Rgb([
            4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
            -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
            -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s,
        ]
        .map(|channel| channel.clamp(0.0, 1.0)))
    }

    fn oklch(lightness: f64, chroma: f64, hue: u16) -> Self {
        let (sin, cos) = f64::from(hue).to_radians().sin_cos();
        Self::oklab([lightness, chroma * cos, chroma * sin])
    }

    fn to_oklab(self) -> [f64; 3] {
        let Rgb([r, g, b]) = self;
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        [
            0.210_454_255_3 * l + 0.793_617_785 * m - 0.004_072_046_8 * s,
            1.977_998_495_1 * l - 2.428_592_205 * m + 0.450_593_709_9 * s,
            0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766 * s,
        ]
    }

    /// A mix with `share` of this colour and the rest of the other, as `color-mix(in oklab, …)` makes it.
    fn mixed(self, share: f64, other: Rgb) -> Self {
        let (mine, others) = (self.to_oklab(), other.to_oklab());
        Self::oklab([0, 1, 2].map(|at| mine[at] * share + others[at] * (1.0 - share)))
    }

    fn contrast(self, other: Rgb) -> f64 {
        let luminance = |Rgb([r, g, b]): Rgb| 0.2126 * r + 0.7152 * g + 0.0722 * b;
        let (a, b) = (luminance(self), luminance(other));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }
}

/// The custom properties of one theme. The dark theme overrides those of the light one.
struct Theme(HashMap<&'static str, &'static str>);

impl Theme {
    fn both() -> [Theme; 2] {
        let (light, dark) = TOKENS.split_once("@media screen and (prefers-color-scheme: dark)").expect("a dark theme");
        let light = properties(light);
        let both = light.clone().into_iter().chain(properties(dark)).collect();
        [Theme(light), Theme(both)]
    }

    fn text(&self, name: &str) -> &'static str {
        self.0.get(name).unwrap_or_else(|| panic!("--{name} is missing"))
    }

    fn colour(&self, name: &str) -> Rgb {
        Rgb::hex(self.text(name))
    }

    /// A number, or a percentage as its fraction.
    fn number(&self, name: &str) -> f64 {
        let text = self.text(name);
        match text.strip_suffix('%') {
            Some(percent) => percent.parse::<f64>().expect("a percentage") / 100.0,
            None => text.parse().expect("a number"),
        }
    }

    fn of_hue(&self, what: &str, hue: u16) -> Rgb {
        Rgb::oklch(self.number(&format!("{what}-l")), self.number(&format!("{what}-c")), hue)
    }
}

fn properties(css: &'static str) -> HashMap<&'static str, &'static str> {
    let lines = css.lines().filter_map(|line| line.trim().strip_prefix("--")?.strip_suffix(';')?.split_once(": "));
    lines.collect()
}

fn assert_readable(contrast: f64, at_least: f64, what: &str) {
    assert!(contrast >= at_least, "{what}: {contrast:.2}");
}

#[test]
fn every_hue_is_readable_in_both_themes() {
    for (theme, name) in Theme::both().iter().zip(["light", "dark"]) {
        let (paper, surface) = (theme.colour("paper"), theme.colour("surface"));
        for hue in 0..360 {
            let (shade, fill) = (theme.of_hue("shade", hue), theme.of_hue("fill", hue));
            let bubble = fill.mixed(theme.number("tint"), paper);
            let what = |what: &str| format!("{what}, hue {hue}, {name}");
            assert_readable(shade.contrast(paper), 4.5, &what("name on paper"));
            assert_readable(shade.contrast(surface), 4.5, &what("name on a card"));
            assert_readable(theme.colour("ink").contrast(bubble), 7.0, &what("text in a bubble"));
            assert_readable(theme.colour("on-fill").contrast(fill), 4.5, &what("text in an own bubble"));
            let gif_button = fill.mixed(theme.number("tint"), theme.colour("raised"));
            assert_readable(shade.contrast(gif_button), 4.5, &what("the GIF button"));
            // The focus ring and borders are not text and need less.
            assert_readable(fill.contrast(paper), 3.0, &what("the focus ring"));
        }
    }
}

#[test]
fn ink_is_readable_on_every_ground() {
    for theme in Theme::both() {
        for ground in ["paper", "surface", "raised"] {
            for ink in ["ink", "soft", "danger"] {
                assert_readable(theme.colour(ink).contrast(theme.colour(ground)), 4.5, &format!("{ink} on {ground}"));
            }
        }
        assert_readable(theme.colour("ink").contrast(theme.colour("quiet")), 4.5, "buttons");
        assert_readable(theme.colour("soft").contrast(theme.colour("quiet")), 4.5, "disabled buttons");
        assert_readable(theme.colour("on-danger").contrast(theme.colour("danger")), 4.5, "dangerous buttons");
        let alert = theme.colour("danger").mixed(0.12, theme.colour("surface"));
        assert_readable(theme.colour("danger").contrast(alert), 4.5, "alerts");
    }
}

#[test]
fn there_is_a_class_for_every_hue() {
    let classes: Vec<_> = HUES.lines().skip(1).map(str::to_owned).collect();
    let expected: Vec<_> = (0..360).map(|hue| format!(".h{hue}{{--hue:{hue}}}")).collect();
    assert_eq!(classes, expected);
}
