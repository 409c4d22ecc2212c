use rstest::rstest;

use super::*;
use crate::entry::Text;
use crate::room::{Password, Reason, RoomTitle};
use crate::visitor::OwnName;

/// Nothing of these can be seen.
const EMPTY: &[&str] = &[
    "",
    " ",
    "\n\n\t",
    "\u{a0}",
    "\u{3000}\u{2003}",
    "\u{3164}",
    "\u{200b}",
    "\u{2800}\u{2800}",
    "\u{115f}",
    "\u{1160}",
    "\u{115f}\u{1160}",
    "\u{ffa0}",
    "\u{ad}",
    "\u{34f}",
    "\u{61c}",
    "\u{17b4}\u{17b5}",
    "\u{180e}",
    "\u{180b}",
    "\u{200c}\u{200d}",
    "\u{200e}\u{200f}",
    "\u{202e}",
    "\u{2060}\u{2064}",
    "\u{2066}\u{2069}",
    "\u{206f}",
    "\u{fe0f}",
    "\u{fe00}",
    "\u{feff}",
    "\u{fff9}\u{fffa}\u{fffb}",
    "\u{fffc}",
    "\u{1bca0}",
    "\u{1d159}",
    "\u{1d173}",
    "\u{e0001}",
    "\u{e0067}\u{e007f}",
    "\u{e0100}",
    "\u{301}",
    " \u{301}\u{489}",
    "\u{20e3}",
    "\u{16fe4}",
    "\u{13437}",
    "\u{ffff}",
    "\u{0}\u{7f}\u{85}",
    "\u{2028}\u{2029}",
    "\u{200b}\u{3164}\u{202e} \u{301}",
];

#[test]
fn empty_to_the_eye_is_empty() {
    for text in EMPTY {
        let empty = |field| Error::invalid(field, Problem::Empty);
        assert_eq!(Text::new(text), Err(empty(Field::Text)), "{text:?}");
        assert_eq!(RoomTitle::new(text), Err(empty(Field::Title)), "{text:?}");
        assert_eq!(OwnName::new(text), Err(empty(Field::Name)), "{text:?}");
        assert_eq!(Reason::new(text), Ok(None), "{text:?}");
        // A password is never altered.
        let password = Password::new(text).expect("a password");
        assert_eq!(password.as_ref().map(Password::reveal).unwrap_or_default(), *text);
    }
}

/// Texts, and how many characters people see in each. The browser has to count alike: `end2end/tests/typed.spec.ts`.
const LENGTHS: &str = include_str!("lengths.json");

#[test]
fn lengths_count_what_people_see() {
    let table: Vec<(String, usize)> = serde_json::from_str(LENGTHS).expect("a table");
    assert!(table.len() >= 20);
    for (text, expected) in table {
        assert_eq!(length(&text), expected, "{text:?}");
        let more = format!("{text}x");
        assert_eq!((start(&text, expected), start(&more, expected)), (&*text, &*text), "{text:?}");
    }
}

#[test]
fn limits_count_what_people_see() {
    let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
    assert!(OwnName::new(&family.repeat(20)).is_ok());
    assert_eq!(OwnName::new(&family.repeat(21)), Err(Error::invalid(Field::Name, Problem::TooLong { max: 20 })));
    assert!(RoomTitle::new(&family.repeat(50)).is_ok());
    assert_eq!(RoomTitle::new(&family.repeat(51)), Err(Error::invalid(Field::Title, Problem::TooLong { max: 50 })));
    assert!(Reason::new(&family.repeat(200)).is_ok());
    assert!(Reason::new(&family.repeat(201)).is_err());
    assert!(Text::new(&family.repeat(2000)).is_ok());
    assert!(Text::new(&family.repeat(2001)).is_err());
}

#[test]
fn a_character_has_at_most_eight_scalars_on_average() {
    let kiss = "👩🏽\u{200d}❤\u{fe0f}\u{200d}💋\u{200d}👨🏿";
    assert_eq!((length(kiss), kiss.chars().count()), (1, 10));
    assert!(OwnName::new(&kiss.repeat(16)).is_ok());
    assert_eq!(OwnName::new(&kiss.repeat(17)), Err(Error::invalid(Field::Name, Problem::TooLong { max: 20 })));
}

#[rstest]
#[case("    fn main() {\n        x\n    }\n", Ok("    fn main() {\n        x\n    }"))]
#[case("\n \n\n\tindented\n\n", Ok("\tindented"))]
#[case("a  \n\n  b  ", Ok("a  \n\n  b"))]
#[case("\r\n\r\n  a\r\n b\r\n", Ok("  a\n b"))]
#[case(" 안녕 ", Ok(" 안녕"))]
#[case(" \u{200b}\n \u{202e}\n  a", Ok("  a"))]
#[case("\u{3000}\n\u{2800}\n a", Ok(" a"))]
fn only_blank_lines_at_the_ends_and_space_at_the_end_go(#[case] typed: &str, #[case] expected: Result<&str, Error>) {
    assert_eq!(Text::new(typed).as_ref().map(Text::as_str), expected.as_ref().map(|text| *text));
}

#[test]
fn cuts_are_between_characters() {
    let family = "👨\u{200d}👩\u{200d}👧\u{200d}👦";
    let text = family.repeat(30);
    assert_eq!(start(&text, 12), family.repeat(12));
    assert_eq!(start(&text, 0), "");
    assert_eq!(start("", 5), "");
    // A character with an endless tail takes no more than what is allowed for as many.
    let endless = format!("a{}", "\u{301}".repeat(1000));
    assert_eq!(start(&endless, 2).chars().count(), 16);
    assert_eq!(start(&format!("b{endless}"), 2), "b");
}

#[test]
fn what_is_stored_is_read_as_it_is() {
    let name: OwnName = serde_json::from_str(r#""방장 👑""#).expect("a name");
    assert_eq!(name.as_str(), "방장 👑");
    let title: RoomTitle = serde_json::from_str("\"\u{3164}\"").expect("a title");
    assert_eq!((title.as_str(), title.can_be()), ("\u{3164}", true));
    let text: Text = serde_json::from_str("\"good \u{202e}exe.fig\"").expect("a text");
    assert_eq!((text.as_str(), text.can_be()), ("good \u{202e}exe.fig", true));
}
