//! Entries: every durable change that a room's people can see, numbered by the room's own log.

mod reaction;

use serde::{Deserialize, Serialize};

pub use self::reaction::{Emoji, Reaction};

use crate::error::{Error, Field};
use crate::gif::Gif;
use crate::id::{ClientId, VisitorId};
use crate::room::{Capacity, RoomTitle, Slow, text_within};
use crate::time::Timestamp;
use crate::visitor::{Name, Person};

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
    /// A whisper: only this person and `person` may know of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Person>,
    /// The message it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    /// What people felt about it, as far as later entries tell. Empty in the log itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
}

impl Entry {
    /// The two who may know of it, when it is not for all.
    pub fn audience(&self) -> Option<[VisitorId; 2]> {
        self.to.as_ref().map(|to| [self.person.id, to.id])
    }

    /// Sent by `person`, as opposed to a fact the system states about them.
    pub fn is_said(&self) -> bool {
        self.what.is_message() || matches!(self.what, What::Reaction { .. })
    }

    /// Something that was said to all.
    pub fn is_public_message(&self) -> bool {
        self.what.is_message() && self.to.is_none()
    }

    /// The protocol ([crate::event::PROTOCOL`]) from which on a page understands it.
    pub fn protocol(&self) -> u16 {
        match &self.what {
            What::Text(_) | What::Gif(_) if self.to.is_none() => 1,
            What::Entered | What::Left | What::NewOwner => 1,
            // A page that does not know slow mode would say that the room was changed, and nothing more.
            What::Settings(Settings { title: None, capacity: None, password: None, slow: Some(_) }) => 3,
            _ => 2,
        }
    }
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    Text(Text),
    Gif(Gif),
    /// A message that is no more: what it said is stored nowhere.
    Removed,

    Entered,
    Left,
    NewOwner,
    /// By the owner; may not come back.
    ThrownOut {
        reason: Option<Reason>,
    },
    /// Called `person.name` from now on.
    Renamed {
        from: Name,
    },
    /// By the owner: what is different now.
    Settings(Settings),

    /// The message `seq` was removed, by its author or the owner.
    Removal {
        seq: u64,
    },
    /// The person feels so about message `seq`, or no longer.
    Reaction {
        seq: u64,
        emoji: Emoji,
        on: bool,
    },
    /// The person has not looked for a while, or is back.
    Away(bool),
}

impl What {
    /// Said by a person, as opposed to a fact the system states.
    pub fn is_message(&self) -> bool {
        matches!(self, What::Text(_) | What::Gif(_) | What::Removed)
    }

    /// Shown as no line of its own: it changes what is shown already.
    pub fn is_quiet(&self) -> bool {
        matches!(self, What::Removal { .. } | What::Reaction { .. } | What::Away(_))
    }

    /// The `seq` of the message it changes.
    pub fn about(&self) -> Option<u64> {
        match self {
            What::Removal { seq } | What::Reaction { seq, .. } => Some(*seq),
            _ => None,
        }
    }
}

/// Something about to be said: what, to whom, and in answer to what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    pub what: What,
    /// See [`Entry::to`].
    pub to: Option<Person>,
    pub reply: Option<Reply>,
}

impl From<What> for Saying {
    /// To everybody.
    fn from(what: What) -> Self {
        Self { what, to: None, reply: None }
    }
}

/// The message that another one answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub seq: u64,
    /// Its author, named as there.
    pub person: Person,
}

/// What is different about a room.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Settings {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<RoomTitle>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<Capacity>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordChange>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slow: Option<Slow>,
}

/// What happened to a room's password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PasswordChange {
    /// There was none before.
    Set,
    Changed,
    Removed,
}

/// Why somebody was thrown out: up to 200 characters (Unicode scalars) in NFC, on one line, trimmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Reason(String);

impl Reason {
    pub const MAX_CHARS: u32 = 200;

    /// `None` when nothing was typed.
    pub fn new(text: &str) -> Result<Option<Self>, Error> {
        let one_line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        match one_line.trim() {
            "" => Ok(None),
            text => text_within(text, Field::Reason, Self::MAX_CHARS).map(|text| Some(Self(text))),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
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
    /// Where this stretch of the log begins: the page before it ends before this `seq`. The entry itself may not be
    /// among `entries`: not all are shown, or shown to everybody.
    #[serde(default)]
    pub first: u64,
    /// All that entries up to this `seq` change is applied.
    #[serde(default)]
    pub seq: u64,
}

impl Page {
    /// Entries of the log that one page goes through, whatever they are: a door that people run through all day must not
    /// make a page endless.
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
