//! Finds the messages that are nothing but a few emoji, which are shown large.
//!
//! What counts as one emoji is what people see as one: a family joined by joiners, a flag, a keycap, a hand with its
//! skin tone. Digits, `#` and `*` alone are not emoji. A character that is text unless a selector follows (™, ©, ♥) is
//! an emoji only with that selector.

/// A message with more emoji than this has the size of text, as in other messengers. (The browser's pattern says the same.)
#[cfg(not(target_arch = "wasm32"))]
const MOST: usize = 3;

/// The longest text that is examined: `MOST` emoji with spaces between them take fewer bytes.
const MOST_BYTES: usize = 160;

/// Whether `text` is one to three emoji and nothing else but white space.
pub fn is_emoji_alone(text: &str) -> bool {
    text.len() <= MOST_BYTES && is_emoji_only(text)
}

#[cfg(not(target_arch = "wasm32"))]
fn is_emoji_only(text: &str) -> bool {
    use unicode_segmentation::UnicodeSegmentation;
    let mut seen = text.graphemes(true).filter(|seen| !seen.trim().is_empty()).peekable();
    seen.peek().is_some() && seen.by_ref().take(MOST).all(is_emoji) && seen.next().is_none()
}

#[cfg(not(target_arch = "wasm32"))]
fn is_emoji(seen: &str) -> bool {
    let chars: Vec<char> = seen.chars().collect();
    match *chars.as_slice() {
        ['\u{1f1e6}'..='\u{1f1ff}', '\u{1f1e6}'..='\u{1f1ff}'] => true,
        ['0'..='9' | '#' | '*', '\u{20e3}'] | ['0'..='9' | '#' | '*', '\u{fe0f}', '\u{20e3}'] => true,
        ['\u{1f3f4}', ref region @ .., '\u{e007f}'] if !region.is_empty() => {
            region.iter().all(|c| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}'))
        }
        ref chars => {
            let is_joined = chars.contains(&'\u{200d}');
            chars.split(|c| *c == '\u{200d}').all(|element| is_element(element, is_joined))
        }
    }
}

/// Whether these characters are an emoji by themselves or, if `is_joined`, a part of one.
#[cfg(not(target_arch = "wasm32"))]
fn is_element(element: &[char], is_joined: bool) -> bool {
    use unicode_properties::{EmojiStatus, UnicodeEmoji};
    let Some((&base, after)) = element.split_first() else { return false };
    let (is_shown_so, takes_tone) = match base.emoji_status() {
        EmojiStatus::EmojiPresentation
        | EmojiStatus::EmojiPresentationAndModifierBase
        | EmojiStatus::EmojiPresentationAndModifierAndEmojiComponent => (true, true),
        EmojiStatus::EmojiModifierBase => (false, true),
        EmojiStatus::EmojiOther => (false, false),
        // Digits, halves of flags, and what is no emoji.
        _ => return false,
    };
    match after {
        [] => is_shown_so || is_joined,
        ['\u{fe0f}'] => true,
        ['\u{1f3fb}'..='\u{1f3ff}'] => takes_tone,
        _ => false,
    }
}

/// The same by the browser's tables.
#[cfg(target_arch = "wasm32")]
fn is_emoji_only(text: &str) -> bool {
    // Flags, keycaps, flags of regions, and emoji that may be joined. The last number is `MOST`.
    const PATTERN: &str = concat!(
        r"^\s*(?:(?:[\u{1f1e6}-\u{1f1ff}]{2}|[0-9#*]\ufe0f?\u20e3",
        r"|\u{1f3f4}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]+\u{e007f}",
        r"|(?![0-9#*\u{1f1e6}-\u{1f1ff}])",
        r"(?:\p{Emoji}(?:\ufe0f|(?=\u200d))|(?:\p{Emoji_Presentation}|\p{Emoji_Modifier_Base})[\u{1f3fb}-\u{1f3ff}]|\p{Emoji_Presentation})",
        r"(?:\u200d(?![0-9#*\u{1f1e6}-\u{1f1ff}])\p{Emoji}[\ufe0f\u{1f3fb}-\u{1f3ff}]?)*",
        r")\s*){1,3}$"
    );
    js_sys::RegExp::new(PATTERN, "u").test(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts that are shown large, and texts that are not. The browser has to decide alike: `end2end/tests/reading.spec.ts`.
    const TABLE: &str = include_str!("emoji.json");

    #[derive(serde::Deserialize)]
    struct Table {
        large: Vec<String>,
        plain: Vec<String>,
    }

    #[test]
    fn one_to_three_emoji_alone_are_large() {
        let Table { large, plain } = serde_json::from_str(TABLE).expect("a table");
        assert!(large.len() >= 40 && plain.len() >= 40);
        for text in large {
            assert!(is_emoji_alone(&text), "{text:?} is large");
        }
        for text in plain {
            assert!(!is_emoji_alone(&text), "{text:?} is not large");
        }
    }

    #[test]
    fn each_character_can_be_judged() {
        let large = (0..=u32::from(char::MAX)).filter_map(char::from_u32).filter(|c| is_emoji_alone(&c.to_string()));
        // Unicode has more than a thousand characters that are emoji by themselves.
        assert!((1000..2000).contains(&large.count()));
    }
}
