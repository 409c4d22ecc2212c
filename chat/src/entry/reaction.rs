//! Reactions to messages.

use serde::{Deserialize, Serialize};

use crate::gif::Gif;
use crate::id::VisitorId;

/// The people who reacted to a message with the same emoji, ordered by id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reaction {
    pub emoji: Emoji,
    pub people: Vec<VisitorId>,
}

/// The people who reacted to a message with the same GIF, ordered by id. A message has them in the order of the GIFs' hashes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GifReaction {
    pub gif: Gif,
    pub people: Vec<VisitorId>,
}

/// The most GIFs that are shown as reactions to a message, and that pages let people add. If there are more all the
/// same, those with the most people are shown.
pub const MOST_GIF_REACTIONS: usize = 6;

/// An emoji that people can react with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Emoji {
    ThumbsUp,
    Heart,
    Laugh,
    Wow,
    Sad,
    Party,
}

impl Emoji {
    pub const ALL: [Emoji; 6] = [Emoji::ThumbsUp, Emoji::Heart, Emoji::Laugh, Emoji::Wow, Emoji::Sad, Emoji::Party];

    /// The name of the variant on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Emoji::ThumbsUp => "ThumbsUp",
            Emoji::Heart => "Heart",
            Emoji::Laugh => "Laugh",
            Emoji::Wow => "Wow",
            Emoji::Sad => "Sad",
            Emoji::Party => "Party",
        }
    }

    pub fn symbol(self) -> &'static str {
        match self {
            Emoji::ThumbsUp => "👍",
            Emoji::Heart => "❤️",
            Emoji::Laugh => "😂",
            Emoji::Wow => "😮",
            Emoji::Sad => "😢",
            Emoji::Party => "🎉",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_wire() {
        for emoji in Emoji::ALL {
            assert_eq!(serde_json::to_string(&emoji).ok(), Some(format!("\"{}\"", emoji.name())));
            assert_eq!(Emoji::ALL[emoji as usize], emoji, "pages name them by their place");
        }
    }
}
