//! Entries: every durable change that a room's people can see, numbered by the room's own log.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Field};
use crate::gif::Gif;
use crate::id::ClientId;
use crate::room::text_within;
use crate::time::Timestamp;
use crate::visitor::Person;

/// One line of a room's log. `seq` counts 1, 2, 3… without holes and orders; `at` only labels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub seq: u64,
    pub at: Timestamp,
    /// Who said it, named as at that time; for a system line, whom it is about.
    pub person: Person,
    /// What the sender calls it; for a system line, made from its cause.
    pub client: ClientId,
    pub what: What,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    Text(Text),
    Gif(Gif),
    Entered,
    Left,
    NewOwner,
}

impl What {
    /// Said by a person, as opposed to a fact the system states.
    pub fn is_message(&self) -> bool {
        matches!(self, What::Text(_) | What::Gif(_))
    }
}

/// A message's text: 1 to 2,000 characters (Unicode scalars) in NFC, trimmed; line breaks are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(String);

impl Text {
    pub const MAX_CHARS: u32 = 2000;

    pub fn new(text: &str) -> Result<Self, Error> {
        let text: String =
            text.replace("\r\n", "\n").chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
        text_within(&text, Field::Text, Self::MAX_CHARS).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A stretch of a room's log, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Page {
    pub entries: Vec<Entry>,
    /// There are older entries than these.
    pub more: bool,
}

impl Page {
    /// Entries on one page, whatever they are: a door that people run through all day must not make a page endless.
    pub const MAX_LINES: u64 = 500;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;

    #[test]
    fn text_is_trimmed_and_keeps_its_lines() {
        assert_eq!(Text::new(" a\r\nb\u{0} \n").map(|t| t.0), Ok("a\nb".to_owned()));
    }

    #[test]
    fn text_has_1_to_2000_characters() {
        assert_eq!(Text::new(" \n"), Err(Error::invalid(Field::Text, Problem::Empty)));
        assert!(Text::new(&"😀".repeat(2000)).is_ok());
        assert_eq!(Text::new(&"a".repeat(2001)), Err(Error::invalid(Field::Text, Problem::TooLong { max: 2000 })));
    }
}
