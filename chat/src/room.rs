//! Rooms as people see them, and the values a room is made of.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Field, Problem};
use crate::id::RoomId;
use crate::text::{Lines, SCALARS_PER_CHARACTER, clean, is_empty_to_the_eye, lowercase, shown, text_within};
use crate::time::Timestamp;
use crate::visitor::Person;
use crate::wire::wire_newtype;

/// A room's title: 1 to 50 characters that people see, in NFC, on one line, cleaned and trimmed. A stored title may be
/// older than these rules, and is read unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoomTitle(String);
wire_newtype!(RoomTitle);

impl RoomTitle {
    pub const MAX_CHARS: u32 = 50;

    pub fn new(text: &str) -> Result<Self, Error> {
        text_within(text, Lines::One, Field::Title, Self::MAX_CHARS).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The title as pages show it.
    pub fn shown(&self) -> String {
        shown(&self.0)
    }

    /// Whether it could have been a title under the rules of some version.
    pub fn can_be(&self) -> bool {
        !self.0.is_empty() && self.0.chars().count() <= (Self::MAX_CHARS * SCALARS_PER_CHARACTER) as usize
    }

    /// Whether a search for `query` finds this title: case does not count, nor does white space around the query.
    pub fn matches(&self, query: &str) -> bool {
        self.as_searched().contains(&searched_for(query))
    }

    /// The title in the form that searches compare.
    pub fn as_searched(&self) -> String {
        lowercase(&self.0)
    }
}

/// The longest search, in characters that people see. Whatever is typed after them is ignored.
pub const SEARCH_MAX_CHARS: usize = 100;

/// `query`, cleaned as titles are, in the form that is searched for in [`RoomTitle::as_searched`].
pub fn searched_for(query: &str) -> String {
    lowercase(clean(query, Lines::One).trim())
}

/// How many people a room holds: 2 to 1,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Capacity(u16);
wire_newtype!(Capacity);

impl Capacity {
    pub const MIN: u16 = 2;
    pub const MAX: u16 = 1000;
    pub const DEFAULT: Self = Self(10);

    /// Reads what a person typed.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::invalid(Field::Capacity, Problem::Empty));
        }
        match text.parse::<i64>() {
            Ok(number) => Self::new(number),
            Err(_) => Err(Error::invalid(Field::Capacity, Problem::NotANumber)),
        }
    }

    pub fn new(people: i64) -> Result<Self, Error> {
        match u16::try_from(people) {
            Ok(people @ Self::MIN..=Self::MAX) => Ok(Self(people)),
            _ => Err(Error::invalid(
                Field::Capacity,
                Problem::OutOfRange { min: Self::MIN.into(), max: Self::MAX.into() },
            )),
        }
    }

    pub fn get(self) -> u16 {
        self.0
    }
}

/// How long everybody but the owner waits between two messages in a room, in seconds: 0 (slow mode is off), 5, 15, 60 or
/// 300.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slow(u16);
wire_newtype!(Slow);

impl Slow {
    pub const OFF: Self = Self(0);
    pub const ALL: [Self; 5] = [Self::OFF, Self(5), Self(15), Self(60), Self(300)];

    /// The longest choice, in milliseconds.
    pub const LONGEST_MS: u64 = 300_000;

    /// Reads one of the choices that a page offers. Anything else is [`Error::Refused`].
    pub fn parse(text: &str) -> Result<Self, Error> {
        let seconds: u16 = text.trim().parse().map_err(|_| Error::Refused)?;
        Self::ALL.into_iter().find(|slow| slow.0 == seconds).ok_or(Error::Refused)
    }

    pub fn seconds(self) -> u16 {
        self.0
    }

    pub fn is_off(&self) -> bool {
        self.0 == 0
    }

    /// How many seconds a person whose last message was at `last` still has to wait. Clocks that differ never make the
    /// wait longer than the mode itself.
    pub fn seconds_left(self, last: Timestamp, now: Timestamp) -> u32 {
        let left = (u64::from(self.0) * 1000).saturating_sub(now.millis_since(last));
        u32::try_from(left.div_ceil(1000)).unwrap_or(u32::MAX)
    }
}

/// A room's password as typed: 1 to 128 characters, not trimmed. It is never shown, stored or logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(String);

impl Password {
    pub const MAX_CHARS: u32 = 128;

    /// `None` when nothing was typed, which means an open room.
    pub fn new(text: &str) -> Result<Option<Self>, Error> {
        if text.chars().count() > Self::MAX_CHARS as usize {
            return Err(Error::invalid(Field::Password, Problem::TooLong { max: Self::MAX_CHARS }));
        }
        Ok((!text.is_empty()).then(|| Self(text.to_owned())))
    }

