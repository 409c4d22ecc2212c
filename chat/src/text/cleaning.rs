//! Removes the invisible characters of a text and those that change the direction of the text around them, and keeps
//! those that languages and emoji need.
//!
//! Most invisible characters mean something in one place and nothing anywhere else: a joiner between emoji or in Persian,
//! a selector after a Han character, a tag in a flag. Each is kept in that place only.

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::invisible::{is_ignorable, is_no_character};
use super::{Lines, normal};

/// How many marks a letter may carry. No living language needs more: Hebrew with vowels and cantillation has up to five.
const MARKS: usize = 5;

/// The limit for Tibetan and Myanmar, which build whole syllables of marks below one letter.
const MARKS_OF_STACKS: usize = 8;

/// `text` in NFC without what nobody sees. With [`Lines::One`] line breaks and controls become spaces; with
/// [`Lines::Many`] line feeds and tabs stay, and other controls are removed.
pub fn cleaned(text: &str, lines: Lines) -> String {
    if text.chars().all(is_plain) { text.to_owned() } else { cleaned_thoroughly(text, lines) }
}

/// Whether cleaning leaves a character alone in a text that has only such characters, as most texts in Korean, Japanese and
/// English do.
fn is_plain(c: char) -> bool {
    // What ASCII can print, kana, Han characters, and whole syllables of Hangul.
    matches!(c, ' '..='~' | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fa}' | '\u{4e00}'..='\u{9fff}' | '가'..='힣')
}

/// Like [`cleaned`], for any text.
fn cleaned_thoroughly(text: &str, lines: Lines) -> String {
    let typed: Vec<char> = text.chars().collect();
    let mut kept = Kept { text: String::with_capacity(text.len()), last: None, in_emoji: false };
    let is_right_to_left = typed.iter().any(|c| is_of_the_right(*c));
    let mut at = 0;
    while let Some(&c) = typed.get(at) {
        let after = typed.get(at + 1..).unwrap_or_default();
        if c == '\u{1f3f4}'
            && let Some(tags) = tags_of_a_flag(after)
        {
            kept.add(c);
            tags.iter().for_each(|tag| kept.add(*tag));
            at += 1 + tags.len();
            continue;
        }
        if let Some(c) = kept.what_stays(c, after, lines, is_right_to_left) {
            kept.add(c);
        }
        at += 1;
    }
    with_few_marks(&normal(&kept.text))
}

/// What was kept so far, and what it ends with.
struct Kept {
    text: String,
    last: Option<char>,
    /// `text` ends with an emoji and what belongs to it.
    in_emoji: bool,
}

impl Kept {
    fn add(&mut self, c: char) {
        let continues = matches!(c, '\u{fe0e}' | '\u{fe0f}' | '\u{20e3}' | '\u{1f3fb}'..='\u{1f3ff}') || is_tag(c);
        self.in_emoji = if continues { self.in_emoji } else { is_pictograph(c) };
        self.last = Some(c);
        self.text.push(c);
    }

    /// What stays of `c`, which is followed by `after`.
    fn what_stays(&self, c: char, after: &[char], lines: Lines, is_right_to_left: bool) -> Option<char> {
        match c {
            '\n' | '\t' if lines == Lines::Many => Some(c),
            '\u{2028}' | '\u{2029}' if lines == Lines::Many => Some('\n'),
            '\u{2028}' | '\u{2029}' => Some(' '),
            c if c.is_control() => (lines == Lines::One).then_some(' '),
            // These two show a blank of the width of a syllable.
            '\u{3164}' | '\u{ffa0}' => Some(' '),
            // These marks of direction embed nothing, so they cannot reorder letters.
            '\u{200e}' | '\u{200f}' | '\u{61c}' => is_right_to_left.then_some(c),
            '\u{fff9}'..='\u{fffc}' => None,
            c if is_no_character(c) => None,
            c if is_ignorable(c) => self.means_something(c, after).then_some(c),
            c => Some(c),
        }
    }

    /// Whether an ignorable character means something here.
    fn means_something(&self, c: char, after: &[char]) -> bool {
        let Some(last) = self.last else { return c == '\u{115f}' && stands_for_a_consonant(after) };
        let next = after.first().copied();
        match c {
            '\u{200d}' => {
                let joins_emoji = self.in_emoji && next.is_some_and(is_pictograph);
                joins_emoji || is_joined(last) || (!is_ignorable(last) && next.is_some_and(is_joined))
            }
            '\u{200c}' => is_joined(last),
            '\u{200b}' => is_without_spaces(last) && next.is_some_and(is_without_spaces),
            '\u{fe0e}' | '\u{fe0f}' => {
                let is_key = matches!(last, '0'..='9' | '#' | '*') && next == Some('\u{20e3}');
                is_key || (self.in_emoji && is_pictograph(last))
            }
            '\u{fe00}'..='\u{fe0d}' => is_han(last) || has_variants(last),
            '\u{e0100}'..='\u{e01ef}' => is_han(last),
            '\u{180b}'..='\u{180f}' => matches!(last, '\u{1807}' | '\u{1820}'..='\u{18aa}'),
            '\u{34f}' => is_hebrew_mark(last) && next.is_some_and(is_hebrew_mark),
            '\u{115f}' => stands_for_a_consonant(after),
            '\u{1160}' => match last {
                '\u{1100}'..='\u{115e}' | '\u{a960}'..='\u{a97c}' => true,
                '\u{115f}' => next.is_some_and(is_last_jamo),
                _ => false,
            },
            _ => false,
        }
    }
}

