//! How a GIF is to be shown. This belongs to the message, and never to the bytes, which other messages may share.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Field};
use crate::text::{Lines, is_empty_to_the_eye, text_within};
use crate::wire::wire_newtype;

/// How the sender of a GIF, or the owner of the room, wants it to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Showing {
    /// What the GIF shows, for people who cannot see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    /// The GIF is hidden until a reader asks for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub veiled: bool,
}

impl Showing {
    /// Whether nothing was said about how to show the GIF.
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }
}

/// What a GIF shows, in words: 1 to 500 characters that people see, in one line and cleaned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Description(String);
wire_newtype!(Description);

impl Description {
    pub const MAX_CHARS: u32 = 500;

    /// `None` when nothing was typed.
    pub fn new(text: &str) -> Result<Option<Self>, Error> {
        if is_empty_to_the_eye(text) {
            return Ok(None);
        }
        text_within(text, Lines::One, Field::Description, Self::MAX_CHARS).map(|text| Some(Self(text)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;

    #[test]
    fn a_description_is_one_line_and_has_an_end() {
        let read = |text: &str| Description::new(text).map(|read| read.map(|read| read.as_str().to_owned()));
        assert_eq!(read(" 고양이가\n하품한다 "), Ok(Some("고양이가 하품한다".to_owned())));
        assert_eq!(read(" \u{200b}\n"), Ok(None));
        assert_eq!(read(&"가".repeat(500)).map(|read| read.map(|read| read.chars().count())), Ok(Some(500)));
        let too_long = Error::invalid(Field::Description, Problem::TooLong { max: 500 });
        assert_eq!(read(&"가".repeat(501)), Err(too_long));
    }

    #[test]
    fn what_is_plain_is_stored_as_nothing() {
        assert_eq!(serde_json::to_string(&Showing::default()).expect("JSON"), "{}");
        let veiled = Showing { veiled: true, ..Showing::default() };
        assert_eq!(serde_json::to_string(&veiled).expect("JSON"), r#"{"veiled":true}"#);
        assert_eq!(serde_json::from_str::<Showing>("{}").expect("a showing"), Showing::default());
    }
}
