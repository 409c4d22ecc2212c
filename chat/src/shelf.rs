//! A visitor's own GIFs (내 GIF): those they keep, and those they sent lately. Nobody else sees them. A kept GIF
//! outlives the room it came from; a GIF that was only sent goes with the message.

pub mod hangul;
pub mod search;

use serde::{Deserialize, Serialize};

use crate::entry::Description;
use crate::error::{Error, Field, Problem};
use crate::gif::{Gif, GifFacts, GifHash};
use crate::text::{Lines, is_empty_to_the_eye, text_within};
use crate::time::Timestamp;
use crate::wire::wire_newtype;

/// The most GIFs on a shelf.
pub const MOST_ITEMS: usize = 5000;
/// The most GIFs on a shelf that were only sent. If there are more, the oldest are removed.
pub const MOST_RECENT: usize = 60;
/// The most GIFs of a room that are listed for a visitor who chooses one.
pub const MOST_OF_ROOM: usize = 60;

/// A page of the items on a visitor's shelf, as they see it. Most shelves fit on one page.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Shelf {
    /// The item that was used last comes first.
    pub items: Vec<Item>,
    /// What is known of these GIFs.
    pub known: Vec<GifFacts>,
    /// Set if the shelf has more items than fit on this page: those whose hashes are greater than this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<GifHash>,
}

/// A GIF on a shelf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    pub gif: Gif,
    /// The description of the GIF in the entry that it came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
    #[serde(default, skip_serializing_if = "Label::is_empty")]
    pub label: Label,
    /// It was kept on purpose. The others were only sent, lately.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
    /// When it was last sent, or kept.
    pub used_at: Timestamp,
}

impl Item {
    /// What becomes of this item when it is put on its shelf once more: a kept item stays kept, and its label stays
    /// unless there is a new one.
    pub fn put_again(&self, again: Self) -> Self {
        Self {
            gif: self.gif,
            description: again.description.or_else(|| self.description.clone()),
            label: if again.label.is_empty() { self.label.clone() } else { again.label },
            kept: self.kept || again.kept,
            used_at: self.used_at.max(again.used_at),
        }
    }
}

impl Item {
    /// About how many bytes it takes as JSON.
    pub fn size(&self) -> usize {
        const GIF: usize = 250;
        let Label { name, tags, folder } = &self.label;
        let texts = [
            self.description.as_ref().map(|text| text.as_str().len()),
            name.as_ref().map(|text| text.as_str().len()),
            folder.as_ref().map(|text| text.as_str().len()),
        ];
        let tags = tags.iter().map(|tag| tag.as_str().len());
        GIF + texts.into_iter().flatten().chain(tags).sum::<usize>()
    }

    /// Whether its texts obey the rules of their types. (Deserializing does not check that.)
    pub fn can_be(&self) -> bool {
        let Label { name, tags, folder } = &self.label;
        tags.len() <= Label::MOST_TAGS
            && name.iter().all(|name| ItemName::new(name.as_str()).as_ref() == Ok(&Some(name.clone())))
            && tags.iter().all(|tag| Tag::new(tag.as_str()).as_ref() == Ok(&Some(tag.clone())))
            && folder.iter().all(|folder| FolderName::new(folder.as_str()).as_ref() == Ok(&Some(folder.clone())))
    }
}

/// How many bytes the record of an item counts in the sum of the whole deployment. (The GIF, which other visitors may
/// keep, too, counts once besides.)
pub const RECORD_WEIGHT: u64 = 4096;

/// How many bytes a GIF counts on a shelf: its size, rounded up to whole blocks of the disk.
pub fn weight(gif: &Gif) -> u64 {
    const BLOCK: u64 = 4096;
    u64::from(gif.bytes).div_ceil(BLOCK).max(1) * BLOCK
}

/// How a visitor names and sorts a GIF of theirs.
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
    /// The most tags of a GIF.
    pub const MOST_TAGS: usize = 10;

    /// Reads what was typed. Tags are separated by commas or spaces, and may begin with `#`.
    pub fn new(name: &str, tags: &str, folder: &str) -> Result<Self, Error> {
        let mut read: Vec<Tag> = Vec::new();
        for tag in tags.split([',', ' ', '\n', '\u{3000}']) {
            let tag = Tag::new(tag.trim().trim_start_matches('#'))?;
            read.extend(tag.filter(|tag| !read.contains(tag)));
        }
        if read.len() > Self::MOST_TAGS {
            return Err(Error::invalid(Field::Tag, Problem::OutOfRange { min: 0, max: Self::MOST_TAGS as u32 }));
        }
        Ok(Self { name: ItemName::new(name)?, tags: read, folder: FolderName::new(folder)? })
    }

    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Declares a type for a cleaned text of one line, with at most `$max` characters that people see.
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

/// A GIF that a room shows to a visitor who chooses one to send or to keep.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The newest message there that shows it to them.
    pub seq: u64,
    pub gif: Gif,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<Description>,
}

/// The GIFs that a room shows to a visitor, the newest first, and what is known of them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SeenInRoom {
    pub gifs: Vec<Seen>,
    pub known: Vec<GifFacts>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(typed: &str) -> Result<Vec<String>, Error> {
        Ok(Label::new("", typed, "")?.tags.iter().map(|tag| tag.as_str().to_owned()).collect())
    }

    #[test]
    fn tags_are_words_and_each_is_there_once() {
        assert_eq!(
            tags("#고양이, 귀여워 cat,cat,, # "),
            Ok(vec!["고양이".to_owned(), "귀여워".to_owned(), "cat".to_owned()])
        );
        assert_eq!(tags(""), Ok(Vec::new()));
        assert!(tags("1 2 3 4 5 6 7 8 9 10").is_ok_and(|tags| tags.len() == Label::MOST_TAGS));
        let too_many = Error::invalid(Field::Tag, Problem::OutOfRange { min: 0, max: 10 });
        assert_eq!(tags("1 2 3 4 5 6 7 8 9 10 11"), Err(too_many));
        assert_eq!(tags(&"가".repeat(21)), Err(Error::invalid(Field::Tag, Problem::TooLong { max: 20 })));
    }

    #[test]
    fn names_and_folders_have_an_end() {
        let label = Label::new(" 하품하는\n고양이 ", "", "동물").expect("a label");
        assert_eq!(label.name.as_ref().map(ItemName::as_str), Some("하품하는 고양이"));
        assert_eq!(label.folder.as_ref().map(FolderName::as_str), Some("동물"));
        assert_eq!(Label::new("", " ", "\u{200b}"), Ok(Label::default()));
        let too_long = |field, max| Err(Error::invalid(field, Problem::TooLong { max }));
        assert_eq!(Label::new(&"a".repeat(61), "", ""), too_long(Field::ItemName, 60));
        assert_eq!(Label::new("", "", &"a".repeat(31)), too_long(Field::Folder, 30));
    }
}
