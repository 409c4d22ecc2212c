//! Entries: every durable change that a room's people can see, numbered by the room's own log.

mod reaction;
mod showing;

use serde::{Deserialize, Serialize};

pub use self::reaction::{Emoji, GifReaction, MOST_GIF_REACTIONS, Reaction};
pub use self::showing::{Description, Showing};

use crate::error::{Error, Field};
use crate::gif::{Gif, GifFacts};
use crate::id::{ClientId, VisitorId};
use crate::room::{Capacity, Reason, RoomTitle, Slow};
use crate::text::{Lines, SCALARS_PER_CHARACTER, text_within};
use crate::time::Timestamp;
use crate::visitor::{Name, Person};
use crate::wire::wire_newtype;

/// One entry of a room's log. `seq` counts 1, 2, 3… without gaps and gives the order; `at` is only for display.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub seq: u64,
    pub at: Timestamp,
    /// The author with the name they had at that time. For a fact, which nobody typed (such as `Entered`), the person
    /// it is about.
    pub person: Person,
    /// The id that the sender chose; for a fact, a hash of its cause.
    pub client: ClientId,
    pub what: What,
    /// Set for a whisper: only this person and `person` may see the entry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Person>,
    /// The message that this one answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<Reply>,
    /// How the GIF of this message is shown. (Changes by later entries are applied.)
    #[serde(default, skip_serializing_if = "Showing::is_plain")]
    pub showing: Showing,
    /// The reactions to this message, collected from later entries. Entries in the log itself have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reactions: Vec<Reaction>,
    /// The GIFs with which people reacted, collected in the same way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gif_reactions: Vec<GifReaction>,
}

impl Entry {
    /// The two people who may see a whisper; `None` for an entry that everybody in the room may see.
    pub fn audience(&self) -> Option<[VisitorId; 2]> {
        self.to.as_ref().map(|to| [self.person.id, to.id])
    }

    /// Whether only two people may see it.
    pub fn is_whisper(&self) -> bool {
        self.to.is_some()
    }

    /// Whether `person` sent it, as opposed to a fact that the system states about them.
    pub fn is_said(&self) -> bool {
        self.what.is_message() || matches!(self.what, What::Reaction { .. } | What::GifReaction { .. })
    }

    /// Whether it is a message to everybody in the room.
    pub fn is_public_message(&self) -> bool {
        self.what.is_message() && self.to.is_none()
    }

    /// The first protocol ([`crate::event::PROTOCOL`]) whose pages understand this entry.
    pub fn protocol(&self) -> u16 {
        match &self.what {
            What::Text(_) | What::Gif(_) => {
                if self.to.is_none() {
                    1
                } else {
                    2
                }
            }
            What::Entered | What::Left | What::NewOwner => 1,
            // An older page would only say that the room was changed, without saying how.
            What::Settings(Settings { title: None, capacity: None, password: None, slow: Some(_), veil: None }) => 3,
            What::Settings(Settings { title: None, capacity: None, password: None, slow: None, veil: Some(_) })
            | What::Showing { .. } => 6,
            What::GifReaction { .. } => 7,
            What::Removed
            | What::ThrownOut { .. }
            | What::Renamed { .. }
            | What::Settings(_)
            | What::Removal { .. }
            | What::Reaction { .. }
            | What::Away(_) => 2,
        }
    }
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    Text(Text),
    Gif(Gif),
    /// A message that was removed. What it said is stored nowhere.
    Removed,

    Entered,
    Left,
    NewOwner,
    /// The owner threw the person out; they may not come back.
    ThrownOut {
        reason: Option<Reason>,
    },
    /// The person is called `person.name` from now on.
    Renamed {
        from: Name,
    },
    /// The owner changed these settings.
    Settings(Settings),

    /// The message `seq` was removed, by its author or the owner.
    Removal {
        seq: u64,
    },
    /// The person added this reaction to message `seq`, or took it back.
    Reaction {
        seq: u64,
        emoji: Emoji,
        on: bool,
    },
    /// The same with a GIF. `gif` is `None` once the message was removed.
    GifReaction {
        seq: u64,
        gif: Option<Gif>,
        on: bool,
    },
    /// The author of the GIF in message `seq`, or the owner, wants it to be shown like this from now on.
    Showing {
        seq: u64,
        showing: Showing,
    },
    /// The person has been inactive for a while, or is back.
    Away(bool),
}

impl What {
    /// Whether it is a message, even a removed one, as opposed to a reaction or a fact.
    pub fn is_message(&self) -> bool {
        matches!(self, What::Text(_) | What::Gif(_) | What::Removed)
    }

    /// Whether it is a message that has not been removed.
    pub fn is_there(&self) -> bool {
        matches!(self, What::Text(_) | What::Gif(_))
    }