    /// The password as it was typed, to be hashed.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What everybody may know about a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomCard {
    pub id: RoomId,
    pub title: RoomTitle,
    pub capacity: Capacity,
    /// Entering needs a password.
    pub locked: bool,
    /// Everybody but the owner waits between two messages.
    #[serde(default, skip_serializing_if = "Slow::is_off")]
    pub slow: Slow,
    /// Seats taken.
    pub people: u16,
    pub owner: Person,
    /// Up to five of the people; none when the room is locked.
    pub faces: Vec<Person>,
    pub created_at: Timestamp,
    /// When somebody last said something.
    pub spoken_at: Option<Timestamp>,
}

impl RoomCard {
    pub const MAX_FACES: usize = 5;

    pub fn is_full(&self) -> bool {
        self.people >= self.capacity.get()
    }

    /// The title, the capacity and whether the room is locked. The owner sets these.
    pub fn settings(&self) -> (&RoomTitle, Capacity, bool) {
        (&self.title, self.capacity, self.locked)
    }
}

/// Why the seat of a visitor ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outside {
    /// They were away for longer than the seat was kept.
    Away,
    /// They were away while the room was full, and a newcomer took their place.
    Replaced,
}

/// Why somebody was thrown out: up to 200 characters that people see, in NFC, on one line, cleaned and trimmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reason(String);
wire_newtype!(Reason);

impl Reason {
    pub const MAX_CHARS: u32 = 200;

    /// `None` when nothing was typed.
    pub fn new(text: &str) -> Result<Option<Self>, Error> {
        if is_empty_to_the_eye(text) {
            return Ok(None);
        }
        text_within(text, Lines::One, Field::Reason, Self::MAX_CHARS).map(|text| Some(Self(text)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A person who was thrown out of a room and may not come back, as the owner sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bar {
    /// The person with the name they had there.
    pub person: Person,
    pub at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("", Err(Problem::Empty))]
    #[case("  \n ", Err(Problem::Empty))]
    #[case(" 고양이 ", Ok("고양이"))]
    #[case("a\nb", Ok("a b"))]
    #[case(&"가".repeat(50), Ok("가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가가"))]
    #[case(&"가".repeat(51), Err(Problem::TooLong { max: 50 }))]
    fn titles(#[case] typed: &str, #[case] expected: Result<&str, Problem>) {
        let title = RoomTitle::new(typed);
        assert_eq!(
            title.as_ref().map(|t| t.as_str()),
            expected.map_err(|p| Error::invalid(Field::Title, p)).as_ref().map(|t| *t)
        );
    }

    #[cfg(not(target_arch = "wasm32"))]
    #[test]
    fn titles_are_composed() {
        assert_eq!(RoomTitle::new("한").map(|t| t.as_str().chars().count()), Ok(1));
    }

    #[rstest]
    #[case("10", Ok(10))]
    #[case(" 2 ", Ok(2))]
    #[case("1000", Ok(1000))]
    #[case("", Err(Problem::Empty))]
    #[case("ten", Err(Problem::NotANumber))]
    #[case("1", Err(Problem::OutOfRange { min: 2, max: 1000 }))]
    #[case("-1", Err(Problem::OutOfRange { min: 2, max: 1000 }))]
    #[case("1001", Err(Problem::OutOfRange { min: 2, max: 1000 }))]
    #[case("70000", Err(Problem::OutOfRange { min: 2, max: 1000 }))]
    fn capacities(#[case] typed: &str, #[case] expected: Result<u16, Problem>) {
        assert_eq!(Capacity::parse(typed).map(Capacity::get), expected.map_err(|p| Error::invalid(Field::Capacity, p)));
    }

    #[rstest]
    #[case("0", Ok(0))]
    #[case(" 15 ", Ok(15))]
    #[case("300", Ok(300))]
    #[case("7", Err(Error::Refused))]
    #[case("-5", Err(Error::Refused))]
    #[case("", Err(Error::Refused))]
    #[case("off", Err(Error::Refused))]
    fn slow_modes(#[case] typed: &str, #[case] expected: Result<u16, Error>) {
        assert_eq!(Slow::parse(typed).map(Slow::seconds), expected);
    }

    #[test]
    fn a_password_is_kept_as_typed_and_never_printed() {
        assert_eq!(Password::new(""), Ok(None));
        assert_eq!(format!("{:?}", Password::new(" hunter2 ")), "Ok(Some(Password(…)))");
        assert!(Password::new(&"x".repeat(129)).is_err());
    }

    #[test]
    fn search_ignores_case_and_space_around() {
        let title = RoomTitle::new("Friday GIFs 금요일").expect("a title");
        for query in ["", "gif", " FRIDAY ", "금요"] {
            assert!(title.matches(query), "{query}");
        }
        assert!(!title.matches("saturday"));
    }
}
