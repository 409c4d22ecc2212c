//! The page's words in Korean and English: one typed table for each part of the page, both languages side by side.
//!
//! The fixed sentences of the original gifchat stay as they are. All other Korean is in friendly 해요 style, and the
//! English is equally plain.

mod common;
mod dialogs;
mod errors;
mod form;
mod installed;
mod lobby;
mod make;
mod panel;
pub mod room;

use std::borrow::Cow;

use chat::Name;
use serde::{Deserialize, Serialize};

/// A text that people wrote, for use among our words where no markup can isolate it: in an attribute, a notification, the
/// page's title. A text with right-to-left letters gets Unicode isolates around it, because it would reorder the words and
/// numbers beside it. Other text stays as it is.
pub fn kept_apart(text: &str) -> Cow<'_, str> {
    let is_of_the_right = |c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}');
    if text.contains(is_of_the_right) && !text.starts_with('\u{2068}') {
        ["\u{2068}", text, "\u{2069}"].concat().into()
    } else {
        text.into()
    }
}

/// A language the page is worded in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Lang {
    #[default]
    Ko,
    En,
}

chat::wire_enum!(Lang { Ko, En });

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::Ko, Lang::En];

    /// The code for HTML's `lang` attribute and for Intl.
    pub fn code(self) -> &'static str {
        match self {
            Lang::Ko => "ko",
            Lang::En => "en",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lang| lang.code() == code)
    }

    /// The name of the language in itself.
    pub fn own_name(self) -> &'static str {
        match self {
            Lang::Ko => "한국어",
            Lang::En => "English",
        }
    }

    /// A person's name in this language.
    pub fn name(self, name: &Name) -> String {
        match self {
            Lang::Ko => name.korean(),
            Lang::En => name.english(),
        }
    }

    /// One of two values, by language.
    #[inline(always)]
    fn pick<T>(self, korean: T, english: T) -> T {
        match self {
            Lang::Ko => korean,
            Lang::En => english,
        }
    }
}

/// Declares a table: a type with a method for each text, and the method of [`Lang`] that makes it. A text belongs to the code that
/// calls its method, so a WASM file has the texts of its own code, and no others (docs/decisions/0059).
macro_rules! words {
    ($(#[$doc:meta])* $table:ident, $pick:ident { $($name:ident: $korean:literal, $english:literal;)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $table($crate::strings::Lang);

        impl $table {
            $(
                #[inline(always)]
                pub fn $name(self) -> &'static str {
                    self.0.pick($korean, $english)
                }
            )*

            #[cfg(test)]
            pub fn all(self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name()),)*]
            }
        }

        impl $crate::strings::Lang {
            pub fn $pick(self) -> $table {
                $table(self)
            }
        }
    };
}
use words;

/// A whole number with commas between thousands, as in both languages.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time to wait, as on a stopwatch: "0:09".
pub fn countdown(seconds: u32) -> String {
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    if seconds < 10 { format!("{minutes}:0{seconds}") } else { format!("{minutes}:{seconds}") }
}

/// A size as people read it: "640 KB", "3.4 MB". As in the limits, 1 MB is 1,048,576 bytes.
pub fn size(bytes: u64) -> String {
    const MB: u64 = 1024 * 1024;
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..MB => format!("{} KB", bytes / 1024),
        _ if bytes.is_multiple_of(MB) => format!("{} MB", bytes / MB),
        _ => {
            let tenths = (bytes * 10 + MB / 2) / MB;
            format!("{}.{} MB", tenths / 10, tenths % 10)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_the_other_way_stands_by_itself() {
        for plain in ["민수", "Mina 2", "ไทย", "漢字", "👩‍👩‍👧 !", "\u{200d}", ""] {
            assert_eq!(kept_apart(plain), plain);
        }
        for turned in ["שרה", "سارة 12", "a שלום b", "ﷺ", "ﺏ", "𐤀", "𞤀"] {
            assert_eq!(kept_apart(turned), format!("\u{2068}{turned}\u{2069}"));
        }
        let (sara, apart) = ("שרה", "\u{2068}שרה\u{2069}");
        for lang in Lang::ALL {
            for text in [lang.menu_of(sara), lang.hide_messages_of(sara), lang.gif_of(sara), lang.answer_to(sara)] {
                assert!(text.contains(apart), "{text}");
            }
            assert!(lang.nobody_called(sara).contains(apart) && lang.whispered_to(sara).contains(apart));
            assert!(lang.too_large_before_sending("תמונה.gif", 9, 3).contains("\u{2068}תמונה.gif\u{2069}"));
        }
    }

    #[test]
    fn no_text_is_empty_and_each_language_has_its_own() {
        for lang in Lang::ALL {
            let tables = [
                lang.common().all(),
                lang.without_wasm().all(),
                lang.errors().all(),
                lang.form().all(),
                lang.installed().all(),
                lang.lobby().all(),
                lang.in_room().all(),
                lang.dialogs().all(),
                lang.panel().all(),
            ];
            for (name, text) in tables.into_iter().flatten() {
                assert!(!text.trim().is_empty() && text.trim() == text, "{name} in {lang:?}: {text:?}");
                let hangul = text.chars().any(|c| ('가'..='힣').contains(&c));
                assert!(lang == Lang::Ko || !hangul, "{name} in English is Korean: {text}");
            }
        }
    }

    #[test]
    fn codes_are_read_back() {
        for lang in Lang::ALL {
            assert_eq!(Lang::from_code(lang.code()), Some(lang));
        }
        assert_eq!(Lang::from_code("fr"), None);
    }

    #[test]
    fn numbers_and_sizes() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([1, 15, 60, 299].map(countdown), ["0:01", "0:15", "1:00", "4:59"]);
        assert_eq!([10, 2048, 5 << 20, 3_565_158].map(size), ["10 B", "2 KB", "5 MB", "3.4 MB"]);
    }
}