    /// The GIF that this entry shows: that of a message, or of a reaction that was added.
    pub fn gif(&self) -> Option<&Gif> {
        match self {
            What::Gif(gif) => Some(gif),
            What::GifReaction { gif, on: true, .. } => gif.as_ref(),
            What::Text(_)
            | What::GifReaction { .. }
            | What::Removed
            | What::Entered
            | What::Left
            | What::NewOwner
            | What::ThrownOut { .. }
            | What::Renamed { .. }
            | What::Settings(_)
            | What::Removal { .. }
            | What::Reaction { .. }
            | What::Showing { .. }
            | What::Away(_) => None,
        }
    }

    /// Whether the entry has no row of its own in the shown log, because it changes what is shown already.
    pub fn is_quiet(&self) -> bool {
        matches!(
            self,
            What::Removal { .. }
                | What::Reaction { .. }
                | What::GifReaction { .. }
                | What::Showing { .. }
                | What::Away(_)
        )
    }

    /// The `seq` of the message that this entry changes.
    pub fn about(&self) -> Option<u64> {
        match self {
            What::Removal { seq }
            | What::Reaction { seq, .. }
            | What::GifReaction { seq, .. }
            | What::Showing { seq, .. } => Some(*seq),
            What::Text(_)
            | What::Gif(_)
            | What::Removed
            | What::Entered
            | What::Left
            | What::NewOwner
            | What::ThrownOut { .. }
            | What::Renamed { .. }
            | What::Settings(_)
            | What::Away(_) => None,
        }
    }
}

/// A message before it is sent: its content, whom it is for, and which message it answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saying {
    pub what: What,
    /// See [`Entry::to`].
    pub to: Option<Person>,
    pub reply: Option<Reply>,
    /// See [`Entry::showing`].
    pub showing: Showing,
    /// The GIF was not uploaded for this message. Then the author must be able to see that GIF, in a room where they
    /// have a seat or on their shelf, when the message is stored.
    pub by_sight: bool,
}

impl From<What> for Saying {
    /// A message to everybody that answers nothing.
    fn from(what: What) -> Self {
        Self { what, to: None, reply: None, showing: Showing::default(), by_sight: false }
    }
}

/// The message that another one answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    pub seq: u64,
    /// The author of that message, with the name they had there.
    pub person: Person,
}

/// The settings that were changed. `None` stands for a setting that was not changed.
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
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub veil: Option<bool>,
}

/// What happened to a room's password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PasswordChange {
    /// There was none before.
    Set,
    Changed,
    Removed,
}

/// A message's text: 1 to 2,000 characters that people see, in NFC, cleaned, without blank lines at its ends; line breaks
/// and the indent of the first line are kept. A stored text may be older than these rules, and is read unchanged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Text(String);
wire_newtype!(Text);

impl Text {
    pub const MAX_CHARS: u32 = 2000;

    pub fn new(text: &str) -> Result<Self, Error> {
        text_within(text, Lines::Many, Field::Text, Self::MAX_CHARS).map(Self)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it could have been a message under the rules of some version.
    pub fn can_be(&self) -> bool {
        !self.0.is_empty() && self.0.chars().count() <= (Self::MAX_CHARS * SCALARS_PER_CHARACTER) as usize
    }
}

/// A stretch of a room's log, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LogPage {
    pub entries: Vec<Entry>,
    /// There are older entries than these.
    pub more: bool,
    /// The `seq` where this stretch of the log begins; the page before it ends before this `seq`. The entry itself may
    /// be missing in `entries`, because some entries are not shown, or not to everybody.
    #[serde(default)]
    pub first: u64,
    /// The changes by all entries up to this `seq` are applied.
    #[serde(default)]
    pub seq: u64,
    /// What is known of the GIFs that the entries show, ordered by hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gifs: Vec<GifFacts>,
}

impl LogPage {
    /// How many log entries a page covers at most, shown or not. A room where people come and go all day must not make
    /// a page endless.
    pub const MAX_LINES: u64 = 500;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;

    #[test]
    fn text_keeps_its_lines_and_its_indent() {
        assert_eq!(Text::new(" \n a\r\nb\u{0} \n").map(|t| t.0), Ok(" a\nb".to_owned()));
    }

    #[test]
    fn text_has_1_to_2000_characters() {
        assert_eq!(Text::new(" \n"), Err(Error::invalid(Field::Text, Problem::Empty)));
        assert!(Text::new(&"😀".repeat(2000)).is_ok());
        assert_eq!(Text::new(&"a".repeat(2001)), Err(Error::invalid(Field::Text, Problem::TooLong { max: 2000 })));
    }
}
