//! How GIFs play for one reader. The browser keeps the choice in a cookie. So the server can follow it from the first rendering
//! on, and it also holds on pages without scripts.

use serde::{Deserialize, Serialize};

/// When GIFs play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Play {
    Always,
    /// Each plays one loop and then stops.
    Once,
    /// Only when the reader starts one.
    Never,
}

/// What a reader has chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Playback {
    /// `None` follows the device: GIFs play unless it asks for less motion or less data.
    pub play: Option<Play>,
    /// Every GIF is hidden until the reader asks for it.
    pub veil: bool,
}

chat::wire_enum!(Play { Always, Once, Never });
chat::wire_struct!(Playback { play = None, veil = false });

impl Play {
    pub const ALL: [Play; 3] = [Play::Always, Play::Once, Play::Never];

    /// The name in forms and in the cookie.
    pub fn code(self) -> &'static str {
        match self {
            Play::Always => "always",
            Play::Once => "once",
            Play::Never => "never",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|play| play.code() == code)
    }
}

#[cfg(feature = "ssr")]
impl Playback {
    /// The value of the cookie: the code of [`Play`], or nothing to follow the device, and then `-veil` if every GIF is hidden.
    pub fn to_cookie(self) -> String {
        let veil = if self.veil { "-veil" } else { "" };
        format!("{}{veil}", self.play.map_or("", Play::code))
    }

    /// The choice in a cookie's value. `None` for a value that [`Self::to_cookie`] never writes.
    pub fn from_cookie(value: &str) -> Option<Self> {
        let (play, veil) = value.strip_suffix("-veil").map_or((value, false), |play| (play, true));
        let play = if play.is_empty() { None } else { Some(Play::from_code(play)?) };
        Some(Self { play, veil })
    }
}

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn what_was_chosen_comes_back_from_the_cookie() {
        for play in [None, Some(Play::Always), Some(Play::Once), Some(Play::Never)] {
            for veil in [false, true] {
                let chosen = Playback { play, veil };
                assert_eq!(Playback::from_cookie(&chosen.to_cookie()), Some(chosen));
            }
        }
        for other in ["-", "sometimes", "once-veil-veil", "Once", "once-"] {
            assert_eq!(Playback::from_cookie(other), None, "{other}");
        }
    }
}