/// `text` with no more marks on a letter than a language needs, and without marks that have no letter.
fn with_few_marks(text: &str) -> String {
    let (mut base, mut marks) = (None, 0);
    let is_kept = |c: &char| {
        if is_ignorable(*c) {
            return true;
        }
        if !is_combining_mark(*c) {
            (base, marks) = ((!c.is_whitespace()).then_some(*c), 0);
            return true;
        }
        marks += 1;
        match base {
            Some('\u{f00}'..='\u{109f}') => marks <= MARKS_OF_STACKS,
            Some(_) => marks <= MARKS,
            None => false,
        }
    };
    text.chars().filter(is_kept).collect()
}

fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0020}'..='\u{e007f}')
}

/// The tags after a black flag that make it the flag of a region, with their end (Unicode Technical Standard 51).
fn tags_of_a_flag(after: &[char]) -> Option<&[char]> {
    let region =
        after.iter().take_while(|c| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}')).count();
    let is_ended = after.get(region) == Some(&'\u{e007f}');
    (is_ended && (3..=6).contains(&region)).then(|| after.get(..=region)).flatten()
}

/// Whether a character is an emoji that joiners join (Extended_Pictographic). The rules for grapheme clusters tell it:
/// a joiner ties only such a character to the one before.
fn is_pictograph(c: char) -> bool {
    let may_be = matches!(
        c,
        '\u{a9}' | '\u{ae}' | '\u{203c}'..='\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1f3fa}'
        | '\u{1f400}'..='\u{1fffd}'
    );
    if !may_be || is_ignorable(c) || is_combining_mark(c) {
        return false;
    }
    let mut joined = String::from("\u{1f600}\u{200d}");
    joined.push(c);
    joined.graphemes(true).count() == 1
}

/// Whether a character is of a script in which joiners and non-joiners change letters: Arabic and those written like
/// it, and those of India and its neighbours.
fn is_joined(c: char) -> bool {
    matches!(
        c,
        '\u{600}'..='\u{61b}' | '\u{61d}'..='\u{7ff}' | '\u{840}'..='\u{dff}' | '\u{f00}'..='\u{109f}'
        | '\u{1700}'..='\u{17b3}' | '\u{17b6}'..='\u{17ff}' | '\u{1807}' | '\u{180a}' | '\u{1820}'..='\u{18aa}'
        | '\u{1a20}'..='\u{1c4f}' | '\u{1cd0}'..='\u{1cff}' | '\u{a800}'..='\u{a95f}' | '\u{a980}'..='\u{aaff}'
        | '\u{abc0}'..='\u{abff}' | '\u{fb50}'..='\u{fdcf}' | '\u{fdf0}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10a00}'..='\u{10a5f}' | '\u{10ac0}'..='\u{10aff}' | '\u{10b80}'..='\u{10baf}'
        | '\u{10d00}'..='\u{10d3f}' | '\u{10f30}'..='\u{10fdf}' | '\u{11000}'..='\u{11fff}'
        | '\u{1e900}'..='\u{1e95f}'
    )
}

/// Whether a character is of a script without spaces between words, where a zero-width space says where a line may
/// break.
fn is_without_spaces(c: char) -> bool {
    matches!(c, '\u{e00}'..='\u{eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{1950}'..='\u{1aaf}')
}

/// Whether a character is written from right to left.
fn is_of_the_right(c: char) -> bool {
    let letters = matches!(
        c,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}'
    );
    letters && !is_ignorable(c) && !is_combining_mark(c)
}

fn is_han(c: char) -> bool {
    matches!(
        c,
        '\u{2e80}'..='\u{2fdf}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3038}'..='\u{303b}'
        | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}'
    )
}

/// Whether a character besides Han ones has standardized variants: operators of mathematics, full-width punctuation,
/// and letters of Myanmar, Phags-pa and others.
fn has_variants(c: char) -> bool {
    matches!(
        c,
        '\u{1000}'..='\u{109f}' | '\u{2190}'..='\u{22ff}' | '\u{2a00}'..='\u{2aff}' | '\u{3001}'..='\u{3002}'
        | '\u{a840}'..='\u{a877}' | '\u{aa60}'..='\u{aa7f}' | '\u{ff01}' | '\u{ff0c}' | '\u{ff0e}'
        | '\u{ff1a}'..='\u{ff1b}' | '\u{ff1f}' | '\u{10ac0}'..='\u{10aff}' | '\u{13000}'..='\u{1342f}'
    )
}

fn is_hebrew_mark(c: char) -> bool {
    matches!(c, '\u{591}'..='\u{5c7}')
}

/// Whether the Hangul filler stands for the first consonant of an old syllable that has none.
fn stands_for_a_consonant(after: &[char]) -> bool {
    match after {
        ['\u{1161}'..='\u{11a7}' | '\u{d7b0}'..='\u{d7c6}', ..] => true,
        ['\u{1160}', last, ..] => is_last_jamo(*last),
        _ => false,
    }
}

fn is_last_jamo(c: char) -> bool {
    matches!(c, '\u{11a8}'..='\u{11ff}' | '\u{d7cb}'..='\u{d7fb}')
}

#[cfg(test)]
mod tests;
