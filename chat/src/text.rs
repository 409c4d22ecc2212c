//! What all text that people type has in common: how it is cleaned, what counts as empty, and how its length is counted.
//! The browser uses its own Unicode tables, so that ours need not be sent. The server cleans again what the browser
//! lets through.

#[cfg(not(target_arch = "wasm32"))]
pub mod cleaning;
mod emoji;
#[cfg(not(target_arch = "wasm32"))]
pub mod invisible;
mod length;

use crate::error::{Error, Field, Problem};

pub use self::emoji::is_emoji_alone;
pub use self::length::{length, start};

/// How many scalars each allowed character may have on average, since a flag or a family of emoji has several.
pub const SCALARS_PER_CHARACTER: u32 = 8;

/// Whether a text may have several lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lines {
    /// Controls and line breaks count as spaces, and white space at the ends is removed.
    One,
    /// Only blank lines at the ends and the white space after the last word are removed, so that code keeps its indent.
    Many,
}

/// `text` cleaned, in NFC and trimmed as `lines` says, if it has 1 to `max` characters that people see. Otherwise an
/// error about `field`.
pub fn text_within(text: &str, lines: Lines, field: Field, max: u32) -> Result<String, Error> {
    let text = clean(text, lines);
    let text = match lines {
        Lines::One => text.trim_matches(is_space),
        Lines::Many => without_blank_ends(&text),
    };
    if is_empty_to_the_eye(text) {
        return Err(Error::invalid(field, Problem::Empty));
    }
    if is_longer_than(text, max) {
        return Err(Error::invalid(field, Problem::TooLong { max }));
    }
    Ok(text.to_owned())
}

/// Whether `text` has more than `max` characters that people see, or more scalars than that many characters may have.
pub fn is_longer_than(text: &str, max: u32) -> bool {
    // Most texts are short in every way of counting, and a text has no more characters than bytes.
    text.len() > max as usize
        && (text.chars().count() > (max * SCALARS_PER_CHARACTER) as usize || length(text) > max as usize)
}

/// Whether nobody can see anything of `text`.
#[cfg(not(target_arch = "wasm32"))]
pub fn is_empty_to_the_eye(text: &str) -> bool {
    text.chars().all(|c| invisible::is_blank(c) || unicode_normalization::char::is_combining_mark(c))
}

/// Whether nobody can see anything of `text`, by the browser's tables.
#[cfg(target_arch = "wasm32")]
pub fn is_empty_to_the_eye(text: &str) -> bool {
    !js_sys::RegExp::new(r"[^\s\p{DI}\p{M}\p{Cc}\u2800\ufff9-\ufffc]", "u").test(text)
}

#[cfg(not(target_arch = "wasm32"))]
pub use self::cleaning::cleaned as clean;
#[cfg(not(target_arch = "wasm32"))]
use self::invisible::is_space;

#[cfg(target_arch = "wasm32")]
fn is_space(c: char) -> bool {
    c.is_whitespace()
}

/// The browser leaves most cleaning to the server, and shows what the server made of a text as soon as it comes back.
#[cfg(target_arch = "wasm32")]
pub fn clean(text: &str, lines: Lines) -> String {
    let several = lines == Lines::Many;
    let text = if several { text.replace("\r\n", "\n") } else { text.to_owned() };
    let kept = text.chars().filter_map(|c| match c {
        '\n' | '\t' if several => Some(c),
        c if c.is_control() => (!several).then_some(' '),
        c => Some(c),
    });
    normal(&kept.collect::<String>())
}

/// `text` as it is shown: without the characters that change the direction of the text around them, which texts that
/// are older than the cleaning may have.
pub fn shown(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')).collect()
}

/// `text` without blank lines at its ends and without the space after its last word.
pub fn without_blank_ends(text: &str) -> &str {
    let text = text.trim_end_matches(is_space);
    let indent = text.len() - text.trim_start_matches(is_space).len();
    let first_line = text.get(..indent).and_then(|blank| blank.rfind('\n')).map_or(0, |end| end + 1);
    text.get(first_line..).unwrap_or(text)
}

/// `text` in NFC (Unicode Standard Annex 15).
#[cfg(not(target_arch = "wasm32"))]
pub fn normal(text: &str) -> std::borrow::Cow<'_, str> {
    use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
    match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.into(),
        _ => text.nfc().collect::<String>().into(),
    }
}

/// `text` in NFC by the browser's tables.
#[cfg(target_arch = "wasm32")]
pub fn normal(text: &str) -> String {
    js_sys::JsString::from(text).normalize("NFC").into()
}

/// `text` in lower case.
#[cfg(not(target_arch = "wasm32"))]
pub fn lowercase(text: &str) -> String {
    text.to_lowercase()
}

/// `text` in lower case by the browser's tables.
#[cfg(target_arch = "wasm32")]
pub fn lowercase(text: &str) -> String {
    js_sys::JsString::from(text).to_lower_case().into()
}

#[cfg(test)]
mod tests;
