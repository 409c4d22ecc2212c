//! Visitors: anonymous people, known by a colour, an animal face and a name.

#[cfg(not(target_arch = "wasm32"))]
pub mod likeness;
pub mod names;
#[cfg(not(target_arch = "wasm32"))]
pub mod reserved;

use serde::{Deserialize, Serialize};

#[cfg(not(target_arch = "wasm32"))]
use crate::error::Problem;
use crate::error::{Error, Field};
use crate::id::VisitorId;
use crate::text::{Lines, clean, shown, text_within};

/// A person as others see them. Nothing in it is secret.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Person {
    pub id: VisitorId,
    pub name: Name,
}

impl Person {
    /// The person of this id with the name they have before they choose one.
    pub fn new(id: VisitorId) -> Self {
        Self { id, name: Name::of(id) }
    }

    /// The name that they once chose, as it would be accepted today; an error if it would be refused. `None` for a
    /// given name. This compares the name with many words, so do not call it inside a change of a room, where others
    /// wait.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn chosen_today(&self) -> Option<Result<OwnName, Error>> {
        self.name.own.as_ref().map(|own| OwnName::new(own.as_str()))
    }

    /// The person as they enter a room: under their adjective and animal if their name would be refused today.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn as_newcomer(&self) -> Self {
        let own = self.chosen_today().and_then(Result::ok);
        let number = if own == self.name.own { self.name.number } else { 1 };
        Self { id: self.id, name: Name { own, number, ..self.name } }
    }
}

/// What a person is called: an adjective and an animal, as indices into [`names`], worded in the reader's language; or
/// a name that they chose themselves.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Name {
    pub adjective: u8,
    /// Also the person's face, even when they chose a name.
    pub animal: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub own: Option<OwnName>,
    /// 2 or more when somebody in the room had the same name first.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub number: u16,
}

fn first() -> u16 {
    1
}

fn is_first(number: &u16) -> bool {
    *number == 1
}

impl Name {
    /// The name that follows from an id. Seats and entries store it. Visitors who chose no name get it from their
    /// cookie's id at every visit, so longer tables would rename them.
    pub fn of(id: VisitorId) -> Self {
        let hash = hash(id) >> 32;
        Self {
            adjective: (hash % names::ADJECTIVES.len() as u64) as u8,
            animal: (hash / names::ADJECTIVES.len() as u64 % names::ANIMALS.len() as u64) as u8,
            own: None,
            number: 1,
        }
    }

    /// "졸린 수달", or "졸린 수달 2".
    pub fn korean(&self) -> String {
        self.words(names::adjective(self.adjective).korean, names::animal(self.animal).korean)
    }

    /// "sleepy otter", or "sleepy otter 2".
    pub fn english(&self) -> String {
        self.words(names::adjective(self.adjective).english, names::animal(self.animal).english)
    }

    /// The animal as an emoji.
    pub fn face(&self) -> &'static str {
        names::animal(self.animal).emoji
    }

    fn words(&self, adjective: &str, animal: &str) -> String {
        let words = match &self.own {
            Some(OwnName(own)) => shown(own),
            None => format!("{adjective} {animal}"),
        };
        match self.number {
            0 | 1 => words,
            number => format!("{words} {number}"),
        }
    }
}

/// A name that a person chose: 1 to 20 characters that people see, in NFC, on one line, cleaned and trimmed. It passes
/// for no role and for no sentence of the page. A stored name may be older than these rules, and is read unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnName(String);
crate::wire::wire_newtype!(OwnName);

impl OwnName {
    pub const MAX_CHARS: u32 = 20;

