//! The ups and downs of one cell: in luminance, and towards red and away from it (WCAG 2.2, "general flash and red
//! flash thresholds").

use crate::grid::Light;

/// A change of luminance that counts, as a part of the greatest luminance.
const STEP: f32 = 0.1;
/// Changes between states that are both this bright are not seen as flashes.
const BRIGHT: f32 = 0.8;
/// The part of red in a colour that makes it a saturated red.
const SATURATED: f32 = 0.8;
/// A change of colour that counts, as a distance in the diagram of CIE 1976.
const APART: f32 = 0.2;
/// Light of the room that a screen reflects, as a part of its own white. Without it, black would have no colour, and
/// nearly black pixels could have any colour at all.
const REFLECTED: f32 = 0.01;

/// Brighter or darker; or to a saturated red, or away from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Up,
    Down,
}

/// Finds the changes of a cell that are great enough. Each change opposes the one before.
pub(crate) trait Swing: Clone + Default {
    /// Looks at the next state, and says whether it completes a change.
    fn step(&mut self, light: Light) -> Option<Way>;
}

/// Changes of luminance.
#[derive(Debug, Clone, Default)]
pub(crate) struct Brightness {
    way: Option<Way>,
    /// The darkest and brightest states since the last change, or since the beginning.
    seen: Option<(f32, f32)>,
}

impl Swing for Brightness {
    fn step(&mut self, Light { red, green, blue }: Light) -> Option<Way> {
        let now = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        let (dark, bright) = self.seen.unwrap_or((now, now));
        let way = if self.way != Some(Way::Up) && now - dark >= STEP && dark < BRIGHT {
            Some(Way::Up)
        } else if self.way != Some(Way::Down) && bright - now >= STEP && now < BRIGHT {
            Some(Way::Down)
        } else {
            None
        };
        self.seen = Some(if way.is_some() { (now, now) } else { (dark.min(now), bright.max(now)) });
        self.way = way.or(self.way);
        way
    }
}

/// Changes to a saturated red (up) and away from it (down).
#[derive(Debug, Clone, Default)]
pub(crate) struct Redness {
    is_red: bool,
    /// The state farthest from the change that is awaited, since the last change or since the beginning.
    farthest: Option<Chroma>,
}

impl Swing for Redness {
    fn step(&mut self, light: Light) -> Option<Way> {
        let now = Chroma::of(light);
        let is_saturated = light.red > 0.0 && light.red >= SATURATED * (light.red + light.green + light.blue);
        let Some(farthest) = self.farthest else {
            (self.is_red, self.farthest) = (is_saturated, Some(now));
            return None;
        };
        if is_saturated != self.is_red && now.distance(farthest) > APART {
            (self.is_red, self.farthest) = (is_saturated, Some(now));
            return Some(if is_saturated { Way::Up } else { Way::Down });
        }
        // The next change starts from the reddest state while the cell is red, otherwise from the least red one.
        let is_farther = match self.is_red {
            true => now.distance(Chroma::RED) < farthest.distance(Chroma::RED),
            false => now.distance(Chroma::RED) > farthest.distance(Chroma::RED),
        };
        if is_farther {
            self.farthest = Some(now);
        }
        None
    }
}

/// A place in the diagram of CIE 1976: u′ and v′.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Chroma(f32, f32);

impl Chroma {
    /// The red of sRGB.
    const RED: Self = Self(0.4507, 0.5229);

    fn of(light: Light) -> Self {
        let [red, green, blue] = [light.red, light.green, light.blue].map(|light| light + REFLECTED);
        let x = 0.4124 * red + 0.3576 * green + 0.1805 * blue;
        let y = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        let z = 0.0193 * red + 0.1192 * green + 0.9505 * blue;
        let sum = x + 15.0 * y + 3.0 * z;
        Self(4.0 * x / sum, 9.0 * y / sum)
    }

    fn distance(self, other: Self) -> f32 {
        (self.0 - other.0).hypot(self.1 - other.1)
    }
}
