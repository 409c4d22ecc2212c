//! A visitor's own GIFs (내 GIF): those they sent lately, and those they keep.

pub mod hangul;
pub mod search;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Field};
use crate::gif::Gif;
use crate::text::{Lines, is_empty_to_the_eye, text_within};
use crate::time::Timestamp;
use crate::wire::wire_newtype;

/// The most GIFs that a visitor keeps.
pub const MOST_KEPT: usize = 5000;
/// The most GIFs that a visitor has sent and does not keep. The oldest go.
pub const MOST_RECENT: usize = 60;
/// The most tags of a GIF.
pub const MOST_TAGS: usize = 10;

/// A GIF on a shelf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub gif: Gif,
    #[serde(default, skip_serializing_if = "Label::is_empty")]
    pub label: Label,
    /// It was kept on purpose. The others are those that were sent lately.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
    /// When it was last sent, or kept.
    pub used_at: Timestamp,
}

/// What a visitor calls a GIF. Nobody else sees it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Label {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<ItemName>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// `None` is no folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<FolderName>,
}

impl Label {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Declares a text of one line and so many characters that people see, cleaned.
macro_rules! short_text {
    ($(#[$about:meta])* $type:ident, $field:ident, $max:literal) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $type(String);
        wire_newtype!($type);

        impl $type {
            pub const MAX_CHARS: u32 = $max;

            /// `None` when nothing was typed.
            pub fn new(text: &str) -> Result<Option<Self>, Error> {
                if is_empty_to_the_eye(text) {
                    return Ok(None);
                }
                text_within(text, Lines::One, Field::$field, Self::MAX_CHARS).map(|text| Some(Self(text)))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }
    };
}

short_text!(
    /// The name of a GIF on a shelf.
    ItemName, ItemName, 60
);
short_text!(
    /// A word by which a GIF is found.
    Tag, Tag, 20
);
short_text!(
    /// The name of a folder on a shelf.
    FolderName, Folder, 30
);