    pub fn new(text: &str) -> Result<Self, Error> {
        // Marks of direction have a use in texts only.
        let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{61c}');
        let one_line: String = clean(text, Lines::One).chars().filter(|c| !turns(*c)).collect();
        let words: Vec<&str> = one_line.split_whitespace().collect();
        let name = text_within(&words.join(" "), Lines::One, Field::Name, Self::MAX_CHARS)?;
        #[cfg(not(target_arch = "wasm32"))]
        if reserved::is_reserved(&name) {
            return Err(Error::invalid(Field::Name, Problem::Reserved));
        }
        Ok(Self(name))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl VisitorId {
    /// The visitor's hue in degrees (0 to 359) of the OKLCH colour space.
    pub fn hue(self) -> u16 {
        (hash(self) % 360) as u16
    }

    /// The visitor's colour as the original gifchat shows it, like `#3b82f6`: their hue with a fixed lightness and
    /// chroma, the same in both themes. Text and fills use a readable shade of that hue instead, by the class `h{hue}`.
    pub fn hex(self) -> String {
        oklch_to_hex(0.68, 0.15, f64::from(self.hue()))
    }
}

/// FNV-1a, 64 bits (RFC 9923), then the finalizer of SplitMix64 (Steele, Lea and Flood 2014), so that all bits count.
fn hash(id: VisitorId) -> u64 {
    let fnv =
        id.0.iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let mixed = (fnv ^ (fnv >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// OKLCH to sRGB with clipping: CSS Color Module Level 4, section 18 (the sample code of Björn Ottosson's OKLab).
fn oklch_to_hex(lightness: f64, chroma: f64, hue: f64) -> String {
    let (sin, cos) = hue.to_radians().sin_cos();
    let (a, b) = (chroma * cos, chroma * sin);
    let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
    let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
    let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548_0 * b).powi(3);
    let channel = |linear: f64| {
        let linear = linear.clamp(0.0, 1.0);
        let encoded = if linear <= 0.003_130_8 { 12.92 * linear } else { 1.055 * linear.powf(1.0 / 2.4) - 0.055 };
        (encoded * 255.0).round() as u8
    };
    let red = channel(4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s);
    let green = channel(-1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s);
    let blue = channel(-0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701_0 * s);
    format!("#{red:02x}{green:02x}{blue:02x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oklch_agrees_with_known_colours() {
        assert_eq!(oklch_to_hex(1.0, 0.0, 0.0), "#ffffff");
        assert_eq!(oklch_to_hex(0.0, 0.0, 0.0), "#000000");
        // The sRGB primaries in OKLCH, as browsers print them.
        assert_eq!(oklch_to_hex(0.627_96, 0.257_68, 29.234), "#ff0000");
        assert_eq!(oklch_to_hex(0.452_01, 0.313_21, 264.052), "#0000ff");
    }

    #[test]
    fn visitors_spread_over_hues_and_names() {
        let people: Vec<_> = (0..=255u8).map(|n| VisitorId([n; 16])).collect();
        let hues: std::collections::HashSet<_> = people.iter().map(|id| id.hue()).collect();
        let names: std::collections::HashSet<_> = people.iter().map(|id| Name::of(*id)).collect();
        assert!(hues.len() > 150, "{} hues", hues.len());
        assert!(names.len() > 200, "{} names", names.len());
    }

    #[test]
    fn a_name_is_worded_in_both_languages_and_numbered_from_two() {
        let name = Name { adjective: 0, animal: 0, own: None, number: 1 };
        assert_eq!((name.korean().as_str(), name.english().as_str()), ("졸린 수달", "sleepy otter"));
        assert_eq!(Name { number: 2, ..name }.korean(), "졸린 수달 2");
    }

    #[test]
    fn own_names_are_said_as_they_are() {
        let name = Name { own: OwnName::new(" 민수\t형 ").ok(), ..Name::of(VisitorId([1; 16])) };
        assert_eq!((name.korean().as_str(), name.english().as_str()), ("민수 형", "민수 형"));
        assert_eq!(Name { number: 3, ..name }.english(), "민수 형 3");
    }

    #[test]
    fn own_names_have_1_to_20_characters_that_can_be_seen() {
        let problem = |text: &str| OwnName::new(text).err();
        assert_eq!(problem(" \n "), Some(Error::invalid(Field::Name, Problem::Empty)));
        assert_eq!(problem("\u{200b}\u{3164}\u{202e}"), Some(Error::invalid(Field::Name, Problem::Empty)));
        assert_eq!(problem(&"가".repeat(20)), None);
        assert_eq!(problem(&"가".repeat(21)), Some(Error::invalid(Field::Name, Problem::TooLong { max: 20 })));
        assert_eq!(OwnName::new("a\u{202e}b").map(|name| name.0), Ok("ab".to_owned()));
    }

    #[test]
    fn who_has_a_name_that_is_refused_today_comes_under_their_animal() {
        let kept = |own: &str| {
            let own = serde_json::from_value(serde_json::Value::String(own.to_owned())).ok();
            Person { id: VisitorId([7; 16]), name: Name { own, adjective: 3, animal: 4, number: 1 } }
        };
        let given = Name { own: None, adjective: 3, animal: 4, number: 1 };
        for refused in ["방장", "민수 👑", "\u{3164}", "Paul joined"] {
            let person = kept(refused);
            assert_eq!(person.as_newcomer().name, given, "{refused}");
            assert!(matches!(person.chosen_today(), Some(Err(_))), "{refused}");
        }
        for (own, cleaned) in [("민수", "민수"), ("민\u{202e}수", "민수"), ("민\u{fff9}수", "민수")] {
            let name = kept(own).as_newcomer().name;
            assert_eq!(name.own.as_ref().map(OwnName::as_str), Some(cleaned));
        }
        let nobody = Person::new(VisitorId([7; 16]));
        assert_eq!((nobody.as_newcomer(), nobody.chosen_today()), (nobody, None));
    }

    #[test]
    fn an_index_from_a_newer_server_still_has_words() {
        let name = Name { adjective: 255, animal: 255, own: None, number: 1 };
        assert!(!name.korean().is_empty() && !name.face().is_empty());
    }
}
