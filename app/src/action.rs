//! What the buttons of lists, menus and dialogs do. These are made anew again and again, so one listener serves all buttons of each
//! of them, and the `value` of a button says what it does. Only this module writes and reads these values.

use chat::entry::Emoji;
use chat::{GifHash, VisitorId};

/// A reaction: an emoji or a GIF.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Emoji(Emoji),
    Gif(GifHash),
}

/// What a button does. Messages and other entries are named by their `seq`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Unfolds the run that begins with this entry, or folds it again.
    Fold(u64),
    /// Goes to this message.
    Find(u64),
    MessageMenu(u64),
    PersonMenu(VisitorId),
    /// Adds the reaction to this message, or takes it back.
    React(u64, Sign),
    /// Copies the code beside the button.
    Copy,

    // The menu of a message or a person does these with its subject.
    Reply,
    ReactByGif,
    Whisper,
    Keep,
    Showing,
    Remove,
    Rename,
    Mute,
    HandOver,
    ThrowOut,

    /// Closes the dialog.
    Cancel,
    /// Asks whether to close the room.
    CloseRoom,
    /// Lets somebody in who was thrown out.
    LetIn(VisitorId),
    /// Gives the answer at this place of a question's answers.
    Answer(usize),
}

/// Makes the reading and writing of values, with these words for the actions that hold nothing. One that is left out does not compile.
macro_rules! values {
    ($($action:ident $word:literal),+ $(,)?) => {
        /// The button's value: a word, or a letter with what the action holds.
        pub fn value(self) -> String {
            let (kind, content) = match self {
                $(Self::$action => ($word, String::new()),)+
                Self::Fold(seq) => ("f", seq.to_string()),
                Self::Find(seq) => ("j", seq.to_string()),
                Self::MessageMenu(seq) => ("m", seq.to_string()),
                Self::PersonMenu(person) => ("p", person.to_string()),
                Self::LetIn(person) => ("l", person.to_string()),
                Self::Answer(place) => ("a", place.to_string()),
                Self::React(seq, Sign::Emoji(emoji)) => ("e", format!("{seq}.{}", emoji as u8)),
                Self::React(seq, Sign::Gif(sha)) => ("g", format!("{seq}.{sha}")),
            };
            [kind, &content].concat()
        }

        fn of_word(word: &str) -> Option<Self> {
            match word {
                $($word => Some(Self::$action),)+
                _ => None,
            }
        }
    };
}

impl Action {
    values! {
        Copy "copy",
        Reply "reply",
        ReactByGif "gif",
        Whisper "whisper",
        Keep "keep",
        Showing "showing",
        Remove "remove",
        Rename "rename",
        Mute "mute",
        HandOver "hand-over",
        ThrowOut "throw-out",
        Cancel "cancel",
        CloseRoom "close",
    }

    /// What a button with this value does; `None` if the value is none of ours.
    pub fn of(value: &str) -> Option<Self> {
        Self::of_word(value).or_else(|| Self::with_content(value))
    }

    fn with_content(value: &str) -> Option<Self> {
        let (kind, content) = value.split_at_checked(1)?;
        let reaction = || {
            let (seq, sign) = content.split_once('.')?;
            Some((seq.parse().ok()?, sign))
        };
        Some(match kind {
            "f" => Self::Fold(content.parse().ok()?),
            "j" => Self::Find(content.parse().ok()?),
            "m" => Self::MessageMenu(content.parse().ok()?),
            "p" => Self::PersonMenu(content.parse().ok()?),
            "l" => Self::LetIn(content.parse().ok()?),
            "a" => Self::Answer(content.parse().ok()?),
            "e" => {
                let (seq, place) = reaction()?;
                Self::React(seq, Sign::Emoji(*Emoji::ALL.get(place.parse::<usize>().ok()?)?))
            }
            "g" => {
                let (seq, sha) = reaction()?;
                Self::React(seq, Sign::Gif(sha.parse().ok()?))
            }
            _ => return None,
        })
    }

    /// The entry that a button in the log belongs to.
    pub fn entry(self) -> Option<u64> {
        match self {
            Self::Fold(seq) | Self::Find(seq) | Self::MessageMenu(seq) | Self::React(seq, _) => Some(seq),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_means_the_action_that_wrote_it() {
        let person = VisitorId::generate();
        let reactions = Emoji::ALL.into_iter().map(|emoji| Action::React(7, Sign::Emoji(emoji)));
        let others = [
            Action::React(u64::MAX, Sign::Gif(GifHash([7; 32]))),
            Action::Fold(1),
            Action::Find(2),
            Action::MessageMenu(3),
            Action::PersonMenu(person),
            Action::Copy,
            Action::Reply,
            Action::ReactByGif,
            Action::Whisper,
            Action::Keep,
            Action::Showing,
            Action::Remove,
            Action::Rename,
            Action::Mute,
            Action::HandOver,
            Action::ThrowOut,
            Action::Cancel,
            Action::CloseRoom,
            Action::LetIn(person),
            Action::Answer(4),
        ];
        for action in reactions.chain(others) {
            assert_eq!(Action::of(&action.value()), Some(action), "{}", action.value());
        }
    }

    #[test]
    fn other_values_mean_nothing() {
        for value in ["", "m", "m-1", "mx", "e7", "e7.", "e7.6", "e.0", "g7.0", "z1", "pme", "번호", "Copy", "copy "]
        {
            assert_eq!(Action::of(value), None, "{value}");
        }
    }
}
